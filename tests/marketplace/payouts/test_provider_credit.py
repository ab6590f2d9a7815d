"""Credit at the provider, which a cheaper price in its portal gives: booked, taxed and used up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.billing.models import Invoice
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.models import LedgerAccount, LedgerEntry, Payment, ProviderEvent
from marketplace.payouts.returning import refunds
from marketplace.refusals import Refused
from tests import factories, sandbox
from tests.mailbox import delivered
from tests.paid_speech import adds_up
from tests.sandbox import behave, follow_events, http, listed, press, tell

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


@pytest.fixture
def taxed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_TAX", True)
    behave(tax_percent=19, buyer_country="DE")


def _balance(kind: str) -> int:
    return ledger.balance(ledger.account(kind, "USD")).minor


def _errors() -> list[tuple[str, str]]:
    return list(ProviderEvent.objects.exclude(error="").values_list("kind", "error"))


def _subscribed(plan: str, *, yearly: bool = False) -> PlanSubscription:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(
        subscriptions.begin_plan_checkout(
            organization=organization, plan=plan, by=buyer, yearly=yearly
        )
    )
    follow_events()
    return PlanSubscription.objects.get(organization=organization)


def _switch(found: PlanSubscription, plan: str) -> None:
    """Their subscriber chooses another price in the provider's portal."""
    price = Money(plans.PLANS[plan].price_minor, settings.CURRENCY)
    made = stripe_api.ensure_price(plan=plan, name=plan, price=price)
    tell(f"subscriptions/{found.provider_id}/switch", price=made)
    follow_events()


def _renew(found: PlanSubscription) -> None:
    tell(f"subscriptions/{found.provider_id}/renew")
    follow_events()


def _switched_to_basic() -> PlanSubscription:
    found = _subscribed("pro")
    _switch(found, "basic")
    return found


def _paid_months(found: PlanSubscription) -> list[PlanMonth]:
    return list(found.organization.plan_months.exclude(invoice=None).order_by("starts_at"))


def _at_the_provider(found: PlanSubscription) -> int:
    [balance] = [each["balance"] for each in listed("customers") if each["id"] == found.customer]
    return int(balance)


def test_a_month_that_credit_at_the_provider_pays_is_granted_although_it_is_taxed(
    taxed: None,
) -> None:
    found = _switched_to_basic()
    _renew(found)
    assert _errors() == []
    assert [month.plan for month in _paid_months(found)] == ["pro", "basic"]
    adds_up()


def test_a_month_that_credit_pays_in_part_is_invoiced_whole_at_the_rate_of_the_tax(
    taxed: None,
) -> None:
    found = _switched_to_basic()
    for _ in range(4):  # 39.10 of credit is three months and a part of the fourth
        _renew(found)
    invoice = Invoice.objects.latest("pk")
    assert (invoice.tax_percent, invoice.net_minor, invoice.tax_minor) == (19, 990, 188)
    paid = Payment.objects.latest("pk")
    assert 0 < paid.tax_minor < paid.amount_minor < 1_178
    assert -_balance(Kind.TAX) == sum(
        each.tax_minor if each.kind == Invoice.Kind.INVOICE else -each.tax_minor
        for each in Invoice.objects.all()
    )
    adds_up()


def test_what_a_cheaper_price_gives_back_is_taken_off_the_invoice_of_its_month(
    taxed: None,
) -> None:
    found = _switched_to_basic()
    [note] = Invoice.objects.filter(kind=Invoice.Kind.CREDIT_NOTE)
    [month] = _paid_months(found)
    assert note.corrects.reference == Payment.objects.get(plan_month=month).charge
    assert note.net_minor + note.tax_minor == -_at_the_provider(found)
    assert note.tax_minor == round(note.net_minor * 0.19)


def test_credit_for_the_rest_of_a_month_in_the_portal_costs_the_platform_nothing() -> None:
    found = _switched_to_basic()
    for _ in range(5):
        assert _balance(Kind.PROVIDER_CREDIT) == _at_the_provider(found)
        assert _balance(Kind.PROMOTIONS) == 0
        _renew(found)
    assert _balance(Kind.PROVIDER_CREDIT) == 0
    adds_up()


def test_credit_that_a_dearer_price_takes_again_goes_to_the_month_that_gave_it() -> None:
    found = _switched_to_basic()
    _switch(found, "pro")
    [month] = _paid_months(found)
    assert abs(month.share_minor - month.returned_minor - 4_165) <= 1
    assert (_balance(Kind.PROVIDER_CREDIT), _balance(Kind.PROMOTIONS)) == (0, 0)
    assert _errors() == []
    adds_up()


def test_what_was_given_as_credit_is_not_refunded_too() -> None:
    found = _switched_to_basic()
    payment = Payment.objects.get(plan_month=_paid_months(found)[0])
    assert refunds.left_to_refund(payment).minor == 4_900 + _at_the_provider(found)
    with pytest.raises(Refused) as refusal:
        refunds.request_refund(payment=payment, amount_minor=4_900, reason="asked")
    assert refusal.value.code == "given_as_credit"


