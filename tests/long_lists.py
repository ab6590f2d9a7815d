"""Lists that pages show, and what makes each of them longer by one row."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.accounts.services import appoint_finance
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.creators.models import Creator
from marketplace.lexicons import services as lexicons
from marketplace.licensing import quotes
from marketplace.licensing.models import ApiKey, Licence, Order, PlanMonth
from marketplace.listings.models import Listing, SavedVoice
from marketplace.moderation.models import Case, ProtectedVoice, Takedown
from marketplace.payouts.books import adjustments
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.models import (
    LedgerAccount,
    Payment,
    PayoutAccount,
    ProviderEvent,
    Refund,
)
from marketplace.policy.models import Refusal, Suspicion
from marketplace.reviews.models import Review
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage
from synthesis.text.lexicon import Entry
from tests import factories
from tests.money import dispute, pay_everything, sell, usage_charge

_numbers = itertools.count()


@dataclass
class Market:
    """A creator with one voice on sale, a buyer with a licence of it, and the two desks."""

    listing: Listing
    licence: Licence
    finance: User
    moderator: User

    @property
    def buyer(self) -> User:
        return self.licence.buyer

    @property
    def own(self) -> Organization:
        return self.licence.organization

    @property
    def creator(self) -> Creator:
        return self.listing.voice.creator


def make_market() -> Market:
    """A market with the people whose lists they are."""
    listing = factories.make_listing()
    licence = factories.make_licence(listing)
    treasurer = appoint_finance(user=factories.make_user("treasurer"))
    return Market(listing, licence, treasurer, factories.make_moderator())


def _a_licence(market: Market) -> None:
    factories.make_licence(market.listing, market.buyer)


def _a_key(market: Market) -> None:
    factories.make_key(market.licence)


def _some_key(market: Market) -> ApiKey:
    """A key of the market's buyer, who may not have one for each row."""
    return (
        ApiKey.objects.filter(organization=market.own).first()
        or factories.make_key(market.licence)[0]
    )


def _a_saved_voice(market: Market) -> None:
    SavedVoice.objects.create(user=market.buyer, voice=factories.make_listing().voice)


def _a_payment(market: Market) -> None:
    order = factories.make_licence(buyer=market.buyer).order
    number = next(_numbers)
    Payment.objects.create(
        kind="licence", organization=market.own, order=order, payment_intent=f"pi_{number}",
        charge=f"ch_listed_{number}", amount_minor=1999, currency="USD",
    )  # fmt: skip


def _paid(market: Market, kind: str, **fields: object) -> None:
    number = next(_numbers)
    Payment.objects.create(
        kind=kind, organization=market.own, payment_intent=f"pi_{number}", charge=f"ch_listed_{number}",
        amount_minor=1999, currency="USD", **fields,
    )  # fmt: skip


def _a_credit_payment(market: Market) -> None:
    _paid(market, "credits")


def _a_plan_payment(market: Market) -> None:
    now = timezone.now()
    month = PlanMonth.objects.create(
        organization=market.own, plan="basic", invoice=f"in_{next(_numbers)}", starts_at=now,
        ends_at=now + timedelta(days=30), characters_included=1000,
    )  # fmt: skip
    _paid(market, "plan", plan_month=month)


def _a_renewal_payment(market: Market) -> None:
    licence = factories.make_licence(buyer=market.buyer)
    order = Order.objects.get(pk=licence.order_id)
    order.pk, order.public_id, order.kind, order.changes = None, uuid.uuid4(), "renewal", licence
    order._state.adding, order.paid_at = True, timezone.now()
    order.save()
    _paid(market, "licence", order=order)


def _a_charge(market: Market) -> None:
    usage_charge(_some_key(market), 100)


def _a_quote(market: Market) -> None:
    quotes.ask(
        listing=factories.make_listing(factories.make_voice(market.creator)),
        organization=market.own, message="For our assistant.", by=market.buyer,
    )  # fmt: skip


def _a_team(market: Market) -> None:
    team = organizations.create_organization(name=f"Team {next(_numbers)}", by=market.buyer)
    team.memberships.create(user=factories.make_user("colleague"), role="developer")


def _a_lexicon(market: Market) -> None:
    lexicons.create_lexicon(
        organization=market.own, name=f"Words {next(_numbers)}", by=market.buyer,
        entries=[Entry("Timbre", alias="tam ber")],
    )  # fmt: skip


def _a_webhook(market: Market) -> None:
    number = next(_numbers)
    endpoint = WebhookEndpoint.objects.create(
        organization=market.own, owner=market.buyer, url=f"https://example.com/{number}",
        sealed_secret=b"",
    )  # fmt: skip
    WebhookMessage.objects.create(
        endpoint=endpoint, message_id=f"msg_{number}", kind="licence.granted", payload={},
        state="given_up",
    )  # fmt: skip


def _a_voice(market: Market) -> None:
    factories.make_listing(factories.make_voice(market.creator))


def _a_sale(market: Market) -> None:
    sell(market.creator)


def _a_transfer(market: Market) -> None:
    PayoutAccount.objects.get_or_create(
        creator=market.creator, defaults={"provider_id": "acct_1", "transfers_active": True}
    )
    sell(market.creator)
    pay_everything(market.creator)


