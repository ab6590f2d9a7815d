"""Whose voices a subscriber's month is shared among, and in which parts."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from django.db.models import Sum

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.licensing.models import Generation, Licence, PlanMonth

Shares = dict[tuple[int, str], Fraction]  # (creator, voice name) -> weight


def _creators_in(organization: Organization) -> set[int]:
    """Creators who are members of an organization, whose own speech earns them nothing."""
    return set(
        Creator.objects.filter(user__memberships__organization=organization).values_list(
            "pk", flat=True
        )
    )


def by_use(month: PlanMonth) -> Shares:
    """The voices that were spoken in a month, by rate-weighted characters."""
    own = _creators_in(month.organization)
    shares: Shares = defaultdict(Fraction)
    spoken = (
        Generation.objects.filter(
            plan_month=month, state=Generation.State.SETTLED, characters_spoken__gt=0
        )
        .order_by()
        .values_list("voice__creator", "voice__name", "voice__listing__plan_rate")
        .annotate(characters=Sum("characters_spoken"))
    )
    for creator, voice_name, rate, characters in spoken:
        if creator not in own:
            shares[creator, voice_name] += characters * Fraction(rate)
    return dict(shares)


def by_licences(organization: Organization) -> Shares:
    """The voices of an organization's licences, each as much as another."""
    own = _creators_in(organization)
    shares: Shares = defaultdict(Fraction)
    held = Licence.objects.filter(organization=organization).exclude(
        state__in=(Licence.State.REVOKED, Licence.State.REFUNDED)
    )
    for licence in held.select_related("voice"):
        if licence.voice.creator_id not in own:
            shares[licence.voice.creator_id, licence.voice.name] += 1
    return dict(shares)


def largest_remainder(pot: int, weights: list[Fraction]) -> list[int]:
    """Integer parts of `pot` in proportion to the weights, which sum to it exactly.

    >>> largest_remainder(100, [Fraction(1), Fraction(1), Fraction(1)])
    [34, 33, 33]
    """
    total = sum(weights)
    exact = [pot * weight / total for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for place in by_rest[: pot - sum(parts)]:
        parts[place] += 1
    return parts
