"""What several disputes silence speaks again only when the last of them is won."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import fulfilment, plans, renewals
from marketplace.licensing.models import Licence
from marketplace.money import Money
from marketplace.payouts.incoming import subscriptions
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import Dispute, Earning, Payment
from marketplace.payouts.returning import disputes
from tests import factories
from tests.money import charge, dispute, sell

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
    month = subscriptions.grant_month(
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
