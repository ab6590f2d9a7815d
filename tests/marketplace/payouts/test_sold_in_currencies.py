"""Licences bought in another currency than the platform's: paid, credited, renewed and refunded in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.billing.models import Invoice
from marketplace.licensing import coupons, credit, quotes, renewals, terms, terms_text
from marketplace.licensing.models import Licence, Order, UsageCharge
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Listing, Offer
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.creators import earnings, holds, seller_details, transfers
from marketplace.payouts.incoming import checkout
from marketplace.payouts.models import Earning, LedgerAccount, Payment, Refund
from marketplace.payouts.returning import refunds
from marketplace.refusals import PaymentMismatch, Refused
from tests import factories
from tests.money import check_now
from tests.paid_speech import buy_credit, speak
from tests.sandbox import buy, onboarded, pay

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
THERE = {"EUR": 1_799, "JPY": 3_140}


def _order(currency: str, listing: Listing | None = None, **how: object) -> Order:
    listing = listing or factories.make_listing(also=THERE)
    buyer = how.pop("buyer", None) or factories.make_user("buyer")
    return place_order(buyer=buyer, offer=listing.offers.get(), currency=currency, **how)  # type: ignore[arg-type]


def _dearer(listing: Listing, also: dict[str, int]) -> Offer:
    offer = listing.offers.create(
        tier="commercial", price_minor=9_000, currency="USD", characters=9_000, term_months=12
    )
    for currency, minor in also.items():
        offer.prices.create(currency=currency, price_minor=minor)
    return offer


def _owed(licence: Licence, currency: str) -> int:
    return ledger.owed_to(licence.voice.creator, Kind.CREATOR_PENDING, currency).minor


@pytest.mark.parametrize(
    ("currency", "amount", "share"), [("EUR", 1_799, 1_529), ("JPY", 3_140, 2_669)]
)
def test_a_licence_is_paid_booked_and_credited_in_the_currency_that_its_buyer_chose(
    currency: str, amount: int, share: int
) -> None:
    licence = buy(order=_order(currency))
    payment = Payment.objects.get(order=licence.order)
    assert (payment.amount, payment.settles_in) == (Money(amount, currency), "")
    assert (licence.terms["price_minor"], licence.terms["currency"]) == (amount, currency)
    assert _owed(licence, currency) == share
    assert _owed(licence, "USD") == 0
    [earning] = Earning.objects.all()
    assert (earning.gross_minor, earning.share_minor, earning.currency) == (amount, share, currency)
    invoice = Invoice.objects.get(reference=payment.charge)
    assert invoice.total == Money(amount, currency)
    check_now()
    now = timezone.now()
    assert all(report.adds_up for report in finance_report(now.year, now.month))


def test_yen_have_no_cents_on_the_payment_page_in_terms_and_on_the_invoice() -> None:
    licence = buy(order=_order("JPY"))
    said = dict(terms_text.as_text(licence.terms))
    assert said["Price"] == "¥3,140, without tax."
    assert str(Invoice.objects.get().total) == "¥3,140"


def test_a_price_in_a_currency_that_is_not_sold_in_is_refused_and_orders_nothing() -> None:
    with pytest.raises(Refused) as refused:
        _order("GBP")
    assert refused.value.code == "currency"
    assert not Order.objects.exists()


def test_without_a_choice_an_offer_costs_its_own_price() -> None:
    assert _order("").price == Money(1999, "USD")


def test_two_clicks_in_one_currency_make_one_order_and_another_currency_another() -> None:
    listing, buyer = factories.make_listing(also=THERE), factories.make_user()
    first = _order("EUR", listing, buyer=buyer)
    assert _order("EUR", listing, buyer=buyer) == first
    assert _order("JPY", listing, buyer=buyer) != first


def test_a_price_that_was_changed_since_is_that_of_the_order_already_placed() -> None:
    order = _order("EUR")
    order.offer.prices.filter(currency="EUR").update(price_minor=9_999)
    assert buy(order=order).terms["price_minor"] == 1_799


def test_the_same_number_in_another_currency_is_not_what_was_ordered() -> None:
    order = _order("EUR")
    pay(order)
    Order.objects.filter(pk=order.pk).update(currency="USD")
    order.refresh_from_db()
    with pytest.raises(PaymentMismatch):
        checkout.confirm_payment(order=order)
    assert not Licence.objects.exists()


def test_a_renewal_is_in_the_licences_currency_whatever_became_of_the_offer() -> None:
    licence = buy(order=_order("EUR"))
    licence.order.offer.prices.all().delete()
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    assert renewal.due == Money(1_799, "EUR")
    buy(order=renewal)
    assert _owed(licence, "EUR") == 2 * 1_529


def test_an_upgrade_costs_its_price_in_the_licences_currency_less_what_is_unused() -> None:
    licence = buy(order=_order("JPY"))
    offer = _dearer(licence.order.offer.listing, {"JPY": 15_000, "EUR": 100})
    unused = renewals.unused_value(licence)
    upgrade = renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)
    assert upgrade.due == Money(15_000 - unused, "JPY")
    assert renewals.upgrades_of(licence) == [(offer, Money(15_000 - unused, "JPY"))]
    assert buy(order=upgrade).terms["currency"] == "JPY"


def test_an_upgrade_to_what_is_not_sold_in_the_licences_currency_is_refused() -> None:
    licence = buy(order=_order("EUR"))
    offer = _dearer(licence.order.offer.listing, {"JPY": 15_000})
    with pytest.raises(Refused, match="bought in EUR") as refused:
        renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)
    assert refused.value.code == "currency"
    assert renewals.upgrades_of(licence) == []
    assert not Order.objects.filter(kind=Order.Kind.UPGRADE).exists()


def test_an_upgrade_never_costs_less_than_the_least_price_of_its_currency() -> None:
    licence = buy(order=_order("JPY"))
    offer = _dearer(licence.order.offer.listing, {"JPY": 3_150})
    [(_, shown)] = renewals.upgrades_of(licence)
    upgrade = renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)
    assert upgrade.due == shown == Money(400, "JPY")


def test_a_refund_takes_back_the_share_and_writes_a_credit_note_in_the_same_currency() -> None:
    licence = buy(order=_order("JPY"))
    payment = Payment.objects.get()
    by = appoint_finance(user=factories.make_user("finance"))
    asked = refunds.request_refund(payment=payment, amount_minor=3_140, reason="asked", by=by)
    assert asked.state == Refund.State.REQUESTED  # far below what needs a second person
    refunds.send_refund(refund_id=asked.pk)
    note = Invoice.objects.get(kind=Invoice.Kind.CREDIT_NOTE)
    assert note.total == Money(3_140, "JPY")
    assert _owed(licence, "JPY") == 0
    check_now()


def test_refunds_of_one_person_are_added_up_across_currencies() -> None:
    by = appoint_finance(user=factories.make_user("finance"))
    buyer = factories.make_user()
    states = []
    for currency, minor in (("EUR", 30_000), ("JPY", 45_000)):  # together above 500 dollars
        listing = factories.make_listing(also={currency: minor})
        buy(order=_order(currency, listing, buyer=buyer))
        payment = Payment.objects.get(currency=currency)
        asked = refunds.request_refund(payment=payment, amount_minor=minor, reason="x", by=by)
        states.append(asked.state)
    assert states == [Refund.State.REQUESTED, Refund.State.PROPOSED]


def test_speech_beyond_a_licence_in_euros_is_paid_from_credit_in_the_platforms_currency() -> None:
    listing = factories.make_listing(also=THERE)
    listing.offers.update(overage_minor=500)
    licence = buy(order=_order("EUR", listing))
    said = dict(terms_text.as_text(licence.terms))["Beyond that"]
    assert said == "$5.00 for each further 1,000 characters, from credit, which is kept in USD."
    key, _ = factories.make_key(licence)
    buy_credit(key, 2_500)
    speak(key, listing.voice.slug, 1_200, use="audiobook")
    charge = UsageCharge.objects.get()
    assert (charge.characters, charge.currency) == (200, "USD")
    assert credit.account(licence.organization, "USD").left == Money(2_400, "USD")


def test_terms_of_before_have_their_credit_in_their_own_currency() -> None:
    assert terms.overage_currency({"currency": "EUR", "overage_minor": 3}) == "EUR"


def test_a_coupon_is_for_prices_in_its_own_currency_and_says_so() -> None:
    now = timezone.now()
    coupons.make(
        code="HALFOFF", percent=50, amount_minor=None, uses=5, begins_at=now,
        ends_at=now + timedelta(days=1), first_only=False,
        by=appoint_finance(user=factories.make_user("finance")), most_minor=1_000,
    )  # fmt: skip
    with pytest.raises(Refused, match="prices in USD") as refused:
        _order("EUR", coupon="HALFOFF")
    assert refused.value.code == "coupon_not_here"
    assert _order("USD", coupon="HALFOFF").discount_minor == 999


def test_an_exclusive_licence_is_offered_and_sold_in_the_currency_it_was_asked_in() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    quote = quotes.ask(
        listing=listing, organization=personal_organization(buyer),
        message="For a film of ours.", currency="JPY", by=buyer,
    )  # fmt: skip
    creator = listing.voice.creator.user
    with pytest.raises(Refused, match="¥400"):
        quotes.offer(quote=quote, price_minor=399, characters=5_000, term_months=12, by=creator)
    quotes.offer(quote=quote, price_minor=500_000, characters=5_000, term_months=12, by=creator)
    order = quotes.accept(quote=quote, by=buyer)
    assert buy(order=order).terms["currency"] == "JPY"
    assert Payment.objects.get().amount == Money(500_000, "JPY")


def test_a_creator_is_paid_in_each_currency_from_its_own_minimum_on() -> None:
    listing = factories.make_listing(also={"JPY": 4_000})
    licence = buy(order=_order("JPY", listing))
    onboarded(licence)
    earnings.release_due(timezone.now() + timedelta(days=60))
    creator = licence.voice.creator
    assert transfers.claim_transfers(creator=creator, currency="JPY") == []  # 3,400 yen
    [hold] = [each for each in holds.holds_of(creator) if each.amount.currency == "JPY"]
    assert hold.why == "It is sent once it reaches ¥4,000."
    buy(order=_order("JPY", listing))
    earnings.release_due(timezone.now() + timedelta(days=60))
    claimed = transfers.claim_transfers(creator=creator, currency="JPY")
    assert [each.amount for each in claimed] == [Money(3_400, "JPY")] * 2
    sent = [transfers.send_transfer(transfer_id=each.pk) for each in claimed]
    assert {each.state for each in sent} == {"paid"}
    check_now()


def test_payouts_in_several_currencies_count_together_towards_tax_reports() -> None:
    creator = factories.make_creator()
    below = settings.TAX_DETAILS_FROM_MINOR * 6 // 10
    creator.transfers.create(amount_minor=below, currency="USD", parts={}, state="paid")
    assert not seller_details.are_needed(creator, Money(100_000, "JPY"))
    assert seller_details.are_needed(creator, Money(150_000, "JPY"))
