"""Plans, credit and keys of a team: who chooses one acts for it, and reads so on every button."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from tests import factories
from tests.sandbox import http

pytestmark = pytest.mark.django_db
PAGES = ("plans", "credit", "account-keys")


def signed_in(user: User) -> Client:
    """A browser of the user."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def owner() -> User:
    return factories.make_user()


@pytest.fixture
def team(owner: User) -> Organization:
    return organizations.create_organization(name="Nightjar Audio", by=owner)


@pytest.mark.parametrize("name", PAGES)
def test_a_team_is_chosen_by_a_link_and_no_choice_waits_for_a_second_button(
    owner: User, team: Organization, name: str
) -> None:
    page = signed_in(owner).get(reverse(f"storefront:{name}")).text
    assert f'href="?organization={team.public_id}"' in page
    assert '<select name="organization"' not in page
    chosen = signed_in(owner).get(reverse(f"storefront:{name}"), {"organization": team.public_id})
    assert f'href="?organization={team.public_id}" aria-current="true"' in " ".join(
        chosen.text.split()
    )


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("plans", "Choose Basic for Nightjar Audio"),
        ("credit", "for Nightjar Audio"),
        ("account-keys", "Create a key for Nightjar Audio"),
    ],
)
def test_a_button_of_a_team_says_its_name(
    owner: User, team: Organization, name: str, action: str
) -> None:
    address = reverse(f"storefront:{name}")
    assert action in signed_in(owner).get(address, {"organization": team.public_id}).text
    assert action not in signed_in(owner).get(address).text


@pytest.mark.parametrize(
    ("name", "form"),
    [("subscribe", {"plan": "basic", "period": "month"}), ("credit", {"minor": "1000"})],
)
def test_the_page_of_the_payment_names_the_team_alone(
    owner: User, team: Organization, name: str, form: dict[str, str]
) -> None:
    client, address = signed_in(owner), reverse(f"storefront:{name}")
    of_team = client.post(address, {**form, "organization": str(team.public_id)})
    assert "For Nightjar Audio." in http.get(of_team.headers["Location"]).text
    own = client.post(address, form)
    assert "For " not in http.get(own.headers["Location"]).text


def test_who_turns_back_from_paying_credit_sees_the_credit_of_the_team(
    owner: User, team: Organization
) -> None:
    client, form = signed_in(owner), {"minor": "1000", "organization": str(team.public_id)}
    paying = client.post(reverse("storefront:credit"), form).headers["Location"]
    assert f"/credit?organization={team.public_id}" in http.get(paying).text


def test_a_refused_plan_leads_back_to_the_team(owner: User, team: Organization) -> None:
    form = {"plan": "none", "organization": str(team.public_id)}
    answer = signed_in(owner).post(reverse("storefront:subscribe"), form)
    assert answer.headers["Location"] == f"/plans?organization={team.public_id}"