def test_a_refund_of_what_a_card_paid_leaves_creators_what_credit_paid() -> None:
    found = _switched_to_basic()
    for _ in range(4):
        _renew(found)
    payment, month = Payment.objects.latest("pk"), _paid_months(found)[-1]
    assert 0 < payment.amount_minor < 990
    refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=payment.amount_minor)
    month.refresh_from_db()
    left = round(841 * (990 - payment.amount_minor) / 990)
    assert abs(month.share_minor - month.returned_minor - left) <= 1
    adds_up()


def test_a_subscriber_of_before_is_booked_at_the_price_that_they_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = _subscribed("basic")
    monkeypatch.setitem(plans.PLANS, "basic", replace(plans.BASIC, price_minor=1_990))
    _renew(found)
    assert [month.share_minor for month in _paid_months(found)] == [841, 841]
    assert _balance(Kind.PROMOTIONS) == 0


def test_a_year_of_before_is_booked_at_the_price_that_they_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = _subscribed("basic", yearly=True)
    monkeypatch.setitem(plans.PLANS, "basic", replace(plans.BASIC, price_minor=1_990))
    _renew(found)
    assert Payment.objects.count() == 2
    assert _balance(Kind.PROMOTIONS) == 0


@pytest.fixture
def only_its_events() -> None:
    """Events are dated by the second: those of an earlier test's customers are booked like any."""
    time.sleep(1.05 - time.time() % 1)
    sandbox.began = timezone.now() - timedelta(seconds=0.05)


def _by_hand(found: PlanSubscription, minor: int) -> None:
    """Somebody of ours gives a subscriber credit in the provider's dashboard."""
    http.post(
        f"{settings.STRIPE_API_BASE}/v1/customers/{found.customer}/balance_transactions",
        data={"amount": -minor, "currency": "usd"},
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    ).raise_for_status()
    follow_events()


@pytest.mark.usefixtures("only_its_events")
def test_credit_given_by_hand_is_booked_once_as_a_discount_and_used_by_the_next_month() -> None:
    found = _subscribed("basic")
    _by_hand(found, 500)
    follow_events()
    assert (_balance(Kind.PROMOTIONS), _balance(Kind.PROVIDER_CREDIT)) == (500, -500)
    _renew(found)
    assert Payment.objects.latest("pk").amount_minor == 490
    assert [month.share_minor for month in _paid_months(found)] == [841, 841]
    assert (_balance(Kind.PROMOTIONS), _balance(Kind.PROVIDER_CREDIT)) == (500, 0)
    assert _errors() == []
    adds_up()


@pytest.mark.usefixtures("only_its_events")
def test_credit_taken_by_hand_is_booked_the_other_way() -> None:
    found = _subscribed("basic")
    _by_hand(found, 500)
    _by_hand(found, -300)
    assert (_balance(Kind.PROMOTIONS), _balance(Kind.PROVIDER_CREDIT)) == (200, -200)
    assert _balance(Kind.PROVIDER_CREDIT) == _at_the_provider(found)


@pytest.mark.usefixtures("only_its_events")
def test_finance_is_told_once_of_credit_given_by_hand_and_to_whom() -> None:
    finance = appoint_finance(user=factories.make_user())
    found = _subscribed("basic")
    _by_hand(found, 500)
    follow_events()
    [letter] = [each for each in delivered() if each.to == [finance.email]]
    assert letter.subject == "Credit of $5.00 was given by hand at the payment provider"
    assert str(found.organization) in letter.body


@pytest.mark.usefixtures("only_its_events")
def test_credit_that_invoices_move_is_not_booked_as_given_by_hand() -> None:
    found = _switched_to_basic()
    _renew(found)
    assert list(stripe_api.credit_given_to(found.customer)) == []
    assert not LedgerEntry.objects.filter(kind=LedgerEntry.Kind.CREDIT_GIVEN).exists()


@pytest.mark.usefixtures("only_its_events")
@pytest.mark.parametrize("yearly", [False, True])
def test_a_month_and_a_year_that_replace_each_other_cost_the_platform_nothing(
    yearly: bool,
) -> None:
    found = _subscribed("basic", yearly=yearly)
    time.sleep(1.1)  # nobody changes a plan in the second in which it begins
    chosen = plans.PLANS["pro" if not yearly else "basic"]
    price = stripe_api.ensure_price(
        plan=chosen.code, name=chosen.name, yearly=not yearly,
        price=Money(chosen.price_minor if yearly else chosen.yearly_minor, settings.CURRENCY),
    )  # fmt: skip
    stripe_api.change_at_once(
        subscription_id=found.provider_id, price=price, at=int(timezone.now().timestamp()),
        key=found.provider_id,
    )  # fmt: skip
    follow_events()
    follow_events()
    assert _errors() == []
    assert len(_paid_months(found)) == 2
    assert _balance(Kind.PROMOTIONS) == 0
    assert _balance(Kind.PROVIDER_CREDIT) == _at_the_provider(found)
    adds_up()


