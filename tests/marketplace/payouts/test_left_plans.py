"""A plan whose buyer leaves the team, is removed or is erased: their card pays for nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization, User
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import plans
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import left_plans, plan_changes, subscriptions
from marketplace.payouts.models import Payment
from marketplace.privacy import services as privacy
from marketplace.privacy.models import PrivacyRequest
from marketplace.queue import Work
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.sandbox import behave, follow_events, press, tell
from tests.work import do, do_as_queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _usual_provider() -> Iterator[None]:
    yield
    behave()


@pytest.fixture
def owner() -> User:
    return factories.make_user("owner")


@pytest.fixture
def team(owner: User) -> Organization:
    return organizations.create_organization(name="Studio", by=owner)


def _subscribed(team: Organization, role: str = "finance") -> tuple[Membership, PlanSubscription]:
    """A member whose card pays for the team's plan."""
    member = team.memberships.create(user=factories.make_user(role), role=role)
    return member, _subscribe(team, member.user)


def _subscribe(organization: Organization, by: User) -> PlanSubscription:
    press(subscriptions.begin_plan_checkout(organization=organization, plan="pro", by=by))
    follow_events()
    return PlanSubscription.objects.get(organization=organization, buyer=by)


def _at_the_provider(plan: PlanSubscription) -> stripe_api.ProviderSubscription:
    return stripe_api.fetch_subscription(plan.provider_id)


def _runs(plan: PlanSubscription) -> bool:
    """Whether our books have a plan running."""
    return PlanSubscription.objects.filter(pk=plan.pk, cancels=False, state="active").exists()


@pytest.mark.django_db(transaction=True)
def test_a_plan_ends_with_what_is_paid_when_its_buyer_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_as_queued(monkeypatch, Work.END_PLANS)
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=owner)
    plan.refresh_from_db()
    assert _at_the_provider(plan).cancels and plan.cancels
    assert plans.plan_of(team).code == "pro"  # to the end of what is paid


@pytest.mark.django_db(transaction=True)
def test_a_plan_ends_with_what_is_paid_when_its_buyer_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_as_queued(monkeypatch, Work.END_PLANS)
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=member.user)
    assert _at_the_provider(plan).cancels


def test_the_card_of_somebody_who_left_is_never_charged_again(
    team: Organization, owner: User
) -> None:
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=owner)
    do(Work.END_PLANS)
    tell(f"subscriptions/{plan.provider_id}/renew")
    follow_events()
    plan.refresh_from_db()
    assert plan.state == PlanSubscription.State.ENDED
    assert Payment.objects.filter(organization=team).count() == 1


def test_what_is_due_is_not_collected_from_somebody_who_left(
    team: Organization, owner: User
) -> None:
    member, plan = _subscribed(team)
    PlanSubscription.objects.update(state=PlanSubscription.State.PAST_DUE, cancels=True)
    organizations.remove_member(membership=member, by=owner)
    do(Work.END_PLANS)
    plan.refresh_from_db()
    assert plan.state == PlanSubscription.State.ENDED
    assert _at_the_provider(plan).status == "canceled"


def test_plans_of_members_go_on(team: Organization, owner: User) -> None:
    member, plan = _subscribed(team)
    organizations.change_role(membership=member, role="developer", by=owner)
    own = _subscribe(organizations.personal_organization(owner), owner)
    assert left_plans.end_left() == 0
    for each in (plan, own):
        each.refresh_from_db()
        assert not each.cancels and not _at_the_provider(each).cancels


def test_one_that_the_provider_does_not_know_keeps_no_other_running(
    team: Organization, owner: User
) -> None:
    strange = plans.begin_subscription(
        organization=organizations.create_organization(name="Strange", by=owner),
        buyer_id=factories.make_user().pk,
        plan="pro",
        provider_id="sub_unknown",
        customer="cus_unknown",
    )
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=owner)
    assert left_plans.end_left() == 1
    assert _at_the_provider(plan).cancels
    assert _runs(strange)  # it is tried again


def test_the_team_is_told_and_subscribes_with_another_card(team: Organization, owner: User) -> None:
    member, plan = _subscribed(team)
    developer = team.memberships.create(user=factories.make_user("maker"), role="developer")
    organizations.remove_member(membership=member, by=owner)
    left_plans.end_left()
    letters = {letter.to[0]: letter for letter in delivered()}
    assert "Studio: the Pro plan will end" in letters[owner.email].subject
    assert "with another card" in letters[owner.email].body
    assert "will end" in letters[member.user.email].subject
    assert developer.user.email not in letters
    tell(f"subscriptions/{plan.provider_id}/renew")
    follow_events()
    again = _subscribe(team, owner)
    assert again.buyer == owner
    assert left_plans.end_left() == 0


def test_nothing_more_is_charged_to_somebody_who_left_by_a_change_of_plan(
    team: Organization, owner: User
) -> None:
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=owner)
    for ask in (plan_changes.show, plan_changes.pending_of):
        wish: dict[str, Any] = {"plan": "basic"} if ask is plan_changes.show else {}
        with pytest.raises(Refused) as refusal:
            ask(organization=team, by=owner, **wish)
        assert refusal.value.code == "buyer_left"
    assert _at_the_provider(plan).plan == "pro"


