"""Keys that pages may use, taken together, and those that came after others.

Whoever copies one of them from a page must not reach their owner. But its owner says what a page may use,
and can have many such keys. So what all of them do but the busiest counts against the organization, and
so does the third that is stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef

from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy.models import KeyNetwork, Suspicion

OPEN = (Suspicion.State.SLOWED, Suspicion.State.STOPPED)
# Of all such keys of an organization but the one with most of them:
REQUESTS = 600  # within five minutes; fewer are no burst
VOICES = 6  # that speak one text within a day
SERVERS = 100  # networks in which programs use them, within an hour
STOPPED = 3  # such keys that are stopped at the same time


@dataclass(frozen=True)
class Pattern:
    """A pattern of an organization, and its evidence.

    key_id: of the key that pages may use whose alone it is; since: when what shows it began.
    """

    organization_id: int
    key_id: int | None
    kind: str
    since: datetime
    evidence: dict[str, Any]


def bursts(now: datetime, within: timedelta) -> Iterator[tuple[int, int, int]]:
    """Organizations whose keys of pages make many requests together: its id, how many, and all but one key's."""
    rows = (
        Generation.objects.filter(background=False, created_at__gt=now - within)
        .exclude(api_key__origins=[])
        .values("api_key__organization", "api_key")
        .annotate(count=Count("pk"))
    )
    counts: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        counts[row["api_key__organization"]].append(row["count"])
    for organization, each in counts.items():
        if (others := sum(each) - max(each)) >= REQUESTS:
            yield organization, sum(each), others


def many_voices(now: datetime, audition: int) -> Iterator[Pattern]:
    """Texts that were spoken in many voices by several keys of pages, since an organization was slowed down."""
    slowed = Suspicion.objects.filter(
        organization=OuterRef("api_key__organization"),
        api_key=None,
        kind=Suspicion.Kind.MANY_VOICES,
        state__in=OPEN,
        created_at__gte=OuterRef("created_at"),
    )
    spoken = (
        Generation.objects.exclude(state=Generation.State.RELEASED)
        .exclude(api_key__origins=[])
        .filter(~Exists(slowed), created_at__gt=now - timedelta(days=1))
        .filter(characters_reserved__gt=audition)
    )
    found = (
        spoken.values("api_key__organization", "text_sha256")
        .annotate(
            voices=Count("voice", distinct=True),
            keys=Count("api_key", distinct=True),
            since=Min("created_at"),
        )
        .filter(voices__gte=VOICES, keys__gte=2)
    )
    for row in found:
        organization, text = row["api_key__organization"], row["text_sha256"]
        pairs = spoken.filter(api_key__organization=organization, text_sha256=text)
        if _all_but_one(pairs.values_list("api_key", "voice").distinct()) >= VOICES:
            evidence = {"text_sha256": text, "voices": row["voices"], "keys": row["keys"]}
            yield Pattern(organization, None, Suspicion.Kind.MANY_VOICES, row["since"], evidence)


def shared(now: datetime) -> Iterator[Pattern]:
    """Organizations whose keys of pages programs use in many networks together."""
    rows = (
        KeyNetwork.objects.filter(hour__gt=now - timedelta(hours=1))
        .exclude(key__origins=[])
        .values("key__organization")
        .annotate(
            networks=Count("network", distinct=True),
            keys=Count("key", distinct=True),
            since=Min("hour"),
        )
        .filter(networks__gte=SERVERS, keys__gte=2)
    )
    for row in rows:
        pairs = KeyNetwork.objects.filter(
            key__organization=row["key__organization"], hour__gt=now - timedelta(hours=1)
        ).exclude(key__origins=[])
        if _all_but_one(pairs.values_list("key", "network").distinct()) >= SERVERS:
            yield Pattern(
                row["key__organization"], None, Suspicion.Kind.KEY_SHARED, row["since"],
                {"keys": row["keys"], "networks": row["networks"]},
            )  # fmt: skip


def _all_but_one(pairs: Iterable[tuple[int, Any]]) -> int:
    """How many different things all keys have but the one that has most."""
    by_key: dict[int, set[Any]] = defaultdict(set)
    for key, each in pairs:
        by_key[key].add(each)
    most = max(by_key, key=lambda key: len(by_key[key]))
    return len(set().union(*(own for key, own in by_key.items() if key != most)))


def stopped(suspicion: Suspicion, now: datetime) -> Pattern | None:
    """What a key that was just stopped shows of its organization: something with the third."""
    keys = (
        Suspicion.objects.filter(
            organization=suspicion.organization_id, state=Suspicion.State.STOPPED
        )
        .exclude(api_key=None)
        .values("api_key")
        .distinct()
        .count()
    )
    if suspicion.api_key_id is None or keys < STOPPED:
        return None
    return Pattern(suspicion.organization_id, None, suspicion.kind, now, {"keys_stopped": keys})


def suspicions_of(key: ApiKey) -> dict[int | None, str]:
    """The gravest state of what is open of a key, by whose it is: its own, of one that it came after, or None."""
    found = dict(
        Suspicion.objects.filter(organization=key.organization_id, state__in=OPEN)
        .order_by("state")  # "stopped" is what stays of two
        .values_list("api_key", "state")
    )
    its_own: set[int | None] = {None, key.pk}
    if found.keys() - its_own and (before := key.rotated_from_id):
        keys = ApiKey.objects.filter(organization=key.organization_id)
        rotated = dict(keys.exclude(rotated_from=None).values_list("pk", "rotated_from"))
        while before and before not in its_own:
            its_own.add(before)
            before = rotated.get(before)
    return {whose: state for whose, state in found.items() if whose in its_own}
