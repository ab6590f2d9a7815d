"""Routes under /v1/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from marketplace.api.problems import problem
from marketplace.api.views import account, catalogue, elevenlabs, jobs, policy, provenance, speech


def unknown(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer 404 for any other path under /v1/."""
    return problem(request, 404, "not_found", f"There is nothing at /v1/{path}.")


app_name = "api"
urlpatterns = [
    path("audio/speech", speech.Speech.as_view(), name="speech"),
    path("audio/voices", catalogue.AudioVoices.as_view(), name="audio-voices"),
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
    path("speech-jobs", jobs.Jobs.as_view(), name="jobs"),
    path("speech-jobs/<uuid:public_id>", jobs.JobDetail.as_view(), name="job"),
    path("speech-batches", jobs.Batches.as_view(), name="batches"),
    path("speech-jobs/audio/<str:token>", jobs.job_audio, name="job-audio"),
    path("models", catalogue.Models.as_view(), name="models"),
    path("voices", catalogue.Voices.as_view(), name="voices"),
    path("voices/<str:voice_id>", catalogue.VoiceDetail.as_view(), name="voice"),
    path("voices/<str:voice_id>/terms", catalogue.VoiceTerms.as_view(), name="voice-terms"),
    path("licences", account.Licences.as_view(), name="licences"),
    path("licences/<str:number>", account.LicenceDetail.as_view(), name="licence"),
    path("usage", account.Usage.as_view(), name="usage"),
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
    re_path(r"^(?P<path>.*)$", unknown),
]
