"""Second factors whose secret may not be readable any more: with another `TEMPLATE_KEY`, no code of them is right."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt

from marketplace.accounts.models import User
from marketplace.refusals import Tampered

_wrap = Authenticator.wrap


class App(TOTP):  # type: ignore[misc]
    """An authenticator app."""

    def validate_code(self, code: str) -> bool:
        """Whether a code is right, and used for the first time."""
        try:
            return bool(super().validate_code(code))
        except Tampered:
            return False


class Codes(RecoveryCodes):  # type: ignore[misc]
    """Recovery codes, of which there are none where they can't be read, so that new ones can be made."""

    def generate_codes(self) -> list[str]:
        """All of them, also those that were used."""
        try:
            return list(super().generate_codes())
        except Tampered:
            return []

    def _get_migrated_codes(self) -> list[str] | None:
        try:
            codes: list[str] | None = super()._get_migrated_codes()
        except Tampered:
            return []
        return codes


_OURS = {Authenticator.Type.TOTP: App, Authenticator.Type.RECOVERY_CODES: Codes}


def wrap(factor: Authenticator) -> object:
    """A second factor as allauth uses it, in place of `Authenticator.wrap`."""
    ours = _OURS.get(factor.type)
    return _wrap(factor) if ours is None else ours(factor)


def unreadable_of(user: User) -> list[str]:
    """The types of a person's second factors that can't be read."""
    found = list[str]()
    for factor in Authenticator.objects.filter(user=user, type__in=_OURS).order_by("type"):
        stored = factor.data.get("secret"), factor.data.get("seed")
        secrets = [*filter(None, stored), *factor.data.get("migrated_codes", [])]
        try:
            for secret in secrets:
                decrypt(secret)
        except Tampered:
            found.append(str(factor.type))
    return found
