"""Credit that is bought by itself: agreed to by an owner, within a monthly limit, once at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import credit
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming import saved_methods, top_up_charges, top_ups
from marketplace.payouts.models import (
    CreditOrder,
    LedgerAccount,
    Payment,
    ProviderEvent,
    SavedMethod,
    StandingTopUp,
)
from marketplace.payouts.returning import disputes, refunds, unused
from marketplace.refusals import PaymentProviderUnavailable, Refused
from tests import factories
from tests.mailbox import delivered
from tests.paid_speech import adds_up
from tests.sandbox import behave, follow_events, press, tell

pytestmark = pytest.mark.django_db
State = StandingTopUp.State


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _ask(organization: Organization, by: Any, **changed: Any) -> StandingTopUp:
    asked = {
        "agreed": True, "amount_minor": 1_000, "below_minor": 500, "monthly_minor": 2_500,
        "has_method": saved_methods.method_of(organization) is not None, **changed,
    }  # fmt: skip
    return top_ups.ask(organization=organization, by=by, **asked)


def _switched_on(**changed: Any) -> Organization:
    """An account whose owner saved a card and had credit bought by itself."""
    owner = factories.make_user()
    organization = personal_organization(owner)
    standing = _ask(organization, owner, **changed)
    press(top_up_charges.begin_setup(standing=standing, by=owner))
    assert saved_methods.confirm_setup(saved=SavedMethod.objects.get(organization=organization))
    return organization


def _buy() -> None:
    for pk in top_ups.claim_due():
        top_up_charges.charge_top_up(order_id=pk)


def _left(organization: Organization) -> int:
    return credit.account(organization, "USD").left.minor


def _spend(organization: Organization) -> None:
    credit.take(organization=organization, at_most=10_000, currency="USD")


def test_credit_below_the_limit_is_bought_once_and_booked() -> None:
    organization = _switched_on()
    _buy()
    _buy()
    assert _left(organization) == 1_000
    payment = Payment.objects.get()
    assert (payment.kind, payment.amount_minor) == (Payment.Kind.CREDITS, 1_000)
    held = ledger.account(LedgerAccount.Kind.BUYER_CREDITS, "USD", organization=organization)
    assert -ledger.balance(held).minor == 1_000
    adds_up()


def test_enough_credit_buys_nothing() -> None:
    organization = _switched_on()
    credit.add(organization=organization, minor=500, currency="USD")
    assert top_ups.claim_due() == []
    assert not CreditOrder.objects.exists()


def test_no_more_than_the_month_allows_is_bought_and_its_owner_told_once() -> None:
    organization = _switched_on()
    for _ in range(4):
        _buy()
        _spend(organization)
    assert Payment.objects.count() == 2
    assert len([each for each in delivered() if "no more credit" in each.subject]) == 1
    CreditOrder.objects.update(created_at=timezone.now() - timedelta(days=32))
    _buy()
    assert Payment.objects.count() == 3


def test_tax_comes_on_top_of_the_credit(settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(tax_percent=20, buyer_country="DE")
    organization = _switched_on()
    _buy()
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.tax_minor, _left(organization)) == (1_200, 200, 1_000)
    adds_up()


def test_a_card_that_refuses_switches_it_off_with_a_letter() -> None:
    organization = _switched_on()
    behave(off_session="decline")
    _buy()
    standing = StandingTopUp.objects.get()
    assert (standing.state, bool(standing.why_off)) == (State.OFF, True)
    assert CreditOrder.objects.get().state == CreditOrder.State.REFUSED
    assert [each for each in delivered() if "could not be bought" in each.subject]
    behave()
    _buy()
    assert (Payment.objects.count(), _left(organization)) == (0, 0)


def _asked_to_confirm() -> tuple[Organization, CreditOrder]:
    """An account whose bank wants its owner to confirm a payment for credit."""
    organization = _switched_on()
    behave(off_session="authenticate")
    _buy()
    behave()
    return organization, CreditOrder.objects.get()


def test_a_bank_that_wants_its_customer_gets_them_by_one_letter_and_nothing_more_is_bought() -> (
    None
):
    organization, order = _asked_to_confirm()
    _buy()
    follow_events()
    order.refresh_from_db()
    assert (order.state, StandingTopUp.objects.get().state) == (CreditOrder.State.DUE, State.ON)
    [letter] = [each for each in delivered() if "please confirm" in each.subject]
    assert "/credit?organization=" in letter.body
    assert (CreditOrder.objects.count(), Payment.objects.count(), _left(organization)) == (1, 0, 0)


def test_the_owner_confirms_on_the_page_and_the_next_credit_is_bought_by_itself_again(
    client: Client,
) -> None:
    organization, order = _asked_to_confirm()
    client.force_login(order.buyer, backend="django.contrib.auth.backends.ModelBackend")
    page = f"{reverse('storefront:credit')}?organization={organization.public_id}"
    assert "Your bank wants you to confirm" in client.get(page).text
    whose = {"organization": organization.public_id}
    answer = client.post(reverse("storefront:credit-confirm"), whose)
    assert (
        client.post(reverse("storefront:credit-confirm"), whose)["Location"] == answer["Location"]
    )
    former = SavedMethod.objects.get().method
    press(answer["Location"])
    client.get(reverse("storefront:credit-paid", args=[order.public_id]))
    follow_events()
    order.refresh_from_db()
    assert (order.state, _left(organization)) == (CreditOrder.State.PAID, 1_000)
    assert Payment.objects.count() == 1
    assert SavedMethod.objects.get().method != former  # the bank knows that this one is charged
    assert "Your bank wants you to confirm" not in client.get(page).text
    _spend(organization)
    _buy()
    assert (Payment.objects.count(), _left(organization)) == (2, 1_000)
    adds_up()


def test_what_is_not_confirmed_in_a_week_is_given_up_and_its_page_closed() -> None:
    organization, order = _asked_to_confirm()
    page = top_up_charges.begin_due_checkout(order=order, by=order.buyer)
    assert top_up_charges.give_up_unconfirmed() == 0
    CreditOrder.objects.update(
        created_at=timezone.now() - top_ups.CONFIRM_WITHIN - timedelta(hours=1)
    )
    assert top_up_charges.give_up_unconfirmed() == 1
    order.refresh_from_db()
    assert (order.state, StandingTopUp.objects.get().state) == (
        CreditOrder.State.REFUSED,
        State.OFF,
    )
    assert [each for each in delivered() if "could not be bought" in each.subject]
    press(page)
    follow_events()
    assert (_left(organization), Payment.objects.count()) == (0, 0)


def test_what_is_confirmed_at_the_last_moment_is_credited() -> None:
    organization, order = _asked_to_confirm()
    press(top_up_charges.begin_due_checkout(order=order, by=order.buyer))
    CreditOrder.objects.update(
        created_at=timezone.now() - top_ups.CONFIRM_WITHIN - timedelta(hours=1)
    )
    assert top_up_charges.give_up_unconfirmed() == 0
    assert _left(organization) == 1_000


def _confirmed_at_a_slow_bank() -> CreditOrder:
    _, order = _asked_to_confirm()
    behave(asynchronous_payments=True)
    press(top_up_charges.begin_due_checkout(order=order, by=order.buyer))
    behave()
    CreditOrder.objects.update(
        created_at=timezone.now() - top_ups.CONFIRM_WITHIN - timedelta(hours=1)
    )
    order.refresh_from_db()
    return order


def test_credit_that_was_confirmed_in_time_waits_for_a_slow_bank() -> None:
    order = _confirmed_at_a_slow_bank()
    assert top_up_charges.give_up_unconfirmed() == 0
    tell(f"sessions/{order.checkout_session}/settle", paid=True)
    follow_events()
    assert (Payment.objects.count(), _left(order.organization)) == (1, 1_000)


def test_credit_whose_bank_refuses_after_the_week_is_given_up() -> None:
    order = _confirmed_at_a_slow_bank()
    tell(f"sessions/{order.checkout_session}/settle", paid=False)
    assert top_up_charges.give_up_unconfirmed() == 1


def test_credit_that_was_given_up_and_is_paid_all_the_same_is_credited() -> None:
    order = _confirmed_at_a_slow_bank()
    top_ups.refuse(order=order, needs_buyer=True)
    tell(f"sessions/{order.checkout_session}/settle", paid=True)
    follow_events()
    assert not ProviderEvent.objects.exclude(error="").exists()
    assert (Payment.objects.count(), _left(order.organization)) == (1, 1_000)


def test_no_second_page_is_opened_while_a_bank_is_sending_the_money() -> None:
    order = _confirmed_at_a_slow_bank()
    with pytest.raises(Refused) as refusal:
        top_up_charges.begin_due_checkout(order=order, by=order.buyer)
    assert refusal.value.code == "being_paid"


def test_credit_paid_on_a_page_that_we_forgot_is_credited() -> None:
    organization, order = _asked_to_confirm()
    press(top_up_charges.begin_due_checkout(order=order, by=order.buyer))
    CreditOrder.objects.update(checkout_session="")
    follow_events()
    assert (Payment.objects.count(), _left(organization)) == (1, 1_000)


def test_credit_paid_twice_is_credited_once_and_the_second_payment_goes_back() -> None:
    organization, order = _asked_to_confirm()
    older = stripe_api.create_checkout(
        reference=str(order.public_id), name="Credit", price=order.amount, email=order.buyer.email,
        success_url="https://x.test/", cancel_url="https://x.test/", key=f"older-{order.public_id}",
    )  # fmt: skip
    press(top_up_charges.begin_due_checkout(order=order, by=order.buyer))
    order.refresh_from_db()
    assert top_up_charges.confirm(order=order)
    assert older.url is not None
    press(older.url)
    follow_events()
    second = Payment.objects.get(kind=Payment.Kind.TOO_LATE)
    assert second.refunds.get().amount_minor == 1_000
    assert (Payment.objects.count(), _left(organization)) == (2, 1_000)
    adds_up()


def test_nobody_confirms_for_an_account_that_is_not_theirs() -> None:
    _, order = _asked_to_confirm()
    with pytest.raises(Refused) as refusal:
        top_up_charges.begin_due_checkout(order=order, by=factories.make_user())
    assert refusal.value.code == "not_a_member"


def test_a_payment_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    organization = _switched_on()
    tell("faults", fail_after=5, only="/v1/payment_intents")
    with pytest.raises(PaymentProviderUnavailable):
        _buy()
    tell("faults")
    tell("forget")
    assert top_ups.claim_due() == []
    top_up_charges.charge_top_up(order_id=CreditOrder.objects.get().pk)
    assert (Payment.objects.count(), _left(organization)) == (1, 1_000)


def test_the_provider_s_event_is_enough(since: datetime) -> None:
    organization = _switched_on()
    behave(off_session="process")
    _buy()
    assert _left(organization) == 0
    made = stripe_api.find_off_session(
        customer=SavedMethod.objects.get().customer, attempt=1, since=since,
        reference=str(CreditOrder.objects.get().public_id),
    )  # fmt: skip
    assert made is not None
    tell(f"payment_intents/{made.id}/settle")
    follow_events(since)
    assert _left(organization) == 1_000


def test_only_an_owner_who_agreed_to_sensible_amounts_switches_it_on() -> None:
    owner = factories.make_user()
    organization = personal_organization(owner)
    finance = factories.make_user()
    organization.memberships.create(user=finance, role="finance")
    for by, changed, code in (
        (finance, {}, "owner_only"),
        (factories.make_user(), {}, "owner_only"),
        (owner, {"agreed": False}, "not_agreed"),
        (owner, {"amount_minor": 1_234}, "pack"),
        (owner, {"below_minor": 0}, "below"),
        (owner, {"monthly_minor": 999}, "monthly"),
    ):
        with pytest.raises(Refused) as refusal:
            _ask(organization, by, **changed)
        assert refusal.value.code == code
    assert not StandingTopUp.objects.exists()


def test_whoever_no_longer_owns_the_account_is_not_charged() -> None:
    organization = _switched_on()
    organization.memberships.update(role="developer")
    _buy()
    assert StandingTopUp.objects.get().state == State.OFF
    assert not CreditOrder.objects.exists()


def test_switched_off_nothing_is_bought() -> None:
    organization = _switched_on()
    owner = organization.memberships.get().user
    top_ups.switch_off(organization=organization, by=owner)
    _buy()
    assert not CreditOrder.objects.exists()
    _ask(organization, owner)
    top_ups.end_all(agreed_by=owner)
    assert StandingTopUp.objects.get().state == State.OFF


def test_the_page_switches_it_on_with_a_card_and_off_again(since: datetime, client: Client) -> None:
    owner = factories.make_user()
    client.post("/accounts/login/", {"login": owner.email, "password": factories.PASSWORD})
    form = {"agreed": "on", "amount": "2500", "below": "5", "monthly": "100"}
    asked = client.post(reverse("storefront:top-up-on"), form)
    assert asked["Location"].startswith(settings.STRIPE_API_BASE)
    press(asked["Location"])
    client.get(reverse("storefront:credit-card-saved"))
    standing = StandingTopUp.objects.get()
    assert (standing.state, standing.amount_minor, standing.below_minor) == (State.ON, 2_500, 500)
    page = client.get("/credit").text
    assert "Visa ending in 4242" in page
    assert "$100.00" in page
    client.post(reverse("storefront:top-up-off"))
    assert StandingTopUp.objects.get().state == State.OFF


def _disputed(organization: Organization) -> None:
    payment = Payment.objects.get(organization=organization)
    disputes.open_dispute(
        payment=payment, provider_id="du_top_up", amount_minor=payment.amount_minor,
        fee_minor=1_500, reason="fraudulent",
    )  # fmt: skip


def _taken_back(organization: Organization) -> None:
    payment, owner = Payment.objects.get(), organization.memberships.get().user
    refunds.send_refund(refund_id=unused.take_back(payment=payment, by=owner).pk)


def _refunded_at_the_provider(organization: Organization) -> None:
    payment = Payment.objects.get(organization=organization)
    refunds.record_refund(payment=payment, provider_id="re_top_up", amount_minor=1_000)


@pytest.mark.parametrize("goes_back", [_disputed, _taken_back, _refunded_at_the_provider])
def test_credit_whose_payment_goes_back_is_not_bought_again_by_itself(
    goes_back: Callable[[Organization], None],
) -> None:
    organization = _switched_on()
    _buy()
    goes_back(organization)
    _buy()
    assert Payment.objects.count() == 1
    assert StandingTopUp.objects.get().state == State.OFF
    assert [each for each in delivered() if "top-up is off" in each.subject]