def test_those_who_stay_do_not_see_the_card_of_somebody_who_left(
    client: Client, team: Organization, owner: User
) -> None:
    member, _ = _subscribed(team)
    client.force_login(owner)
    form = {"organization": str(team.public_id)}
    manage = reverse("storefront:manage-plan")
    organizations.remove_member(membership=member, by=owner)
    page = client.get(reverse("storefront:plans"), form).text
    assert manage not in page
    assert "Whoever subscribed has left" in page
    teams = f"{reverse('storefront:plans')}?organization={team.public_id}"
    assert client.post(manage, form).headers["Location"] == teams


def test_who_pays_for_a_plan_sees_and_ends_it_after_they_left(
    client: Client, team: Organization, owner: User
) -> None:
    member, plan = _subscribed(team)
    organizations.remove_member(membership=member, by=owner)
    client.force_login(member.user)
    page = client.get(reverse("storefront:plans")).text
    assert "Pro for Studio" in page
    assert str(team.public_id) in page
    chinese = client.get(reverse("storefront:plans"), headers={"Accept-Language": "zh-hans"}).text
    assert "Studio" in chinese.partition('class="grid plans"')[0]
    assert "专业版" in chinese.partition('class="grid plans"')[0]
    form = {"organization": str(team.public_id)}
    answer = client.post(reverse("storefront:end-plan"), form, follow=True)
    assert "Your card is charged no more" in answer.text
    assert "It ends with the period that is paid for" in answer.text
    assert _at_the_provider(plan).cancels
    assert AuditEvent.objects.get(action="plan.end_asked").actor == member.user


def test_who_pays_for_a_plan_ends_it_with_a_role_that_buys_nothing(
    client: Client, team: Organization, owner: User
) -> None:
    member, plan = _subscribed(team)
    organizations.change_role(membership=member, role="developer", by=owner)
    client.force_login(member.user)
    form = {"organization": str(team.public_id)}
    assert "End the plan" in client.get(reverse("storefront:plans"), form).text
    client.post(reverse("storefront:end-plan"), form)
    assert _at_the_provider(plan).cancels


def test_nobody_ends_a_plan_that_another_pays_for(
    client: Client, team: Organization, owner: User
) -> None:
    _, plan = _subscribed(team)
    client.force_login(owner)
    assert "End the plan" not in client.get(reverse("storefront:plans")).text
    form = {"organization": str(team.public_id)}
    assert client.post(reverse("storefront:end-plan"), form).status_code == 404
    assert client.post(reverse("storefront:end-plan")).status_code == 404
    with pytest.raises(Refused) as refusal:
        left_plans.end(subscription=plan, by=owner)
    assert refusal.value.code == "not_your_plan"
    assert not _at_the_provider(plan).cancels


def _ask_erasure(user: User) -> PrivacyRequest:
    return privacy.ask(user=user, kind=PrivacyRequest.Kind.ERASURE)


def test_nobody_is_erased_whose_card_goes_on_paying_for_a_team(team: Organization) -> None:
    member, plan = _subscribed(team)
    with pytest.raises(Refused, match="Studio") as refusal:
        _ask_erasure(member.user)
    assert refusal.value.code == "plan_running"
    assert not PrivacyRequest.objects.exists()
    left_plans.end(subscription=plan, by=member.user)
    assert _ask_erasure(member.user)


def test_ones_own_plan_keeps_erasure_waiting_only_until_it_is_cancelled(owner: User) -> None:
    plan = _subscribe(organizations.personal_organization(owner), owner)
    with pytest.raises(Refused) as refusal:
        _ask_erasure(owner)
    assert refusal.value.code == "plan_running"
    PlanSubscription.objects.filter(pk=plan.pk).update(cancels=True, state="past_due")
    with pytest.raises(Refused):
        _ask_erasure(owner)  # its bill is open
    PlanSubscription.objects.filter(pk=plan.pk).update(cancels=True, state="active")
    assert _ask_erasure(owner)


def test_the_only_member_of_a_team_does_not_leave_its_plan_to_nobody(
    team: Organization, owner: User
) -> None:
    plan = plans.begin_subscription(
        organization=team,
        buyer_id=factories.make_user().pk,
        plan="pro",
        provider_id="sub_of_another",
        customer="cus_of_another",
    )
    with pytest.raises(Refused) as refusal:
        _ask_erasure(owner)
    assert refusal.value.code == "plan_running"
    PlanSubscription.objects.filter(pk=plan.pk).update(cancels=True)
    assert _ask_erasure(owner)


@pytest.mark.django_db(transaction=True)
def test_a_plan_begun_after_asking_for_erasure_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_as_queued(monkeypatch, Work.END_PLANS)
    person = factories.make_user("person")
    team = organizations.create_organization(name="Alone", by=person)
    asked = _ask_erasure(person)
    begun = [_subscribe(each, person) for each in organizations.organizations_of(person)]
    assert len(begun) == 2
    privacy.erase(request=asked, say=lambda *_: None)
    assert not team.memberships.exists()
    for plan in begun:
        assert _at_the_provider(plan).cancels
