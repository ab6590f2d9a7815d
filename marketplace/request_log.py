"""Request ids and JSON logs; no bodies, no query strings, no secrets."""

from __future__ import annotations

import contextvars
import json
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware

Respond = Callable[[HttpRequest], Awaitable[HttpResponse]]

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_log = logging.getLogger("timbre.requests")
ANSWER_HEADERS = "timbre.answer_headers"  # in META: the rate-limit headers of the response
_SECRETS = re.compile(  # paths that end in one, wherever a line names them
    r"(/v1/speech-jobs/audio/|/accounts/password/reset/key/|/accounts/confirm-email/|/following/stop/)"
    r"[^\s\"'?#]+"
)


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if request_id.get():
            entry["request_id"] = request_id.get()
        entry.update(getattr(record, "fields", {}))
        if record.exc_info:
            entry["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(entry, default=str)


def without_secrets(text: str) -> str:
    """A text in which paths are cut before the secret that they end in."""
    return _SECRETS.sub(r"\1…", text)


@async_only_middleware
def log_requests(get_response: Respond) -> Respond:
    """Give every request an id, return it with the key's limits, and log one line."""

    async def respond(request: HttpRequest) -> HttpResponse:
        identifier = f"req_{uuid.uuid4().hex}"
        request_id.set(identifier)
        request.META["timbre.request_id"] = identifier
        started = time.monotonic()
        response = await get_response(request)
        response["X-Request-Id"] = identifier
        for name, value in request.META.get(ANSWER_HEADERS, {}).items():
            response[name] = value
        _log.info(
            "request",
            extra={
                "fields": {
                    "method": request.method,
                    "path": without_secrets(request.path),
                    "status": response.status_code,
                    "ms": round((time.monotonic() - started) * 1000, 1),
                }
            },
        )
        return response

    return respond
