"""Descriptions of the site's forms, for people who sent one before signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve

from marketplace.licensing import plans
from marketplace.listings import prices
from marketplace.listings.queries import listing_on_sale
from marketplace.money import Money
from marketplace.storefront.intents import Intent

_APP = "storefront:"


@dataclass(frozen=True)
class FormDescription:
    """`doing` completes "You were about to …"; `facts` are the details."""

    doing: str
    button: str
    facts: list[tuple[str, str]] = field(default_factory=list)


# by URL name; if a form has several buttons, the first whose name was sent applies
_FORMS: dict[str, dict[str, FormDescription]] = {
    "buy": {"": FormDescription("buy a licence", "Buy the licence")},
    "shortlist": {
        "off": FormDescription("take voices off your shortlist", "Take them off"),
        "": FormDescription("save voices to your shortlist", "Save them"),
    },
    "review": {"": FormDescription("review a voice", "Publish the review")},
    "remove-review": {"": FormDescription("delete your review of a voice", "Delete the review")},
    "appeal-review": {"": FormDescription("appeal against the loss of your review", "Appeal")},
    "answer-review": {"": FormDescription("answer a review of your voice", "Publish the answer")},
    "report-review": {"": FormDescription("report a review to the moderators", "Report it")},
    "decide-review": {"": FormDescription("decide on a review", "Decide")},
    "follow": {
        "off": FormDescription("stop following a creator", "Unfollow"),
        "": FormDescription("follow a creator", "Follow"),
    },
    "studio-page": {"": FormDescription("change what your page says about you", "Save")},
    "decide-biography": {"": FormDescription("decide on what a creator wrote", "Decide")},
    "ask-exclusive": {"": FormDescription("ask for an exclusive licence", "Ask for a quote")},
    "answer-quote": {
        "accept": FormDescription("accept an offer of an exclusive licence", "Accept and pay"),
        "decline": FormDescription("decline a request for an exclusive licence", "Decline"),
        "": FormDescription("offer an exclusive licence", "Offer"),
    },
    "renew": {"": FormDescription("buy another term of a licence", "Renew the licence")},
    "renewal-on": {"": FormDescription("have a licence renew automatically", "Turn on automatic renewal")},
    "renewal-off": {"": FormDescription("stop a licence from renewing automatically", "Don't renew")},
    "renewal-pay": {"": FormDescription("pay for the renewal of a licence", "Confirm and pay")},
    "renewal-card": {"": FormDescription("save another payment method", "Save another")},
    "upgrade": {"": FormDescription("upgrade a licence", "Upgrade the licence")},
    "take-back": {"": FormDescription("end a licence and have it refunded", "End it and refund me")},
    "take-payment-back": {"": FormDescription("take a payment back", "End it and refund me")},
    "billing": {"": FormDescription("change your billing details", "Save the details")},
    "subscribe": {"": FormDescription("subscribe to a plan", "Subscribe")},
    "change-plan": {"": FormDescription("change your plan as it was shown", "Change the plan")},
    "manage-plan": {
        "": FormDescription("see the card and the invoices of your plan", "Open the payment provider's pages")
    },
    "credit": {
        "limit": FormDescription("set the monthly limit of your credit", "Set the limit"),
        "": FormDescription("buy credit", "Buy the credit"),
    },
    "top-up-on": {"": FormDescription("turn on automatic top-up", "Turn on automatic top-up")},
    "top-up-off": {"": FormDescription("buy credit by hand alone", "Switch it off")},
    "credit-confirm": {"": FormDescription("confirm a payment for credit", "Confirm and pay")},
    "create-key": {"": FormDescription("create an API key for a licence", "Create the key")},
    "speak": {"": FormDescription("have a text spoken by your licence", "Speak it")},
    "create-plan-key": {"": FormDescription("create an API key", "Create the key")},
    "rotate-key": {"": FormDescription("replace an API key with a new one", "Replace the key")},
    "revoke-key": {"": FormDescription("revoke an API key", "Revoke the key")},
    "key-origins": {"": FormDescription("say which pages may use an API key", "Save the pages")},
    "account-key": {
        "": FormDescription("create a key that copies and erases your data over the API", "Create the key")
    },
    "explain-suspicion": {"": FormDescription("explain what you are doing", "Send the explanation")},
    "teams": {"": FormDescription("create a team", "Create the team")},
    "invite": {"": FormDescription("invite somebody to your team", "Send the invitation")},
    "withdraw-invitation": {
        "": FormDescription("withdraw an invitation to your team", "Withdraw the invitation")
    },
    "join-team": {"": FormDescription("join a team", "Join the team")},
    "team-member": {
        "remove": FormDescription("remove a member from your team", "Remove the member"),
        "": FormDescription("change what a member of your team may do", "Change the role"),
    },
    "account-profile": {"": FormDescription("change your name", "Save the name")},
    "end-session": {"": FormDescription("sign one of your browsers out", "End the session")},
    "end-other-sessions": {
        "": FormDescription("sign out everywhere else", "Sign out everywhere else")
    },
    "region": {"": FormDescription("change your time zone and currency", "Save")},
    "account-letters": {"": FormDescription("choose which e-mails you get", "Save the choice")},
    "lexicons": {"": FormDescription("create a lexicon", "Create the lexicon")},
    "lexicon": {"": FormDescription("say how a word is pronounced", "Save the word")},
    "change-lexicon": {"": FormDescription("change a lexicon", "Change the lexicon")},
    "import-lexicon": {"": FormDescription("import words into a lexicon", "Import the words")},
    "remove-entry": {"": FormDescription("remove a word from a lexicon", "Remove the word")},
    "webhooks": {"": FormDescription("add an address for webhooks", "Add the address")},
    "change-webhook": {
        "rotate": FormDescription("replace the secret of a webhook", "Replace the secret"),
        "": FormDescription("switch off a webhook", "Switch it off"),
    },
    "test-webhook": {"": FormDescription("send a test event to a webhook", "Send a test event")},
    "replay-webhook": {"": FormDescription("send a webhook's message again", "Send it again")},
    "ask-copy": {"": FormDescription("get a copy of everything about you", "Request a copy")},
    "ask-erasure": {
        "": FormDescription("erase your account and everything of yours", "Erase everything about me")
    },
    "become-creator": {"": FormDescription("become a creator", "Become a creator")},
    "new-voice": {"": FormDescription("begin a new voice", "Begin the voice")},
    "set-up-payouts": {
        "": FormDescription("set up your payouts", "Go to the payment provider's pages")
    },
    "set-payout-schedule": {"": FormDescription("choose when you are paid", "Save")},
    "pay-now": {"": FormDescription("have everything payable sent to you", "Pay me")},
    "self-billing": {
        "end": FormDescription("write your own invoices again", "End it"),
        "": FormDescription("have the platform write your invoices", "I agree"),
    },
    "save-seller-details": {"": FormDescription("change your details as a seller", "Save")},
    "add-recordings": {"": FormDescription("add recordings to your voice", "Add the recordings")},
    "remove-recording": {"": FormDescription("remove a recording", "Remove the recording")},
    "challenge": {"": FormDescription("get a statement of consent to read", "Show me what to read")},
    "record-consent": {"": FormDescription("send the reading of your statement", "Send the reading")},
    "narrow-consent": {"": FormDescription("allow less with your voice", "Allow less")},
    "revoke-consent": {
        "": FormDescription("withdraw your consent, which silences your voice", "Withdraw my consent")
    },
    "invite-speaker": {"": FormDescription("send a speaker their own link", "Send the link")},
    "enrol": {"": FormDescription("have your voice made", "Make my voice")},
    "choose-scripts": {"": FormDescription("choose what the clips of your voice say", "Save the clips")},
    "own-preview": {"": FormDescription("create a clip in your own words", "Create the clip")},
    "offers": {
        "submit": FormDescription("save your prices and submit your voice for review", "Save and submit"),
        "": FormDescription("save your prices and terms", "Save"),
    },
    "decide-consent": {"": FormDescription("decide on a consent", "Decide")},
    "estate-consent": {"": FormDescription("record the consent of an estate", "Record the consent")},
    "review-listing": {"": FormDescription("decide on a listing", "Decide")},
    "moderate-listing": {"": FormDescription("suspend or resume a listing", "Apply")},
    "decide-case": {"": FormDescription("decide on voices that sound alike", "Decide")},
    "decide-takedown": {"": FormDescription("decide on a request to take a voice down", "Decide")},
    "decide-appeal": {"": FormDescription("decide on an appeal", "Decide")},
    "decide-suspicion": {"": FormDescription("decide on a suspicion", "Decide")},
    "moderate-licence": {"": FormDescription("suspend, resume or revoke a licence", "Apply")},
    "freeze-payouts": {"": FormDescription("freeze or release a creator's money", "Apply")},
    "admin:licensing_coupon_add": {"": FormDescription("make a coupon", "Make the coupon")},
    "admin:licensing_coupon_changelist": {"": FormDescription("decide on coupons", "Decide")},
    "finance-refund": {"": FormDescription("refund a payment", "Go on")},
    "finance-decide-refund": {"": FormDescription("decide on a refund", "Decide")},
    "finance-evidence": {"": FormDescription("send a bank evidence about a dispute", "Send the evidence")},
    "finance-try-again": {
        "": FormDescription("try an event of the payment provider again", "Try again")
    },
    "finance-decide-creator": {"": FormDescription("decide on a creator's money", "Apply")},
    "finance-propose": {"": FormDescription("propose an adjusting entry", "Propose")},
    "finance-decide-entry": {"": FormDescription("decide on an adjusting entry", "Decide")},
    "finance-close": {"": FormDescription("close a month of the books", "Close the month")},
    "finance-decide-month": {"": FormDescription("reopen a month of the books", "Apply")},
}  # fmt: skip

_LABELS = {
    "rhythm": "When",
    "kind": "You sell as",
    "confirm": "Your e-mail address",
    "uses": "Use",
    "url": "Address",
    "email": "E-mail",
    "note": "Why",
    "reason": "Why",
    "minor": "Minor units",
    "reference": "Reference of the bank transfer",
    "access_activity_log": "The record of speech",
    "uncategorized_text": "What else speaks for you",
    "renews": "Renew automatically",
    "coupon": "Code",
    "_selected_action": "Number",
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
    return match is not None and match.view_name.removeprefix(_APP) in _FORMS


def words_for(intent: Intent) -> FormDescription:
    """Describe what a form would do."""
    match = resolve(intent.address.partition("?")[0])
    name = match.view_name.removeprefix(_APP)
    sent = {name for name, _ in intent.fields}
    plain = next(words for button, words in _FORMS[name].items() if not button or button in sent)
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
    buttons = _FORMS[resolve(address).view_name.removeprefix(_APP)]
    return [
        (
            _LABELS.get(name, name.replace("_", " ").capitalize()),
            "yes" if value == "on" else value,
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
    months = "1 month" if offer.term_months == 1 else f"{offer.term_months} months"
    return FormDescription(
        f"buy the {offer.get_tier_display().lower()} licence of {listing.voice.name}",
        f"Buy for {price}",
        [("Price", str(price)), ("Characters", f"{offer.characters:,}"), ("Term", months)],
    )


def _ask_exclusive(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    listing = listing_on_sale(kwargs["slug"])
    if listing is None:
        return None
    return FormDescription(
        f"ask {listing.voice.creator.display_name} what an exclusive licence of "
        f"{listing.voice.name} would cost",
        "Ask for a quote",
    )


def _subscribe(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    plan = plans.PLANS.get(intent.value("plan"))
    if plan is None:
        return None
    yearly = intent.value("period") == "year"
    price = Money(plan.yearly_minor if yearly else plan.price_minor, settings.CURRENCY)
    period = "year" if yearly else "month"
    return FormDescription(
        f"subscribe to the plan {plan.name}",
        f"Subscribe for {price} per {period}",
        [("Price", f"{price} per {period}"), ("Characters", f"{plan.characters:,} per month")],
    )


def _credit(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
    minor = intent.value("minor")
    if not (minor.isascii() and minor.isdigit()) or len(minor) > 9:
        return None
    return FormDescription(
        f"buy credit for {Money(int(minor), settings.CURRENCY)}", "Buy the credit"
    )


# a decision by the value of its button: what it would do, and the button
_DECISIONS: dict[str, dict[str, tuple[str, str]]] = {
    "decide-consent": {
        "approve": ("approve a consent", "Approve"),
        "reject": ("refuse a consent", "Refuse"),
    },
    "review-listing": {
        "approve": ("put a listing on sale", "Put on sale"),
        "send_back": ("send a listing back", "Send back"),
    },
    "moderate-listing": {
        "suspend": ("suspend a listing", "Suspend"),
        "resume": ("resume a listing", "Resume"),
    },
    "decide-case": {
        "allow": ("allow a voice that sounds like another", "Allow"),
        "uphold": ("stop an enrolment for good", "Stop for good"),
    },
    "decide-takedown": {
        "reject": ("reject a request to take a voice down", "Leave it"),
        "uphold": ("take a voice down", "Take it down"),
    },
    "decide-appeal": {
        "overturn": ("allow a refused text", "Allow it"),
        "uphold": ("uphold the refusal of a text", "Uphold"),
        "strike": ("uphold the refusal of a text and add a strike", "Uphold and add a strike"),
    },
    "decide-review": {
        "leave": ("leave a reported review", "Leave it"),
        "take_down": ("take a review down", "Take it down"),
        "take_down_answer": ("take the answer to a review down", "Take the answer down"),
        "restore": ("show a review again", "Show it again"),
        "uphold": ("leave a review down for good", "Leave it down"),
    },
    "decide-biography": {
        "approve": ("show what a creator wrote", "Show it"),
        "send_back": ("send back what a creator wrote", "Send back"),
    },
    "decide-suspicion": {
        "release": ("release an organization", "Release"),
        "stop": ("stop an organization", "Stop"),
    },
    "moderate-licence": {
        "suspend": ("suspend a licence", "Suspend"),
        "resume": ("resume a licence", "Resume"),
        "revoke": ("revoke a licence for good", "Revoke"),
    },
    "finance-decide-refund": {
        "approve": ("approve a refund as the second person", "Approve"),
        "drop": ("drop a refund", "Drop it"),
        "paid": ("record that a refund was paid another way", "Record it"),
    },
    "finance-decide-creator": {
        "freeze": ("freeze a creator's money", "Freeze"),
        "release": ("release a creator's money", "Release"),
        "refund": ("refund the buyers of a creator's silenced voices", "Refund them"),
        "write-off": ("write off a creator's debt", "Write it off"),
    },
    "finance-decide-entry": {
        "post": ("post an adjusting entry as the second person", "Post"),
        "drop": ("drop an adjusting entry", "Drop it"),
    },
    "finance-decide-month": {
        "ask": ("ask for a month to be reopened", "Ask"),
        "reopen": ("reopen a month as the second person", "Reopen"),
        "leave": ("leave a month closed", "Leave it closed"),
    },
    "freeze-payouts": {
        "freeze": ("freeze a creator's money", "Freeze"),
        "release": ("release a creator's money", "Release"),
    },
}


def _decision(name: str) -> Callable[[Intent, dict[str, str]], FormDescription | None]:
    """Describe a moderator's decision by its button."""

    def describe(intent: Intent, kwargs: dict[str, str]) -> FormDescription | None:
        words = _DECISIONS[name].get(intent.value("decision"))
        return FormDescription(*words) if words else None

    return describe


_EXACT: dict[str, Callable[[Intent, dict[str, str]], FormDescription | None]] = {
    "buy": _buy,
    "ask-exclusive": _ask_exclusive,
    "subscribe": _subscribe,
    "credit": _credit,
    **{name: _decision(name) for name in _DECISIONS},
}
