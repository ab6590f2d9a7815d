"""Whoever is invited to a team finds it again after signing in or up."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
JOIN, GUEST, PASSWORD = "/teams/join", "guest@nightjar.example", "a-quiet-evening-7"


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


@pytest.fixture
def team() -> Organization:
    return organizations.create_organization(name="Nightjar Audio", by=factories.make_user())


@pytest.fixture
def token(team: Organization) -> str:
    owner = team.memberships.get().user
    organizations.invite(organization=team, email=GUEST, role="developer", by=owner)
    found = re.search(r"/teams/join#(\S+)", delivered()[-1].body)
    assert found
    return found[1]


def test_a_team_waits_while_somebody_without_an_account_signs_up(
    team: Organization, token: str
) -> None:
    client = Client()
    assert client.get(JOIN).status_code == 200
    client.post(JOIN, {"token": token})
    assert "Nightjar Audio" in client.get(JOIN).text
    for name in ("account_login", "account_signup"):
        assert "<strong>Nightjar Audio</strong> waits for you" in client.get(reverse(name)).text
    form = {"email": GUEST, "password1": PASSWORD}
    assert client.post(reverse("account_signup"), form).headers["Location"] == JOIN
    assert "Join Nightjar Audio as" in client.get(JOIN).text
    client.post(JOIN)
    assert Membership.objects.get(organization=team, user__email=GUEST).role == "developer"


def test_another_invitation_may_be_opened_while_a_team_waits(token: str) -> None:
    client = Client()
    client.post(JOIN, {"token": token})
    assert re.search(r"<form[^>]*\bdata-sends\s+hidden>", client.get(JOIN).text)
    other = organizations.create_organization(name="Heron", by=factories.make_user())
    organizations.invite(
        organization=other, email=GUEST, role="developer", by=other.memberships.get().user
    )
    found = re.search(r"/teams/join#(\S+)", delivered()[-1].body)
    assert found
    client.post(JOIN, {"token": found[1]})
    assert "Heron" in client.get(JOIN).text


def test_a_team_waits_while_somebody_confirms_their_address(
    team: Organization, token: str, settings: object
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # type: ignore[attr-defined]
    client = Client()
    client.post(JOIN, {"token": token})
    sent = client.post(
        reverse("account_signup"), {"email": GUEST, "password1": PASSWORD}, follow=True
    )
    assert "<strong>Nightjar Audio</strong> waits for you" in sent.text
    link = re.search(r"/accounts/confirm-email/\S+", str(delivered()[-1].body))
    assert link
    confirmed = client.post(link[0])
    assert confirmed.headers["Location"] == JOIN
    client.post(JOIN)
    assert Membership.objects.filter(organization=team, user__email=GUEST).exists()


def test_the_token_of_an_invitation_is_neither_kept_nor_in_an_address(token: str) -> None:
    client = Client()
    answer = client.post(JOIN, {"token": token})
    assert token not in answer.headers["Location"] + str(dict(client.session.items()))


@pytest.mark.parametrize(
    ("sent", "told"),
    [("", "Open the link in your invitation"), ("wrong", "has been used or withdrawn")],
)
def test_an_empty_or_wrong_token_is_told_to_visitors_and_members(sent: str, told: str) -> None:
    member = Client()
    member.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for client in (Client(), member):
        page = client.post(JOIN, {"token": sent})
        assert re.search(f'class="message error">[^<]*{told}', page.text)


def test_a_whole_link_may_be_pasted(token: str) -> None:
    client = Client()
    client.post(JOIN, {"token": f" https://timbre.example/teams/join#{token} "})
    assert "Nightjar Audio" in client.get(JOIN).text


def test_an_invitation_that_waits_is_no_way_in_for_another_address(
    team: Organization, token: str
) -> None:
    client, other = Client(), factories.make_user()
    client.post(JOIN, {"token": token})
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert "This invitation is for" in client.post(JOIN).text
    assert not team.memberships.filter(user=other).exists()
