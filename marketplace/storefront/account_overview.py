"""The state of an account in one line for each of its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation

from marketplace import currencies
from marketplace.accounts import sessions, time_zones
from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.billing.models import BillingDetails
from marketplace.letters import preferences
from marketplace.letters.kinds import OPTIONAL
from marketplace.licensing.queries import keys_visible_to
from marketplace.privacy.models import PrivacyRequest
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage


@dataclass(frozen=True)
class State:
    """One page of the account. said: its state in words; to_do: what had better be done there."""

    title: str
    address: str
    said: str
    to_do: str = ""


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _profile(user: User) -> State:
    return State(
        "Profile", reverse("storefront:account-profile"), user.get_full_name() or "No name given"
    )


def _emails(user: User) -> State:
    addresses = list(EmailAddress.objects.filter(user=user))
    others = len(addresses) - 1
    said = user.email + (f", and {_counted(others, 'other')}" if others > 0 else "")
    confirmed = any(
        each.verified and each.email.lower() == user.email.lower() for each in addresses
    )
    return State(
        "E-mail addresses", reverse("account_email"), said,
        "" if confirmed else "Confirm your address, so that you can get back in.",
    )  # fmt: skip


def _password(user: User) -> State:
    has_one = user.has_usable_password()
    page = reverse("account_change_password" if has_one else "account_set_password")
    return State("Password", page, "Set" if has_one else "None: you sign in without one")


def _factors(user: User) -> Counter[str]:
    """How many of each kind of second factor a user has."""
    return Counter(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def _passkeys(user: User) -> State:
    count = _factors(user)[Authenticator.Type.WEBAUTHN]
    return State(
        "Passkeys", reverse("mfa_list_webauthn"), _counted(count, "passkey") if count else "None"
    )


def _two_steps(user: User) -> State:
    factors = _factors(user)
    said = "An authenticator app" if factors[Authenticator.Type.TOTP] else "Off"
    if factors[Authenticator.Type.RECOVERY_CODES]:
        said += ", with recovery codes"
    to_do = (
        "" if factors else "Add a passkey or an authenticator app: a password alone can be stolen."
    )
    return State("Two-step sign-in", reverse("mfa_index"), said, to_do)


def _sessions(user: User) -> State:
    count = len(sessions.sessions_of(user))
    return State(
        "Sessions",
        reverse("storefront:sessions"),
        f"Signed in with {_counted(max(count, 1), 'browser')}",
    )


def _letters(user: User) -> State:
    off = len(preferences.unwanted_by(user.pk))
    said = f"{off} of {len(OPTIONAL)} kinds turned off" if off else "All kinds"
    return State("E-mails you get", reverse("storefront:account-letters"), said)


def _region(user: User) -> State:
    currency = user.currency if user.currency in currencies.sold_in() else ""
    prices = f"prices in {currency}" if currency else "prices as your browser suggests"
    spoken = dict(settings.LANGUAGES)[translation.get_language()]
    return State(
        "Language and time",
        reverse("storefront:region"),
        f"{spoken}, {time_zones.told_in(user)}, {prices}",
    )


def _teams(user: User) -> State:
    teams = Membership.objects.filter(user=user, organization__personal_of=None)
    names = list(teams.values_list("organization__name", flat=True)[:3])
    said = ", ".join(names) + ("…" if len(names) > 2 else "")
    return State("Teams", reverse("storefront:teams"), said or "None")


def _billing(user: User) -> State:
    kept = BillingDetails.objects.filter(organization__personal_of=user).first()
    said = f"{kept.name}, {kept.city}" if kept is not None else "None: invoices name whoever paid"
    return State("Billing details", reverse("storefront:billing"), said)


def _keys(user: User) -> State:
    now = timezone.now()
    works = Q(expires_at=None) | Q(expires_at__gt=now)
    count = keys_visible_to(user).filter(works, revoked_at=None).distinct().count()
    return State(
        "API keys",
        reverse("storefront:account-keys"),
        f"{_counted(count, 'key')} in use" if count else "None",
    )


def _webhooks(user: User) -> State:
    mine = WebhookEndpoint.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=roles_with(Right.READ),
    )
    on = mine.filter(disabled_at=None).count()
    lost = WebhookMessage.objects.filter(
        endpoint__in=mine, endpoint__disabled_at=None, state=WebhookMessage.State.GIVEN_UP
    ).count()
    return State(
        "Webhooks",
        reverse("storefront:webhooks"),
        _counted(on, "address", "addresses") if on else "None",
        f"{_counted(lost, 'event')} could not be delivered." if lost else "",
    )


def _data(user: User) -> State:
    copy = PrivacyRequest.objects.filter(user=user, kind=PrivacyRequest.Kind.EXPORT).first()
    said = "Ask for a copy, or erase everything"
    if copy is not None and copy.state == PrivacyRequest.State.DONE:
        said = "A copy is ready"
    elif copy is not None and copy.state == PrivacyRequest.State.QUEUED:
        said = "A copy is being made"
    return State("Your data", reverse("storefront:privacy"), said)


_GROUPS: dict[str, tuple[Callable[[User], State], ...]] = {
    "You": (_profile, _emails, _region, _letters),
    "Sign-in and security": (_password, _passkeys, _two_steps, _sessions),
    "Work": (_teams, _billing, _keys, _webhooks),
    "Privacy": (_data,),
}


def overview(user: User) -> dict[str, list[State]]:
    """Every page of an account with its state, in groups."""
    return {group: [state(user) for state in states] for group, states in _GROUPS.items()}
