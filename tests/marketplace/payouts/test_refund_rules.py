"""Who may refund what alone, and whose sales they may not decide about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.models import Membership, Organization, User
from marketplace.accounts.organizations import create_organization, personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.orders import place_order
from marketplace.listings.queries import public_offers
from marketplace.payouts.incoming.sales import record_sale
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds
from marketplace.refusals import Refused
from tests import factories
from tests.money import buy_another, charge, sell

State = Refund.State
pytestmark = pytest.mark.django_db


def _finance() -> User:
    return appoint_finance(user=factories.make_user("finance"))


def test_what_one_person_refunds_of_a_payment_in_parts_needs_a_second_above_the_limit() -> None:
    payment, by = sell(factories.make_creator(), price=200_000), _finance()
    asked = [
        refunds.request_refund(payment=payment, amount_minor=minor, reason="x", by=by)
        for minor in (30_000, 20_000, 1)
    ]
    assert [each.state for each in asked] == [State.REQUESTED, State.REQUESTED, State.PROPOSED]


def test_parts_of_a_payment_are_added_up_for_ever() -> None:
    payment, by = sell(factories.make_creator(), price=200_000), _finance()
    refunds.request_refund(payment=payment, amount_minor=30_000, reason="x", by=by)
    Refund.objects.update(created_at=timezone.now() - timedelta(days=300))
    again = refunds.request_refund(payment=payment, amount_minor=30_000, reason="x", by=by)
    assert again.state == State.PROPOSED


@pytest.mark.parametrize(("days", "state"), [(29, State.PROPOSED), (31, State.REQUESTED)])
def test_refunds_to_one_buyer_are_added_up_over_30_days(days: int, state: str) -> None:
    creator, by = factories.make_creator(), _finance()
    first = sell(creator, price=40_000)
    other = buy_another(first, price=40_000)
    refunds.request_refund(payment=first, amount_minor=40_000, reason="x", by=by)
    Refund.objects.update(created_at=timezone.now() - timedelta(days=days))
    again = refunds.request_refund(payment=other, amount_minor=40_000, reason="x", by=by)
    assert again.state == state


def _bought(buyer: User, team: Organization) -> Payment:
    listing = factories.make_listing(price=40_000)
    order = place_order(buyer=buyer, offer=public_offers(listing).get(), organization=team)
    licence = fulfil_order(order_id=order.pk, payment_intent="pi_test")
    assert licence is not None
    paid = charge(f"ch_of_{order.pk}", 40_000)
    return record_sale(order=order, licence=licence, charge=paid)


def test_refunds_to_one_person_are_added_up_over_their_teams() -> None:
    by, friend = _finance(), factories.make_user("friend")
    teams = [create_organization(name=f"Team {number}", by=friend) for number in range(3)]
    asked = [
        refunds.request_refund(
            payment=_bought(friend, team), amount_minor=40_000, reason="x", by=by
        )
        for team in teams
    ]
    assert [each.state for each in asked] == [State.REQUESTED, State.PROPOSED, State.PROPOSED]


def test_a_teams_refund_counts_what_its_people_had_back_by_themselves() -> None:
    by, friend = _finance(), factories.make_user("friend")
    other = _teammate_of(friend)
    states = [
        refunds.request_refund(
            payment=_bought(user, personal_organization(user)),
            amount_minor=40_000,
            reason="x",
            by=by,
        ).state
        for user in (friend, other, factories.make_user("stranger"))
    ]
    assert states == [State.REQUESTED, State.REQUESTED, State.REQUESTED]
    team = Organization.objects.get(name="Team")
    Membership.objects.filter(organization=team).update(role="admin")
    asked = refunds.request_refund(
        payment=_bought(other, team), amount_minor=20_000, reason="x", by=by
    )
    assert asked.state == State.PROPOSED


def test_what_failed_or_another_person_refunded_does_not_count_against_the_limit() -> None:
    payment, by = sell(factories.make_creator(), price=200_000), _finance()
    failed = refunds.request_refund(payment=payment, amount_minor=40_000, reason="x", by=by)
    refunds.fail_refund(refund_id=failed.pk, problem="The card is closed.")
    refunds.request_refund(payment=payment, amount_minor=40_000, reason="x", by=_finance())
    again = refunds.request_refund(payment=payment, amount_minor=40_000, reason="x", by=by)
    assert again.state == State.REQUESTED


def _teammate_of(user: User) -> User:
    team, other = Organization.objects.create(name="Team"), factories.make_user("teammate")
    for each in (user, other):
        Membership.objects.create(organization=team, user=each, role="member")
    return other


@pytest.mark.parametrize("code", ["own_voice", "own_team"])
def test_creators_and_their_teammates_decide_no_refund_of_their_own_sale(code: str) -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=100_000)
    asked = refunds.request_refund(
        payment=payment, amount_minor=60_000, reason="x", by=_finance()
    )  # fmt: skip
    sides = creator.user if code == "own_voice" else _teammate_of(creator.user)
    by = appoint_finance(user=sides)
    decisions: list[Callable[[], Refund]] = [
        lambda: refunds.request_refund(payment=payment, amount_minor=1, reason="x", by=by),
        lambda: refunds.decide_proposed(refund=asked, approve=False, by=by),
        lambda: refunds.decide_proposed(refund=asked, approve=True, by=by),
        lambda: refunds.record_paid_elsewhere(refund=asked, reference="B 1", by=by),
    ]
    for decide in decisions:
        with pytest.raises(Refused) as refusal:
            decide()
        assert refusal.value.code == code
