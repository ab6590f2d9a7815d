"""Patterns over time: bursts, one text in many voices, one key in many networks.

Each slows its organization down automatically, stops it if it continues, and waits for a moderator,
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
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import letters
from marketplace.policy.models import KeyNetwork, Refusal, Strike, Suspicion
from marketplace.refusals import Refused, SpeechRefused

DECIDE = "policy.decide_suspicion"
BURST = timedelta(minutes=5)
MIN_BURST = 300  # requests in that time; fewer are no burst
BURST_TIMES = 10  # times an organization's busiest such period of the week
MANY_VOICES = 6  # that speak one text within a day
AUDITION = 120  # characters up to which a text in many voices is an audition
MANY_NETWORKS = 5  # that use one key within an hour
# Whoever opens a page can copy its key, so that a few who mean its owner ill must not reach these
MANY_SERVERS = 50  # networks in which programs use a key that pages may use, within an hour
MANY_VISITORS = 1_000  # networks in which pages use it
STOPPED_AFTER = timedelta(minutes=15)  # a pattern that still shows then stops its organization
TRUSTED_FOR = timedelta(days=1)  # after a moderator's release
SLOWED_REQUESTS = 6  # per minute
STRIKES, STRIKES_WITHIN = 3, timedelta(days=90)
MAX_EXPLANATION = 2_000
NETWORKS_KEPT = timedelta(days=7)
_OPEN = (Suspicion.State.SLOWED, Suspicion.State.STOPPED)


@dataclass(frozen=True)
class Pattern:
    """A pattern of an organization, and its evidence."""

    organization_id: int
    kind: str
    evidence: dict[str, Any]


def require_trusted(organization: Organization) -> None:
    """Refuse an organization that is stopped, or slowed beyond its limit.

    Raises:
        SpeechRefused: stopped_for_review (403), slowed_for_review (429).
    """
    states = set(
        Suspicion.objects.filter(organization=organization, state__in=_OPEN).values_list(
            "state", flat=True
        )
    )
    if Suspicion.State.STOPPED in states:
        raise SpeechRefused(
            403,
            "stopped_for_review",
            gettext(
                "We saw unusual use, and it continued. A moderator is looking at it; if you can "
                "explain it, do so at %(page)s."
            )
            % {"page": letters.page()},
        )
    if states and _requests_this_minute(organization) > SLOWED_REQUESTS:
        raise SpeechRefused(
            429,
            "slowed_for_review",
            gettext(
                "We saw unusual use, so only %(count)s requests per minute are accepted "
                "until a moderator has looked at it."
            )
            % {"count": SLOWED_REQUESTS},
        )


def _requests_this_minute(organization: Organization) -> int:
    name = f"slowed:{organization.pk}:{int(timezone.now().timestamp()) // 60}"
    cache.add(name, 0, timeout=120)
    return int(cache.incr(name))


def note_network(key: ApiKey, address: str | None, *, by_page: bool = False) -> None:
    """Record that a key was used from a network in this hour; one row, however often.

    by_page: a page sent it, whose visitor is there; those networks are counted, and stored nowhere.
    """
    if not address:
        return
    parsed = ipaddress.ip_address(address)
    length = 16 if parsed.version == 4 else 32
    network = str(ipaddress.ip_network(f"{address}/{length}", strict=False))
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    kind = "page-network" if by_page else "network"
    if not cache.add(f"{kind}:{key.pk}:{network}:{hour:%Y%m%d%H}", 1, timeout=3600):
        return
    if by_page:
        cache.add(_visitors(key.pk, hour), 0, timeout=7200)
        cache.incr(_visitors(key.pk, hour))
    else:
        KeyNetwork.objects.get_or_create(key=key, network=network, hour=hour)


def _visitors(key_id: int, hour: datetime) -> str:
    return f"page-networks:{key_id}:{hour:%Y%m%d%H}"


def detect_patterns(now: datetime | None = None) -> list[Suspicion]:
    """Look for patterns in recent speech; returns suspicions that are new or have moved."""
    now = now or timezone.now()
    changed = [
        _suspect(pattern, now)
        for pattern in (
            *_bursts(now),
            *_many_voices(now),
            *_shared_keys(now),
            *_shared_pages(now),
        )
    ]
    KeyNetwork.objects.filter(hour__lt=now - NETWORKS_KEPT).delete()
    return [suspicion for suspicion in changed if suspicion is not None]


def _bursts(now: datetime) -> Iterator[Pattern]:
    spoken = Generation.objects.filter(background=False)
    busy = (
        spoken.filter(created_at__gt=now - BURST)
        .values("api_key__organization")
        .annotate(count=Count("pk"))
        .filter(count__gte=MIN_BURST)
    )
    for row in busy:
        before = spoken.filter(
            api_key__organization=row["api_key__organization"],
            created_at__range=(now - timedelta(days=7), now - BURST),
        )
        usual = _busiest(list(before.values_list("created_at", flat=True)))
        if row["count"] >= BURST_TIMES * usual:
            yield Pattern(
                row["api_key__organization"],
                Suspicion.Kind.BURST,
                {"requests": row["count"], "busiest_before": usual, "minutes": 5},
            )


def _busiest(times: list[datetime]) -> int:
    """The largest number of requests within one `BURST`."""
    slots: dict[int, int] = {}
    for time in times:
        slot = int(time.timestamp() // BURST.total_seconds())
        slots[slot] = slots.get(slot, 0) + 1
    return max(slots.values(), default=0)


def _many_voices(now: datetime) -> Iterator[Pattern]:
    rows = (
        Generation.objects.filter(
            created_at__gt=now - timedelta(days=1), characters_reserved__gt=AUDITION
        )
        .values("api_key__organization", "text_sha256")
        .annotate(voices=Count("voice", distinct=True))
        .filter(voices__gte=MANY_VOICES)
    )
    for row in rows:
        yield Pattern(
            row["api_key__organization"],
            Suspicion.Kind.MANY_VOICES,
            {"text_sha256": row["text_sha256"], "voices": row["voices"]},
        )


def _shared_keys(now: datetime) -> Iterator[Pattern]:
    rows = (
        KeyNetwork.objects.filter(hour__gt=now - timedelta(hours=1))
        .values("key__organization", "key__prefix")
        .annotate(networks=Count("network", distinct=True))
        .filter(Q(networks__gte=MANY_SERVERS) | Q(key__origins=[], networks__gte=MANY_NETWORKS))
    )
    for row in rows:
        yield Pattern(
            row["key__organization"],
            Suspicion.Kind.KEY_SHARED,
            {"key": row["key__prefix"], "networks": row["networks"]},
        )


def _shared_pages(now: datetime) -> Iterator[Pattern]:
    """Keys that pages use in more networks than visitors of one page are in."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    used = ApiKey.objects.exclude(origins=[]).filter(last_used_at__gte=hour - timedelta(hours=1))
    keys = {_visitors(key.pk, hour): key for key in used.only("pk", "prefix", "organization")}
    for name, networks in cache.get_many(keys).items():
        if networks >= MANY_VISITORS:
            yield Pattern(
                keys[name].organization_id,
                Suspicion.Kind.KEY_SHARED,
                {"key": keys[name].prefix, "networks": networks, "by": "pages"},
            )


