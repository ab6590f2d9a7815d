"""Patterns over time: bursts, one text in many voices, one key in many networks.

Each slows its organization down automatically, stops it if it continues, and waits for a moderator,
who can undo both. Evidence is counts, hashes and prefixes, never texts.

Whoever opens a page can copy its key. So a key that pages may use is counted, slowed down and stopped
by itself, and its owner's other keys go on; see `page_keys` for what several of them do together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import letters, page_keys
from marketplace.policy.going_on import require_not_stopped
from marketplace.policy.models import KeyNetwork, Refusal, Strike, Suspicion
from marketplace.policy.page_keys import OPEN as _OPEN
from marketplace.policy.page_keys import Pattern
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


def require_trusted(key: ApiKey) -> None:
    """Refuse a key that is stopped or slowed beyond its limit, with its organization, or as one that it replaces.

    Raises:
        SpeechRefused: stopped_for_review (403), slowed_for_review (429).
    """
    found = require_not_stopped(key)
    # A key and those that it was rotated from count as one
    counters = [f"key:{whose}" if whose else str(key.organization_id) for whose in found]
    if any(_requests_this_minute(each) > SLOWED_REQUESTS for each in counters):
        raise SpeechRefused(
            429,
            "slowed_for_review",
            gettext(
                "We saw unusual use, so only %(count)s requests per minute are accepted "
                "until a moderator has looked at it."
            )
            % {"count": SLOWED_REQUESTS},
        )


def _requests_this_minute(whose: str) -> int:
    name = f"slowed:{whose}:{int(timezone.now().timestamp()) // 60}"
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
            *page_keys.many_voices(now, AUDITION),
            *page_keys.shared(now),
        )
    ]
    stopped = [each for each in changed if each and each.state == Suspicion.State.STOPPED]
    for pattern in filter(None, (page_keys.stopped(each, now) for each in stopped)):
        changed.append(_suspect(pattern, now))
    KeyNetwork.objects.filter(hour__lt=now - NETWORKS_KEPT).delete()
    return [suspicion for suspicion in changed if suspicion is not None]


def _by_whom(requests: QuerySet[Generation]) -> QuerySet[Any]:
    """Requests with the key that made them, where pages may use it, and None where none may."""
    return requests.annotate(
        page_key=Case(When(api_key__origins=[], then=None), default=F("api_key"))
    )


def _bursts(now: datetime) -> Iterator[Pattern]:
    spoken = _by_whom(Generation.objects.filter(background=False))
    busy = (
        spoken.filter(created_at__gt=now - BURST)
        .values("api_key__organization", "page_key")
        .annotate(count=Count("pk"))
        .filter(count__gte=MIN_BURST)
    )
    for row in busy:
        before = spoken.filter(
            page_key=row["page_key"],
            api_key__organization=row["api_key__organization"],
            created_at__range=(now - timedelta(days=7), now - BURST),
        )
        usual = _busiest(list(before.values_list("created_at", flat=True)))
        if row["count"] >= BURST_TIMES * usual:
            yield Pattern(
                row["api_key__organization"], row["page_key"], Suspicion.Kind.BURST, now - BURST,
                {"requests": row["count"], "busiest_before": usual, "minutes": 5},
            )  # fmt: skip
    for organization, count, others in page_keys.bursts(now, BURST):
        before = spoken.exclude(page_key=None).filter(
            api_key__organization=organization,
            created_at__range=(now - timedelta(days=7), now - BURST),
        )
        usual = _busiest(list(before.values_list("created_at", flat=True)))
        if others >= BURST_TIMES * usual:
            yield Pattern(
                organization, None, Suspicion.Kind.BURST, now - BURST,
                {"requests": count, "busiest_before": usual, "minutes": 5, "by": "pages"},
            )  # fmt: skip


def _busiest(times: list[datetime]) -> int:
    """The largest number of requests within one `BURST`."""
    slots: dict[int, int] = {}
    for time in times:
        slot = int(time.timestamp() // BURST.total_seconds())
        slots[slot] = slots.get(slot, 0) + 1
    return max(slots.values(), default=0)


def _many_voices(now: datetime) -> Iterator[Pattern]:
    """Texts that were spoken in many voices, and again in many since they slowed somebody down.

    What was refused is heard in no voice.
    """
    slowed = Suspicion.objects.filter(
        organization=OuterRef("api_key__organization"),
        kind=Suspicion.Kind.MANY_VOICES,
        state__in=_OPEN,
        created_at__gte=OuterRef("created_at"),
    )
    told_of = Q(Exists(slowed.filter(api_key=None)), page_key=None)
    told_of |= Q(Exists(slowed.filter(api_key=OuterRef("page_key"))))
    rows = (
        _by_whom(Generation.objects.exclude(state=Generation.State.RELEASED))
        .filter(~told_of, created_at__gt=now - timedelta(days=1))
        .filter(characters_reserved__gt=AUDITION)
        .values("api_key__organization", "page_key", "text_sha256")
        .annotate(voices=Count("voice", distinct=True), since=Min("created_at"))
        .filter(voices__gte=MANY_VOICES)
    )
    for row in rows:
        yield Pattern(
            row["api_key__organization"], row["page_key"], Suspicion.Kind.MANY_VOICES, row["since"],
            {"text_sha256": row["text_sha256"], "voices": row["voices"]},
        )  # fmt: skip


def _shared_keys(now: datetime) -> Iterator[Pattern]:
    rows = (
        KeyNetwork.objects.filter(hour__gt=now - timedelta(hours=1))
        .values("key", "key__organization", "key__prefix", "key__origins")
        .annotate(networks=Count("network", distinct=True), since=Min("hour"))
        .filter(Q(networks__gte=MANY_SERVERS) | Q(key__origins=[], networks__gte=MANY_NETWORKS))
    )
    for row in rows:
        yield Pattern(
            row["key__organization"],
            row["key"] if row["key__origins"] else None,
            Suspicion.Kind.KEY_SHARED,
            row["since"],
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
                keys[name].organization_id, keys[name].pk, Suspicion.Kind.KEY_SHARED, hour,
                {"key": keys[name].prefix, "networks": networks, "by": "pages"},
            )  # fmt: skip


def _suspect(pattern: Pattern, now: datetime) -> Suspicion | None:
    """Slow somebody down, or stop them if the pattern continues; None: nothing changes.

    It continues where it shows in what came after: the same requests count once.
    """
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True)
        organization = locked.get(pk=pattern.organization_id)
        previous = Suspicion.objects.filter(
            organization=organization, api_key=pattern.key_id, kind=pattern.kind
        )
        if previous.filter(
            state=Suspicion.State.RELEASED, decided_at__gt=now - TRUSTED_FOR
        ).exists():
            return None
        current = previous.filter(state__in=_OPEN).first()
        if current is None:
            suspicion = Suspicion.objects.create(
                organization=organization,
                api_key_id=pattern.key_id,
                kind=pattern.kind,
                evidence=pattern.evidence,
                seen_at=now,
            )
            _record(suspicion, None)
            return suspicion
        if pattern.since < current.created_at:
            return None
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
    ).select_related("organization", "api_key")


def waiting() -> QuerySet[Suspicion]:
    """Suspicions for a moderator: undecided, or explained since."""
    return (
        Suspicion.objects.filter(state__in=_OPEN)
        .filter(Q(decided_at=None) | Q(explained_at__gt=F("decided_at")))
        .select_related("organization", "api_key")
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
        suspicion = Suspicion.objects.select_for_update(no_key=True).get(pk=suspicion.pk)
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
        key=suspicion.api_key.prefix if suspicion.api_key else "",
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
        suspicion = Suspicion.objects.select_for_update(no_key=True).get(pk=suspicion.pk)
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
        locked = Organization.objects.select_for_update(no_key=True)
        organization = locked.get(pk=refusal.organization_id)
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
