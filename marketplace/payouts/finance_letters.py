"""Letters to everybody in finance about what needs a person."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.accounts.services import FINANCE
from marketplace.letters import services as letters


def tell(words: letters.Words) -> None:
    """Write to everybody in finance, in the transaction of what happened."""
    people = User.objects.filter(groups__name=FINANCE, is_active=True)
    letters.write(to=people.values_list("email", flat=True), words=words)
