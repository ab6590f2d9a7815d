"""Patterns over time: bursts, one text in many voices, one key in many networks.

Each slows its organization down by itself, stops it where it goes on, and waits for a moderator,
who can undo both. Evidence is counts, hashes and prefixes, never texts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import letters
from marketplace.policy.models import KeyNetwork, Refusal, Strike, Suspicion
from marketplace.refusals import Refused, SpeechRefused

DECIDE = "policy.decide_suspicion"
BURST = timedelta(minutes=5)
BURST_LEAST = 300  # requests in that time, below which nothing is a burst
BURST_TIMES = 10  # what an organization has had in its busiest such time of a week
MANY_VOICES = 6  # that say one text within a day
AUDITION = 120  # characters up to which a text in many voices is a casting
MANY_NETWORKS = 5  # that use one key within an hour
GOES_ON = timedelta(minutes=15)  # a pattern that still shows after that stops
TRUSTED_FOR = timedelta(days=1)  # after a moderator's release
SLOWED_REQUESTS = 6  # a minute
STRIKES, STRIKES_WITHIN = 3, timedelta(days=90)
MAX_EXPLANATION = 2_000
NETWORKS_KEPT = timedelta(days=7)
_LIVING = (Suspicion.State.SLOWED, Suspicion.State.STOPPED)


@dataclass(frozen=True)
class Found:
    """A pattern of an organization, and what shows it."""

    organization_id: int
    kind: str
    evidence: dict[str, Any]


def require_trusted(organization: Organization) -> None:
    """Whether an organization may speak now.

    Raises:
        SpeechRefused: stopped_for_review (403), slowed_for_review (429).
    """
    states = set(
        Suspicion.objects.filter(organization=organization, state__in=_LIVING).values_list(
            "state", flat=True
        )
    )
    if Suspicion.State.STOPPED in states:
        raise SpeechRefused(
            403,
            "stopped_for_review",
            "Unusual use was seen and went on. A moderator is looking at it; if you can explain "
            f"it, do so at {letters.page()}.",
        )
    if states and _requests_this_minute(organization) > SLOWED_REQUESTS:
        raise SpeechRefused(
            429,
            "slowed_for_review",
            f"Unusual use was seen, so {SLOWED_REQUESTS} requests a minute go through until a "
            "moderator has looked at it.",
        )


def _requests_this_minute(organization: Organization) -> int:
    name = f"slowed:{organization.pk}:{int(timezone.now().timestamp()) // 60}"
    cache.add(name, 0, timeout=120)
    return int(cache.incr(name))


def note_network(key: ApiKey, address: str | None) -> None:
    """Remember that a key was used from a network in this hour; one row, however often."""
    if not address:
        return
    found = ipaddress.ip_address(address)
    length = 16 if found.version == 4 else 32
    network = str(ipaddress.ip_network(f"{address}/{length}", strict=False))
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    if cache.add(f"network:{key.pk}:{network}:{hour:%Y%m%d%H}", 1, timeout=3600):
        KeyNetwork.objects.get_or_create(key=key, network=network, hour=hour)


def look(now: datetime | None = None) -> list[Suspicion]:
    """Look at what was spoken of late; returns what is slowed or stopped newly."""
    now = now or timezone.now()
    changed = [_suspect(found, now) for found in (*_bursts(now), *_many_voices(now), *_shared(now))]
    KeyNetwork.objects.filter(hour__lt=now - NETWORKS_KEPT).delete()
    return [suspicion for suspicion in changed if suspicion is not None]


def _bursts(now: datetime) -> Iterator[Found]:
    spoken = Generation.objects.filter(background=False)
    busy = (
        spoken.filter(created_at__gt=now - BURST)
        .values("api_key__organization")
        .annotate(count=Count("pk"))
        .filter(count__gte=BURST_LEAST)
    )
    for row in busy:
        before = spoken.filter(
            api_key__organization=row["api_key__organization"],
            created_at__range=(now - timedelta(days=7), now - BURST),
        )
        usual = _busiest(list(before.values_list("created_at", flat=True)))
        if row["count"] >= BURST_TIMES * usual:
            yield Found(
                row["api_key__organization"],
                Suspicion.Kind.BURST,
                {"requests": row["count"], "busiest_before": usual, "minutes": 5},
            )


def _busiest(times: list[datetime]) -> int:
    """Most requests that fell into one stretch of `BURST`."""
    slots: dict[int, int] = {}
    for time in times:
        slot = int(time.timestamp() // BURST.total_seconds())
        slots[slot] = slots.get(slot, 0) + 1
    return max(slots.values(), default=0)


def _many_voices(now: datetime) -> Iterator[Found]:
    rows = (
        Generation.objects.filter(
            created_at__gt=now - timedelta(days=1), characters_reserved__gt=AUDITION
        )
        .values("api_key__organization", "text_sha256")
        .annotate(voices=Count("voice", distinct=True))
        .filter(voices__gte=MANY_VOICES)
    )
    for row in rows:
        yield Found(
            row["api_key__organization"],
            Suspicion.Kind.MANY_VOICES,
            {"text_sha256": row["text_sha256"], "voices": row["voices"]},
        )


def _shared(now: datetime) -> Iterator[Found]:
    rows = (
        KeyNetwork.objects.filter(hour__gt=now - timedelta(hours=1))
        .values("key__organization", "key__prefix")
        .annotate(networks=Count("network", distinct=True))
        .filter(networks__gte=MANY_NETWORKS)
    )
    for row in rows:
        yield Found(
            row["key__organization"],
            Suspicion.Kind.KEY_SHARED,
            {"key": row["key__prefix"], "networks": row["networks"]},
        )


def _suspect(found: Found, now: datetime) -> Suspicion | None:
    """Slow an organization down, or stop it where the pattern goes on; None: nothing changes."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=found.organization_id)
        known = Suspicion.objects.filter(organization=organization, kind=found.kind)
        if known.filter(state=Suspicion.State.RELEASED, decided_at__gt=now - TRUSTED_FOR).exists():
            return None
        living = known.filter(state__in=_LIVING).first()
        if living is None:
            suspicion = Suspicion.objects.create(
                organization=organization, kind=found.kind, evidence=found.evidence, seen_at=now
            )
            _record(suspicion, None)
            return suspicion
        living.evidence, living.seen_at = found.evidence, now
        living.save(update_fields=["evidence", "seen_at"])
        if living.state == Suspicion.State.SLOWED and now - living.created_at >= GOES_ON:
            living.transition(Suspicion.State.STOPPED)
            _record(living, None)
            return living
        return None


