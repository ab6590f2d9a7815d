"""Operations on preview clips: the fixed texts, the creator's own text, the audio."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.queue import Turn, Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Enrolment, Preview, VoiceVersion
from synthesis.text.ssml import is_ssml

OWN_POSITION = 3  # after the three fixed texts
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
    "zh": (
        "每个故事都需要一个声音。我很乐意把我的声音借给你，从第一页到最后一页。",
        "感谢您的来电。您的订单今天早上已经发出，星期二就会送到。",
        "把灯笼举高一点！不久以前，有人来过这里。",
    ),
    "ja": (
        "どんな物語にも声が必要です。最初のページから最後のページまで、喜んで私の声をお貸しします。",
        "お電話ありがとうございます。ご注文の品は今朝発送され、火曜日に届きます。",
        "ランタンをもっと高く掲げて！少し前に、誰かがここに来たようだ。",
    ),
}


LONGEST_CLIP = 120.0  # seconds; signs and numbers are read as many words
LONGEST_SENT = 3_000  # characters with white space


def begin_previews(*, version: VoiceVersion) -> None:
    """Queue the fixed texts to be spoken by a new version, at commit."""
    for position, text in enumerate(PREVIEW_TEXTS[version.voice.language[:2]]):
        Preview.objects.create(version=version, position=position, text=text)
    at_commit(Work.MAKE_PREVIEWS, version.pk)


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


def set_own_preview(*, version: VoiceVersion, text: str, by: User) -> Preview:
    """Queue a clip of the creator's own words, which replaces the previous one.

    Raises:
        Refused: preview_text.
    """
    text = checked_text(text)
    with transaction.atomic():
        former = Preview.objects.filter(version=version, position=OWN_POSITION)
        for key in former.exclude(storage_key="").values_list("storage_key", flat=True):
            at_commit(Work.DELETE_OBJECT, key)
        former.delete()
        preview = Preview.objects.create(version=version, position=OWN_POSITION, text=text)
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
        enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
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
        preview = Preview.objects.select_for_update().filter(pk=preview_id, storage_key="").first()
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
