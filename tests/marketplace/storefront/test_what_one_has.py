"""What buyers see of what they have: plans, licences, quotes, comparisons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization, User
from marketplace.licensing import plans, quotes
from marketplace.licensing.models import PlanSubscription
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import subscriptions
from tests import factories

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _subscribe(organization: Organization, by: User) -> PlanSubscription:
    """A plan that has begun, and whose first payment is not known yet."""
    return plans.begin_subscription(
        organization=organization, buyer_id=by.pk, plan="basic", provider_id="sub_1",
        customer="cus_1", yearly=False,
    )  # fmt: skip


def test_a_plan_is_not_told_with_the_characters_of_the_free_one() -> None:
    user = factories.make_user()
    own = organizations.personal_organization(user)
    _subscribe(own, user)
    client = _as(user)
    assert client.get("/plans/paid").status_code == 202
    page = client.get("/plans").text
    assert "5,000 of 5,000" not in page
    assert "Your payment is being confirmed" in page


def test_the_portal_leads_back_to_the_team_and_says_when_its_plan_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = factories.make_user()
    team = organizations.create_organization(name="Nightjar Audio", by=user)
    subscription = _subscribe(team, user)
    asked: dict[str, str] = {}

    def portal(*, customer: str, return_url: str) -> str:
        asked["back"] = return_url
        return "https://provider.example/portal"

    def refresh(subscription_id: str) -> None:
        PlanSubscription.objects.filter(pk=subscription.pk).update(cancels=True)

    monkeypatch.setattr(stripe_api, "portal_link", portal)
    monkeypatch.setattr(subscriptions, "refresh_subscription", refresh)
    client = _as(user)
    _confirm(client)
    client.post(reverse("storefront:manage-plan"), {"organization": str(team.public_id)})
    back = client.get(asked["back"].replace("http://testserver", ""), follow=True)
    assert back.redirect_chain[-1][0] == f"/plans?organization={team.public_id}"
    assert "The plan Basic ends with what is paid." in back.text


def test_the_way_back_from_the_portal_tells_nothing_to_members_who_may_not_buy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner, member = factories.make_user(), factories.make_user()
    team = organizations.create_organization(name="Nightjar Audio", by=owner)
    Membership.objects.create(organization=team, user=member, role=Membership.Role.DEVELOPER)
    PlanSubscription.objects.filter(pk=_subscribe(team, owner).pk).update(cancels=True)
    asked: list[str] = []
    monkeypatch.setattr(subscriptions, "refresh_subscription", asked.append)
    page = reverse("storefront:plan-managed") + f"?organization={team.public_id}"
    assert "The plan Basic ends" not in _as(member).get(page, follow=True).text
    assert asked == []
    assert "The plan Basic ends" in _as(owner).get(page, follow=True).text


def _confirm(client: Client) -> None:
    """Say that the password was entered a moment ago."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp()}
    ]
    session.save()


def test_a_quote_shows_for_whom_when_and_with_what_words_it_was_asked() -> None:
    listing, user = factories.make_listing(), factories.make_user()
    team = organizations.create_organization(name="Nightjar Audio", by=user)
    quote = quotes.ask(
        listing=listing, organization=team, message="For our talking lamp.", currency="USD", by=user
    )
    page = _as(user).get("/quotes").text
    assert "for Nightjar Audio" in page
    assert "For our talking lamp." in page
    assert f"{quote.created_at:%b %Y}" in page
    assert reverse("storefront:voice", args=[listing.voice.slug]) in page


def test_licences_say_whose_they_are_and_which_plan_speaks_too() -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    page = client.get("/licences").text
    assert "Yours alone" in page
    assert "the plan" not in page
    _subscribe(licence.organization, licence.buyer)
    assert "You also have the plan Basic." in client.get("/licences").text


def test_a_comparison_sells_each_voice_and_lets_it_go() -> None:
    first, second = (factories.make_listing().voice for _ in range(2))
    page = Client().get(f"/compare?voice={first.slug}&voice={second.slug}").text
    for voice, other in ((first, second), (second, first)):
        assert f'href="{reverse("storefront:buy", args=[voice.slug])}"' in page
        assert f'href="/compare?voice={other.slug}"' in page
    assert (
        f'href="{reverse("storefront:compare")}"'
        in Client().get(f"/compare?voice={first.slug}").text
    )


def test_renewing_is_not_the_loudest_button_until_the_last_thirty_days() -> None:
    licence = factories.make_licence()
    client, page = _as(licence.buyer), reverse("storefront:licence", args=[licence.public_id])
    renew = reverse("storefront:renew", args=[licence.public_id])

    def button() -> str:
        return client.get(page).text.partition(f'action="{renew}"')[2].partition("<button")[2][:60]

    assert "ghost" in button()
    licence.ends_at = timezone.now() + timedelta(days=29)
    licence.save()
    assert "ghost" not in button()


def test_who_confirms_that_it_is_them_is_not_told_to_sign_in() -> None:
    listing, user = factories.make_listing(), factories.make_user()
    client = Client()
    form = {"message": "For our talking lamp."}
    client.post(reverse("storefront:ask-exclusive", args=[listing.voice.slug]), form)
    session = client.session
    kept = session["asked_before_signing_in"]
    client = _as(user)
    session = client.session
    session["asked_before_signing_in"] = kept
    session.save()
    page = client.get(reverse("account_reauthenticate")).text
    assert "when you are signed in" not in page
    assert "Confirm first that it is you" in page