def _suspect(pattern: Pattern, now: datetime) -> Suspicion | None:
    """Slow an organization down, or stop it if the pattern continues; None: nothing changes."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=pattern.organization_id)
        previous = Suspicion.objects.filter(organization=organization, kind=pattern.kind)
        if previous.filter(
            state=Suspicion.State.RELEASED, decided_at__gt=now - TRUSTED_FOR
        ).exists():
            return None
        current = previous.filter(state__in=_OPEN).first()
        if current is None:
            suspicion = Suspicion.objects.create(
                organization=organization, kind=pattern.kind, evidence=pattern.evidence, seen_at=now
            )
            _record(suspicion, None)
            return suspicion
        current.evidence, current.seen_at = pattern.evidence, now
        current.save(update_fields=["evidence", "seen_at"])
        if current.state == Suspicion.State.SLOWED and now - current.created_at >= STOPPED_AFTER:
            current.transition(Suspicion.State.STOPPED)
            _record(current, None)
            return current
        return None


def open_suspicions(user: User) -> QuerySet[Suspicion]:
    """The suspicions that slow down or stop a user's organizations now."""
    return Suspicion.objects.filter(
        organization__memberships__user=user, state__in=_OPEN
    ).select_related("organization")


def waiting() -> QuerySet[Suspicion]:
    """Suspicions for a moderator: undecided, or explained since."""
    return (
        Suspicion.objects.filter(state__in=_OPEN)
        .filter(Q(decided_at=None) | Q(explained_at__gt=F("decided_at")))
        .select_related("organization")
    )


