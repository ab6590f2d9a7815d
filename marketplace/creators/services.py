"""Operations on creators."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.claimed_names import is_of_platform, name_key
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.refusals import Refused
from marketplace.visible_text import visible


def become_creator(*, user: User, display_name: str, legal_name: str, country: str) -> Creator:
    """Make a user a creator; a second call returns the existing creator.

    The caller has obtained the declaration of being 18 or older.

    Raises:
        Refused: name.
    """
    display_name, legal_name = (
        " ".join(visible(name).split()) for name in (display_name, legal_name)
    )
    if not display_name or not legal_name:
        raise Refused("name", gettext("Give both names in letters that people can see."))
    if is_of_platform(display_name):
        raise Refused(
            "name", gettext("That is our own name. Give yours, as it shall be on your page.")
        )
    with transaction.atomic():
        creator, created = Creator.objects.get_or_create(
            user=user,
            defaults={
                "display_name": display_name,
                "name_key": name_key(display_name),
                "legal_name": legal_name,
                "country": country.upper(),
                "adult_declared_at": timezone.now(),
            },
        )
        if created:
            audit.record(actor=user, action="creator.joined", subject=creator)
    return creator


def is_name_of_another(name: str, *, user: User) -> bool:
    """Whether a name passes for that of a creator whom a user is not."""
    key = name_key(name)
    named = Creator.objects.filter(name_key=key) if key else Creator.objects.none()
    return named.exists() and not named.filter(user=user).exists()
