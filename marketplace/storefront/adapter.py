"""Where people land after signing in or up, and what they are told about letters."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from marketplace.accounts.adapter import AccountAdapter
from marketplace.accounts.models import User
from marketplace.licensing import api_keys
from marketplace.storefront import account_changes, chosen_language, intent_words, intents, invited
from marketplace.storefront.views.letters import may_read

_LETTER_SENT = "account/messages/email_confirmation_sent.txt"
_CONFIRMED = "account/messages/email_confirmed.txt"


class StorefrontAdapter(AccountAdapter):
    """Redirect people to what waits for them, however they signed in."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        address: str = _what_waits(request) or super().get_login_redirect_url(request)
        return address

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        address: str = _what_waits(request) or super().get_signup_redirect_url(request)
        return address

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Signed up: letters come in the language of the page that they did it on."""
        language = chosen_language.language_of(request)
        if language != settings.LANGUAGE_CODE:  # in which letters are written anyway
            user.language = language
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def set_password(self, user: User, password: str) -> None:
        """A new password ends sessions, and the keys that copy or erase the account: say so.

        `licensing/new_passwords.py` ends them, whoever sets it.
        """
        with transaction.atomic():
            ended = api_keys.account_keys(user).count()
            super().set_password(user, password)
        if ended and self.request is not None:
            messages.info(self.request, account_changes.told_of_keys(ended))

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponseBase:
        """Signed in: the browser speaks the language of the account from now on."""
        response: HttpResponseBase = super().post_login(request, user, **details)
        chosen_language.bring(user, response)
        return response

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Show allauth's messages, with the address of a letter and, in development, a link to it."""
        if message_template == _LETTER_SENT:
            message = _letter_sent(request, (message_context or {}).get("email", ""))
        elif message_template == _CONFIRMED:
            message = _confirmed(request, (message_context or {}).get("email", ""))
        super().add_message(request, level, message_template, message_context, extra_tags, message)


def _what_waits(request: HttpRequest) -> str:
    """The page of the form, or of the team, that waits for whoever signs in; empty for nothing."""
    if intents.pending(request) is not None:
        return reverse("storefront:go-on")
    return reverse("storefront:join-team") if invited.waiting(request) is not None else ""


def _confirmed(request: HttpRequest, email: str) -> str:
    """That an address is confirmed, and what comes next."""
    intent = intents.pending(request)
    if intent is not None and intent_words.is_on_its_page(intent):
        comes = gettext("Your order goes on here.")
    elif intent is not None:
        comes = gettext("What you began goes on here.")
    elif invited.waiting(request) is not None:
        comes = gettext("Now you can join the team that invited you.")
    elif request.user.is_authenticated or LOGIN_SESSION_KEY in request.session:
        comes = gettext(
            'Next, <a href="{voices}">find a voice</a> or <a href="{studio}">lend yours</a>.'
        )
    else:
        comes = gettext("Sign in with it, and go on from there.")
    pages = {"voices": reverse("storefront:voices"), "studio": reverse("storefront:studio")}
    told = format_html(gettext("Thank you: {address} is confirmed."), address=email)
    return format_html("{} {}", told, format_html(comes, **pages))


def _letter_sent(request: HttpRequest, email: str) -> str:
    text = format_html(
        gettext("We sent an e-mail to {address}. Open the link in it to confirm the address."),
        address=email,
    )
    if may_read(request):
        here = gettext('On this machine, <a href="{page}">e-mails are here</a>.')
        text = format_html("{} {}", text, format_html(here, page=reverse("storefront:letters")))
    return text
