"""Secrets of second factors, sealed in the database: of authenticator apps and recovery codes."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter

from marketplace import storage

_PURPOSE = "second factor"
_SEALED = "sealed:"  # begins no secret: those are letters and digits


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's adapter, which keeps them as they are."""

    def encrypt(self, text: str) -> str:
        """A secret as it is stored; what is sealed already stays as it is."""
        if text.startswith(_SEALED):
            return text
        return _SEALED + base64.b64encode(storage.seal(text.encode(), _PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret as it is used; those from before they were sealed read as they are.

        Raises:
            Tampered: changed, or sealed with another `TEMPLATE_KEY`.
        """
        if not encrypted_text.startswith(_SEALED):
            return encrypted_text
        sealed = base64.b64decode(encrypted_text.removeprefix(_SEALED))
        return storage.unseal(sealed, _PURPOSE).decode()
