"""The navigation of the pages of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """A link. covers: beginnings of the names of further pages that belong to it."""

    title: str
    name: str
    covers: tuple[str, ...] = ()


_CODES = ("mfa_activate_", "mfa_deactivate_", "mfa_view_", "mfa_generate_", "mfa_download_")
GROUPS: dict[str, tuple[Entry, ...]] = {
    "": (Entry("Overview", "storefront:account"),),
    "You": (
        Entry("Profile", "storefront:account-profile"),
        Entry("E-mail addresses", "account_email"),
        Entry("Language and time", "storefront:region"),
        Entry("E-mails you get", "storefront:account-letters"),
    ),
    "Sign-in and security": (
        Entry("Password", "account_change_password", ("account_set_password",)),
        Entry("Passkeys", "mfa_list_webauthn", ("mfa_add_", "mfa_edit_", "mfa_remove_")),
        Entry("Two-step sign-in", "mfa_index", _CODES),
        Entry("Sessions", "storefront:sessions"),
    ),
    "Work": (
        Entry("Teams", "storefront:teams"),
        Entry("Billing details", "storefront:billing"),
        Entry("API keys", "storefront:account-keys"),
        Entry("Webhooks", "storefront:webhooks"),
    ),
    "Privacy": (Entry("Your data", "storefront:privacy"),),
}


@register.inclusion_tag("storefront/_account_nav.html", takes_context=True)
def account_nav(context: dict[str, Any]) -> dict[str, Any]:
    """Links to every page of the account; the one that is shown is marked."""
    match = context["request"].resolver_match
    shown = match.view_name if match is not None else ""
    return {
        "groups": {
            group: [
                {
                    "title": entry.title,
                    "address": reverse(entry.name),
                    "here": shown == entry.name
                    or bool(entry.covers and shown.startswith(entry.covers)),
                }
                for entry in entries
            ]
            for group, entries in GROUPS.items()
        }
    }
