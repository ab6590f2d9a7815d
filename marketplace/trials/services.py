"""Operations on trials: ask, begin, finish, refuse, fail, forget."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import spoken_texts
from marketplace.licensing.speaking_rights import unknown
from marketplace.listings.queries import listing_on_sale
from marketplace.provenance.services import mark_trial
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused, SpeechRefused
from marketplace.trials import queries
from marketplace.trials.lines import checked_line
from marketplace.trials.models import Trial

State = Trial.State
ABANDONED_AFTER = timedelta(minutes=2)  # after this, nobody speaks it any more
_LOCK = 7264031  # of who counts how many are under way


def ask(*, slug: str, line: str, holder: str, asked_from: str, user: User | None) -> Trial:
    """Have a voice say a line; the same line again, while its audio is kept, is the same trial.

    Raises:
        Refused: what `checked_line` refuses.
        SpeechRefused: voice_not_found (404), system_busy (503).
    """
    listing = listing_on_sale(slug)
    if listing is None or listing.version is None:
        raise unknown(slug)
    text = checked_line(line, listing.voice.language)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    earlier = queries.heard_before(holder=holder, version=listing.version, text_sha256=sha256)
    if earlier is not None:
        return earlier
    with transaction.atomic():
        _require_room()
        trial = Trial(
            voice=listing.voice,
            voice_version=listing.version,
            user=user,
            holder=holder,
            asked_from=asked_from,
            text_sha256=sha256,
            characters=len(text),
        )
        trial.seal(text)
        trial.save()
        _record(trial, "asked", actor=user, text_sha256=sha256)
        at_commit(Work.SPEAK_TRIAL, trial.pk)
    return trial


def _require_room() -> None:
    """Refuse a trial while others take what may be used for them; who pays does not wait for visitors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    since = timezone.now() - ABANDONED_AFTER
    under_way = Trial.objects.filter(state__in=Trial.UNDER_WAY, created_at__gt=since)
    if under_way.count() >= settings.TRIALS_AT_ONCE:
        raise SpeechRefused(
            503,
            "system_busy",
            gettext("Others are trying voices at this moment. Try again in a few seconds."),
        )


def _record(trial: Trial, what: str, *, actor: User | None = None, **details: Any) -> None:
    audit.record(
        actor=actor, action=f"trial.{what}", subject=trial, voice=trial.voice_id, **details
    )


def begin(*, trial_id: int) -> Trial | None:
    """Claim a trial for one worker, with its mark; None if it is nobody's to speak any more."""
    with transaction.atomic():
        trial = _locked(trial_id)
        if trial.state != State.ASKED:
            return None
        trial.mark = mark_trial(voice=trial.voice)
        trial.save(update_fields=["mark"])
        trial.transition(State.SPEAKING)
        _record(trial, "begun")
    return trial


def finish(*, trial_id: int, audio: bytes, seconds: float, from_cache: bool) -> None:
    """Keep the audio (MP3) of a spoken trial for a while; a repeat changes nothing."""
    trial = Trial.objects.get(pk=trial_id)
    if trial.state == State.SPEAKING:
        cache.set(queries.audio_key(trial), audio, int(queries.KEPT.total_seconds()))
        _end(trial_id, State.SPOKEN, seconds=round(seconds, 3), from_cache=from_cache)


def refuse(*, trial_id: int, code: str, reason: str) -> None:
    """Record why a line is not spoken; a repeat changes nothing."""
    _end(trial_id, State.REFUSED, code=code, reason=reason)


def fail(*, trial_id: int, code: str) -> None:
    """Record that a line was not spoken through no fault of its own; a repeat changes nothing."""
    _end(trial_id, State.FAILED, code=code)


def _locked(trial_id: int) -> Trial:
    found = Trial.objects.select_for_update(of=("self",), no_key=True).select_related(
        "voice", "voice_version"
    )
    return found.get(pk=trial_id)


def _end(trial_id: int, state: str, **fields: Any) -> None:
    with transaction.atomic():
        trial = _locked(trial_id)
        if trial.state not in Trial.UNDER_WAY:
            return
        fields |= {"finished_at": timezone.now()}
        if not settings.SPOKEN_TEXT_DAYS:
            fields |= {"sealed_text": None, "asked_from": ""}
        for name, value in fields.items():
            setattr(trial, name, value)
        trial.save(update_fields=list(fields))
        trial.transition(state)
        _record(trial, str(state), code=trial.code, seconds=trial.seconds)


def open_text(*, trial: Trial, by: User, reason: str) -> str:
    """Open the text of a trial for an auditor, and audit the reason.

    Raises:
        Refused: not_allowed, reason_missing, not_found (erased by now).
    """
    spoken_texts.require_auditor(by, reason)
    text = trial.text
    if not text:
        raise Refused("not_found", "The text has been erased.")
    _record(trial, "text_opened", actor=by, reason=reason.strip())
    return text


def tidy() -> int:
    """End what nobody speaks any more, and erase texts whose retention has ended; returns how many ended."""
    now = timezone.now()
    left = Trial.objects.filter(state__in=Trial.UNDER_WAY, created_at__lt=now - ABANDONED_AFTER)
    abandoned = list(left.values_list("pk", flat=True))
    for pk in abandoned:
        fail(trial_id=pk, code="interrupted")
    old = now - timedelta(days=settings.SPOKEN_TEXT_DAYS)
    Trial.objects.exclude(state__in=Trial.UNDER_WAY).filter(
        ~Q(sealed_text=None) | ~Q(asked_from=""), created_at__lte=old
    ).update(sealed_text=None, asked_from="")
    unheard = min(old, now - queries.KEPT)
    Trial.objects.exclude(holder="").filter(created_at__lte=unheard).update(holder="")
    return len(abandoned)
