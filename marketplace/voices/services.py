"""Verbs on voices, recordings, enrolments and previews."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion
from synthesis import tasks
from synthesis.audio.decoding import AudioRefused
from synthesis.audio.speech_amount import require_enough

if TYPE_CHECKING:
    from marketplace.consent.models import Consent

MAX_RECORDINGS = 40  # of one voice
STALLED_AFTER = timedelta(seconds=90)  # without a heartbeat, a running enrolment is taken over
MOST_ATTEMPTS = 3
PREVIEW_TEXTS = {
    "en": (
        "Every story needs a voice. I would be glad to lend you mine, from the first page to the last.",
        "Thank you for calling. Your order left our warehouse this morning and arrives on Tuesday.",
        "Hold the lantern higher! Somebody has been down here before us, and not long ago.",
    ),
    "es": (
        "Toda historia necesita una voz. Con gusto te presto la mía, de la primera página a la última.",
        "Gracias por llamar. Su pedido salió esta mañana y llega el martes.",
        "¡Levanta la linterna! Alguien ha estado aquí antes que nosotros.",
    ),
    "fr": (
        "Chaque histoire a besoin d'une voix. Je vous prête volontiers la mienne.",
        "Merci de votre appel. Votre commande est partie ce matin et arrive mardi.",
        "Lève la lanterne ! Quelqu'un est passé par ici avant nous.",
    ),
    "it": (
        "Ogni storia ha bisogno di una voce. Ti presto volentieri la mia.",
        "Grazie per aver chiamato. Il suo ordine è partito stamattina e arriva martedì.",
        "Alza la lanterna! Qualcuno è stato qui prima di noi.",
    ),
    "pt": (
        "Toda história precisa de uma voz. Com prazer empresto a minha.",
        "Obrigado por ligar. O seu pedido saiu esta manhã e chega na terça-feira.",
        "Levante a lanterna! Alguém esteve aqui antes de nós.",
    ),
    "hi": (
        "हर कहानी को एक आवाज़ चाहिए। मैं खुशी से अपनी आवाज़ देता हूँ।",
        "कॉल करने के लिए धन्यवाद। आपका ऑर्डर आज सुबह निकल गया है।",
        "लालटेन ऊपर उठाओ! हमसे पहले यहाँ कोई आया था।",
    ),
}


class Refused(ValueError):
    """A request that the rules don't allow; `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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
    """Begin a voice; its slug is what API clients will call it."""
    base = slugify(name)[:60] or "voice"
    slug, number = base, 2
    while Voice.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    with transaction.atomic():
        voice = Voice.objects.create(
            creator=creator,
            name=name,
            slug=slug,
            language=language,
            gender=gender,
            age=age,
            styles=list(styles),
            description=description,
            synthetic=synthetic,
        )
        audit.record(actor=creator.user, action="voice.created", subject=voice)
    return voice


