"""Which letters people want; `services.write` asks here before it writes one that isn't necessary."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.letters.kinds import Kind
from marketplace.letters.models import UnwantedLetters


def unwanted_by(user_id: int) -> set[str]:
    """The kinds of letters that a user turned off."""
    return set(UnwantedLetters.objects.filter(user=user_id).values_list("kind", flat=True))


def choose(*, user_id: int, wanted: Collection[str]) -> tuple[list[str], list[str]]:
    """Have a user get letters of these kinds alone, beside the necessary ones; returns what changed.

    wanted: unknown kinds are left out. Returns (turned on, turned off), each in the order of `Kind`.
    """
    with transaction.atomic():
        before = unwanted_by(user_id)
        on = [kind for kind in Kind.values if kind in wanted and kind in before]
        off = [kind for kind in Kind.values if kind not in wanted and kind not in before]
        UnwantedLetters.objects.filter(user=user_id, kind__in=on).delete()
        UnwantedLetters.objects.bulk_create(
            (UnwantedLetters(user_id=user_id, kind=kind) for kind in off), ignore_conflicts=True
        )
    return on, off


def who_want(kind: Kind, addresses: Iterable[str]) -> list[str]:
    """The addresses, in their order, but for those of users who turned this kind of letter off."""
    addresses = list(addresses)
    unwanted = UnwantedLetters.objects.filter(kind=kind, user__email__in=addresses)
    turned_off = set(unwanted.values_list("user__email", flat=True))
    return [address for address in addresses if address not in turned_off]


def how_to_stop(kind: Kind) -> str:
    """The last lines of a letter that isn't necessary, in the language in force."""
    page = f"{settings.BASE_URL}{reverse('storefront:account-letters')}"
    said = gettext("You can turn e-mails of this kind off (%(kind)s):") % {"kind": kind.label}
    return f"--\n{said}\n{page}"
