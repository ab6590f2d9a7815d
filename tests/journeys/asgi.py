"""The site as uvicorn serves it, in the process of a test: answers stream, as they don't from Django's own server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn

from marketplace import shutdown, web_server


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of the site, on a free port, with the test's database."""
    from marketplace.asgi import application

    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            application, port=port, http=web_server.PunctualRequests, ws="none", lifespan="off",
            log_level="error",
        )
    )  # fmt: skip
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        shutdown.begun.set()
        server.should_exit = True
        thread.join(10)
        server.force_exit = True
        thread.join(10)
        shutdown.begun.clear()
