"""Operations on voices and recordings; see also `enrolments` and `previews`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify
from django.utils.translation import gettext

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators import vault
from marketplace.creators.models import Creator
from marketplace.queue import Turn, Work, at_commit, at_once, lost
from marketplace.refusals import Refused
from marketplace.visible_text import visible
from marketplace.voices.models import Enrolment, Recording, Voice
from marketplace.voices.queries import accepted_seconds
from synthesis.transcription.error_rate import MAX_TRANSCRIPT

MAX_RECORDINGS = 40  # per voice
AT_ONCE = 3  # a creator's recordings that take turns with everybody's; further ones wait behind all of those
_LOCK = 7264014  # of PostgreSQL: voices get their slugs one after the other


def create_voice(
    *,
    creator: Creator,
    name: str,
    language: str,
    gender: str,
    age: str,
    styles: Sequence[str],
    description: str = "",
    synthetic: bool = False,
) -> Voice:
    """Create a voice; API clients will use its slug.

    Raises:
        Refused: name, too_many_voices.
    """
    name = " ".join(visible(name).split())
    if not name:
        raise Refused("name", gettext("Give the voice a name in letters that people can see."))
    with transaction.atomic():
        slug = _free_slug(name)
        _require_few_unlearned(creator)  # now that others wait
        voice = Voice.objects.create(
            creator=creator,
            name=name,
            slug=slug,
            language=language,
            gender=gender,
            age=age,
            styles=list(styles),
            description=visible(description),
            synthetic=synthetic,
        )
        audit.record(actor=creator.user, action="voice.created", subject=voice)
    return voice


def _require_few_unlearned(creator: Creator) -> None:
    """Refuse voices without end: each is a row, a slug that nobody else has, and a card in the studio."""
    if (
        Voice.objects.filter(creator=creator, versions=None).count()
        >= settings.CREATOR_VOICES_UNLEARNED
    ):
        raise Refused(
            "too_many_voices",
            gettext(
                "%(number)s of your voices have not been learned yet. Finish one "
                "of them before you add another."
            )
            % {"number": settings.CREATOR_VOICES_UNLEARNED},
        )


def _free_slug(name: str) -> str:
    """A slug that no voice has; others wait to choose theirs until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    base = slugify(name)[:60] or "voice"
    taken = set(Voice.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in count(2))
    return next(slug for slug in chain([base], numbered) if slug not in taken)


def add_recording(
    *,
    voice: Voice,
    file_name: str,
    data: bytes,
    transcript: str = "",
    line: str = "",
    by: User,
) -> Recording:
    """Store an upload and queue its check; the same file twice is one recording.

    line: the key of the sentence of ours that was read; an earlier take of it goes.

    Raises:
        Refused: transcript_too_long, too_many_recordings, too_many_waiting, too_much_speech,
            too_much_audio, enrolment_running.
        StorageUnavailable: try again.
    """
    if len(transcript) > MAX_TRANSCRIPT:
        raise Refused(
            "transcript_too_long",
            gettext(
                "What is said in a recording has at most %(most)s characters; leave it "
                "out, and we write it down ourselves."
            )
            % {"most": format(MAX_TRANSCRIPT, ",")},
        )
    sha256 = hashlib.sha256(data).hexdigest()
    existing = Recording.objects.filter(voice=voice, sha256=sha256).first()
    if existing is not None:
        return existing
    _require_fit_in(voice, line, len(data))
    # A name of its own: the object of the same file that was removed may be deleted only now
    key = f"recordings/{voice.public_id}/{storage.random_name()}"
    vault.put(voice.creator_id, key, data)
    with _kept_only_for_a_row(key), transaction.atomic():
        if line:
            _remove_earlier_take(voice, line, sha256, by)
        recording, created = Recording.objects.get_or_create(
            voice=voice,
            sha256=sha256,
            defaults={
                "file_name": file_name[:200],
                "storage_key": key,
                "bytes": len(data),
                "transcript": transcript,
                "line": line,
            },
        )
        if created:
            audit.record(actor=by, action="recording.added", subject=recording, sha256=sha256)
            turn = _turn_after(_waiting(voice.creator_id).exclude(pk=recording.pk).count())
            at_commit(Work.JUDGE_RECORDING, recording.pk, turn=turn)
    return recording


