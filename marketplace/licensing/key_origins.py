"""Web origins whose pages may use a key: none, unless its owner names them.

Whoever opens such a page has the key, so it loses every scope but `speak`, for good: what was copied
stays copied when its pages are taken out again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused, SpeechRefused

MAX_ORIGINS = 20  # of one key
MAX_ORIGIN = 300  # characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_PORTS = {"http": 80, "https": 443}


def set_origins(*, key: ApiKey, origins: Sequence[str], by: User) -> ApiKey:
    """Replace the origins whose pages may use a key, which then keeps the scope `speak` alone.

    Raises:
        Refused: not_a_member, role_too_small, origins.
    """
    require(by, key.organization, Right.KEYS)
    chosen = read_origins(origins)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
        if chosen and ApiKey.Scope.SPEAK not in key.scopes:
            raise Refused(
                "origins", gettext("This key does not speak, so no page has a use for it.")
            )
        if key.origins != chosen:
            key.origins = chosen
            key.scopes = [scope for scope in key.scopes if scope == ApiKey.Scope.SPEAK]
            key.save(update_fields=["origins", "scopes"])
            audit.record(actor=by, action="key.origins", subject=key, origins=chosen)
    return key


def read_origins(texts: Sequence[str]) -> list[str]:
    """Origins as browsers send them, each once.

    Raises:
        Refused: origins.
    """
    named = dict.fromkeys(filter(None, (text.strip() for text in texts)))
    if len(named) > MAX_ORIGINS:
        raise Refused(
            "origins",
            gettext("A key can be used by pages of %(most)s origins; you gave %(given)s.")
            % {"most": MAX_ORIGINS, "given": len(named)},
        )
    return list(dict.fromkeys(_origin(text) for text in named))


def _origin(text: str) -> str:
    try:
        if len(text) > MAX_ORIGIN:  # what is parsed is normalized, too, which takes long
            raise ValueError
        parts = urlsplit(text)
        host, port = (parts.hostname or ""), parts.port
        host = f"[{host}]" if ":" in host else host.encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        host, parts, port = "", urlsplit(""), None
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not is_bare or not _HOST.fullmatch(host):
        raise Refused(
            "origins",
            gettext(
                "%(text)s is not the origin of a page; write https://app.example.com, without a path."
            )
            % {"text": repr(text[:60])},
        )
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, _PORTS[parts.scheme]) else ""
    )


def is_known(origin: str) -> bool:
    """Whether the pages of an origin may use any key at all."""
    usable = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None
    )
    return len(origin) <= MAX_ORIGIN and usable.filter(origins__contains=[origin]).exists()


def require_origin(key: ApiKey, origin: str) -> None:
    """Refuse a key in the hands of a page that its owner didn't name.

    Raises:
        SpeechRefused: origin_not_allowed.
    """
    if origin not in key.origins:
        raise SpeechRefused(
            403,
            "origin_not_allowed",
            f"Pages of {origin[:100]} may not use this API key. Its owner can allow them, where the key is shown.",
        )
