"""Buyers take back what they have not used, within two weeks, and are refunded whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.licensing import fulfilment, lifecycle, renewals
from marketplace.licensing.models import Licence
from marketplace.payouts.models import Dispute, Payment, Refund
from marketplace.payouts.returning import disputes, refunds, withdrawals
from marketplace.refusals import Refused
from tests import factories
from tests.money import buy_another, dispute, owed, sell
from tests.sandbox import buy

pytestmark = pytest.mark.django_db
State = Licence.State


def _licence(payment: Payment) -> Licence:
    assert payment.order is not None and payment.order.granted is not None
    return payment.order.granted


def test_an_unused_licence_is_taken_back_and_refunded_whole() -> None:
    licence = buy()
    refund = withdrawals.take_back(licence=licence, by=licence.buyer)
    licence.refresh_from_db()
    assert licence.state == State.SUSPENDED  # silent at once
    refunds.send_refund(refund_id=refund.pk)
    licence.refresh_from_db()
    assert licence.state == State.REFUNDED
    payment = licence.order.payment
    assert payment.refunded_minor == payment.amount_minor
    assert owed(licence.voice.creator, "creator_pending") == 0


def test_the_licence_goes_on_if_the_provider_refuses_the_refund() -> None:
    licence = _licence(sell(factories.make_creator()))
    refund = withdrawals.take_back(licence=licence, by=licence.buyer)
    refunds.fail_refund(refund_id=refund.pk, problem="No.")
    licence.refresh_from_db()
    assert licence.state == State.ACTIVE


def test_a_licence_whose_refund_was_refused_is_taken_back_all_the_same() -> None:
    licence = _licence(sell(factories.make_creator()))
    refund = withdrawals.take_back(licence=licence, by=licence.buyer)
    refunds.fail_refund(refund_id=refund.pk, problem="No.")
    again = withdrawals.take_back(licence=licence, by=licence.buyer)
    licence.refresh_from_db()
    assert (again.state, licence.state) == (Refund.State.REQUESTED, State.SUSPENDED)
    assert not withdrawals.can_be_taken_back(licence)


def test_what_was_spoken_is_not_taken_back() -> None:
    licence = _licence(sell(factories.make_creator()))
    Licence.objects.filter(pk=licence.pk).update(characters_used=1)
    with pytest.raises(Refused, match="Speech was made"):
        withdrawals.take_back(licence=licence, by=licence.buyer)
    assert not Refund.objects.exists()


def test_what_was_paid_long_ago_is_not_taken_back() -> None:
    payment = sell(factories.make_creator())
    Payment.objects.filter(pk=payment.pk).update(paid_at=timezone.now() - withdrawals.PERIOD)
    assert not withdrawals.can_be_taken_back(_licence(payment))


def test_what_a_bank_asks_back_is_not_given_back_twice() -> None:
    payment = sell(factories.make_creator())
    dispute(payment)
    lifecycle.resume_licence(licence=_licence(payment))
    assert not withdrawals.can_be_taken_back(_licence(payment))


def test_somebody_else_takes_nothing_back() -> None:
    licence = _licence(sell(factories.make_creator()))
    with pytest.raises(Refused, match="not a member"):
        withdrawals.take_back(licence=licence, by=factories.make_user("mallory"))


def test_nobody_buys_and_returns_without_end() -> None:
    first = sell(factories.make_creator())
    payments = [first, *(buy_another(first) for _ in range(withdrawals.OFTEN))]
    for payment in payments[:-1]:
        licence = _licence(payment)
        withdrawals.take_back(licence=licence, by=licence.buyer)
    licence = _licence(payments[-1])
    with pytest.raises(Refused) as refusal:
        withdrawals.take_back(licence=licence, by=licence.buyer)
    assert refusal.value.code == "too_often"
    Refund.objects.update(created_at=timezone.now() - withdrawals.LATELY - timedelta(days=1))
    withdrawals.take_back(licence=licence, by=licence.buyer)


def test_what_is_paid_for_a_licence_that_was_taken_back_goes_back_too() -> None:
    licence = _licence(sell(factories.make_creator()))
    dearer = licence.order.offer.listing.offers.create(
        tier="commercial", price_minor=9_900, currency="USD", characters=50_000, term_months=12
    )
    upgrade = renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer)
    withdrawals.take_back(licence=licence, by=licence.buyer)
    assert fulfilment.fulfil_order(order_id=upgrade.pk, payment_intent="pi_late") is None
    upgrade.refresh_from_db()
    assert upgrade.state == upgrade.State.TOO_LATE


def test_another_refund_that_fails_gives_nothing_back_that_was_taken_back() -> None:
    payment = sell(factories.make_creator())
    licence = _licence(payment)
    withdrawals.take_back(licence=licence, by=licence.buyer)
    other = Refund.objects.create(payment=payment, amount_minor=1, reason="asked")
    refunds.fail_refund(refund_id=other.pk, problem="No.")
    licence.refresh_from_db()
    assert licence.state == State.SUSPENDED


def test_one_person_takes_no_more_back_for_all_their_teams() -> None:
    first = sell(factories.make_creator())
    payments = [first, *(buy_another(first) for _ in range(withdrawals.OFTEN))]
    owner = _licence(first).buyer
    for number, payment in enumerate(payments):
        team = organizations.create_organization(name=f"Team {number}", by=owner)
        licence = _licence(payment)
        Licence.objects.filter(pk=licence.pk).update(organization=team)
        Payment.objects.filter(pk=payment.pk).update(organization=team)
        licence.refresh_from_db()
        if payment is not payments[-1]:
            withdrawals.take_back(licence=licence, by=owner)
    with pytest.raises(Refused) as refusal:
        withdrawals.take_back(licence=licence, by=owner)
    assert refusal.value.code == "too_often"


@pytest.mark.django_db(transaction=True)
def test_of_many_taken_back_at_once_no_more_than_a_few_are() -> None:
    first = sell(factories.make_creator())
    payments = [first, *(buy_another(first) for _ in range(withdrawals.OFTEN + 2))]
    licences = [_licence(payment) for payment in payments]

    def take_back(licence: Licence) -> bool:
        try:
            withdrawals.take_back(licence=licence, by=licence.buyer)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(licences)) as people:
        assert sum(people.map(take_back, licences)) == withdrawals.OFTEN


def test_the_page_offers_it_and_does_it(client: object) -> None:
    from django.test import Client

    licence = _licence(sell(factories.make_creator()))
    browser = Client()
    browser.force_login(licence.buyer)
    page = reverse("storefront:licence", args=[licence.public_id])
    assert "End it and refund me" in browser.get(page).text
    session = browser.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp()}
    ]
    session.save()
    answer = browser.post(reverse("storefront:take-back", args=[licence.public_id]), follow=True)
    assert "on its way back to you" in answer.text
    assert "End it and refund me" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_dispute_and_a_withdrawal_at_once_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment = sell(factories.make_creator())
    licence = _licence(payment)
    payment_locked, licence_locked = threading.Event(), threading.Event()
    stop, why_not = disputes._stop, withdrawals.why_not

    def stop_late(disputed: Dispute) -> None:
        payment_locked.set()
        licence_locked.wait(
            2
        )  # as long as the withdrawal needs if it does not wait for the payment
        stop(disputed)

    def look_late(found: Licence) -> str:
        licence_locked.set()
        payment_locked.wait(2)
        return why_not(found)

    monkeypatch.setattr(disputes, "_stop", stop_late)
    monkeypatch.setattr(withdrawals, "why_not", look_late)

    def outcome(work: Callable[[], object]) -> str:
        try:
            work()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    def take_back() -> None:
        payment_locked.wait(2)
        withdrawals.take_back(licence=licence, by=licence.buyer)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, [lambda: dispute(payment), take_back]))
    assert outcomes == ["done", "not_returnable"]
