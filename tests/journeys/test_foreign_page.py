"""A page of another site speaks over a WebSocket, with a key whose owner names the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from marketplace.licensing import key_origins
from marketplace.licensing.models import Generation
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, launch
from tests.marketplace.api.socket_site import running_site
from tests.tones import speak_tones

pytestmark = IN_A_BROWSER
SPEAK = """([address, key]) => new Promise(done => {
    const told = [], socket = new WebSocket(address)
    socket.onopen = () => {
        for (const each of [{text: " ", xi_api_key: key}, {text: "Good morning. "}, {text: ""}])
            socket.send(JSON.stringify(each))
    }
    socket.onmessage = event => told.push(JSON.parse(event.data))
    socket.onclose = event => done([told, event.code])
})"""


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _foreign_page() -> Iterator[str]:
    """The origin of a page on another port of this machine: browsers keep others from its ports."""
    server = HTTPServer(("127.0.0.1", 0), _EmptyPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_page_speaks_once_the_key_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread
    speak_tones(monkeypatch)
    key, secret = factories.make_key()
    voice = key.licences.get().voice.slug
    driver, browser = launch()
    try:
        with running_site() as site, _foreign_page() as origin:
            page = browser.new_page()
            page.goto(origin)
            address = f"{site.url}/v1/text-to-speech/{voice}/stream-input"

            def said() -> tuple[list[dict[str, Any]], int]:
                told, code = page.evaluate(SPEAK, [address, secret])
                return told, code

            told, code = said()
            assert told, code
            assert (told[-1]["error"], code) == ("origin_not_allowed", 1008)
            assert not Generation.objects.exists()
            key_origins.set_origins(key=key, origins=[origin], by=key.owner)
            told, code = said()
            assert (told[-1]["isFinal"], code) == (True, 1000)
            assert told[0]["audio"]
            assert Generation.objects.get().characters_spoken == len("Good morning.")
    finally:
        browser.close()
        driver.stop()
