"""Our part of the sign-up and sign-in pages: their mail goes out as letters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.http import MAX_URL_LENGTH

from marketplace.accounts import known_browsers
from marketplace.accounts.models import User
from marketplace.accounts.reauthentication import recently_authenticated
from marketplace.letters import services as letters
from marketplace.letters.languages import chosen_by, of_account, written_for
from marketplace.rate_limit import site_of


class _Letter(EmailMessage):
    def send(self, fail_silently: bool = False, **_: Any) -> int:
        """Queue the letter, so that a mail server that is down stops nobody from signing up."""
        rendered = str(self.subject), str(self.body)
        letters.write(to=self.to, words=lambda: rendered)
        return len(self.to)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render under the platform's name, not the host of the request, in its reader's language.

        Who has chosen none asked for it on the page that they read.
        """
        site = SimpleNamespace(
            name=settings.PLATFORM_NAME, domain=urlsplit(settings.BASE_URL).netloc
        )
        with written_for(self._language_of(email, context.get("user"))):
            super().send_mail(template_prefix, email, {**context, "current_site": site})

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody what was changed in their account, in their language, at any address that they have."""
        told = {"ip": super().get_client_ip(self.request), "user": user}
        super().send_notification_mail(
            template_prefix, user, {**told, **(context or {})}, email or user.email
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """What sign-ups and sign-ins are counted under: the first address of a line, which has many of IPv6."""
        return site_of(super().get_client_ip(request)).partition("/")[0]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What wrong passwords are counted under, beside their network: the account or, where it was used, the browser.

        By the account alone, anybody could keep its owner out, five requests at a time. By network, each of a
        thousand machines could try passwords of one account. So the account's limit holds for all browsers
        where nobody has signed in to it, and a stranger can still close those to the owner: with a new device
        they wait, use a passkey, or set a new password.
        """
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        name = known_browsers.name_of(request, str(credentials.get("email", "")))
        return f"{key}:{name}" if name else key

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponseBase:
        """Signed in: the browser is known from now on."""
        response: HttpResponseBase = super().post_login(request, user, **details)
        known_browsers.remember(user, response)
        return response

    def _language_of(self, email: str, user: Any) -> str:
        chosen = str(getattr(user, "language", "")) or chosen_by([email])[email]
        return of_account(chosen or translation.get_language() or "")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whether to ask again who is there; signing in a moment ago counts as an answer."""
        required = super().is_reauthentication_required(app=app)
        return bool(required) and not recently_authenticated(self.request)

    def is_safe_url(self, url: str) -> bool:
        """Whether to go on to an address after signing in; allauth would parse any length of it."""
        return len(url) <= MAX_URL_LENGTH and bool(super().is_safe_url(url))

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """A message that becomes a queued letter when it is sent."""
        rendered = super().render_mail(*args, **kwargs)
        return _Letter(rendered.subject, rendered.body, to=rendered.to)
