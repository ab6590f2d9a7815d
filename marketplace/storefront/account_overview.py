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
from django.utils.translation import gettext, gettext_noop, ngettext, pgettext

from marketplace import currencies
from marketplace.accounts import sessions, time_zones
from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.billing.models import BillingDetails
from marketplace.letters import preferences
from marketplace.letters.kinds import OPTIONAL
from marketplace.licensing.queries import keys_visible_to
from marketplace.payouts.queries import payments_visible_to
from marketplace.privacy.models import PrivacyRequest
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage


@dataclass(frozen=True)
class State:
    """One page of the account. said: its state in words; to_do: what had better be done there."""

    title: str
    address: str
    said: str
    to_do: str = ""


def _profile(user: User) -> State:
    return State(
        gettext("Profile"),
        reverse("storefront:account-profile"),
        user.get_full_name() or gettext("No name given"),
    )


def _emails(user: User) -> State:
    addresses = list(EmailAddress.objects.filter(user=user))
    others = len(addresses) - 1
    said = user.email
    if others > 0:
        told = ngettext("%(email)s, and %(n)s other", "%(email)s, and %(n)s others", others)
        said = told % {"email": user.email, "n": others}
    confirmed = any(
        each.verified and each.email.lower() == user.email.lower() for each in addresses
    )
    return State(
        gettext("E-mail addresses"), reverse("account_email"), said,
        "" if confirmed else gettext("Confirm your address, so that you can get back in."),
    )  # fmt: skip


def _password(user: User) -> State:
    has_one = user.has_usable_password()
    page = reverse("account_change_password" if has_one else "account_set_password")
    return State(
        gettext("Password"),
        page,
        pgettext("password", "Set") if has_one else gettext("None: you sign in without one"),
    )


def _factors(user: User) -> Counter[str]:
    """How many of each kind of second factor a user has."""
    return Counter(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def _passkeys(user: User) -> State:
    count = _factors(user)[Authenticator.Type.WEBAUTHN]
    return State(
        gettext("Passkeys"),
        reverse("mfa_list_webauthn"),
        ngettext("%(n)s passkey", "%(n)s passkeys", count) % {"n": count}
        if count
        else gettext("None"),
    )


def _two_steps(user: User) -> State:
    factors = _factors(user)
    has_app, has_codes = (
        factors[Authenticator.Type.TOTP],
        factors[Authenticator.Type.RECOVERY_CODES],
    )
    if has_app and has_codes:
        said = gettext("An authenticator app, with recovery codes")
    elif has_app:
        said = gettext("An authenticator app")
    else:
        said = gettext("Off, with recovery codes") if has_codes else gettext("Off")
    to_do = gettext("Add a passkey or an authenticator app: a password alone can be stolen.")
    return State(gettext("Two-step sign-in"), reverse("mfa_index"), said, "" if factors else to_do)


def _sessions(user: User) -> State:
    count = max(len(sessions.sessions_of(user)), 1)
    return State(
        gettext("Sessions"),
        reverse("storefront:sessions"),
        ngettext("Signed in with %(n)s browser", "Signed in with %(n)s browsers", count)
        % {"n": count},
    )


def _letters(user: User) -> State:
    off = len(preferences.unwanted_by(user.pk))
    some = gettext("%(off)s of %(all)s kinds turned off") % {"off": off, "all": len(OPTIONAL)}
    said = some if off else gettext("All kinds")
    return State(gettext("E-mails you get"), reverse("storefront:account-letters"), said)


def _region(user: User) -> State:
    currency = user.currency if user.currency in currencies.sold_in() else ""
    prices = (
        gettext("prices in %(currency)s") % {"currency": currency}
        if currency
        else gettext("prices as your browser suggests")
    )
    spoken = dict(settings.LANGUAGES)[translation.get_language()]
    return State(
        gettext("Language and time"),
        reverse("storefront:region"),
        f"{spoken}, {time_zones.told_in(user)}, {prices}",
    )


def _teams(user: User) -> State:
    teams = Membership.objects.filter(user=user, organization__personal_of=None)
    names = list(teams.values_list("organization__name", flat=True)[:3])
    said = ", ".join(names) + ("…" if len(names) > 2 else "")
    return State(gettext("Teams"), reverse("storefront:teams"), said or gettext("None"))


def _payments(user: User) -> State:
    count = payments_visible_to(user).count()
    return State(
        gettext("Payments and invoices"),
        reverse("storefront:payments"),
        ngettext("%(n)s payment", "%(n)s payments", count) % {"n": count}
        if count
        else gettext("None"),
    )


def _billing(user: User) -> State:
    kept = BillingDetails.objects.filter(organization__personal_of=user).first()
    said = (
        f"{kept.name}, {kept.city}"
        if kept is not None
        else gettext("None: invoices name whoever paid")
    )
    return State(gettext("Billing details"), reverse("storefront:billing"), said)


def _keys(user: User) -> State:
    now = timezone.now()
    works = Q(expires_at=None) | Q(expires_at__gt=now)
    count = keys_visible_to(user).filter(works, revoked_at=None).distinct().count()
    return State(
        gettext("API keys"),
        reverse("storefront:account-keys"),
        ngettext("%(n)s key in use", "%(n)s keys in use", count) % {"n": count}
        if count
        else gettext("None"),
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
        gettext("Webhooks"),
        reverse("storefront:webhooks"),
        ngettext("%(n)s address", "%(n)s addresses", on) % {"n": on} if on else gettext("None"),
        ngettext(
            "%(n)s event could not be delivered.", "%(n)s events could not be delivered.", lost
        )
        % {"n": lost}
        if lost
        else "",
    )


def _data(user: User) -> State:
    copy = PrivacyRequest.objects.filter(user=user, kind=PrivacyRequest.Kind.EXPORT).first()
    said = gettext("Ask for a copy, or erase everything")
    if copy is not None and copy.state == PrivacyRequest.State.DONE:
        said = gettext("A copy is ready")
    elif copy is not None and copy.state == PrivacyRequest.State.QUEUED:
        said = gettext("A copy is being made")
    return State(gettext("Your data"), reverse("storefront:privacy"), said)


_GROUPS: dict[str, tuple[Callable[[User], State], ...]] = {
    gettext_noop("You"): (_profile, _emails, _region, _letters),
    gettext_noop("Sign-in and security"): (_password, _passkeys, _two_steps, _sessions),
    gettext_noop("Work"): (_teams, _payments, _billing, _keys, _webhooks),
    gettext_noop("Privacy"): (_data,),
}


def overview(user: User) -> dict[str, list[State]]:
    """Every page of an account with its state, in groups."""
    return {gettext(group): [state(user) for state in states] for group, states in _GROUPS.items()}
