"""Descriptions of the site's forms, for people who sent one before signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve

from marketplace.licensing import plans
from marketplace.listings.queries import listing_on_sale
from marketplace.money import Money
from marketplace.storefront.intents import Intent

_APP = "storefront:"


@dataclass(frozen=True)
class Words:
    """`doing` completes "You were about to …"; `facts` are the details."""

    doing: str
    button: str
    facts: list[tuple[str, str]] = field(default_factory=list)


# by URL name; if a form has several buttons, the first whose name was sent applies
_FORMS: dict[str, dict[str, Words]] = {
    "buy": {"": Words("buy a licence", "Buy the licence")},
    "ask-exclusive": {"": Words("ask for an exclusive licence", "Ask for a quote")},
    "answer-quote": {
        "accept": Words("accept an offer of an exclusive licence", "Accept and pay"),
        "decline": Words("decline a request for an exclusive licence", "Decline"),
        "": Words("offer an exclusive licence", "Offer"),
    },
    "renew": {"": Words("buy another term of a licence", "Renew the licence")},
    "upgrade": {"": Words("upgrade a licence", "Upgrade the licence")},
    "subscribe": {"": Words("subscribe to a plan", "Subscribe")},
    "manage-plan": {
        "": Words("see the card and the invoices of your plan", "Open the payment provider's pages")
    },
    "credit": {
        "limit": Words("set the monthly limit of your credit", "Set the limit"),
        "": Words("buy credit", "Buy the credit"),
    },
    "create-key": {"": Words("make an API key for a licence", "Make the key")},
    "create-plan-key": {"": Words("make an API key", "Make the key")},
    "rotate-key": {"": Words("replace an API key with a new one", "Replace the key")},
    "revoke-key": {"": Words("revoke an API key", "Revoke the key")},
    "account-key": {
        "": Words("make a key that copies and erases your data over the API", "Make the key")
    },
    "explain-suspicion": {"": Words("explain what you are doing", "Send the explanation")},
    "teams": {"": Words("make a team", "Make the team")},
    "invite": {"": Words("invite somebody to your team", "Send the invitation")},
    "join-team": {"": Words("join a team", "Join the team")},
    "team-member": {
        "remove": Words("remove a member from your team", "Remove the member"),
        "": Words("change what a member of your team may do", "Change the role"),
    },
    "webhooks": {"": Words("add an address for webhooks", "Add the address")},
    "change-webhook": {
        "rotate": Words("replace the secret of a webhook", "Replace the secret"),
        "": Words("switch off a webhook", "Switch it off"),
    },
    "replay-webhook": {"": Words("send a webhook's message again", "Send it again")},
    "ask-copy": {"": Words("get a copy of everything about you", "Make my copy")},
    "ask-erasure": {
        "": Words("erase your account and everything of yours", "Erase everything about me")
    },
    "become-creator": {"": Words("become a creator", "Become a creator")},
    "new-voice": {"": Words("begin a new voice", "Begin the voice")},
    "set-up-payouts": {
        "": Words("set up your payouts", "Go to the payment provider's pages")
    },
    "add-recordings": {"": Words("add recordings to your voice", "Add the recordings")},
    "remove-recording": {"": Words("remove a recording", "Remove the recording")},
    "challenge": {"": Words("get a statement of consent to read", "Show me what to read")},
    "record-consent": {"": Words("send the reading of your statement", "Send the reading")},
    "narrow-consent": {"": Words("allow less with your voice", "Allow less")},
    "revoke-consent": {
        "": Words("withdraw your consent, which silences your voice", "Withdraw my consent")
    },
    "invite-speaker": {"": Words("send a speaker their own link", "Send the link")},
    "enrol": {"": Words("have your voice made", "Make my voice")},
    "own-preview": {"": Words("make a clip in your own words", "Make the clip")},
    "offers": {
        "submit": Words("save your prices and submit your voice for review", "Save and submit"),
        "": Words("save your prices and terms", "Save"),
    },
    "decide-consent": {"": Words("decide on a consent", "Decide")},
    "estate-consent": {"": Words("record the consent of an estate", "Record the consent")},
    "decide-case": {"": Words("decide on voices that sound alike", "Decide")},
    "decide-takedown": {"": Words("decide on a request to take a voice down", "Decide")},
    "decide-appeal": {"": Words("decide on an appeal", "Decide")},
    "decide-suspicion": {"": Words("decide on a suspicion", "Decide")},
    "moderate-licence": {"": Words("suspend, release or end a licence", "Do it")},
}  # fmt: skip

_LABELS = {"confirm": "Your e-mail address", "uses": "Use", "url": "Address", "email": "E-mail"}
_UNSHOWN = {
    "organization",
    "tier",
    "plan",
    "minor",
    "submit",
}  # the description already says them, or nobody typed them


def are_there_for(request: HttpRequest) -> bool:
    """Whether the requested address takes a form."""
    match = request.resolver_match
    return match is not None and match.view_name.removeprefix(_APP) in _FORMS


def words_for(intent: Intent) -> Words:
    """Describe what a form would do."""
    match = resolve(intent.address.partition("?")[0])
    name = match.view_name.removeprefix(_APP)
    sent = {name for name, _ in intent.fields}
    plain = next(words for button, words in _FORMS[name].items() if not button or button in sent)
    exact = _EXACT.get(name)
    return (exact(intent, match.kwargs) if exact else None) or plain


def entries_of(intent: Intent) -> list[tuple[str, str]]:
    """What was typed and chosen, with readable field names."""
    address = intent.address.partition("?")[0]
    buttons = _FORMS[resolve(address).view_name.removeprefix(_APP)]
    return [
        (
            _LABELS.get(name, name.replace("_", " ").capitalize()),
            "yes" if value == "on" else value,
        )
        for name, value in intent.fields
        if value.strip() and name not in _UNSHOWN and (name not in buttons or name == "limit")
    ]


def _buy(intent: Intent, kwargs: dict[str, str]) -> Words | None:
    listing = listing_on_sale(kwargs["slug"])
    offers = listing.offers.all() if listing else []
    offer = next((each for each in offers if each.tier == intent.value("tier")), None)
    if listing is None or offer is None:
        return None
    months = "1 month" if offer.term_months == 1 else f"{offer.term_months} months"
    return Words(
        f"buy the {offer.get_tier_display().lower()} licence of {listing.voice.name}",
        f"Buy for {offer.price}",
        [("Price", str(offer.price)), ("Characters", f"{offer.characters:,}"), ("Term", months)],
    )


def _ask_exclusive(intent: Intent, kwargs: dict[str, str]) -> Words | None:
    listing = listing_on_sale(kwargs["slug"])
    if listing is None:
        return None
    return Words(
        f"ask {listing.voice.creator.display_name} what an exclusive licence of "
        f"{listing.voice.name} would cost",
        "Ask for a quote",
    )


def _subscribe(intent: Intent, kwargs: dict[str, str]) -> Words | None:
    plan = plans.PLANS.get(intent.value("plan"))
    if plan is None:
        return None
    price = Money(plan.price_minor, settings.CURRENCY)
    return Words(
        f"subscribe to the plan {plan.name}",
        f"Subscribe for {price} a month",
        [("Price", f"{price} a month"), ("Characters", f"{plan.characters:,} a month")],
    )


def _credit(intent: Intent, kwargs: dict[str, str]) -> Words | None:
    minor = intent.value("minor")
    if not (minor.isascii() and minor.isdigit()) or len(minor) > 9:
        return None
    return Words(f"buy credit for {Money(int(minor), 'USD')}", "Buy the credit")


_EXACT: dict[str, Callable[[Intent, dict[str, str]], Words | None]] = {
    "buy": _buy,
    "ask-exclusive": _ask_exclusive,
    "subscribe": _subscribe,
    "credit": _credit,
}
