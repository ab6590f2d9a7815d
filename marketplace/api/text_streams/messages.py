"""What clients send on a WebSocket, and what they are sent, in ElevenLabs' form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from marketplace.refusals import SpeechRefused

MAX_MESSAGE = 64 * 1024  # bytes
AUDIO_AT_ONCE = 48 * 1024  # bytes of audio in one message: some clients take no more than 1 MiB
MAX_NAME = 100  # characters of a context's id
POLICY, TOO_BIG, FAILED, LATER = 1008, 1009, 1011, 1013  # close codes
DEFAULT_CONTEXT = "default"
_KEYS = ("xi-api-key", "xi_api_key", "api-key", "authorization")


@dataclass(frozen=True)
class Told:
    """One message of a client. text: None if it holds none."""

    fields: Mapping[str, Any]
    text: str | None
    context: str
    flush: bool
    trigger: bool
    close_context: bool
    close_socket: bool

    @classmethod
    def read(cls, raw: object) -> Told:
        """Read a message.

        Raises:
            SpeechRefused: invalid_request.
        """
        fields = _document(raw)
        text, context = fields.get("text"), fields.get("context_id") or fields.get("contextId")
        if not isinstance(text, str | None):
            raise _invalid("text is a string.")
        if not isinstance(context, str | None) or len(context or "") > MAX_NAME:
            raise _invalid(f"context_id is a string of at most {MAX_NAME} characters.")
        return cls(
            fields=fields,
            text=text,
            context=context or DEFAULT_CONTEXT,
            flush=fields.get("flush") is True,
            trigger=fields.get("try_trigger_generation") is True,
            close_context=fields.get("close_context") is True,
            close_socket=fields.get("close_socket") is True,
        )

    @property
    def secret(self) -> str:
        """The API key in it; empty if there is none."""
        return key_among(self.fields)


def key_among(fields: Mapping[str, Any]) -> str:
    """The API key that a message, or an address, holds under one of its names."""
    found = (value for name in _KEYS if isinstance(value := fields.get(name), str))
    return next((each for each in map(_bare, found) if each), "")


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of the request that opened a WebSocket, by names in lower case."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def query_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """What its address asks for."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1")))


def key_of(scope: Mapping[str, Any]) -> str:
    """The API key in its headers or its address; empty if a message is to bring it."""
    return key_among(headers_of(scope)) or key_among(query_of(scope))


def _bare(value: str) -> str:
    scheme, _, secret = value.strip().partition(" ")
    return (secret if scheme.lower() == "bearer" else value).strip()


def _document(raw: object) -> dict[str, Any]:
    if not isinstance(raw, str):
        raise _invalid("A message is a text, not binary.")
    try:
        fields = json.loads(raw)
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _invalid("A message is a JSON object.") from error
    if not isinstance(fields, dict):
        raise _invalid("A message is a JSON object.")
    return {name: value for name, value in fields.items() if value is not None}


def _invalid(why: str) -> SpeechRefused:
    return SpeechRefused(422, "invalid_request", why)


def schedule_in(fields: Mapping[str, Any]) -> tuple[int, ...]:
    """The schedule of lengths that a client wants; none if it names none that makes sense."""
    settings = fields.get("generation_config") or fields.get("generator_config")
    wanted = settings.get("chunk_length_schedule") if isinstance(settings, dict) else None
    if not isinstance(wanted, list) or len(wanted) > 20:
        return ()
    return tuple(each for each in wanted if isinstance(each, int) and 0 < each <= 500)


def refusal(refused: SpeechRefused, context: str | None = None) -> str:
    """Why something was not done: `error` is the stable code, `code` that of closing."""
    told = {
        "message": str(refused),
        "error": refused.code,
        "code": close_code(refused),
        "status": refused.status,
    }
    return json.dumps(told | _of(context))


def close_code(refused: SpeechRefused) -> int:
    """The code with which a connection is closed for a refusal."""
    if refused.status in (429, 503):
        return LATER
    return FAILED if refused.status >= 500 else POLICY


def close_reason(refused: SpeechRefused) -> str:
    """The same in the 123 bytes that a closing frame has room for."""
    return f"{refused.code}: {refused}".encode()[:123].decode(errors="ignore")


def audio(
    data: bytes,
    alignment: dict[str, Any] | None,
    context: str | None,
    record: dict[str, Any] | None,
) -> Iterator[str]:
    """Messages of one piece of audio; the first has its alignment.

    record: what HTTP tells in headers, once in each stretch of text.
    """
    for place in range(0, len(data), AUDIO_AT_ONCE):
        part = base64.b64encode(data[place : place + AUDIO_AT_ONCE]).decode()
        told = {
            "audio": part,
            "isFinal": None,
            "normalizedAlignment": alignment,
            "alignment": alignment,
        }
        yield json.dumps(told | _of(context) | ({"timbre": record} if record else {}))
        alignment = record = None


def final(context: str | None) -> str:
    """That all is said."""
    return json.dumps({"audio": None, "isFinal": True} | _of(context))


def _of(context: str | None) -> dict[str, str]:
    return {} if context is None else {"contextId": context, "context_id": context}
