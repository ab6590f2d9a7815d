"""Who reads an answer slowly from a socket pays for what was heard: on the whole site."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.utils import timezone

from marketplace.api import speaking as api_speaking
from marketplace.licensing import settlement
from marketplace.licensing.models import Generation
from synthesis.tasks import speaking
from tests import factories
from tests.marketplace.api.socket_site import running_site
from tests.tones import speak_tones

SENTENCES = 60  # of four tones of a second: 11.5 MB of PCM


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_reads_slowly_for_ten_minutes_pays_for_what_was_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, secret = factories.make_key()
    licence, text = key.licences.get(), "a a a a. " * SENTENCES
    speak_tones(monkeypatch)
    workers = []

    def in_a_thread(_: Any, generation_id: int, stream: str) -> None:
        def work() -> None:
            try:
                speaking.speak(generation_id, stream)
            finally:
                connections.close_all()

        workers.append(threading.Thread(target=work))
        workers[-1].start()

    monkeypatch.setattr(api_speaking, "at_once", in_a_thread)
    asked = {
        "model": "tts-1", "input": text, "voice": licence.voice.slug, "response_format": "pcm",
        "speed": 0.25, "use": licence.terms["uses"][0],
    }  # fmt: skip
    body = json.dumps(asked).encode()
    head = (
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with running_site() as site, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", urlsplit(site.url).port))
        reader.settimeout(120)
        reader.sendall(head.encode() + body)
        heard = reader.recv(1024)
        assert b" 200 " in heard[:20], heard
        time.sleep(8)  # the worker waits for a listener who takes nothing
        made = Generation.objects.get()
        assert made.state == Generation.State.RESERVED
        assert workers[0].is_alive()
        # ten minutes later, in which something was read each minute, the scheduler comes by
        Generation.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=30))
        assert settlement.release_abandoned() == 0
        while part := reader.recv(1 << 16):
            heard += part
    workers[0].join(60)
    made.refresh_from_db()
    licence.refresh_from_db()
    seconds = len(heard) / 48_000
    told = (made.state, made.characters_spoken, licence.characters_used)
    assert licence.characters_used == made.characters_spoken == made.characters_reserved, told
    assert seconds == pytest.approx(made.seconds, rel=0.01), told
