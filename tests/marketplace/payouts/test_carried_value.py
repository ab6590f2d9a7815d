"""An upgrade is bought with value that stays paid: what may go back buys none, and what bought one stays."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.licensing import fulfilment, renewals
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Offer
from marketplace.payouts.incoming import checkout
from marketplace.payouts.incoming.sales import record_sale
from marketplace.payouts.models import Dispute, Payment, Refund
from marketplace.payouts.returning import disputes, made_whole, refunds
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import charge, dispute, refund, sell
from tests.paid_speech import adds_up
from tests.sandbox import behave, buy, pay

pytestmark = pytest.mark.django_db
State = Licence.State


def _licence_of(payment: Payment) -> Licence:
    return Licence.objects.get(order__payment=payment)


def _dearer(licence: Licence, price: int = 20_000, tier: str = "commercial") -> Offer:
    return Offer.objects.create(
        listing=licence.order.offer.listing, tier=tier, price_minor=price, currency="USD",
        characters=price, term_months=12,
    )  # fmt: skip


def _order_upgrade(licence: Licence, **dearer: Any) -> Order:
    offer = _dearer(licence, **dearer)
    return renewals.order_upgrade(licence=licence, offer=offer, by=licence.buyer)


def _paid(order: Order, tax: int = 0) -> Payment:
    licence = fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")
    assert licence is not None
    order.refresh_from_db()
    paid = charge(f"ch_change_{order.pk}", order.due.minor + tax, tax=tax)
    return record_sale(order=order, licence=licence, charge=paid)


def _upgraded() -> tuple[Payment, Payment]:
    """A licence for 100.00, upgraded at once to one for 200.00: that took 99.99 or 100.00 of it."""
    first = sell(factories.make_creator(), price=10_000)
    upgrade = _order_upgrade(_licence_of(first))
    assert upgrade.credited_minor in (9_999, 10_000)
    Order.objects.filter(pk=upgrade.pk).update(price_minor=11_000)  # as if it had taken 90.00
    upgrade.refresh_from_db()
    return first, _paid(upgrade)


def _asked(payment: Payment, minor: int | None = None, **by: Any) -> Refund:
    minor = payment.amount_minor if minor is None else minor
    return refunds.request_refund(payment=payment, amount_minor=minor, reason="asked", **by)


def _refusal(payment: Payment, minor: int) -> str:
    with pytest.raises(Refused) as refused:
        _asked(payment, minor)
    return refused.value.code


def _wait_for_second(payment: Payment) -> None:
    finance = appoint_finance(user=factories.make_user())
    asked = refunds.request_refund(
        payment=payment, amount_minor=payment.amount_minor, reason="asked", by=finance
    )
    assert asked.state == Refund.State.PROPOSED


@pytest.mark.parametrize("how", ["asked", "second", "disputed"])
def test_a_licence_whose_payment_may_go_back_buys_no_upgrade(how: str, settings: Any) -> None:
    settings.REFUND_ALONE_MINOR = 1
    payment = sell(factories.make_creator(), price=10_000)
    licence = _licence_of(payment)
    {"asked": _asked, "second": _wait_for_second, "disputed": dispute}[how](payment)
    licence.refresh_from_db()
    with pytest.raises(Refused) as refused:
        _order_upgrade(licence)
    assert refused.value.code == "returned"
    assert not Order.objects.filter(kind="upgrade").exists()


def test_the_payment_of_a_renewal_that_may_go_back_counts_too() -> None:
    licence = _licence_of(sell(factories.make_creator(), price=10_000))
    renewal = _paid(renewals.order_renewal(licence=licence, by=licence.buyer))
    _asked(renewal, 100)
    with pytest.raises(Refused) as refused:
        _order_upgrade(licence)
    assert refused.value.code == "returned"


def test_a_refund_that_failed_and_a_dispute_that_was_won_leave_the_value() -> None:
    payment = sell(factories.make_creator(), price=10_000)
    refunds.fail_refund(refund_id=_asked(payment).pk, problem="The card is closed.")
    disputes.close_dispute(dispute=dispute(payment), won=True)
    order = _order_upgrade(_licence_of(payment))
    assert order.credited_minor in (9_999, 10_000)


def test_what_was_refunded_of_a_payment_buys_nothing() -> None:
    payment = sell(factories.make_creator(), price=10_000, tax=2_000)
    refund(payment, 6_000)  # half of it, with tax
    licence = _licence_of(payment)
    assert renewals.unused_value(licence) in (4_999, 5_000)
    order = _order_upgrade(licence)
    assert order.credited_minor in (4_999, 5_000)


@pytest.mark.parametrize("how", [_asked, dispute, lambda payment: refund(payment, 100)])
def test_an_upgrade_whose_value_went_back_before_it_was_paid_is_refunded_and_both_are_told(
    how: Any,
) -> None:
    licence = buy(price=10_000)
    upgrade = _order_upgrade(licence)
    pay(upgrade)
    how(licence.order.payment)
    letters = len(delivered())
    assert checkout.confirm_payment(order=upgrade) is None
    upgrade.refresh_from_db()
    licence.refresh_from_db()
    assert (upgrade.state, licence.terms["tier"]) == (Order.State.TOO_LATE, "personal")
    back = Payment.objects.get(order=upgrade)
    assert back.kind == Payment.Kind.TOO_LATE
    assert back.refunds.get().amount_minor == back.amount_minor
    told = [letter for letter in delivered()[letters:] if "refunded or disputed" in letter.body]
    assert {each for letter in told for each in letter.to} == {
        licence.buyer.email, licence.voice.creator.user.email,
    }  # fmt: skip
    adds_up()
    behave()


def test_what_an_upgrade_took_of_a_payment_is_not_refunded_while_the_upgrade_stands() -> None:
    first, upgrade = _upgraded()
    assert _refusal(first, 10_000) == _refusal(first, 1_001) == "used_for_upgrade"
    assert _asked(first, 1_000).amount_minor == 1_000
    assert _refusal(first, 1) == "used_for_upgrade"
    assert refunds.left_to_refund(upgrade).minor == 11_000


def test_the_tax_on_what_an_upgrade_took_stays_too() -> None:
    first = sell(factories.make_creator(), price=10_000, tax=1_900)
    upgrade = _order_upgrade(_licence_of(first))
    Order.objects.filter(pk=upgrade.pk).update(price_minor=15_000)
    upgrade.refresh_from_db()
    _paid(upgrade, tax=2_850)
    assert refunds.used_for_another(first).minor == 5_950
    assert refunds.left_to_refund(first).minor == 5_950


def test_an_upgrade_takes_of_the_latest_payments_first_and_hands_on_what_it_took() -> None:
    first = sell(factories.make_creator(), price=10_000)
    licence = _licence_of(first)
    renewal = _paid(renewals.order_renewal(licence=licence, by=licence.buyer))
    licence.refresh_from_db()
    upgrade = _order_upgrade(licence, price=30_000)
    Order.objects.filter(pk=upgrade.pk).update(price_minor=15_000)  # took 150.00 of 200.00
    upgrade.refresh_from_db()
    second = _paid(upgrade)
    assert refunds.left_to_refund(renewal).minor == 0
    assert refunds.left_to_refund(first).minor == 5_000
    licence.refresh_from_db()
    further = _order_upgrade(licence, price=60_000, tier="broadcast")
    third = _paid(further)
    left = [refunds.left_to_refund(each).minor for each in (first, renewal, second)]
    assert left == [5_000, 0, 0]
    assert refunds.left_to_refund(third).minor == third.amount_minor


def test_what_bought_an_upgrade_goes_back_after_it() -> None:
    first, upgrade = _upgraded()
    later = _asked(upgrade)
    earlier = _asked(first)
    assert refunds.send_refund(refund_id=earlier.pk).state == Refund.State.REQUESTED
    refunds.record_refund(
        payment=upgrade, provider_id="re_later", amount_minor=later.amount_minor, ours=later
    )
    licence = _licence_of(first)
    assert (licence.terms["tier"], licence.state) == ("personal", State.ACTIVE)
    assert refunds.left_to_refund(first).minor == 0
    assert not refunds.used_for_another(first).minor


def test_what_bought_an_upgrade_stays_when_the_refund_of_the_upgrade_fails() -> None:
    first, upgrade = _upgraded()
    later, earlier = _asked(upgrade), _asked(first)
    refunds.fail_refund(refund_id=later.pk, problem="The card is closed.")
    failed = refunds.send_refund(refund_id=earlier.pk)
    assert (failed.state, failed.problem) == (Refund.State.FAILED, refunds.UPGRADE_STANDS)
    first.refresh_from_db()
    assert first.refunded_minor == 0


def test_a_whole_refund_made_at_the_provider_takes_what_it_paid_of_the_upgrade() -> None:
    first, upgrade = _upgraded()
    refund(first, 10_000)
    licence = _licence_of(first)
    assert (licence.state, licence.terms["tier"]) == (State.ACTIVE, "commercial")
    assert licence.characters_included == 11_000  # of 20,000: 110.00 of 200.00 stand
    assert delivered()[-1].subject == f"A payment for licence {licence.number} went back"
    with pytest.raises(Refused) as refused:
        _order_upgrade(licence, price=60_000, tier="broadcast")
    assert refused.value.code == "returned"
    refund(upgrade, 11_000)
    licence.refresh_from_db()
    assert licence.state == State.REFUNDED


@pytest.mark.parametrize(("won", "included"), [(True, 20_000), (False, 11_000)])
def test_a_lost_dispute_takes_what_it_had_paid_of_an_upgrade(won: bool, included: int) -> None:
    first, _ = _upgraded()
    licence = _licence_of(first)
    found = dispute(first)
    licence.refresh_from_db()
    assert licence.state == State.SUSPENDED
    disputes.close_dispute(dispute=Dispute.objects.get(pk=found.pk), won=won)
    licence.refresh_from_db()
    assert (licence.state, licence.characters_included) == (State.ACTIVE, included)


def test_buyers_of_a_stolen_voice_have_all_of_an_upgraded_licence_again() -> None:
    first, upgrade = _upgraded()
    creator = _licence_of(first).voice.creator
    creator.voices.update(silenced_at=timezone.now())
    finance = appoint_finance(user=factories.make_user())
    made = made_whole.refund_buyers(creator=creator, by=finance)
    assert [(each.payment, each.amount_minor) for each in made] == [
        (upgrade, 11_000), (first, 10_000),
    ]  # fmt: skip


def test_the_page_of_a_payment_says_what_an_upgrade_took(client: Any) -> None:
    first, _ = _upgraded()
    finance = appoint_finance(user=factories.make_user())
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:finance-payment", args=[first.public_id])).text
    assert "$90.00 to an upgrade or a dearer plan" in page
    assert "$10.00" in page


def test_orders_of_before_learn_what_went_back_of_them() -> None:
    asked, disputed = (sell(factories.make_creator(), price=10_000) for _ in range(2))
    refund(asked, 2_500)
    _asked(asked, 5_000)
    dispute(disputed)
    known = Order.objects.order_by("pk").values_list("returned_minor", "returning_minor")
    assert list(known) == [(2_500, 5_000), (0, 10_000)]
    Order.objects.update(returned_minor=0, returning_minor=0)
    migration = import_module("marketplace.payouts.migrations.0025_orders_know_what_went_back")
    migration.note(apps, None)
    assert list(known.all()) == [(2_500, 5_000), (0, 10_000)]