@contextmanager
def _kept_only_for_a_row(key: str) -> Iterator[None]:
    """Delete an object again that no recording came to name."""
    try:
        yield
    finally:
        if not Recording.objects.filter(storage_key=key).exists():
            storage.delete(key)


def _require_fit_in(voice: Voice, line: str, size: int) -> None:
    """Refuse what a voice, its creator or the workers have no room for; a new take of a line makes some.

    Raises:
        Refused: too_many_recordings, too_many_waiting, too_much_speech, too_much_audio.
    """
    others = voice.recordings.exclude(line=line) if line else voice.recordings.all()
    if others.count() >= MAX_RECORDINGS:
        raise Refused(
            "too_many_recordings",
            gettext("A voice has %(most)s recordings at most. Remove one before you add another.")
            % {"most": MAX_RECORDINGS},
        )
    _require_few_waiting(voice)
    if not has_time_left(voice):
        raise Refused(*too_much_speech())
    _require_room(voice, size)


def _remove_earlier_take(voice: Voice, line: str, sha256: str, by: User) -> None:
    """Make room for a new take of a line; two that come at once wait for each other.

    Raises:
        Refused: enrolment_running; the earlier take is being learned from.
    """
    Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
    earlier = Recording.objects.filter(voice=voice, line=line).exclude(sha256=sha256).first()
    if earlier is None:
        return
    if voice.enrolments.filter(state__in=Enrolment.OPEN).exists():
        raise Refused(
            "enrolment_running",
            gettext(
                "Your voice is being learned from the take before. Read this line again when that is done."
            ),
        )
    remove_recording(recording=earlier, by=by)


def requeue_lost(*, before: datetime) -> None:
    """Queue recordings from before a time again whose turn was lost."""
    ahead: Counter[int] = Counter()
    turns = {}
    waiting = Recording.objects.filter(state=Recording.State.UPLOADED, created_at__lt=before)
    for pk, creator in waiting.values_list("pk", "voice__creator"):
        turns[pk] = _turn_after(ahead[creator])
        ahead[creator] += 1
    for pk in lost(Work.JUDGE_RECORDING, turns):
        at_once(Work.JUDGE_RECORDING, pk, turn=turns[pk])


def _waiting(creator_id: int) -> QuerySet[Recording]:
    return Recording.objects.filter(voice__creator=creator_id, state=Recording.State.UPLOADED)


def _turn_after(ahead: int) -> Turn:
    """The turn of a recording with so many of the same creator ahead of it."""
    return Turn.USUAL if ahead < AT_ONCE else Turn.LAST


def _require_few_waiting(voice: Voice) -> None:
    """Refuse what would keep the workers busy with one creator's uploads."""
    if _waiting(voice.creator_id).count() >= settings.CREATOR_RECORDINGS_WAITING:
        raise Refused(
            "too_many_waiting",
            gettext(
                "%(number)s of your recordings are still being judged. Add more "
                "when some of them are done."
            )
            % {"number": settings.CREATOR_RECORDINGS_WAITING},
        )


def has_time_left(voice: Voice, more: float = 0.0) -> bool:
    """Whether so many more seconds of recordings fit into a voice, or any at all."""
    seconds = accepted_seconds(voice)
    most: float = settings.VOICE_AUDIO_SECONDS
    return seconds < most and seconds + more <= most