def add_recording(
    *, voice: Voice, file_name: str, data: bytes, transcript: str = "", by: User
) -> Recording:
    """Keep an upload and have it judged. The same file twice is the same recording.

    Raises:
        Refused: too_many_recordings.
        StorageUnavailable: try again.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    known = Recording.objects.filter(voice=voice, sha256=sha256).first()
    if known is not None:
        return known
    if voice.recordings.count() >= MAX_RECORDINGS:
        raise Refused(
            "too_many_recordings",
            f"A voice has {MAX_RECORDINGS} recordings at most. Remove one you like less first.",
        )
    key = f"recordings/{voice.public_id}/{sha256}"
    storage.put(key, data)
    with transaction.atomic():
        recording, created = Recording.objects.get_or_create(
            voice=voice,
            sha256=sha256,
            defaults={
                "file_name": file_name[:200],
                "storage_key": key,
                "bytes": len(data),
                "transcript": transcript,
            },
        )
        if created:
            audit.record(actor=by, action="recording.added", subject=recording, sha256=sha256)
            transaction.on_commit(partial(tasks.judge_recording.delay, recording.pk))
    return recording


def record_judgement(
    *, recording_id: int, quality: dict[str, Any] | None, code: str = "", message: str = ""
) -> None:
    """Accept a recording with its measures, or refuse it with what to do; once."""
    with transaction.atomic():
        recording = Recording.objects.select_for_update().get(pk=recording_id)
        if recording.state != Recording.State.UPLOADED:
            return
        recording.quality = quality or {}
        recording.refusal_code, recording.refusal = code, message
        recording.save(update_fields=["quality", "refusal_code", "refusal"])
        to = Recording.State.REFUSED if code else Recording.State.ACCEPTED
        recording.transition(to, allowed_from={Recording.State.UPLOADED})


def remove_recording(*, recording: Recording, by: User) -> None:
    """Delete a recording and its object."""
    with transaction.atomic():
        audit.record(
            actor=by, action="recording.removed", subject=recording, sha256=recording.sha256
        )
        key = recording.storage_key
        recording.delete()
        transaction.on_commit(partial(tasks.delete_object.delay, key))


def start_enrolment(*, voice: Voice, consent: Consent, by: User) -> Enrolment:
    """Queue learning a voice from its accepted recordings.

    Raises:
        Refused: consent_missing, too_short, enrolment_running.
    """
    with transaction.atomic():
        voice = Voice.objects.select_for_update().get(pk=voice.pk)
        consent = type(consent).objects.select_for_update().get(pk=consent.pk)
        if consent.voice_id != voice.pk or consent.state != consent.State.VERIFIED:
            raise Refused(
                "consent_missing", "Record your consent first; without it no voice is made."
            )
        speech = sum(
            recording.quality.get("speech_seconds", 0.0)
            for recording in voice.recordings.filter(state=Recording.State.ACCEPTED)
        )
        try:
            require_enough(speech)
        except AudioRefused as refusal:
            raise Refused(refusal.code, str(refusal)) from refusal
        if voice.enrolments.filter(state__in=Enrolment.OPEN).exists():
            raise Refused("enrolment_running", "Your voice is being learnt already.")
        return _queue(Enrolment(voice=voice, consent=consent), by)


def start_style_enrolment(*, voice: Voice, style_mix: dict[str, Any], by: User) -> Enrolment:
    """Queue a synthetic voice: a point in the engine's style space that no person has."""
    with transaction.atomic():
        if not voice.synthetic:
            raise Refused("not_synthetic", "Only a synthetic voice can be made without a person.")
        return _queue(Enrolment(voice=voice, style_mix=style_mix), by)


def _queue(enrolment: Enrolment, by: User) -> Enrolment:
    enrolment.stage = "Waiting for a free place"
    enrolment.save()
    audit.record(actor=by, action="enrolment.queued", subject=enrolment)
    transaction.on_commit(partial(tasks.enrol_voice.delay, enrolment.pk))
    return enrolment


def claim_enrolment(*, enrolment_id: int) -> Enrolment | None:
    """Take a queued or stalled enrolment; None if it is done or somebody else's."""
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
        now = timezone.now()
        stalled = (
            enrolment.state == Enrolment.State.RUNNING
            and enrolment.heartbeat_at is not None
            and enrolment.heartbeat_at < now - STALLED_AFTER
        )
        if enrolment.state != Enrolment.State.QUEUED and not stalled:
            return None
        enrolment.attempts += 1
        enrolment.heartbeat_at = now
        enrolment.save(update_fields=["attempts", "heartbeat_at"])
        if enrolment.attempts > MOST_ATTEMPTS:
            fail_enrolment(
                enrolment_id=enrolment.pk,
                code="engine_failed",
                message="Learning this voice failed several times. We have been told; try again later.",
            )
            return None
        enrolment.transition(Enrolment.State.RUNNING, allowed_from=set(Enrolment.OPEN))
    return enrolment


def requeue_enrolment(*, enrolment: Enrolment) -> None:
    """Send a lost or stalled enrolment to a worker again, once a `STALLED_AFTER`."""
    if enrolment.state == Enrolment.State.QUEUED:
        Enrolment.objects.filter(pk=enrolment.pk).update(heartbeat_at=timezone.now())
    tasks.enrol_voice.delay(enrolment.pk)