def _pay_for_a_second_plan(found: PlanSubscription) -> str:
    """On a page that was opened before; its subscriber switches it before we hear; returns its id."""
    page = stripe_api.create_subscription_checkout(
        price=stripe_api.ensure_price(plan="pro", name="pro", price=Money(4_900, "USD")),
        plan="pro", organization=str(found.organization.public_id), buyer=str(found.buyer_id),
        email=found.buyer.email, success_url=settings.BASE_URL, cancel_url=settings.BASE_URL,
        key=f"second-{found.provider_id}",
    )  # fmt: skip
    press(page)
    second: str = listed("subscriptions")[-1]["id"]
    made = stripe_api.ensure_price(plan="basic", name="basic", price=Money(990, "USD"))
    tell(f"subscriptions/{second}/switch", price=made)
    return second


def _credit_of_all(*subscriptions_: str) -> int:
    """What the customers of subscriptions have left at the provider."""
    customers = {s["customer"] for s in listed("subscriptions") if s["id"] in subscriptions_}
    return sum(each["balance"] for each in listed("customers") if each["id"] in customers)


@pytest.mark.usefixtures("only_its_events")
@pytest.mark.parametrize("renewals", [0, 1])
def test_credit_that_a_second_plan_moved_is_booked_beside_its_refund(renewals: int) -> None:
    found = _subscribed("basic")
    second = _pay_for_a_second_plan(found)
    for _ in range(renewals):
        tell(f"subscriptions/{second}/renew")
    for _ in range(2):
        follow_events()
        left = _credit_of_all(second)
        assert left == -3_910 + renewals * 990
        assert (_balance(Kind.PROVIDER_CREDIT), _balance(Kind.PROMOTIONS)) == (left, -left)
    [refund] = Payment.objects.get(kind=Payment.Kind.TOO_LATE).refunds.all()
    assert refund.amount_minor == 4_900
    assert _errors() == []
    adds_up()


@pytest.mark.usefixtures("only_its_events")
def test_finance_is_told_once_of_credit_that_an_invoice_gave_for_nothing() -> None:
    finance = appoint_finance(user=factories.make_user())
    found = _subscribed("basic")
    _pay_for_a_second_plan(found)
    follow_events()
    follow_events()
    [letter] = [each for each in delivered() if each.to == [finance.email]]
    assert letter.subject == "An invoice that bought nothing gave credit of $39.10"
    assert str(found.organization) in letter.body


@pytest.mark.usefixtures("only_its_events")
def test_what_credit_paid_of_a_second_plan_buys_nothing_once_the_first_has_ended() -> None:
    found = _subscribed("basic")
    second = _pay_for_a_second_plan(found)
    tell(f"subscriptions/{second}/renew")
    follow_events()
    stripe_api.cancel_subscription(found.provider_id)
    follow_events()
    follow_events()
    assert [month.plan for month in _paid_months(found)] == ["basic"]
    assert _balance(Kind.PROVIDER_CREDIT) == _credit_of_all(second)


@pytest.mark.usefixtures("only_its_events")
@pytest.mark.parametrize(
    ("given", "charged", "told"),
    [
        (500, [3_410], "Your payment for the Pro plan is being refunded"),
        (5_000, [], "The month of the Pro plan has not begun"),
    ],
)
def test_credit_that_a_change_took_for_nothing_is_booked_and_told_to_finance_and_its_buyer(
    given: int, charged: list[int], told: str
) -> None:
    """The month that it was to be credited with goes back before we hear of the change."""
    finance = appoint_finance(user=factories.make_user())
    found = _subscribed("basic")
    _by_hand(found, given)
    time.sleep(1.1)  # nobody changes a plan in the second in which it begins
    stripe_api.change_at_once(
        subscription_id=found.provider_id, at=int(timezone.now().timestamp()), key=found.provider_id,
        price=stripe_api.ensure_price(plan="pro", name="pro", price=Money(4_900, "USD")),
    )  # fmt: skip
    refunds.request_refund(payment=Payment.objects.get(), amount_minor=100, reason="asked")
    follow_events()
    follow_events()
    late = Payment.objects.filter(kind=Payment.Kind.TOO_LATE)
    assert [payment.refunds.get().amount_minor for payment in late] == charged
    assert _balance(Kind.PROVIDER_CREDIT) == _at_the_provider(found)
    letters = [each.subject for each in delivered() if each.to == [finance.email]]
    taken = Money(given + _at_the_provider(found), "USD")
    assert letters[1:] == [f"An invoice that bought nothing took credit of {taken}"]
    to_buyer = [each for each in delivered() if each.to == [found.buyer.email]]
    [letter] = [each for each in to_buyer if each.subject == told]
    assert "refunded or disputed before" in letter.body
    assert (f"paid {taken} for it" in letter.body) == (not charged)
    assert _errors() == []
    adds_up()
