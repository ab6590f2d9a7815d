"""Every page with a list asks the database as much for twenty rows as for two."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.accounts.services import appoint_finance
from marketplace.consent.models import Consent
from marketplace.creators.models import Creator
from marketplace.lexicons import services as lexicons
from marketplace.licensing import quotes
from marketplace.licensing.models import Licence
from marketplace.listings.models import Listing, SavedVoice
from marketplace.moderation.models import Case
from marketplace.payouts.books import adjustments
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.models import (
    LedgerAccount,
    Payment,
    PayoutAccount,
    ProviderEvent,
    Refund,
)
from marketplace.policy.models import Suspicion
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage
from synthesis.text.lexicon import Entry
from tests import factories
from tests.money import dispute, pay_everything, sell, usage_charge

pytestmark = pytest.mark.django_db
FEW, MANY = 2, 20
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


@pytest.fixture
def market() -> Market:
    licence = factories.make_licence(factories.make_listing())
    listing = Listing.objects.get()
    treasurer = appoint_finance(user=factories.make_user("treasurer"))
    return Market(listing, licence, treasurer, factories.make_moderator())


def _a_licence(market: Market) -> None:
    factories.make_licence(market.listing, market.buyer)


def _a_key(market: Market) -> None:
    factories.make_key(market.licence)


def _a_saved_voice(market: Market) -> None:
    SavedVoice.objects.create(user=market.buyer, voice=factories.make_listing().voice)


def _a_payment(market: Market) -> None:
    order = factories.make_licence(buyer=market.buyer).order
    number = next(_numbers)
    Payment.objects.create(
        kind="licence", organization=market.own, order=order, payment_intent=f"pi_{number}",
        charge=f"ch_{number}", amount_minor=1999, currency="USD",
    )  # fmt: skip


def _a_charge(market: Market) -> None:
    usage_charge(factories.make_key(market.licence)[0], 100)


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
    factories.make_consent(
        factories.make_voice(), Consent.State.REVIEW, recording_key="r", scores={"live": 0.9}
    )


def _a_submitted_listing(market: Market) -> None:
    factories.make_listing(state="submitted")


def _a_case(market: Market) -> None:
    Case.objects.create(
        voice=factories.make_voice(), like_voice=market.listing.voice, similarity=0.9
    )


def _a_suspicion(market: Market) -> None:
    team = organizations.create_organization(name=f"Team {next(_numbers)}", by=market.buyer)
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
    ("payments", "buyer", _a_payment),
    ("payouts", "creator", _a_transfer),
    ("quotes", "buyer", _a_quote),
    ("quotes", "creator", _a_quote),
    ("shortlist", "buyer", _a_saved_voice),
    ("studio", "creator", _a_voice),
    ("teams", "buyer", _a_team),
    ("voices", "buyer", _a_voice),
    ("webhooks", "buyer", _a_webhook),
]


# The desk shows fifty of each at most, with what it takes to decide: the queries
# of each row; each payment is asked whether its buyer may take it back, which many rules decide
PER_ROW = {"_a_payment": 7, "_a_reading": 1, "_a_case": 3, "_a_submitted_listing": 5}


def _asked(client: Client, address: str) -> tuple[int, int]:
    """How many queries a page takes once what is cached is, and how long it is."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(queries), len(answer.content)


@pytest.mark.parametrize(
    ("name", "who", "add"), LISTS, ids=[f"{name}, {add.__name__[1:]}" for name, _, add in LISTS]
)
def test_a_list_asks_the_database_as_much_for_many_rows_as_for_few(
    market: Market, name: str, who: str, add: Callable[[Market], None]
) -> None:
    user = market.creator.user if who == "creator" else getattr(market, who)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(f"storefront:{name}")
    for _ in range(FEW):
        add(market)
    few, short = _asked(client, address)
    for _ in range(MANY - FEW):
        add(market)
    many, long = _asked(client, address)
    assert many <= few + PER_ROW.get(add.__name__, 0) * (MANY - FEW)
    if name not in ("home", "moderation"):  # the first shows a few, the desk may show a number
        assert long > short
