"""Clips of anybody are examined as far as they hold nobody else up."""

from __future__ import annotations

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory

from marketplace import rate_limit
from marketplace.api.views import provenance
from marketplace.provenance import services
from marketplace.provenance.models import Examination
from marketplace.refusals import SpeechRefused

pytestmark = pytest.mark.django_db


def _send() -> int:
    clip = SimpleUploadedFile("clip.wav", b"x" * 2000)
    return Client().post("/v1/provenance/detect", {"file": clip}).status_code


def test_a_request_beyond_those_that_wait_is_answered_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provenance, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(provenance, "PATIENCE", 60.0)
    provenance._waiting.acquire()
    assert _send() == 202


def test_who_waits_gives_the_connection_back_between_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bool] = []
    monkeypatch.setattr(provenance, "give_back_now", lambda: given.append(True))
    monkeypatch.setattr(provenance, "PATIENCE", 0.5)
    assert _send() == 202
    assert given


def test_where_many_clips_wait_no_more_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_WAITING", 1)
    monkeypatch.setattr(provenance, "PATIENCE", 0.0)
    assert _send() == 202
    assert _send() == 503
    assert Examination.objects.count() == 1
    assert connection.is_usable()


def test_the_networks_of_one_line_have_a_limit_together() -> None:
    refused = 0
    for number in range(40):
        request = RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:7:{number:x}::1")
        try:
            rate_limit.count_visitor("test-of-lines", request, 1)
        except SpeechRefused:
            refused += 1
    assert refused >= 40 - 2 * rate_limit.NETWORKS_OF_A_SITE  # at most two minutes' worth
