"""Passkeys: what a browser sends must be what a device answers.

allauth verifies what it is sent unless that is empty, so that `0` would count as a second factor,
and fails where a part is missing, cut short or nested too deeply.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

_Answer = type[RegistrationResponse] | type[AuthenticationResponse]


def _require_answer(of: _Answer, sent: object) -> dict[str, Any]:
    if isinstance(sent, dict):
        try:
            of.from_dict(sent)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            pass
        else:
            return sent
    raise get_adapter().validation_error("incorrect_code")


class _SentField(forms.JSONField):
    """What a script sent as JSON; nested too deeply, it is no JSON."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return initial


def _sent() -> forms.Field:
    return _SentField(required=True, widget=forms.HiddenInput())


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adds a passkey to an account."""

    credential = _sent()

    def clean_credential(self) -> dict[str, Any]:
        return _require_answer(RegistrationResponse, self.cleaned_data["credential"])


class _Answered(AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _sent()

    def clean_credential(self) -> Authenticator:
        _require_answer(AuthenticationResponse, self.cleaned_data["credential"])
        return super().clean_credential()


class PasskeyForm(_Answered):
    """A passkey as the second factor."""


class PasskeySignInForm(LoginWebAuthnForm, _Answered):  # type: ignore[misc]
    """A passkey alone."""

    credential = _sent()


class PasskeyAgainForm(ReauthenticateWebAuthnForm, _Answered):  # type: ignore[misc]
    """A passkey before a step that asks again."""

    credential = _sent()
