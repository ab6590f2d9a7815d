"""Descriptions of the site's forms, for people who sent one before signing in."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from marketplace.letters.languages import in_sentence
from marketplace.licensing import plans
from marketplace.listings import prices
from marketplace.listings.queries import listing_on_sale
from marketplace.money import Money
from marketplace.storefront.intent_forms import DECISIONS, FORMS, FormDescription
from marketplace.storefront.intents import Intent
from marketplace.storefront.templatetags.presentation import grouped

_APP = "storefront:"


_LABELS = {
    "rhythm": _("When"),
    "kind": _("You sell as"),
    "confirm": _("Your e-mail address"),
    "uses": _("Use"),
    "url": _("Address"),
    "email": _("E-mail"),
    "note": _("Why"),
    "reason": _("Why"),
    "minor": _("Minor units"),
    "reference": _("Reference of the bank transfer"),
    "access_activity_log": _("The record of speech"),
    "uncategorized_text": _("What else speaks for you"),
    "renews": _("Renew automatically"),
    "coupon": _("Code"),
    "_selected_action": _("Number"),
}
_HIDDEN_FIELDS = {
    "organization",
    "tier",
    "currency",
    "plan",
    "period",
    "minor",
    "at",
    "shown",
    "submit",
    "seen",
    "decision",
    "ready",
    "thanked",
}  # the description already says them, or nobody typed them


def describes_form(request: HttpRequest) -> bool:
    """Whether the requested address takes a form."""
    match = request.resolver_match
    return match is not None and match.view_name.removeprefix(_APP) in FORMS


def words_for(intent: Intent) -> FormDescription:
    """Describe what a form would do."""
    match = resolve(intent.address.partition("?")[0])
    name = match.view_name.removeprefix(_APP)
    sent = {name for name, _ in intent.fields}
    plain = next(words for button, words in FORMS[name].items() if not button or button in sent)
    exact = _EXACT.get(name)
    return (exact(intent, match.kwargs) if exact else None) or plain


def is_on_its_page(intent: Intent) -> bool:
    """Whether the page of the form shows again what was chosen: the order of a licence that is on sale."""
    match = resolve(intent.address.partition("?")[0])
    if match.view_name != f"{_APP}buy" or not intent.whole:
        return False
    return _buy(intent, match.kwargs) is not None


def entries_of(intent: Intent) -> list[tuple[str, str]]:
    """What was typed and chosen, with readable field names."""
    address = intent.address.partition("?")[0]
    buttons = FORMS[resolve(address).view_name.removeprefix(_APP)]
    return [
        (
            str(_LABELS.get(name) or gettext(name.replace("_", " ").capitalize())),
            gettext("yes") if value == "on" else value,
        )
        for name, value in intent.fields
        if value.strip() and name not in _HIDDEN_FIELDS and (name not in buttons or name == "limit")
    ]


def _buy(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    listing = listing_on_sale(kwargs["slug"])
    offers = listing.offers.all() if listing else []
    offer = next((each for each in offers if each.tier == intent.value("tier")), None)
    if listing is None or offer is None:
        return None
    price = prices.shown(offer, intent.value("currency"))
    words = {
        "tier": in_sentence(offer.get_tier_display()),
        "name": listing.voice.name,
        "price": price,
    }
    return FormDescription(
        gettext("buy the %(tier)s licence of %(name)s") % words,
        gettext("Buy for %(price)s") % words,
        [
            (gettext("Price"), str(price)),
            (gettext("Characters"), grouped(offer.characters)),
            (gettext("Term"), _months(offer.term_months)),
        ],
    )


def _months(count: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count}


def _ask_exclusive(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    listing = listing_on_sale(kwargs["slug"])
    if listing is None:
        return None
    words = {"creator": listing.voice.creator.display_name, "name": listing.voice.name}
    return FormDescription(
        gettext("ask %(creator)s what an exclusive licence of %(name)s would cost") % words,
        gettext("Ask for a quote"),
    )


def _subscribe(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    plan = plans.PLANS.get(intent.value("plan"))
    if plan is None:
        return None
    yearly = intent.value("period") == "year"
    price = Money(plan.yearly_minor if yearly else plan.price_minor, settings.CURRENCY)
    per = gettext("%(price)s per year") if yearly else gettext("%(price)s per month")
    subscribe = (
        gettext("Subscribe for %(price)s per year")
        if yearly
        else gettext("Subscribe for %(price)s per month")
    )
    characters = {"n": grouped(plan.characters)}
    return FormDescription(
        gettext("subscribe to the plan %(plan)s") % {"plan": plan.told},
        subscribe % {"price": price},
        [
            (gettext("Price"), per % {"price": price}),
            (gettext("Characters"), gettext("%(n)s per month") % characters),
        ],
    )


def _credit(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    minor = intent.value("minor")
    if not (minor.isascii() and minor.isdigit()) or len(minor) > 9:
        return None
    return FormDescription(
        gettext("buy credit for %(amount)s") % {"amount": Money(int(minor), settings.CURRENCY)},
        gettext("Buy the credit"),
    )


def _decision(name: str) -> Callable[[Intent, dict[str, str]], FormDescription | None]:
    """Describe a moderator's decision by its button."""

    def describe(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
        words = DECISIONS[name].get(intent.value("decision"))
        return FormDescription(*words) if words else None

    return describe


_EXACT: dict[str, Callable[[Intent, dict[str, str]], FormDescription | None]] = {
    "buy": _buy,
    "ask-exclusive": _ask_exclusive,
    "subscribe": _subscribe,
    "credit": _credit,
    **{name: _decision(name) for name in DECISIONS},
}
