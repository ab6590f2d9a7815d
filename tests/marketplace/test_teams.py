"""Teams: what ends when somebody leaves, and what a team does not bring."""

from __future__ import annotations

import threading
import time

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
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


def test_the_keys_of_a_member_stay_dead_when_they_come_back(
    team: Organization, owner: User
) -> None:
    member = _member(team)
    key, secret = api_keys.create_key(organization=team, name="App", by=member.user)
    organizations.remove_member(membership=member, by=owner)
    team.memberships.create(user=member.user, role="developer")
    with pytest.raises(SpeechRefused) as refusal:
        key_access.recognize_key(secret)
    assert refusal.value.code == "key_owner_left"
    _, made_since = api_keys.rotate_key(key=key, by=member.user)
    assert key_access.recognize_key(made_since)


def test_the_keys_of_a_member_stay_dead_when_they_may_make_keys_again(
    team: Organization, owner: User
) -> None:
    member = _member(team)
    _, secret = api_keys.create_key(organization=team, name="App", by=member.user)
    organizations.change_role(membership=member, role="admin", by=owner)
    assert key_access.recognize_key(secret)
    for role in ("finance", "developer"):
        organizations.change_role(membership=member, role=role, by=owner)
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


def _joined(token: str, guest: User) -> Membership:
    """Who has joined by the invitation that a link's token opens."""
    invitation = organizations.invitation_with(token=token)
    return organizations.accept_invitation(invitation=invitation, by=guest)


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
    assert "A team needs a plan or licences of its own" in page


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


@pytest.mark.django_db(transaction=True)
def test_a_newer_invitation_replaces_the_one_before() -> None:
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    guest, first = _invited(team, owner, role="admin")
    organizations.invite(organization=team, email=guest.email.upper(), role="developer", by=owner)
    second = delivered()[-1].body.split("#")[1].split()[0]
    assert team.invitations.count() == 1
    with pytest.raises(Refused, match="withdrawn"):
        _joined(first, guest)
    assert not team.memberships.filter(user=guest).exists()
    assert _joined(second, guest).role == "developer"


@pytest.mark.django_db(transaction=True)
def test_a_removed_member_does_not_come_back_with_another_invitation() -> None:
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    guest, token = _invited(team, owner)
    other = f"also-{guest.email}"
    EmailAddress.objects.create(user=guest, email=other, verified=True)
    organizations.invite(organization=team, email=other, role="admin", by=owner)
    at_other = delivered()[-1].body.split("#")[1].split()[0]
    member = _joined(token, guest)
    assert not team.invitations.filter(accepted_at=None).exists()
    organizations.remove_member(membership=member, by=owner)
    guest.email = other
    guest.save()
    with pytest.raises(Refused, match="withdrawn"):
        _joined(at_other, guest)
    assert not team.memberships.filter(user=guest).exists()


def test_removing_a_member_ends_the_invitations_that_were_sent_to_them_since(
    team: Organization, owner: User
) -> None:
    member = _member(team)
    organizations.invite(organization=team, email="late@example.com", role="admin", by=owner)
    EmailAddress.objects.create(user=member.user, email="late@example.com", verified=True)
    organizations.invite(organization=team, email="else@example.com", role="admin", by=owner)
    organizations.remove_member(membership=member, by=owner)
    assert [each.email for each in team.invitations.all()] == ["else@example.com"]


def test_the_database_keeps_one_open_invitation_an_address(team: Organization, owner: User) -> None:
    organizations.invite(organization=team, email="guest@example.com", role="admin", by=owner)
    sent = team.invitations.get()
    with pytest.raises(IntegrityError, match="one_open_invitation_an_address"):
        team.invitations.create(
            email="Guest@example.com", role="admin", token_sha256="0" * 64, invited_by=owner,
            expires_at=sent.expires_at,
        )  # fmt: skip


def test_a_role_that_was_read_before_it_changed_decides_nothing(
    team: Organization, owner: User
) -> None:
    admin, stale = _member(team, "admin"), _member(team, "admin")
    new_owner = Membership.objects.get(pk=stale.pk)
    organizations.change_role(membership=new_owner, role="owner", by=owner)
    for attempt in (
        lambda: organizations.change_role(membership=stale, role="developer", by=admin.user),
        lambda: organizations.remove_member(membership=stale, by=admin.user),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.code == "role_too_small"
    new_owner.refresh_from_db()
    assert new_owner.role == "owner"


@pytest.mark.django_db(transaction=True)
def test_a_team_keeps_its_last_owner_who_became_one_while_their_removal_waited() -> None:
    first = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=first)
    admin, successor = _member(team, "admin"), _member(team, "admin")
    refused: list[str] = []

    def remove() -> None:
        try:
            organizations.remove_member(
                membership=Membership.objects.get(pk=successor.pk), by=admin.user
            )
        except Refused as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=team.pk)
        removal = threading.Thread(target=remove)
        removal.start()
        _wait_until_somebody_waits()
        organizations.change_role(membership=successor, role="owner", by=first)
        organizations.remove_member(membership=team.memberships.get(user=first), by=first)
    removal.join()
    assert refused == ["role_too_small"]
    assert [each.user for each in team.memberships.filter(role="owner")] == [successor.user]


def _wait_until_somebody_waits() -> None:
    """Return once another connection waits for a lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    pytest.fail("Nobody waited for the lock.")
