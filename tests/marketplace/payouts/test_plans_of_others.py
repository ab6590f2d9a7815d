"""A plan that another member's card pays for: whoever buys for the team neither changes it nor sees that card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.licensing import plans
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts.incoming import plan_changes, subscriptions
from marketplace.payouts.models import Payment
from marketplace.refusals import Refused
from tests import factories
from tests.sandbox import behave, follow_events, press

pytestmark = pytest.mark.django_db
PLANS, MANAGE = "/plans", "/plans/manage"


@pytest.fixture(autouse=True)
def _usual_provider() -> Iterator[None]:
    yield
    behave()


@pytest.fixture
def team() -> Organization:
    """A team whose plan the card of its member payer@… pays for."""
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    payer = team.memberships.create(user=factories.make_user("payer"), role="admin").user
    press(subscriptions.begin_plan_checkout(organization=team, plan="basic", by=payer))
    follow_events()
    return team


@pytest.fixture
def payer(team: Organization) -> User:
    return PlanSubscription.objects.get(organization=team).buyer


def _finance(team: Organization) -> User:
    return team.memberships.create(user=factories.make_user("finance"), role="finance").user


@pytest.mark.parametrize("payers_role", ["admin", "developer"])
def test_whoever_buys_for_a_team_charges_no_dearer_plan_to_the_card_of_another(
    team: Organization, payer: User, payers_role: str
) -> None:
    finance, membership = _finance(team), team.memberships.get(user=payer)
    owner = team.memberships.get(role="owner").user
    if payers_role != membership.role:
        organizations.change_role(membership=membership, role=payers_role, by=owner)
    for by in (finance, owner):
        with pytest.raises(Refused) as shown:
            plan_changes.show(organization=team, plan="pro", by=by)
        with pytest.raises(Refused) as changed:
            plan_changes.change(organization=team, plan="pro", by=by, at=0, shown_minor=4240)
        assert shown.value.code == changed.value.code == "not_your_plan"
    assert plans.plan_of(team).code == "basic"
    assert Payment.objects.filter(organization=team).count() == 1


def test_nobody_is_led_to_the_bill_of_another_that_waits_for_their_bank(
    team: Organization, payer: User
) -> None:
    shown = plan_changes.show(organization=team, plan="pro", by=payer)
    assert shown.cost is not None
    behave(off_session="authenticate")
    with pytest.raises(Refused) as waits:
        plan_changes.change(
            organization=team, plan="pro", by=payer, at=shown.at, shown_minor=shown.cost.total.minor
        )
    assert waits.value.code == "needs_buyer"
    assert plan_changes.pending_of(organization=team, by=payer)
    with pytest.raises(Refused) as refusal:
        plan_changes.pending_of(organization=team, by=_finance(team))
    assert refusal.value.code == "not_your_plan"


def test_the_page_says_whose_card_pays_and_leads_nobody_else_to_it(
    client: Client, team: Organization, payer: User
) -> None:
    form = {"organization": str(team.public_id)}
    teams, change = f"{PLANS}?organization={team.public_id}", reverse("storefront:show-plan-change")
    client.force_login(_finance(team))
    page = client.get(PLANS, form).text
    assert f"The card of {payer.email} pays for this plan" in page
    assert MANAGE not in page
    assert change not in page
    answer = client.post(MANAGE, form)
    assert answer.headers["Location"] == teams
    assert "Another person&#x27;s card pays for this plan." in client.get(teams).text
    assert client.get(change, {"plan": "pro", **form}).headers["Location"] == teams


def test_whose_card_pays_sees_it_and_changes_the_plan(
    client: Client, team: Organization, payer: User
) -> None:
    form = {"organization": str(team.public_id)}
    client.force_login(payer)
    page = client.get(PLANS, form).text
    assert MANAGE in page
    assert "pays for this plan" not in page
    assert "/c/portal/" in client.post(MANAGE, form).headers["Location"]
    assert plan_changes.show(organization=team, plan="pro", by=payer).cost


def test_the_page_tells_those_who_buy_nothing_no_name(
    client: Client, team: Organization, payer: User
) -> None:
    developer = team.memberships.create(user=factories.make_user("maker"), role="developer").user
    client.force_login(developer)
    assert payer.email not in client.get(PLANS, {"organization": str(team.public_id)}).text
