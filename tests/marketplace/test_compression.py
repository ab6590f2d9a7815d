"""Pages go out compressed, audio does not."""

from __future__ import annotations

import gzip

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace import storage
from marketplace.voices.models import Preview
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_page_is_compressed_for_who_can_read_it() -> None:
    client = Client()
    plain = client.get("/help")
    small = client.get("/help", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.content) < len(plain.content) / 2
    assert gzip.decompress(small.content).lstrip().startswith(b"<!doctype html>")
    assert int(small.headers["Content-Length"]) == len(small.content)
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_the_length_of_a_page_does_not_tell_what_is_in_it() -> None:
    cache.clear()
    client = Client(headers={"Accept-Encoding": "gzip"})
    assert len({len(client.get("/terms").content) for _ in range(12)}) > 1


def test_audio_and_small_answers_are_left_alone() -> None:
    factories.make_listing()
    preview = Preview.objects.get()
    storage.put(preview.storage_key, b"ID3" + bytes(5_000))
    client = Client(headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in client.get(f"/previews/{preview.public_id}.mp3").headers
    assert "Content-Encoding" not in client.get("/healthz").headers
