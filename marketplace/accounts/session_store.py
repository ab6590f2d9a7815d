"""Sessions of which the database tells nobody enough to use them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from marketplace import storage
from marketplace.refusals import Tampered

_LENGTH = 40  # of the column, which 160 of the 256 bits fill
_PURPOSE = "session"


def row_key(session_key: str) -> str:
    """The primary key of a session's row: HMAC-SHA256, cut to 160 bits, under the pepper of API keys, in hex."""
    pepper = settings.API_KEY_PEPPER or settings.SECRET_KEY
    named = f"session {session_key}"  # so that it is never the hash of an API key, too
    return hmac.new(pepper.encode(), named.encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def data_of(row: Session) -> dict[str, Any]:
    """What a session holds, by its row; Django's own `get_decoded` can't open it."""
    return SessionStore().decode(row.session_data)


class SessionStore(db.SessionStore):
    """Django's sessions in the database: the cookie has the key, the row its keyed hash, and data lie sealed.

    The data are sealed because others' code keeps secrets there for a while: the key of a link to a new
    password, the secret of an authenticator app that is being set up.
    """

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The data as text for a column."""
        sealed = storage.seal(super().encode(session_dict).encode(), _PURPOSE)
        return base64.b64encode(sealed).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """The data of a column; empty if it was changed, or written under another secret."""
        try:
            sealed = base64.b64decode(session_data, validate=True)
            return super().decode(storage.unseal(sealed, _PURPOSE).decode())
        except (binascii.Error, Tampered, ValueError):
            return {}

    def load(self) -> dict[str, Any]:
        """The data of the session; empty, and without a key, if it is over."""
        return self._opened(self._running().first())

    async def aload(self) -> dict[str, Any]:
        """`load`, without a thread."""
        return self._opened(await self._running().afirst())

    def _running(self) -> Any:
        rows = self.model.objects.filter(expire_date__gt=timezone.now())
        return rows.filter(pk=row_key(self.session_key or ""))

    def _opened(self, row: Session | None) -> dict[str, Any]:
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str | None) -> bool:
        """Whether there is a session of this key."""
        return super().exists(row_key(session_key or ""))

    async def aexists(self, session_key: str | None) -> bool:
        """`exists`, without a thread."""
        return await super().aexists(row_key(session_key or ""))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to save."""
        row = super().create_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """`create_model_instance`, without a thread."""
        row = await super().acreate_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of a key, or this one."""
        if key := session_key or self.session_key:
            super().delete(row_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        """`delete`, without a thread."""
        if key := session_key or self.session_key:
            await super().adelete(row_key(key))
