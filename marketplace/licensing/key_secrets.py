"""API key secrets: generated, hashed, compared."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from django.conf import settings

PREFIX = "tk_"
_SHOWN = 11  # characters of a key that may be shown again: the prefix and eight more


def new_secret() -> str:
    """A new secret of 160 random bits: `tk_` and 32 letters and digits."""
    return PREFIX + base64.b32encode(os.urandom(20)).decode().lower()


def shown_prefix(secret: str) -> str:
    """The part of a key that identifies it on pages and in logs."""
    return secret[:_SHOWN]


def hash_secret(secret: str) -> str:
    """HMAC-SHA256 under the server's pepper, in hex."""
    pepper = settings.API_KEY_PEPPER or settings.SECRET_KEY
    return hmac.new(pepper.encode(), secret.encode(), hashlib.sha256).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Compare a secret with a stored hash, in constant time."""
    return hmac.compare_digest(hash_secret(secret), stored)