def explain(*, suspicion: Suspicion, text: str, by: User) -> Suspicion:
    """Explain to the moderators what an organization is doing, which puts it before them again.

    Raises:
        Refused: not_a_member, role_too_small, explanation_missing, released_already.
    """
    require(by, suspicion.organization, Right.KEYS)
    if not text.strip():
        raise Refused("explanation_missing", gettext("Say in a few sentences what you are doing."))
    with transaction.atomic():
        suspicion = Suspicion.objects.select_for_update().get(pk=suspicion.pk)
        if suspicion.state not in _OPEN:
            raise Refused(
                "released_already", gettext("This has already been released; you can carry on.")
            )
        suspicion.explanation = text.strip()[:MAX_EXPLANATION]
        suspicion.explained_at = timezone.now()
        suspicion.save(update_fields=["explanation", "explained_at"])
        audit.record(actor=by, action="suspicion.explained", subject=suspicion)
    return suspicion


def _record(suspicion: Suspicion, by: User | None) -> None:
    """Audit a change, and notify those whom it concerns."""
    letters.tell(suspicion)
    audit.record(
        actor=by,
        action=f"suspicion.{suspicion.state}",
        subject=suspicion,
        kind=suspicion.kind,
        evidence=suspicion.evidence,
        organization=suspicion.organization_id,
    )


def decide(*, suspicion: Suspicion, release: bool, note: str, by: User, seen: str) -> Suspicion:
    """Release an organization, even from the same pattern for a day, or stop it.

    seen: the digest of the explanation that the moderator read.

    Raises:
        Refused: not_a_moderator, own_team, note_missing, changed_meanwhile.
        InvalidTransition: it has already been released.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on patterns."))
    require_impartial(by, Concerned.of(organizations=[suspicion.organization_id]))
    if not note.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; it is stored."))
    with transaction.atomic():
        suspicion = Suspicion.objects.select_for_update().get(pk=suspicion.pk)
        if seen != suspicion.digest:
            raise Refused(
                "changed_meanwhile", gettext("They explain it in other words now. Look again.")
            )
        suspicion.note, suspicion.decided_by = note.strip(), by
        suspicion.decided_at = timezone.now()
        suspicion.save(update_fields=["note", "decided_by", "decided_at"])
        suspicion.transition(Suspicion.State.RELEASED if release else Suspicion.State.STOPPED)
        _record(suspicion, by)
    return suspicion


def strike(*, refusal: Refusal, reason: str, by: User) -> Strike:
    """Give an organization a strike, once per text; the third within ninety days stops it.

    Raises:
        Refused: not_a_moderator, own_team, note_missing.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can give strikes."))
    require_impartial(by, Concerned.of(organizations=[refusal.organization_id]))
    if not reason.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; it is stored."))
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
    current = Suspicion.objects.filter(
        organization=organization, kind=Suspicion.Kind.STRIKES, state__in=_OPEN
    )
    if count >= STRIKES and not current.exists():
        suspicion = Suspicion.objects.create(
            organization=organization,
            kind=Suspicion.Kind.STRIKES,
            state=Suspicion.State.STOPPED,
            evidence={"strikes": count, "days": STRIKES_WITHIN.days},
            seen_at=now,
        )
        _record(suspicion, None)
