"""A server that answers like the European Union's register of VAT numbers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import override_settings

FOUND = {
    "countryCode": "DE", "vatNumber": "136695976", "requestDate": "2026-11-29T12:00:00.000Z",
    "valid": True, "requestIdentifier": "WAPIAAAAZ1a2b3c4", "name": "---", "address": "---",
}  # fmt: skip


class Register:
    """A server that answers like the register, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.says: Any = FOUND
        self.status = 200
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                register.asked.append({"path": self.path, **json.loads(body)})
                said = register.says
                answer = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(register.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/rest-api"


@contextmanager
def own_register() -> Iterator[Register]:
    """A register that the settings name, asked by a French seller."""
    register = Register()
    with override_settings(VIES_URL=register.url, SELLER_VAT_NUMBER="FR40303265045"):
        yield register
    register.server.shutdown()
