"""Shortlists: the voices that somebody saved to come back to."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.listings.models import SavedVoice
from marketplace.listings.queries import on_sale
from marketplace.refusals import Refused

MOST = 100  # voices on a shortlist


def save(*, user: User, slugs: Iterable[str]) -> None:
    """Put voices that are on sale on a person's shortlist; others, and those on it, change nothing.

    Raises:
        Refused: shortlist_full.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        on_it = set(SavedVoice.objects.filter(user=user).values_list("voice", flat=True))
        found = on_sale().filter(voice__slug__in=list(slugs)[:MOST]).exclude(voice__in=on_it)
        keys = list(found.order_by("pk").values_list("voice", flat=True))
        if len(on_it) + len(keys) > MOST:
            raise Refused(
                "shortlist_full",
                gettext("A shortlist holds %(most)s voices. Take one off it first.")
                % {"most": MOST},
            )
        SavedVoice.objects.bulk_create([SavedVoice(user=user, voice_id=key) for key in keys])


def remove(*, user: User, slugs: Iterable[str]) -> None:
    """Take voices off a person's shortlist."""
    SavedVoice.objects.filter(user=user, voice__slug__in=list(slugs)[:MOST]).delete()


def slugs_of(user: User) -> list[str]:
    """The voices on a person's shortlist, the newest first, on sale or not."""
    return list(SavedVoice.objects.filter(user=user).values_list("voice__slug", flat=True))
