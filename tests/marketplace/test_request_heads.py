"""The head of a request is bounded before anything reads it on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from marketplace import request_heads
from marketplace.request_bodies import LimitedBodies
from marketplace.storefront.chosen_language import language_of
from tests.processor_time import within

Header = tuple[bytes, bytes]
TOO_LARGE: dict[str, list[Header]] = {
    "backslashes in a cookie": [(b"cookie", b'a="' + b"\\" * 7_000 + b'"')],
    "a long cookie": [(b"cookie", b"a=" + b"b" * 9_000)],
    "many cookies": [(b"cookie", b"a=" + b"b" * 1_000)] * 9,
    "parameters of a type": [(b"content-type", b'a/b; x="' + b";" * 2_000)],
    "parameters of many types": [(b"content-type", b'a/b; x="' + b";" * 500)] * 3,
    "what is accepted": [(b"Accept", b'a/b; x="' + b";" * 2_000)],
    "anything else": [(b"x-anything", b"b" * 17_000)],
    "names": [(b"x-%d" % number, b"") for number in range(5_000)],
}


def _ask(
    *headers: Header,
    path: str = "/healthz",
    query: bytes = b"",
    kind: str = "http",
    app: Any = None,
) -> list[dict[str, Any]]:
    """What is sent back; the application behind answers 200."""
    sent: list[dict[str, Any]] = []

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "websocket.accept"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(
        LimitedBodies(app or answering)(
            _scope(*headers, path=path, query=query, kind=kind), receive, send
        )
    )
    return sent


def _scope(*headers: Header, path: str = "/healthz", query: bytes = b"", kind: str = "http") -> Any:
    return {
        "type": kind, "http_version": "1.1", "method": "GET", "path": path, "query_string": query,
        "client": ("203.0.113.7", 1), "headers": [(b"host", b"localhost"), *headers],
    }  # fmt: skip


@pytest.mark.parametrize("headers", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_head_that_is_too_large_is_refused_unread(headers: list[Header]) -> None:
    assert _ask(*headers)[0]["status"] == 431


def test_an_address_that_is_too_long_is_refused() -> None:
    assert _ask(path="/" + "a" * 17_000)[0]["status"] == 431
    assert _ask(query=b"a=" + b"b" * 17_000)[0]["status"] == 431


def test_a_program_is_told_by_code_that_its_head_is_too_large() -> None:
    start, body = _ask((b"x-anything", b"b" * 17_000), path="/v1/voices")
    assert start["status"] == 431
    assert b'"head_too_large"' in body["body"]


@pytest.mark.parametrize("headers", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_handshake_whose_head_is_too_large_is_refused_too(headers: list[Header]) -> None:
    assert [each["type"] for each in _ask(*headers, kind="websocket")] == ["websocket.close"]


def test_what_browsers_and_programs_send_fits() -> None:
    heads: list[Header] = [
        (b"user-agent", b"Mozilla/5.0 " + b"x" * 300),
        (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
        (b"cookie", b"; ".join(b"name%d=%s" % (number, b"v" * 200) for number in range(30))),
        (b"content-type", b"multipart/form-data; boundary=" + b"-" * 70),
        (b"referer", b"https://localhost/search?" + b"q" * 2_000),
    ]
    assert _ask(*heads, query=b"next=" + b"a" * 2_000)[0]["status"] == 200
    assert _ask(*heads, kind="websocket")[0]["type"] == "websocket.accept"


PUMPED = [
    b";",
    b'"',
    b"\\",
    b",",
    b"=",
    b" ",
    b"a",
    b'";',
    b"'",
]


@pytest.mark.parametrize("header", [b"cookie", b"content-type", b"accept", b"accept-language"])
def test_the_longest_head_that_is_taken_is_read_in_a_moment(header: bytes) -> None:
    most = request_heads._MOST[header]
    for pump in PUMPED:
        for begin in (b"", b'a/b; x="', b'a="'):
            value = begin + (pump * most)[: most - len(begin)]
            if value.count(b"\\") > request_heads.ESCAPES and header == b"cookie":
                value = value.replace(b"\\", b".", value.count(b"\\") - request_heads.ESCAPES)
            scope = _scope((header, value))
            request_heads.require_fit(scope)
            with within(0.2):
                _read(scope)


def _read(scope: Any) -> None:
    """All that the site reads of a head."""
    try:
        request = ASGIRequest(scope, None)
    except ValueError:  # an encoding that nobody knows
        return
    language_of(request)
    request.COOKIES  # noqa: B018
    request.accepts("text/html")
    with contextlib.suppress(NotAcceptable):
        DefaultContentNegotiation().select_renderer(Request(request), [JSONRenderer()])
