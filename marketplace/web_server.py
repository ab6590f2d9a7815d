"""The web server: uvicorn, which by itself waits for ever for the head of a request and for a reader.

Whoever opens connections and sends half of a head would take every file that the process may open;
whoever asks and never reads, the memory and all that an answer holds. And it keeps all of a head,
and of what may stand between the parts of a body and behind it, however long they are.
"""

from __future__ import annotations

import argparse
import resource
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from marketplace import shutdown
from marketplace.api.text_streams.messages import MAX_MESSAGE

HEAD_WITHIN = 10.0  # seconds
READ_WITHIN = 300.0  # seconds until all that was sent is taken; a player may have buffered enough
PINGS_UNREAD = 100  # from whoever doesn't read meanwhile; every one is answered
MESSAGES_AHEAD = 500  # of a WebSocket, that wait to be read; beyond, bytes wait, which are smaller
MOST_FRAMES = 1_000  # of one message
_PIECE = 4_096  # bytes
CLOSE_WITHIN = 2.0  # seconds until whoever is told that a WebSocket closes agrees
OUTSIDE = (
    64 * 1024
)  # bytes in a row that are part of no body; `request_heads` measures a head exactly
MOST_WAITING = 500  # connections whose request's head is not complete; beyond, the oldest is closed
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class _ReadInTime:
    """A protocol that gives up whoever does not read what was sent."""

    loop: Any
    transport: Any
    _unread: Any = None

    def pause_writing(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(READ_WITHIN, self.transport.abort)
        super().pause_writing()  # type: ignore[misc]

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()  # type: ignore[misc]

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_read()
        super().connection_lost(exc)  # type: ignore[misc]

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class PunctualSockets(_ReadInTime, WebSocketsSansIOProtocol):
    """A WebSocket that closes once nobody reads it; what it is sent has its own deadlines."""

    _pings = 0
    _behind = b""  # what came and is not taken apart yet

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.close_timeout = CLOSE_WITHIN

    def data_received(self, data: bytes) -> None:
        self._behind += data
        self._read_on()

    async def receive(self) -> Any:
        message = await super().receive()
        if self.queue.empty():
            self._read_on()
        return message

    def handle_cont(self, event: Any) -> None:
        if len(self.frames) < MOST_FRAMES:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def _read_on(self) -> None:
        data, place = self._behind, 0
        while place < len(data) and not self.transport.is_closing():
            if not self.close_sent and self.queue.qsize() >= MESSAGES_AHEAD:
                break
            super().data_received(data[place : place + _PIECE])
            place += _PIECE
        self._behind = data[place:]

    def handle_ping(self) -> None:
        self._pings = self._pings + 1 if self._unread is not None else 0
        if self._pings > PINGS_UNREAD:
            self.transport.abort()
        else:
            super().handle_ping()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.close_sent:  # else a refusal to open one is logged as a mistake of ours
            self.handshake_complete = True


class PunctualRequests(_ReadInTime, HttpToolsProtocol):
    """HTTP/1.1 that closes connections on which no request comes, or no answer is read, in time."""

    _waiting: ClassVar[dict[PunctualRequests, None]] = {}
    _timer: Any = None
    _in_head = False
    _outside = 0  # bytes since the last that was known to be of a body, or the end of a head

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Below its usual mark of 64 KiB a transport would keep what nobody takes without a word.
        transport.set_write_buffer_limits(high=0)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self.cycle is not None and self.cycle.response_complete:
            self._wait()
        self._outside += len(data)
        super().data_received(data)
        if self._outside > OUTSIDE and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        self._in_head, self._outside = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # else it stands behind a body, when heads have been judged
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._outside = False, 0
        self._stop_waiting()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        self._is_read()  # from here on the other protocol is told what is read
        super().handle_websocket_upgrade()

    def on_body(self, body: bytes) -> None:
        self._outside = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _refuse_head(self) -> None:
        """Close a connection on which a head, or what stands for one, does not end."""
        self._stop_waiting()
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _wait(self) -> None:
        if self in self._waiting:
            return
        self._waiting[self] = None
        self._timer = self.loop.call_later(HEAD_WITHIN, self._give_up)
        if len(self._waiting) > MOST_WAITING:
            next(iter(self._waiting))._give_up()

    def _stop_waiting(self) -> None:
        self._waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._stop_waiting()
        self.transport.close()


SOCKETS: dict[str, Any] = {  # no compression: what unpacks into much costs who sends it little
    "ws": PunctualSockets,
    "ws_max_size": MAX_MESSAGE,
    "ws_per_message_deflate": False,
    "ws_ping_timeout": READ_WITHIN,  # clients that play while they read answer late
}


class LeavingServer(uvicorn.Server):
    """A server that tells endless answers to end when it is told to stop, and then waits for them."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        shutdown.begun.set()
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve the site until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.web_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    LeavingServer(
        uvicorn.Config(
            "marketplace.asgi:application", host=options.host, port=options.port,
            http=PunctualRequests, lifespan="off", access_log=False, log_level="warning", **SOCKETS,
        )
    ).run()  # fmt: skip


if __name__ == "__main__":
    main()
