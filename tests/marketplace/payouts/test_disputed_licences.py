"""What several disputes silence speaks again only when the last of them is won."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.consent.models import Consent
from marketplace.licensing import fulfilment, lifecycle, plans, renewals
from marketplace.licensing.models import Licence, Order
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.incoming import plan_months
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import Dispute, Earning, LedgerAccount, Payment
from marketplace.payouts.returning import disputes, refunds
from tests import factories
from tests.money import charge, dispute, sell
from tests.paid_speech import adds_up

pytestmark = pytest.mark.django_db
State = Licence.State
NOTHING = Money(0, "USD")


def _renewed(licence: Licence) -> Payment:
    order = renewals.order_renewal(licence=licence, by=licence.buyer)
    fulfilment.fulfil_order(order_id=order.pk, payment_intent="pi_2")
    order.refresh_from_db()
    charge = Charge(
        f"ch_renewal_{order.pk}", "pi_2", Money(order.price_minor, "USD"), NOTHING, NOTHING
    )
    return record_sale(order=order, licence=licence, charge=charge)


def _part_disputed(payment: Payment, number: int) -> Dispute:
    return disputes.open_dispute(
        payment=payment, provider_id=f"du_part_{number}",
        amount_minor=payment.amount_minor // 2, fee_minor=1_500, reason="general",
    )  # fmt: skip


def _state(licence: Licence) -> str:
    licence.refresh_from_db()
    return licence.state


def test_a_licence_waits_until_the_disputes_of_all_its_payments_are_won() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    renewal = _renewed(licence)
    first, second = dispute(payment), dispute(renewal)
    disputes.close_dispute(dispute=first, won=True)
    assert _state(licence) == State.SUSPENDED
    disputes.close_dispute(dispute=second, won=True)
    assert (_state(licence), licence.cause) == (State.ACTIVE, "")


def test_a_licence_waits_for_each_of_many_disputes_of_one_payment() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    opened = [_part_disputed(payment, number) for number in (1, 2)]
    states = []
    for each in opened:
        disputes.close_dispute(dispute=each, won=True)
        states.append(_state(licence))
    assert states == [State.SUSPENDED, State.ACTIVE]


def test_a_plan_month_waits_for_each_dispute_of_its_payment() -> None:
    buyer, now = factories.make_user(), timezone.now()
    month = plan_months.grant_month(
        subscription=plans.begin_subscription(
            organization=personal_organization(buyer), buyer_id=buyer.pk, plan="basic",
            provider_id="sub_1", customer="cus_1",
        ),
        invoice="in_1", charge=charge("ch_1", 990), starts_at=now, ends_at=now + timedelta(days=30),
    )  # fmt: skip
    first, second = (_part_disputed(month.payment, number) for number in (1, 2))
    disputes.close_dispute(dispute=first, won=True)
    month.refresh_from_db()
    assert month.stopped_at is not None
    disputes.close_dispute(dispute=second, won=True)
    month.refresh_from_db()
    assert month.stopped_at is None


def test_a_licence_that_was_suspended_before_causes_had_names_is_resumed_all_the_same() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    renewal = _renewed(licence)
    opened = [dispute(payment), dispute(renewal)]
    Licence.objects.update(cause="moderation dispute")
    migration = import_module("marketplace.payouts.migrations.0015_causes_name_their_dispute")
    migration.name_disputes(apps, None)
    licence.refresh_from_db()
    named = {f"dispute:{each.pk}" for each in opened}
    assert set(licence.cause.split()) == {"moderation", *named}


def test_a_share_that_was_restored_before_it_had_a_payment_gets_it() -> None:
    payment = sell(factories.make_creator())
    disputes.close_dispute(dispute=dispute(payment), won=True)
    restored = Earning.objects.filter(source=Earning.Source.DISPUTE)
    restored.update(payment=None)
    migration = import_module("marketplace.payouts.migrations.0014_restored_shares_have_a_payment")
    migration.link(apps, None)
    assert restored.get().payment == payment


def _sold_and_renewed() -> tuple[Licence, Payment, Payment]:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    return licence, payment, _renewed(licence)


def _lost(payment: Payment) -> Dispute:
    return disputes.close_dispute(dispute=dispute(payment), won=False)


def test_a_lost_dispute_of_a_renewal_leaves_the_term_that_was_paid_for() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    ends_at = licence.ends_at
    lost = _lost(_renewed(licence))
    assert (_state(licence), licence.ends_at, licence.cause) == (State.ACTIVE, ends_at, "")
    disputes.close_dispute(dispute=lost, won=True)
    assert _state(licence) == State.ACTIVE
    assert licence.ends_at > ends_at


def test_a_lost_dispute_of_the_first_term_leaves_the_renewal_that_was_paid_for() -> None:
    licence, payment, _ = _sold_and_renewed()
    _lost(payment)
    assert _state(licence) == State.ACTIVE


def test_what_is_won_on_appeal_is_had_again() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    lost = _lost(payment)
    assert _state(licence) == State.REVOKED
    disputes.close_dispute(dispute=lost, won=True)
    assert (_state(licence), licence.cause) == (State.ACTIVE, "")
    assert not payment.refunds.exists()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_lost_disputes_either_is_had_again_when_it_is_won_on_appeal(
    order: tuple[int, int],
) -> None:
    licence, *payments = _sold_and_renewed()
    lost = [_lost(payment) for payment in payments]
    assert _state(licence) == State.REVOKED
    for place in order:
        disputes.close_dispute(dispute=lost[place], won=True)
        assert (_state(licence), licence.cause) == (State.ACTIVE, "")


def test_what_is_won_on_appeal_waits_for_another_dispute_that_is_open() -> None:
    licence, first, renewal = _sold_and_renewed()
    other, lost = dispute(renewal), _lost(first)
    disputes.close_dispute(dispute=lost, won=True)
    assert _state(licence) == State.SUSPENDED
    disputes.close_dispute(dispute=other, won=True)
    assert _state(licence) == State.ACTIVE


def test_what_is_won_on_appeal_of_a_withdrawn_voice_goes_back() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    lost = _lost(payment)
    Consent.objects.update(state=Consent.State.REVOKED)
    disputes.close_dispute(dispute=lost, won=True)
    assert _state(licence) == State.REVOKED
    assert payment.refunds.get().amount_minor == payment.amount_minor
    refunds.record_refund(
        payment=payment, provider_id="re_1", amount_minor=1_999, ours=payment.refunds.get()
    )
    adds_up()


def test_a_licence_that_was_lost_before_orders_were_undone_goes_back_when_it_is_won() -> None:
    payment = sell(factories.make_creator())
    lost = _lost(payment)
    Order.objects.update(undone_at=None)
    Licence.objects.update(cause="")
    disputes.close_dispute(dispute=lost, won=True)
    assert payment.refunds.get().amount_minor == payment.amount_minor


def test_what_a_moderator_ended_stays_ended_and_paid_when_an_appeal_is_won() -> None:
    payment = sell(factories.make_creator())
    licence = Licence.objects.get(order__payment=payment)
    found = dispute(payment)
    lifecycle.revoke_licence(licence=licence, reason="Fraud.")
    lost = disputes.close_dispute(dispute=found, won=False)
    disputes.close_dispute(dispute=lost, won=True)
    assert _state(licence) == State.REVOKED
    assert not payment.refunds.exists()


@pytest.mark.parametrize("fees", [(1_500, 0), (1_500, 3_000), (0, 1_500), (1_500, 0, 1_500, 0)])
def test_the_fee_of_a_dispute_follows_the_provider(
    fees: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = sell(factories.make_creator())
    for fee in (*fees, fees[-1]):
        told = stripe_api.ProviderDispute(
            id="du_fee", charge=paid.charge, amount=paid.amount, fee_minor=fee, reason="general",
            status="needs_response", taken_minor=paid.amount_minor,
        )  # fmt: skip
        monkeypatch.setattr(stripe_api, "fetch_dispute", lambda _, told=told: told)
        provider_events._dispute_changed("du_fee")
    costs = ledger.account(LedgerAccount.Kind.DISPUTE_COSTS, "USD")
    assert ledger.balance(costs).minor == fees[-1]
    adds_up()
