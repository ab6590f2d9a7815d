"""Teams: what ends when somebody leaves, and what a team does not bring."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization, User
from marketplace.licensing import api_keys, key_access, plans
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return factories.make_user("owner")


@pytest.fixture
def team(owner: User) -> Organization:
    return organizations.create_organization(name="Studio", by=owner)


def _member(team: Organization, role: str = "developer") -> Membership:
    return team.memberships.create(user=factories.make_user(role), role=role)


def _invited(team: Organization, by: User, role: str = "developer") -> tuple[User, str]:
    """A guest and the token of their link."""
    guest = factories.make_user("guest")
    organizations.invite(organization=team, email=guest.email, role=role, by=by)
    return guest, delivered()[-1].body.split("#")[1].split()[0]


def test_a_key_stops_when_its_maker_leaves_the_team(team: Organization, owner: User) -> None:
    member = _member(team)
    key, secret = api_keys.create_key(organization=team, name="App", by=member.user)
    assert key_access.recognize_key(secret) == key
    organizations.remove_member(membership=member, by=owner)
    with pytest.raises(SpeechRefused) as refusal:
        key_access.recognize_key(secret)
    assert refusal.value.code == "key_owner_left"
    _, successor = api_keys.rotate_key(key=key, by=owner)
    assert key_access.recognize_key(successor).owner == owner


def test_a_key_stops_when_its_maker_may_make_keys_no_longer(
    team: Organization, owner: User
) -> None:
    member = _member(team)
    _, secret = api_keys.create_key(organization=team, name="App", by=member.user)
    organizations.change_role(membership=member, role="finance", by=owner)
    with pytest.raises(SpeechRefused) as refusal:
        key_access.recognize_key(secret)
    assert refusal.value.code == "key_owner_left"


@pytest.mark.django_db(transaction=True)
def test_an_invitation_ends_with_the_membership_of_who_sent_it() -> None:
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    admin = _member(team, "admin")
    guest, token = _invited(team, admin.user)
    organizations.remove_member(membership=admin, by=owner)
    with pytest.raises(Refused, match="withdrawn"):
        organizations.accept_invitation(
            invitation=organizations.invitation_with(token=token), by=guest
        )


@pytest.mark.django_db(transaction=True)
def test_an_invitation_can_be_taken_back() -> None:
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    guest, token = _invited(team, owner)
    client = Client()
    client.force_login(owner)
    address = reverse("storefront:withdraw-invitation", args=[team.invitations.get().public_id])
    assert address in client.get("/teams").text
    client.post(address)
    with pytest.raises(Refused, match="withdrawn"):
        organizations.accept_invitation(
            invitation=organizations.invitation_with(token=token), by=guest
        )


def test_the_free_characters_are_a_persons_and_not_a_teams(team: Organization, owner: User) -> None:
    own = organizations.personal_organization(owner)
    assert plans.current_month(own).characters_included == plans.FREE.characters
    assert plans.current_month(team).characters_included == 0
    client = Client()
    client.force_login(owner)
    page = client.get("/plans", {"organization": str(team.public_id)}).text
    assert "A team chooses a plan" in page


def test_one_person_owns_a_limited_number_of_teams(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizations, "MAX_TEAMS", 2)
    kept = [organizations.create_organization(name=name, by=owner) for name in ("One", "Two")]
    with pytest.raises(Refused, match="2 teams") as refused:
        organizations.create_organization(name="Three", by=owner)
    assert refused.value.code == "too_many_teams"
    other = factories.make_user("other")
    Membership.objects.create(organization=kept[0], user=other, role=Membership.Role.OWNER)
    organizations.remove_member(membership=kept[0].memberships.get(user=owner), by=owner)
    assert organizations.create_organization(name="Three", by=owner).memberships.count() == 1
