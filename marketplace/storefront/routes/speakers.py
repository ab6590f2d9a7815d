"""Routes for speakers: invited ones, and people who look for their own voice."""

from django.urls import path

from marketplace.storefront.views import my_voice, speaker

urlpatterns = [
    path("speaker", speaker.speaker, name="speaker"),
    path("speaker/panel", speaker.panel, name="speaker-panel"),
    path("speaker/statement", speaker.challenge, name="speaker-challenge"),
    path("speaker/reading/<uuid:public_id>", speaker.record, name="speaker-record"),
    path("speaker/recordings/<uuid:public_id>", speaker.recording, name="speaker-recording"),
    path("speaker/decline", speaker.decline, name="speaker-decline"),
    path("speaker/withdraw", speaker.withdraw, name="speaker-withdraw"),
    path("speaker/erase", speaker.erase, name="speaker-erase"),
    path("speaker/proof.zip", speaker.proof, name="speaker-proof"),
    path("my-voice", my_voice.my_voice, name="my-voice"),
    path("my-voice/panel", my_voice.panel, name="my-voice-panel"),
    path("my-voice/statement", my_voice.begin, name="my-voice-begin"),
    path("my-voice/reading", my_voice.record, name="my-voice-record"),
    path("my-voice/protect", my_voice.opt_out, name="my-voice-opt-out"),
    path("my-voice/lift", my_voice.lift, name="my-voice-lift"),
    path("my-voice/report/<uuid:public_id>", my_voice.report, name="my-voice-report"),
]
