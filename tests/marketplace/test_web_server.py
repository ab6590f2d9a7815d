"""Connections on which no request comes don't keep others out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from marketplace import web_server

_ASKS_FOR_A_WEBSOCKET = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def _site(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    while scope["method"] == "POST" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    bodies = {
        "/long": b"x" * 8_000_000,
        "/page": b"x" * 80_000,
        "/headers": repr(scope["headers"]).encode(),
    }
    body = bodies.get(scope["path"], b"here")
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def _running(app: Any, **options: Any) -> Iterator[uvicorn.Server]:
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=found, http=web_server.PunctualRequests, lifespan="off", log_level="error",
            timeout_keep_alive=1, **options,
        )
    )  # fmt: skip
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.force_exit = server.should_exit = True
    thread.join(10)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[uvicorn.Server]:
    """A server that waits for half a second, and for ten connections at once."""
    monkeypatch.setattr(web_server, "HEAD_WITHIN", 0.5)
    monkeypatch.setattr(web_server, "MOST_WAITING", 10)
    with _running(_site, ws="none") as server:
        yield server


@pytest.fixture
def port(server: uvicorn.Server) -> int:
    return server.config.port


def _half_a_request(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    return connection


def _is_closed(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1) == b""
    return True


def test_a_connection_whose_request_never_comes_is_closed(port: int) -> None:
    with _half_a_request(port) as waiting:
        assert _is_closed(waiting)


def test_a_second_request_on_a_connection_must_come_in_time_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while b"here" not in connection.recv(4096):
            pass
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        while connection.recv(4096):
            pass


def test_many_that_wait_give_way_to_who_asks(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "HEAD_WITHIN", 60.0)
    waiting = [_half_a_request(port) for _ in range(15)]
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=10).text == "here"
        assert all(_is_closed(each) for each in waiting[:5])
    finally:
        for each in waiting:
            each.close()


def test_a_connection_whose_answers_nobody_reads_is_closed(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "READ_WITHIN", 0.5)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(20):
                connection.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.2)


def test_a_page_that_fits_into_buffers_and_that_nobody_reads_keeps_no_connection(
    server: uvicorn.Server, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "READ_WITHIN", 0.5)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)  # not the loopback's
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        _until(lambda: bool(server.server_state.connections))
        _until(lambda: not server.server_state.connections)


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_upgrade_to_a_protocol_that_nobody_speaks_here_is_answered(port: int) -> None:
    asks = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = httpx.get(f"http://127.0.0.1:{port}/", headers=asks, timeout=10)
    assert answer.status_code < 500


def test_a_websocket_that_nobody_reads_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "READ_WITHIN", 0.5)
    left: list[str] = []

    async def talking(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        try:
            while True:
                await send({"type": "websocket.send", "text": "x" * 100_000})
        except OSError:
            left.append("gone")

    with _running(talking, **web_server.SOCKETS) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", server.config.port))
        connection.sendall(_ASKS_FOR_A_WEBSOCKET)
        _until(lambda: left == ["gone"])


def test_who_pings_and_never_reads_is_left() -> None:
    with _running(_listening, **web_server.SOCKETS) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", server.config.port))
        connection.sendall(_ASKS_FOR_A_WEBSOCKET)
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        ping = b"\x89\xfd" + bytes(4) + b"x" * 125
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(400):
                connection.sendall(ping * 1_000)


def test_who_reads_may_ping_as_often_as_they_like() -> None:
    with (
        _running(_listening, **web_server.SOCKETS) as server,
        socket.create_connection(("127.0.0.1", server.config.port), timeout=10) as connection,
    ):
        connection.sendall(_ASKS_FOR_A_WEBSOCKET)
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        for _ in range(300):
            connection.sendall(b"\x89\x80" + bytes(4))
            assert connection.recv(2, socket.MSG_WAITALL) == b"\x8a\x00"


async def _listening(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def test_a_head_that_does_not_end_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                connection.sendall(b"x" * 65_536)
            pytest.fail("six megabytes of one head were taken")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_what_stands_behind_a_body_is_no_header_and_ends(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            b"POST /headers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(b"1\r\nx\r\n0\r\nX-Behind: here\r\n\r\n")
        assert b"x-behind" not in connection.recv(4096)
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"1\r\nx\r\n0\r\nX-Behind: ")
            for _ in range(100):
                connection.sendall(b"x" * 65_536)
            pytest.fail("six megabytes behind a body were taken")


def test_a_large_body_is_no_head(port: int) -> None:
    assert httpx.post(f"http://127.0.0.1:{port}/", content=b"x" * 3_000_000).text == "here"
    parts = (b"x" * 100_000 for _ in range(30))
    assert httpx.post(f"http://127.0.0.1:{port}/", content=parts).text == "here"


def test_small_messages_wait_as_bytes_and_all_are_read() -> None:
    read: list[str] = []
    begins = threading.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await receive()  # the connection
        await send({"type": "websocket.accept"})
        await asyncio.to_thread(begins.wait, 10)
        while (message := await receive())["type"] != "websocket.disconnect":
            read.append(message.get("text", ""))

    with (
        _running(late, **web_server.SOCKETS) as server,
        socket.create_connection(("127.0.0.1", server.config.port), timeout=10) as connection,
    ):
        connection.sendall(_ASKS_FOR_A_WEBSOCKET)
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection.sendall((b"\x81\x80" + bytes(4)) * 2 + b"\x81\x81" + bytes(4) + b"x")
        connection.sendall((b"\x81\x80" + bytes(4)) * 30_000)
        time.sleep(0.5)
        (protocol,) = server.server_state.connections
        ahead = protocol.queue.qsize()  # type: ignore[union-attr]
        begins.set()
        _until(lambda: len(read) >= 30_003)
    assert ahead < 1_500
    assert [read.index("x"), len(read)] == [2, 30_003]


def test_a_message_of_countless_parts_is_given_up() -> None:
    with (
        _running(_listening, **web_server.SOCKETS) as server,
        socket.create_connection(("127.0.0.1", server.config.port), timeout=10) as connection,
    ):
        connection.sendall(_ASKS_FOR_A_WEBSOCKET)
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 5_000)
        assert _is_closed(connection)