def _a_reading(market: Market) -> None:
    voice = factories.make_voice()
    number = next(_numbers)
    invitation = SpeakerInvitation.objects.create(
        voice=voice, legal_name="Kim Doe", email="speaker@example.com", token_sha256=f"{number:064d}",
        invited_by=voice.creator.user, expires_at=timezone.now(),
    )  # fmt: skip
    recordings = [factories.make_recording(voice), factories.make_recording(voice)]
    factories.make_consent(
        voice, Consent.State.REVIEW, recording_key="r", scores={"live": 0.9}, invitation=invitation,
        recorded_at=timezone.now(), to_hear=[recordings[0].sha256] if number % 2 else [],
    )  # fmt: skip


def _a_submitted_listing(market: Market) -> None:
    listing = factories.make_listing(state="submitted")
    listing.reviewed = {"headline": "Another"}
    listing.save(update_fields=["reviewed"])


def _a_case(market: Market) -> None:
    voice = factories.make_voice()
    factories.make_recording(voice)
    Case.objects.create(voice=voice, like_voice=factories.make_listing().voice, similarity=0.9)
    protected = ProtectedVoice.objects.create(
        embedding=factories.make_embedding(1), reason="banned"
    )
    Case.objects.create(voice=voice, like_protected=protected, similarity=0.9)


def _a_takedown(market: Market) -> None:
    voice = factories.make_listing().voice
    factories.make_recording(voice)
    Takedown.objects.create(voice=voice, score=0.9, recording_key="r", recording_sha256="0" * 64)


def _an_appeal(market: Market) -> None:
    by = factories.make_user("owner")
    team = organizations.create_organization(name=f"Team {next(_numbers)}", by=by)
    Refusal.objects.create(
        organization=team, api_key=_some_key(market), voice="ada", category="hate",
        rule="r1", text_sha256="0" * 64, state="appealed", appeal="A novel.",
    )  # fmt: skip


def _a_reported_review(market: Market) -> None:
    licence = factories.make_licence()
    Review.objects.create(
        voice=licence.voice, licence=licence, organization=licence.organization, writer=licence.buyer,
        stars=4, use="audiobook", text="Warm.", state="appealed",
    )  # fmt: skip


def _a_suspicion(market: Market) -> None:
    by = factories.make_user("owner")
    team = organizations.create_organization(name=f"Team {next(_numbers)}", by=by)
    Suspicion.objects.create(organization=team, kind="many_voices", seen_at=timezone.now())


def _a_refund(market: Market) -> None:
    Refund.objects.create(
        payment=sell(market.creator), state="proposed", amount_minor=100, requested_by=market.moderator,
        reason="A slip.",
    )  # fmt: skip


def _a_dispute(market: Market) -> None:
    dispute(sell(market.creator))


def _an_event(market: Market) -> None:
    number = next(_numbers)
    ProviderEvent.objects.create(
        event_id=f"evt_{number}", kind="invoice.paid", object_id=f"in_{number}", error="None there"
    )


def _a_creator(market: Market) -> None:
    sell(factories.make_creator())


def _an_entry(market: Market) -> None:
    kinds = LedgerAccount.Kind
    adjustments.propose(
        currency="USD", dated=timezone.now().date() - timedelta(days=1), reason="Charges",
        document="Statement 11", by=market.finance,
        postings=[Posting(kinds.OTHER_COSTS, debit_minor=1), Posting(kinds.BANK, credit_minor=1)],
    )  # fmt: skip


# the name of a page, whose it is, and what makes its list longer
LISTS: list[tuple[str, str, Callable[[Market], None]]] = [
    ("account-keys", "buyer", _a_key),
    ("credit", "buyer", _a_charge),
    ("earnings", "creator", _a_sale),
    ("finance", "finance", _a_dispute),
    ("finance-creators", "finance", _a_creator),
    ("finance-disputes", "finance", _a_dispute),
    ("finance-entries", "finance", _an_entry),
    ("finance-events", "finance", _an_event),
    ("finance-payments", "finance", _a_sale),
    ("finance-refunds", "finance", _a_refund),
    ("finance-transfers", "finance", _a_transfer),
    ("home", "buyer", _a_voice),
    ("lexicons", "buyer", _a_lexicon),
    ("licences", "buyer", _a_licence),
    ("moderation", "moderator", _a_case),
    ("moderation", "moderator", _a_reading),
    ("moderation", "moderator", _a_submitted_listing),
    ("moderation", "moderator", _a_suspicion),
    ("moderation", "moderator", _a_takedown),
    ("moderation", "moderator", _an_appeal),
    ("moderation", "moderator", _a_reported_review),
    ("payments", "buyer", _a_credit_payment),
    ("payments", "buyer", _a_payment),
    ("payments", "buyer", _a_plan_payment),
    ("payments", "buyer", _a_renewal_payment),
    ("payouts", "creator", _a_transfer),
    ("quotes", "buyer", _a_quote),
    ("quotes", "creator", _a_quote),
    ("shortlist", "buyer", _a_saved_voice),
    ("studio", "creator", _a_voice),
    ("teams", "buyer", _a_team),
    ("voices", "buyer", _a_voice),
    ("webhooks", "buyer", _a_webhook),
]
