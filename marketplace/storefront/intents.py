"""What a visitor asked for before signing in, stored in their session until they do.

It is stored for an hour, used once, and known only to that session. Files, passwords and tokens are
never stored; only their absence is noted. Of visitors, whom nothing else limits, only short forms are
stored, and few from one network.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace.rate_limit import count_visitor
from marketplace.refusals import SpeechRefused

SESSION_KEY = "asked_before_signing_in"
LIFETIME = 60 * 60  # seconds
MAX_FIELDS = 200
MAX_NAMES = 5  # of files, and of fields that are never stored
MAX_BYTES = 20_000  # total length of names and values
MAX_BYTES_OF_VISITORS = 4_096
MAX_ADDRESS = 1_000  # characters
PER_MINUTE = 30  # forms of visitors from one network
_SECRET = re.compile(r"password|passphrase|secret|token|credential", re.IGNORECASE)
_CSRF = "csrfmiddlewaretoken"


@dataclass(frozen=True)
class Intent:
    """A form that was sent: its path, its values, and what could not be stored."""

    address: str
    fields: list[tuple[str, str]]
    came_from: str  # a path of this site, or empty
    files: list[str]  # names of files that were not stored
    secrets: list[str]  # names of fields that are never stored
    too_long: bool  # then no values were stored

    @property
    def whole(self) -> bool:
        """Whether it can be sent again unchanged."""
        return not (self.files or self.secrets or self.too_long)

    def value(self, name: str) -> str:
        """The last value of a field, as Django's QueryDict gives it."""
        return next((value for field, value in reversed(self.fields) if field == name), "")


def _own_path(address: str, host: str) -> str:
    """The path of a URL on this site; empty if it could lead elsewhere."""
    if len(address) > MAX_ADDRESS:
        return ""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    safe = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if parts.netloc == host and path.startswith("/") and safe else ""


def keep(request: HttpRequest) -> bool:
    """Store the form that was sent, replacing any earlier one; returns whether it was stored."""
    came_from = _own_path(request.headers.get("Referer", ""), request.get_host())
    address, is_visitor = request.get_full_path(), not request.user.is_authenticated
    if len(address) > MAX_ADDRESS or (is_visitor and not _is_within_limit(request)):
        return False
    sent = [
        (name, value) for name, values in request.POST.lists() for value in values if name != _CSRF
    ]
    fields = [(name, value) for name, value in sent if not _SECRET.search(name)]
    size = sum(len(name.encode()) + len(value.encode()) for name, value in fields)
    most = MAX_BYTES_OF_VISITORS if is_visitor else MAX_BYTES
    too_long = size > most or len(fields) > MAX_FIELDS
    request.session[SESSION_KEY] = {
        "address": address,
        "fields": [] if too_long else fields,
        "came_from": came_from if len(came_from) <= MAX_ADDRESS else "",
        "files": [(file.name or "")[:100] for _, files in request.FILES.lists() for file in files][
            :MAX_NAMES
        ],
        "secrets": sorted({name[:100] for name, _ in sent if _SECRET.search(name)})[:MAX_NAMES],
        "too_long": too_long,
        "at": time.time(),
    }
    return True


def _is_within_limit(request: HttpRequest) -> bool:
    try:
        count_visitor("intent", request, PER_MINUTE)
    except SpeechRefused:
        return False
    return True


def pending(request: HttpRequest) -> Intent | None:
    """The intent waiting in this session, unless it has expired."""
    stored: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if stored is None:
        return None
    if time.time() - stored["at"] > LIFETIME:
        del request.session[SESSION_KEY]
        return None
    return Intent(
        address=stored["address"],
        fields=[(name, value) for name, value in stored["fields"]],
        came_from=stored["came_from"],
        files=stored["files"],
        secrets=stored["secrets"],
        too_long=stored["too_long"],
    )


def forget_when_done(request: HttpRequest) -> None:
    """Drop the waiting intent if this request carries it out."""
    intent = pending(request)
    if intent is not None and intent.address == request.get_full_path():
        del request.session[SESSION_KEY]
