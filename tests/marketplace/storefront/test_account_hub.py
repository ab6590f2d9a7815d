"""One page leads to everything that belongs to an account, and shows its state."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import create_organization
from marketplace.letters import preferences
from marketplace.licensing.models import ApiKey
from marketplace.storefront.account_overview import State, overview
from marketplace.storefront.templatetags.account_pages import GROUPS
from tests import factories

pytestmark = pytest.mark.django_db
NAMES = [entry.name for entries in GROUPS.values() for entry in entries]


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _states(user: User) -> dict[str, State]:
    return {state.title: state for states in overview(user).values() for state in states}


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_an_account_leads_to_every_other_and_marks_itself(name: str) -> None:
    page = _client(factories.make_user()).get(reverse(name)).text
    nav = page.partition('aria-label="Account"')[2].partition("</nav>")[0]
    for other in NAMES:
        assert f'href="{reverse(other)}"' in nav
    assert re.findall(r'href="([^"]+)" aria-current="page"', nav) == [reverse(name)]


def test_the_overview_leads_to_all_of_them_and_the_header_to_it() -> None:
    page = _client(factories.make_user()).get(reverse("storefront:account")).text
    main = page.partition('class="lead"')[2]
    for name in NAMES[1:]:
        if name != "account_change_password":
            assert f'href="{reverse(name)}"' in main
    assert '<a href="/account">Account</a>' in page


def test_visitors_sign_in_first() -> None:
    for name in NAMES:
        if name != "storefront:privacy":  # which is public
            assert Client().get(reverse(name)).status_code == 302


def test_a_new_account_is_told_what_had_better_be_done() -> None:
    states = _states(factories.make_user())
    assert states["Two-step sign-in"].said == "Off"
    assert states["Two-step sign-in"].to_do
    assert states["E-mail addresses"].to_do
    assert {states[title].said for title in ("Teams", "Webhooks", "API keys")} == {"None"}


def test_the_overview_shows_what_was_set_up() -> None:
    licence = factories.make_licence()
    user = licence.buyer
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, generate_totp_secret())
    factories.make_key(licence)
    create_organization(name="Difference Engines", by=user)
    preferences.choose(user_id=user.pk, wanted=["invoices"])
    states = _states(user)
    assert states["Two-step sign-in"].said == "An authenticator app"
    assert states["API keys"].said == "1 key in use"
    assert states["Teams"].said == "Difference Engines"
    assert states["E-mails you get"].said == "5 of 6 kinds turned off"
    assert [title for title, state in states.items() if state.to_do] == []


def test_a_revoked_key_is_not_in_use() -> None:
    licence = factories.make_licence()
    key, _ = factories.make_key(licence)
    _client(licence.buyer).post(
        reverse("storefront:revoke-key", args=[key.public_id]), {"account": "1"}
    )
    assert _states(licence.buyer)["API keys"].said == "None"


def test_the_overview_asks_the_database_as_much_for_much_as_for_little() -> None:
    def asked(user: User) -> int:
        client = _client(user)
        client.get(reverse("storefront:account"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("storefront:account"))
        return len(queries)

    little = asked(factories.make_user())
    licence = factories.make_licence()
    for number in range(4):
        factories.make_key(licence)
        create_organization(name=f"Team {number}", by=licence.buyer)
    assert asked(licence.buyer) <= little
    assert little < 40


def test_keys_are_listed_for_those_who_may_make_them() -> None:
    licence = factories.make_licence()
    key, _ = factories.make_key(licence)
    owner = licence.buyer
    assert key.prefix in _client(owner).get(reverse("storefront:account-keys")).text
    stranger = _client(factories.make_user()).get(reverse("storefront:account-keys")).text
    assert key.prefix not in stranger


def test_finance_members_see_no_keys_of_their_team() -> None:
    owner, finance = factories.make_user(), factories.make_user()
    team = create_organization(name="A team", by=owner)
    team.memberships.create(user=finance, role=Membership.Role.FINANCE)
    address = f"{reverse('storefront:account-keys')}?organization={team.public_id}"
    _client(owner).post(
        reverse("storefront:create-plan-key"), {"organization": team.public_id, "name": "Robot"}
    )
    assert ApiKey.objects.get(name="Robot").prefix in _client(owner).get(address).text
    page = _client(finance).get(address).text
    assert "Owners, administrators and developers" in page
    assert "Robot" not in page


def test_revoking_from_the_list_leads_back_to_it() -> None:
    licence = factories.make_licence()
    key, _ = factories.make_key(licence)
    client, address = _client(licence.buyer), reverse("storefront:revoke-key", args=[key.public_id])
    back = f"{reverse('storefront:account-keys')}?organization={licence.organization.public_id}"
    assert f'href="{back}"' in client.get(f"{address}?account=1").text
    answer = client.post(address, {"account": "1"})
    assert answer["Location"] == back


def test_a_name_is_saved_and_shown_to_the_team() -> None:
    user, colleague = factories.make_user(), factories.make_user()
    team = create_organization(name="A team", by=user)
    team.memberships.create(user=colleague, role="developer")
    form = {"given": " Ada \u202e ", "family": "Lovelace"}
    assert _client(user).post("/account/profile", form).status_code == 302
    user.refresh_from_db()
    assert user.get_full_name() == "Ada Lovelace"
    assert "Ada Lovelace" in _client(colleague).get(reverse("storefront:teams")).text


def test_a_name_that_is_too_long_stays_in_its_form() -> None:
    user = factories.make_user()
    answer = _client(user).post("/account/profile", {"given": "A" * 151, "family": ""})
    assert answer.status_code == 422
    assert "A" * 151 in answer.text
    user.refresh_from_db()
    assert user.first_name == ""


def test_changes_of_an_account_need_their_own_pages_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for name in ("account-profile", "region", "account-letters", "end-other-sessions"):
        assert client.post(reverse(f"storefront:{name}")).status_code == 403
