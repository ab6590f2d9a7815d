"""Codes of authenticator apps and recovery codes, where they can't be checked because nobody can read their secret."""

from __future__ import annotations

import logging

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.readable_factors import unreadable_of

_log = logging.getLogger(__name__)


class _Explained(forms.Form):
    user: User

    def clean_code(self) -> str:
        """The code that was sent.

        Raises:
            ValidationError: it is wrong, or nobody can say whether it is.
        """
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError as error:
            unread = unreadable_of(self.user) if error.code == "incorrect_code" else []
            if not unread:
                raise
            _log.error(
                "a second factor can't be read: was TEMPLATE_KEY changed?",
                extra={"fields": {"user": self.user.pk, "types": unread}},
            )
            raise forms.ValidationError(_words(unread), code="unreadable") from error
        return code


def _words(unread: list[str]) -> str:
    if Authenticator.Type.RECOVERY_CODES in unread:
        return gettext(
            "Your recovery codes, or those of your authenticator app, can’t be checked: what was stored of them "
            "can’t be read any more. Use a passkey, or ask whoever runs this site for help."
        )
    return gettext(
        "Codes of your authenticator app can’t be checked: what was stored of it can’t be read any more. "
        "Use a recovery code or a passkey, or ask whoever runs this site for help."
    )


class CodeForm(_Explained, AuthenticateForm):  # type: ignore[misc]
    """A code as the second factor."""


class CodeAgainForm(_Explained, ReauthenticateForm):  # type: ignore[misc]
    """A code before a step that asks again."""
