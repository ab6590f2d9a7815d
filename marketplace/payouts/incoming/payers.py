"""How a payment page says for whom somebody pays."""

from __future__ import annotations

from marketplace.accounts.models import Organization
from marketplace.visible_text import without_addresses


def for_whom(organization: Organization) -> str:
    """The words for a team, in English like the names of what is paid; empty for oneself.

    Not translated: a payment page that is asked for twice must be asked for in the same words.
    """
    return "" if organization.personal_of_id else f"For {without_addresses(organization.name)}."
