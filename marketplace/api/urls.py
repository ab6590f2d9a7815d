"""Routes under /v1/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from marketplace.api.problems import problem
from marketplace.api.views import (
    account,
    catalogue,
    dialogues,
    dictionaries,
    elevenlabs,
    jobs,
    keys,
    lexicons,
    policy,
    provenance,
    speech,
)


@csrf_exempt  # no page's form leads here, and a program is told that the path is wrong
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer 404 for any other path under /v1/ and /v2/."""
    detail = f"There is nothing at {request.path[:200]}; /openapi.json lists what there is."
    return problem(request, 404, "not_found", detail)


app_name = "api"
urlpatterns = [
    path("audio/speech", speech.Speech.as_view(), name="speech"),
    path("audio/voices", catalogue.AudioVoices.as_view(), name="audio-voices"),
    path("audio/models", catalogue.AudioModels.as_view(), name="audio-models"),
    path("text-to-speech/<str:voice_id>", elevenlabs.TextToSpeech.as_view(), name="tts"),
    path(
        "text-to-speech/<str:voice_id>/stream",
        elevenlabs.TextToSpeechStream.as_view(),
        name="tts-stream",
    ),
    path(
        "text-to-speech/<str:voice_id>/with-timestamps",
        elevenlabs.WithTimestamps.as_view(),
        name="tts-timed",
    ),
    path(
        "text-to-speech/<str:voice_id>/stream/with-timestamps",
        elevenlabs.StreamWithTimestamps.as_view(),
        name="tts-timed-stream",
    ),
    path(
        "text-to-speech/<str:voice_id>/stream-input",
        elevenlabs.StreamInput.as_view(),
        name="tts-socket",
    ),
    path(
        "text-to-speech/<str:voice_id>/multi-stream-input",
        elevenlabs.StreamInput.as_view(),
        name="tts-multi-socket",
    ),
    path("text-to-dialogue", dialogues.TextToDialogue.as_view(), name="dialogue"),
    path(
        "text-to-dialogue/stream", dialogues.TextToDialogueStream.as_view(), name="dialogue-stream"
    ),
    re_path(r"^text-to-dialogue/", elevenlabs.no_timed_dialogue),
    path("speech-jobs", jobs.Jobs.as_view(), name="jobs"),
    path("speech-jobs/<uuid:public_id>", jobs.JobDetail.as_view(), name="job"),
    path("speech-batches", jobs.Batches.as_view(), name="batches"),
    path("speech-jobs/audio/<str:token>", jobs.job_audio, name="job-audio"),
    path("lexicons", lexicons.Lexicons.as_view(), name="lexicons"),
    path("lexicons/<uuid:public_id>", lexicons.LexiconDetail.as_view(), name="lexicon"),
    path("lexicons/<uuid:public_id>/entries", lexicons.Entries.as_view(), name="lexicon-entries"),
    path(
        "lexicons/<uuid:public_id>/entries/<uuid:entry_id>",
        lexicons.EntryDetail.as_view(),
        name="lexicon-entry",
    ),
    path(
        "lexicons/<uuid:public_id>/import", lexicons.LexiconImport.as_view(), name="lexicon-import"
    ),
    path(
        "lexicons/<uuid:public_id>/export", lexicons.LexiconExport.as_view(), name="lexicon-export"
    ),
    path("pronunciation-dictionaries", dictionaries.Dictionaries.as_view(), name="dictionaries"),
    path(
        "pronunciation-dictionaries/add-from-rules",
        dictionaries.AddFromRules.as_view(),
        name="dictionary-of-rules",
    ),
    path(
        "pronunciation-dictionaries/add-from-file",
        dictionaries.AddFromFile.as_view(),
        name="dictionary-of-file",
    ),
    path(
        "pronunciation-dictionaries/<str:dictionary_id>",
        dictionaries.DictionaryDetail.as_view(),
        name="dictionary",
    ),
    path(
        "pronunciation-dictionaries/<str:dictionary_id>/set-rules",
        dictionaries.SetRules.as_view(),
        name="dictionary-set-rules",
    ),
    path(
        "pronunciation-dictionaries/<str:dictionary_id>/add-rules",
        dictionaries.AddRules.as_view(),
        name="dictionary-add-rules",
    ),
    path(
        "pronunciation-dictionaries/<str:dictionary_id>/remove-rules",
        dictionaries.RemoveRules.as_view(),
        name="dictionary-remove-rules",
    ),
    path(
        "pronunciation-dictionaries/<str:dictionary_id>/<str:version_id>/download",
        dictionaries.DictionaryDownload.as_view(),
        name="dictionary-download",
    ),
    path("models", catalogue.Models.as_view(), name="models"),
    path("models/<str:name>", catalogue.ModelDetail.as_view(), name="model"),
    path("voices", catalogue.Voices.as_view(), name="voices"),
    path("voices/<str:voice_id>", catalogue.VoiceDetail.as_view(), name="voice"),
    path("voices/<str:voice_id>/terms", catalogue.VoiceTerms.as_view(), name="voice-terms"),
    path("licences", account.Licences.as_view(), name="licences"),
    path("licences/<str:number>", account.LicenceDetail.as_view(), name="licence"),
    path("keys", keys.Keys.as_view(), name="keys"),
    path("keys/<uuid:public_id>", keys.KeyDetail.as_view(), name="key"),
    path("usage", account.Usage.as_view(), name="usage"),
    path("user", account.AccountOfKey.as_view(), name="user"),
    path("user/subscription", account.Subscription.as_view(), name="subscription"),
    path("refusals/<uuid:public_id>", policy.RefusalDetail.as_view(), name="refusal"),
    path("refusals/<uuid:public_id>/appeal", policy.RefusalAppeal.as_view(), name="appeal"),
    path("generations/<uuid:public_id>/manifest", provenance.Manifest.as_view(), name="manifest"),
    path("provenance/detect", provenance.Detect.as_view(), name="detect"),
    path(
        "provenance/examinations/<uuid:public_id>",
        provenance.ExaminationDetail.as_view(),
        name="examination",
    ),
    path("provenance/keys", provenance.Keys.as_view(), name="provenance-keys"),
    re_path(r"^", unknown),
]