def living_of(user: User) -> QuerySet[Suspicion]:
    """What slows down or stops the organizations of a user now."""
    return Suspicion.objects.filter(
        organization__memberships__user=user, state__in=_LIVING
    ).select_related("organization")


def waiting() -> QuerySet[Suspicion]:
    """What a moderator has to look at: not decided yet, or explained since."""
    return (
        Suspicion.objects.filter(state__in=_LIVING)
        .filter(Q(decided_at=None) | Q(explained_at__gt=F("decided_at")))
        .select_related("organization")
    )


def explain(*, suspicion: Suspicion, text: str, by: User) -> Suspicion:
    """Tell the moderators what an organization was doing; it comes before them (again).

    Raises:
        Refused: not_a_member, role_too_small, explanation_missing, released_already.
    """
    require(by, suspicion.organization, Right.KEYS)
    if not text.strip():
        raise Refused("explanation_missing", "Say in a few sentences what you are doing.")
    with transaction.atomic():
        suspicion = Suspicion.objects.select_for_update().get(pk=suspicion.pk)
        if suspicion.state not in _LIVING:
            raise Refused("released_already", "This was released already; you can go on.")
        suspicion.explanation = text.strip()[:MAX_EXPLANATION]
        suspicion.explained_at = timezone.now()
        suspicion.save(update_fields=["explanation", "explained_at"])
        audit.record(actor=by, action="suspicion.explained", subject=suspicion)
    return suspicion


def _record(suspicion: Suspicion, by: User | None) -> None:
    """Write a change down, and to those it concerns."""
    letters.tell(suspicion)
    audit.record(
        actor=by,
        action=f"suspicion.{suspicion.state}",
        subject=suspicion,
        kind=suspicion.kind,
        evidence=suspicion.evidence,
        organization=suspicion.organization_id,
    )


def decide(*, suspicion: Suspicion, release: bool, note: str, by: User) -> Suspicion:
    """Let an organization go on as before, for a day even in the same way, or stop it.

    Raises:
        Refused: not_a_moderator, note_missing.
        InvalidTransition: it is released already.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", "Only moderators decide on patterns.")
    if not note.strip():
        raise Refused("note_missing", "Say why in a sentence; it is kept.")
    with transaction.atomic():
        suspicion = Suspicion.objects.select_for_update().get(pk=suspicion.pk)
        suspicion.note, suspicion.decided_by = note.strip(), by
        suspicion.decided_at = timezone.now()
        suspicion.save(update_fields=["note", "decided_by", "decided_at"])
        suspicion.transition(Suspicion.State.RELEASED if release else Suspicion.State.STOPPED)
        _record(suspicion, by)
    return suspicion


def strike(*, refusal: Refusal, reason: str, by: User) -> Strike:
    """Mark an organization for a text; the third mark within ninety days stops it. Once a text.

    Raises:
        Refused: not_a_moderator, note_missing.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", "Only moderators give strikes.")
    if not reason.strip():
        raise Refused("note_missing", "Say why in a sentence; it is kept.")
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=refusal.organization_id)
        given, created = Strike.objects.get_or_create(
            refusal=refusal,
            defaults={"organization": organization, "reason": reason.strip(), "by": by},
        )
        if created:
            audit.record(actor=by, action="strike.given", subject=given, category=refusal.category)
            _stop_at_the_third(organization)
    return given


def _stop_at_the_third(organization: Organization) -> None:
    now = timezone.now()
    count = Strike.objects.filter(
        organization=organization, created_at__gt=now - STRIKES_WITHIN
    ).count()
    living = Suspicion.objects.filter(
        organization=organization, kind=Suspicion.Kind.STRIKES, state__in=_LIVING
    )
    if count >= STRIKES and not living.exists():
        suspicion = Suspicion.objects.create(
            organization=organization,
            kind=Suspicion.Kind.STRIKES,
            state=Suspicion.State.STOPPED,
            evidence={"strikes": count, "days": STRIKES_WITHIN.days},
            seen_at=now,
        )
        _record(suspicion, None)
