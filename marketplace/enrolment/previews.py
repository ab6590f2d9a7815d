"""Operations on preview clips: what they say, by script or in the creator's own words, and the audio."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.enrolment.scripts import SCRIPTS, USES, Line, lines_of, usual_lines
from marketplace.queue import Turn, Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Enrolment, Preview, Voice, VoiceVersion
from synthesis.text.ssml import is_ssml

OWN_POSITION = 9  # after the clips from scripts
MAX_LINES = 6  # clips from scripts, of one voice
LONGEST_CLIP = 120.0  # seconds; signs and numbers are read as many words
LONGEST_SENT = 3_000  # characters with white space
# why a clip is not spoken, as workers record it
NOT_SPOKEN = gettext_noop(
    "We could not speak this clip, and tried several times. Choose another text."
)
TOO_LONG = gettext_noop("Read aloud, this text takes more than two minutes. Choose a shorter one.")


def lines_for(voice: Voice) -> list[Line]:
    """What the clips of a voice's next version say: what was chosen, else the usual."""
    if voice.lines is None:
        return usual_lines(voice.language)
    return [Line(line["text"], line["use"]) for line in voice.lines]


def begin_previews(*, version: VoiceVersion) -> None:
    """Queue what a new version says of itself, at commit."""
    _queue(version, lines_for(version.voice))
    at_commit(Work.MAKE_PREVIEWS, version.pk)


def _queue(version: VoiceVersion, lines: Sequence[Line]) -> None:
    for position, line in enumerate(lines):
        Preview.objects.create(version=version, position=position, text=line.text, use=line.use)


def set_lines(*, voice: Voice, lines: Sequence[Line]) -> None:
    """Have the clips of a voice that is not made yet say these lines."""
    voice.lines = [{"use": line.use, "text": line.text} for line in lines]
    voice.save(update_fields=["lines"])


def chosen_lines(keys: Sequence[str], language: str) -> list[Line]:
    """The scripts that a creator ticked, in a voice's language and in our order.

    Raises:
        Refused: scripts.
    """
    chosen = [script for script in SCRIPTS if script.key in set(keys)]
    if not 1 <= len(chosen) <= MAX_LINES or len(chosen) < len(set(keys)):
        raise Refused(
            "scripts", gettext("Choose one to %(most)s of the scripts.") % {"most": MAX_LINES}
        )
    return lines_of(chosen, language)


def replace_lines(*, version: VoiceVersion, lines: Sequence[Line], by: User) -> None:
    """Queue clips of other lines; those that say the same, and the creator's own, are kept."""
    with transaction.atomic():
        set_lines(voice=version.voice, lines=lines)
        former = list(_from_scripts(version).select_for_update(no_key=True))
        _from_scripts(version).delete()
        _queue(version, lines)
        for clip in former:
            kept = bool(clip.storage_key) and _from_scripts(version).filter(text=clip.text).update(
                public_id=clip.public_id,
                storage_key=clip.storage_key,
                seconds=clip.seconds,
                waveform=clip.waveform,
            )
            if clip.storage_key and not kept:
                at_commit(Work.DELETE_OBJECT, clip.storage_key)
        audit.record(actor=by, action="preview.lines_chosen", subject=version)
        at_commit(Work.MAKE_PREVIEWS, version.pk, turn=Turn.USUAL)


def lines_said(version: VoiceVersion) -> list[Line]:
    """What the clips of a version say, without the creator's own and those that were refused."""
    return [Line(clip.text, clip.use) for clip in _from_scripts(version).filter(refused="")]


def _from_scripts(version: VoiceVersion) -> QuerySet[Preview]:
    return Preview.objects.filter(version=version).exclude(position=OWN_POSITION)


def checked_text(text: str) -> str:
    """A text for a creator's own clip, as it is kept; asked before anything reads the text.

    Raises:
        Refused: preview_text.
    """
    if len(text) > LONGEST_SENT:
        raise Refused("preview_text", gettext("Choose a text of 10 to 300 characters."))
    text = " ".join(text.split())
    if is_ssml(text):
        raise Refused("preview_text", gettext("Write the text alone, without tags."))
    if not 10 <= len(text) <= 300:
        raise Refused("preview_text", gettext("Choose a text of 10 to 300 characters."))
    return text


def set_own_preview(*, version: VoiceVersion, text: str, by: User, use: str = "") -> Preview:
    """Queue a clip of the creator's own words, which replaces the previous one.

    Raises:
        Refused: preview_text, clip_use.
    """
    text = checked_text(text)
    if use and use not in USES:
        raise Refused("clip_use", gettext("Choose one of the uses on the list, or none."))
    with transaction.atomic():
        former = Preview.objects.filter(version=version, position=OWN_POSITION)
        for key in former.exclude(storage_key="").values_list("storage_key", flat=True):
            at_commit(Work.DELETE_OBJECT, key)
        former.delete()
        preview = Preview.objects.create(version=version, position=OWN_POSITION, text=text, use=use)
        audit.record(actor=by, action="preview.chosen", subject=preview)
        # behind what others' voices can't be sold without, however often a text is changed
        at_commit(Work.MAKE_PREVIEWS, version.pk, turn=Turn.USUAL)
    return preview


def keep_first_impression(*, enrolment_id: int, audio: bytes) -> None:
    """Store the instant voice's clip (MP3), which its creator hears until the voice is learned."""
    enrolment = Enrolment.objects.select_related("voice").get(pk=enrolment_id)
    key = f"previews/{enrolment.voice.public_id}/{storage.random_name()}.mp3"
    storage.put(key, audio)
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment_id)
        if enrolment.state == Enrolment.State.RUNNING and not enrolment.first_impression:
            enrolment.first_impression = key
            enrolment.save(update_fields=["first_impression"])
        else:
            at_commit(Work.DELETE_OBJECT, key)


def forget_first_impression(*, enrolment: Enrolment) -> None:
    """Delete the instant voice's clip, at commit."""
    if enrolment.first_impression:
        at_commit(Work.DELETE_OBJECT, enrolment.first_impression)
        enrolment.first_impression = ""
        enrolment.save(update_fields=["first_impression"])


def refuse_preview(*, preview_id: int, why: str) -> None:
    """Record why a clip is not spoken; one that was spoken stays."""
    with transaction.atomic():
        preview = (
            Preview.objects.select_for_update(no_key=True)
            .filter(pk=preview_id, storage_key="")
            .first()
        )
        if preview is not None:
            preview.refused = why[:300]
            preview.save(update_fields=["refused"])
            audit.record(actor=None, action="preview.refused", subject=preview)


def keep_preview(*, preview_id: int, audio: bytes, seconds: float, waveform: list[float]) -> None:
    """Store a finished clip (MP3), once: a clip that was reviewed is never overwritten."""
    preview = Preview.objects.select_related("version__voice").filter(pk=preview_id).first()
    if preview is None or preview.storage_key:
        return
    key = f"previews/{preview.version.voice.public_id}/{storage.random_name()}.mp3"
    storage.put(key, audio)
    with transaction.atomic():
        stored = Preview.objects.filter(pk=preview_id, storage_key="").update(
            storage_key=key, seconds=seconds, waveform=waveform
        )
        if not stored:  # another worker was faster, or the creator chose other words
            at_commit(Work.DELETE_OBJECT, key)