def too_much_speech() -> tuple[str, str]:
    """The code and the sentence for a recording that its voice has no time left for."""
    return (
        "too_much_speech",
        gettext(
            "A voice has %(minutes)s minutes of recordings at most, and a good minute is all it takes. "
            "Remove some before you add another."
        )
        % {"minutes": settings.VOICE_AUDIO_SECONDS // 60},
    )


def _require_room(voice: Voice, more: int) -> None:
    """Refuse what would fill the store with one creator's audio."""
    kept = Recording.objects.filter(voice__creator=voice.creator_id).aggregate(all=Sum("bytes"))
    if (kept["all"] or 0) + more > settings.CREATOR_AUDIO_BYTES:
        raise Refused(
            "too_much_audio",
            gettext(
                "Your voices have %(size)s of recordings, which is the most that we keep "
                "for one creator. Remove some before you add another."
            )
            % {"size": filesizeformat(settings.CREATOR_AUDIO_BYTES)},
        )


def recording_bytes(recording: Recording) -> bytes:
    """The bytes of a recording as it was sent.

    Raises:
        StorageUnavailable: try again.
        Tampered: it is not what was sent.
    """
    return vault.get(recording.voice.creator_id, recording.storage_key, recording.sha256)


def recording_file(recording: Recording) -> IO[bytes]:
    """The same as a temporary file, so that it is not in memory.

    Raises:
        StorageUnavailable: try again.
        Tampered: it is not what was sent.
    """
    return vault.get_file(recording.voice.creator_id, recording.storage_key, recording.sha256)


def record_judgement(
    *, recording_id: int, quality: dict[str, Any] | None, code: str = "", message: str = ""
) -> None:
    """Accept a recording with its measurements, or refuse it with advice; a repeat changes nothing."""
    with transaction.atomic():
        voice = _lock_voice_of(recording_id)
        recording = Recording.objects.select_for_update(no_key=True).get(pk=recording_id)
        if recording.state != Recording.State.UPLOADED:
            return
        if quality and not has_time_left(voice, quality.get("seconds", 0.0)):
            quality, (code, message) = None, too_much_speech()
        recording.quality = quality or {}
        recording.refusal_code, recording.refusal = code, message
        recording.save(update_fields=["quality", "refusal_code", "refusal"])
        to = Recording.State.REFUSED if code else Recording.State.ACCEPTED
        recording.transition(to)


def _lock_voice_of(recording_id: int) -> Voice:
    """Of two recordings of a voice that are judged at once, one counts the other."""
    voice_id = Recording.objects.values_list("voice_id", flat=True).get(pk=recording_id)
    return Voice.objects.select_for_update(no_key=True).get(pk=voice_id)


def give_up_judging(*, recording_id: int) -> None:
    """Refuse a recording that no worker could judge; a repeat changes nothing."""
    with transaction.atomic():
        recording = Recording.objects.select_for_update(no_key=True).get(pk=recording_id)
        if recording.state != Recording.State.UPLOADED:
            return
        record_judgement(
            recording_id=recording_id,
            quality=None,
            code="not_judged",
            message="We could not read this file, and tried several times. Export it as WAV and "
            "upload that.",
        )
        audit.record(actor=None, action="recording.given_up", subject=recording)


def judge_again(*, recording: Recording, by: User) -> None:
    """Queue a recording again that could not be checked in time; a repeat changes nothing.

    Attempts go on counting, so that one which always takes too long is given up.

    Raises:
        Refused: not_too_slow, too_many_waiting.
    """
    with transaction.atomic():
        voice = _lock_voice_of(recording.pk)
        recording = Recording.objects.select_for_update(no_key=True).get(pk=recording.pk)
        if recording.state == Recording.State.UPLOADED:
            return
        if recording.refusal_code != Recording.TOO_SLOW:
            raise Refused("not_too_slow", gettext("This recording has been checked."))
        _require_few_waiting(voice)
        recording.refusal_code = recording.refusal = ""
        recording.save(update_fields=["refusal_code", "refusal"])
        recording.transition(Recording.State.UPLOADED)
        audit.record(actor=by, action="recording.judged_again", subject=recording)
        turn = _turn_after(_waiting(voice.creator_id).exclude(pk=recording.pk).count())
        at_commit(Work.JUDGE_RECORDING, recording.pk, turn=turn)


def remove_recording(*, recording: Recording, by: User) -> None:
    """Delete a recording and its object."""
    with transaction.atomic():
        audit.record(
            actor=by, action="recording.removed", subject=recording, sha256=recording.sha256
        )
        key = recording.storage_key
        recording.delete()
        at_commit(Work.DELETE_OBJECT, key)
