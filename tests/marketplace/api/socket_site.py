"""The whole site on a port, so that clients open WebSockets to it as they do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from websockets.sync.client import ClientConnection, connect

from marketplace import web_server
from marketplace.asgi import application

PATIENCE = 120.0  # seconds: the first speech of a process loads dictionaries


class SocketSite:
    """A running site; url begins with ws://."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}"

    def open(self, path: str, secret: str = "", **options: Any) -> ClientConnection:
        """A WebSocket, as a client with a key opens it."""
        headers = dict(options.pop("headers", {}))
        if secret:
            headers["xi-api-key"] = secret
        return connect(self.url + path, additional_headers=headers, open_timeout=30, **options)


@contextmanager
def running_site() -> Iterator[SocketSite]:
    """Serve the site from a thread."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    config = uvicorn.Config(
        application, port=port, http=web_server.PunctualRequests, lifespan="off", log_level="error",
        **web_server.SOCKETS,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield SocketSite(port)
    finally:
        server.should_exit = True
        thread.join(20)


def read_all(connection: ClientConnection, timeout: float = PATIENCE) -> list[dict[str, Any]]:
    """All messages until the other side closes."""
    read = []
    with contextlib.suppress(Exception):  # however it ends; tests look at the code of closing
        while True:
            read.append(json.loads(connection.recv(timeout)))
    return read


def read_until_final(
    connection: ClientConnection, timeout: float = PATIENCE
) -> list[dict[str, Any]]:
    """Messages until the first that says that all is said."""
    read = []
    while not read or not read[-1].get("isFinal"):
        read.append(json.loads(connection.recv(timeout)))
    return read
