"""Operations on creators."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
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
    with transaction.atomic():
        creator, created = Creator.objects.get_or_create(
            user=user,
            defaults={
                "display_name": display_name,
                "legal_name": legal_name,
                "country": country.upper(),
                "adult_declared_at": timezone.now(),
            },
        )
        if created:
            audit.record(actor=user, action="creator.joined", subject=creator)
    return creator
