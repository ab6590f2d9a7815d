"""How large the head of a request may be: the address that it asks for, and its headers.

Much of a head is taken apart before anything asks who sent it, some of it in time that grows with the
square of its length, and on the event loop, on which all other visitors wait.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from marketplace.refusals import SpeechRefused

HEAD = 16 * 1024  # bytes of all that is before a body
COOKIES = 8 * 1024  # bytes
PARSED = 1024  # bytes of any other header that is more than a name, a number or an address
ESCAPES = 200  # backslashes in cookies: Python before 3.11.10 looks through the rest at each (CVE-2024-7592)
_MOST = {b"cookie": COOKIES} | dict.fromkeys(
    [
        b"accept", b"accept-charset", b"accept-encoding", b"accept-language",
        b"access-control-request-headers", b"authorization", b"cache-control", b"connection",
        b"content-disposition", b"content-encoding", b"content-length", b"content-type", b"expect",
        b"forwarded", b"host", b"idempotency-key", b"if-match", b"if-modified-since", b"if-none-match",
        b"if-range", b"if-unmodified-since", b"origin", b"range", b"sec-websocket-extensions",
        b"sec-websocket-protocol", b"stripe-signature", b"te", b"transfer-encoding", b"upgrade",
        b"x-forwarded-for", b"x-forwarded-proto",
    ],
    PARSED,
)  # fmt: skip


def require_fit(scope: dict[str, Any]) -> None:
    """Refuse the head of a request, or of a WebSocket's handshake, that is too large.

    A header that comes several times is as long as all of them: Django reads them as one.

    Raises:
        SpeechRefused: head_too_large (431).
    """
    lengths: Counter[bytes] = Counter()
    escapes = 0
    for name, value in scope["headers"]:
        lengths[name.lower()] += len(value) + 1
        if name.lower() == b"cookie":
            escapes += value.count(b"\\")
    asked = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    if asked + sum(map(len, lengths)) + lengths.total() > HEAD:
        raise _too_large("request without its body", HEAD)
    for name, most in _MOST.items():
        if lengths[name] > most + 1:
            raise _too_large(f"header {name.decode().title()}", most)
    if escapes > ESCAPES:
        raise SpeechRefused(431, "head_too_large", "The cookies have too many backslashes.")


def _too_large(what: str, most: int) -> SpeechRefused:
    return SpeechRefused(
        431, "head_too_large", f"The {what} is larger than {most:,} bytes, which is the most here."
    )