def report_progress(*, enrolment_id: int, stage: str, progress: float) -> None:
    """Show how far an enrolment is; also its sign of life."""
    Enrolment.objects.filter(pk=enrolment_id, state=Enrolment.State.RUNNING).update(
        stage=stage, progress=progress, heartbeat_at=timezone.now()
    )


def fail_enrolment(*, enrolment_id: int, code: str, message: str) -> None:
    """End an enrolment with what the creator can do about it."""
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
        if enrolment.state not in Enrolment.OPEN:
            return
        enrolment.error_code, enrolment.error = code, message
        enrolment.finished_at = timezone.now()
        enrolment.save(update_fields=["error_code", "error", "finished_at"])
        enrolment.transition(Enrolment.State.FAILED, allowed_from=set(Enrolment.OPEN))
        audit.record(actor=None, action="enrolment.failed", subject=enrolment, code=code)


def finish_enrolment(
    *,
    enrolment_id: int,
    engine: str,
    engine_version: str,
    template: bytes,
    embedding: list[float],
    report: dict[str, Any],
) -> VoiceVersion | None:
    """Store the template encrypted and make it the voice's newest version.

    None where consent was withdrawn or another worker was quicker: then nothing is kept.
    """
    enrolment = Enrolment.objects.select_related("voice", "consent").get(pk=enrolment_id)
    # a key of its own each time: a worker that comes late must not overwrite a recorded template
    key = f"templates/{enrolment.voice.public_id}/{storage.random_name()}"
    sha256 = storage.put_encrypted(key, template)
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("voice", "consent")
            .get(pk=enrolment_id)
        )
        if enrolment.state != Enrolment.State.RUNNING:
            transaction.on_commit(partial(tasks.delete_object.delay, key))
            return None
        consent = enrolment.consent
        if consent is not None:
            consent = type(consent).objects.select_for_update().get(pk=consent.pk)
            if consent.state != consent.State.VERIFIED:
                transaction.on_commit(partial(tasks.delete_object.delay, key))
                fail_enrolment(
                    enrolment_id=enrolment.pk,
                    code="consent_withdrawn",
                    message="Consent was withdrawn while the voice was being learnt.",
                )
                return None
        newest = enrolment.voice.versions.first()
        version = VoiceVersion.objects.create(
            voice=enrolment.voice,
            enrolment=enrolment,
            number=newest.number + 1 if newest else 1,
            engine=engine,
            engine_version=engine_version,
            storage_key=key,
            sha256=sha256,
            embedding=embedding,
            report=report,
        )
        enrolment.stage, enrolment.progress = "Done", 1.0
        enrolment.finished_at = timezone.now()
        enrolment.save(update_fields=["stage", "progress", "finished_at"])
        enrolment.transition(Enrolment.State.DONE, allowed_from={Enrolment.State.RUNNING})
        audit.record(
            actor=None, action="voice.enrolled", subject=version, sha256=sha256, engine=engine
        )
        for position, text in enumerate(PREVIEW_TEXTS[enrolment.voice.language[:2]]):
            Preview.objects.create(version=version, position=position, text=text)
        transaction.on_commit(partial(tasks.make_previews.delay, version.pk))
    return version


def set_own_preview(*, version: VoiceVersion, text: str, by: User) -> Preview:
    """Have a clip made of the creator's own words; replaces the one before."""
    text = " ".join(text.split())
    if not 10 <= len(text) <= 300:
        raise Refused("preview_text", "Choose a text of 10 to 300 characters.")
    with transaction.atomic():
        Preview.objects.filter(version=version, position=3).delete()
        preview = Preview.objects.create(version=version, position=3, text=text)
        audit.record(actor=by, action="preview.chosen", subject=preview)
        transaction.on_commit(partial(tasks.make_previews.delay, version.pk))
    return preview


def keep_preview(*, preview_id: int, audio: bytes, seconds: float, waveform: list[float]) -> None:
    """Store a made clip (MP3)."""
    preview = Preview.objects.select_related("version__voice").filter(pk=preview_id).first()
    if preview is None:
        return
    key = f"previews/{preview.version.voice.public_id}/{preview.public_id}.mp3"
    storage.put(key, audio)
    Preview.objects.filter(pk=preview_id).update(
        storage_key=key, seconds=seconds, waveform=waveform
    )
