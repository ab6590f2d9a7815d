"""What a user says about themselves."""

from __future__ import annotations

from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.refusals import Refused
from marketplace.visible_text import visible

MAX_NAME = 150  # characters, of each part


def rename(*, user: User, given: str, family: str) -> None:
    """Change the name that a user's teams see; both parts may be empty.

    Raises:
        Refused: name.
    """
    given, family = (" ".join(visible(part).split()) for part in (given, family))
    if max(len(given), len(family)) > MAX_NAME:
        raise Refused(
            "name",
            gettext("A name has at most %(most)s characters. Shorten it.") % {"most": MAX_NAME},
        )
    User.objects.filter(pk=user.pk).update(first_name=given, last_name=family)
    user.first_name, user.last_name = given, family
