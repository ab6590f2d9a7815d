"""What visitors and licensees did with a creator's voices lately: numbers alone, nobody is followed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from marketplace.creators.models import Creator
from marketplace.licensing.models import Generation, Order
from marketplace.listings.models import DayOfPlays
from marketplace.trials.models import Trial
from marketplace.voices.models import Voice

DAYS = 30
LICENSEES = 3  # who spoke with a voice, from which on their characters are one number: of fewer, it tells on one


@dataclass(frozen=True)
class HeardClip:
    """One clip that is on the voice's page, and how often it was played."""

    text: str
    use: str
    plays: int


@dataclass(frozen=True)
class Interest:
    """One voice: clips played, lines that visitors had it say, orders begun, licences sold, characters spoken.

    played: with the plays of clips that have given way to others since.
    characters: None where so few licensees spoke that it would tell what each of them does.
    """

    voice: str
    played: int
    clips: tuple[HeardClip, ...]
    tried: int
    ordered: int
    sold: int
    characters: int | None

    @property
    def sold_of_ordered(self) -> float | None:
        """The share of orders that became licences; None without orders."""
        return self.sold / self.ordered if self.ordered else None

    @property
    def sold_of_played(self) -> float | None:
        """Licences for each play of a clip; None without plays."""
        return self.sold / self.played if self.played else None


def interest_in(creator: Creator, *, now: datetime | None = None) -> list[Interest]:
    """The creator's voices in which there was any interest in the last `DAYS` days, the most played first."""
    since = (now or timezone.now()) - timedelta(days=DAYS)
    voices = Voice.objects.filter(creator=creator)
    plays = DayOfPlays.objects.filter(voice__in=voices, day__gte=since.date())
    played = dict(plays.order_by().values_list("voice").annotate(all=Sum("plays")))
    tried = _counted(
        Trial.objects.filter(voice__in=voices, state=Trial.State.SPOKEN, created_at__gte=since),
        "voice",
    )
    orders = Order.objects.filter(offer__listing__voice__in=voices, created_at__gte=since)
    ordered = _counted(orders, "offer__listing__voice")
    sold = _counted(orders.filter(state=Order.State.PAID), "offer__listing__voice")
    spoken = Generation.objects.filter(
        voice__in=voices, state=Generation.State.SETTLED, preview=False, created_at__gte=since
    )
    clips = _heard_clips(plays)
    licensees = Count("api_key__organization", distinct=True)
    by_voice = spoken.order_by().values_list("voice").annotate(licensees, Sum("characters_spoken"))
    characters = {pk: every if who >= LICENSEES else None for pk, who, every in by_voice}
    found = [
        Interest(
            voice=name, played=played.get(pk, 0), clips=tuple(clips[pk]), tried=tried.get(pk, 0),
            ordered=ordered.get(pk, 0), sold=sold.get(pk, 0), characters=characters.get(pk, 0),
        )
        for pk, name in voices.values_list("pk", "name")
        if pk in played or pk in tried or pk in ordered or pk in characters
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.played, -each.tried, -each.sold, each.voice))


def _heard_clips(plays: QuerySet[DayOfPlays]) -> defaultdict[int, list[HeardClip]]:
    """Clips by voice, the most played first."""
    rows = (
        plays.filter(clip__isnull=False).order_by().values_list("voice", "clip__text", "clip__use")
    )
    found = defaultdict(list)
    for voice, text, use, all_of_them in rows.annotate(all=Sum("plays")).order_by("-all"):
        found[voice].append(HeardClip(text, use, all_of_them))
    return found


def _counted(rows: QuerySet[Trial] | QuerySet[Order], by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(all=Count("pk")))
