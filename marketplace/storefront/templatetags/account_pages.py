"""The navigation of the pages of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """A link. covers: beginnings of the names of further pages that belong to it."""

    title: str
    name: str
    covers: tuple[str, ...] = ()


_CODES = ("mfa_activate_", "mfa_deactivate_", "mfa_view_", "mfa_generate_", "mfa_download_")
GROUPS: dict[str, tuple[Entry, ...]] = {
    "": (Entry(gettext_noop("Overview"), "storefront:account"),),
    gettext_noop("You"): (
        Entry(gettext_noop("Profile"), "storefront:account-profile"),
        Entry(gettext_noop("E-mail addresses"), "account_email"),
        Entry(gettext_noop("Language and time"), "storefront:region"),
        Entry(gettext_noop("E-mails you get"), "storefront:account-letters"),
    ),
    gettext_noop("Sign-in and security"): (
        Entry(gettext_noop("Password"), "account_change_password", ("account_set_password",)),
        Entry(
            gettext_noop("Passkeys"), "mfa_list_webauthn", ("mfa_add_", "mfa_edit_", "mfa_remove_")
        ),
        Entry(gettext_noop("Two-step sign-in"), "mfa_index", _CODES),
        Entry(gettext_noop("Sessions"), "storefront:sessions"),
    ),
    gettext_noop("Work"): (
        Entry(gettext_noop("Teams"), "storefront:teams"),
        Entry(gettext_noop("Payments and invoices"), "storefront:payments"),
        Entry(gettext_noop("Billing details"), "storefront:billing"),
        Entry(gettext_noop("API keys"), "storefront:account-keys"),
        Entry(gettext_noop("Webhooks"), "storefront:webhooks"),
    ),
    gettext_noop("Privacy"): (Entry(gettext_noop("Your data"), "storefront:privacy"),),
}


@register.inclusion_tag("storefront/_account_nav.html", takes_context=True)
def account_nav(context: dict[str, Any]) -> dict[str, Any]:
    """Links to every page of the account; the one that is shown is marked."""
    match = context["request"].resolver_match
    shown = match.view_name if match is not None else ""
    return {
        "groups": {
            group and gettext(group): [
                {
                    "title": gettext(entry.title),
                    "address": reverse(entry.name),
                    "here": shown == entry.name
                    or bool(entry.covers and shown.startswith(entry.covers)),
                }
                for entry in entries
            ]
            for group, entries in GROUPS.items()
        }
    }
