"""Routes under /v1/."""

from django.urls import path, re_path

from marketplace.api import views

app_name = "api"
urlpatterns = [
    path("audio/speech", views.Speech.as_view(), name="speech"),
    path("audio/voices", views.AudioVoices.as_view(), name="audio-voices"),
    path("models", views.Models.as_view(), name="models"),
    path("voices", views.Voices.as_view(), name="voices"),
    re_path(r"^(?P<path>.*)$", views.unknown),
]
