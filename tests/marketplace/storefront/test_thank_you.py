"""After a purchase: the voice speaks on the page, the key is shown once, the programs have it."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.licensing import api_keys
from marketplace.licensing.models import ApiKey, Generation, Licence, Order
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Listing, Offer
from marketplace.payouts.incoming import checkout
from tests import factories
from tests.sandbox import http
from tests.tones import ask, speak_tones

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"tk_[a-z2-7]{32}")


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


def _signed_in(user: User) -> Client:
    """Somebody who has just given their password."""
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": factories.PASSWORD})
    return client


def _paid(buyer: User, organization: Any = None) -> Order:
    offer = factories.make_listing(price=1_999).offers.get()
    order = place_order(buyer=buyer, offer=offer, organization=organization)
    assert http.post(checkout.begin_checkout(order=order)).status_code == 303
    order.refresh_from_db()
    return order


def _back(client: Client, order: Order) -> Any:
    return client.get(reverse("storefront:paid", args=[order.public_id]))


def test_a_purchase_ends_on_a_page_with_the_key_in_every_program() -> None:
    buyer = factories.make_user()
    order, client = _paid(buyer), _signed_in(buyer)
    answer = _back(client, order)
    assert answer["Location"] == f"/orders/{order.public_id}/thank-you"
    page = unescape(client.get(answer["Location"]).text)
    secrets = SECRET.findall(page)
    assert len(secrets) == 4  # by itself, and in shell, Python and JavaScript
    assert len(set(secrets)) == 1
    assert ApiKey.objects.get().prefix == secrets[0][:11]
    assert "$19.99" in page
    assert f"/licences/{order.granted.public_id}/speak" in page  # type: ignore[union-attr]


class _Site(httpx2.BaseTransport):
    """The whole site, as a client of OpenAI's reaches it."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = ask(request.method, request.url.path, dict(request.headers), request.read())
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)


def test_the_programs_of_the_page_run_as_they_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speak_tones(monkeypatch)
    monkeypatch.chdir(tmp_path)
    reaching_us = partial(openai.OpenAI, http_client=httpx2.Client(transport=_Site()))
    monkeypatch.setattr(openai, "OpenAI", reaching_us)
    buyer = factories.make_user()
    order, client = _paid(buyer), _signed_in(buyer)
    page = unescape(client.get(_back(client, order)["Location"]).text)
    programs = dict(re.findall(r'<code id="in-(\w+)">(.*?)</code>', page, re.DOTALL))
    shell = re.search(r'Authorization: (Bearer \w+)".*-d \'(.*?)\'', programs["shell"], re.DOTALL)
    assert shell is not None
    headers = {"Authorization": shell[1], "Content-Type": "application/json"}
    assert ask("POST", "/v1/audio/speech", headers, shell[2].encode()).status == 200
    exec(programs["python"], {})
    assert (tmp_path / "hello.mp3").stat().st_size > 1_000
    assert [made.use for made in Generation.objects.all()] == ["audiobook", "audiobook"]


def _with_uses(*uses: str) -> tuple[Order, Client, str]:
    """A paid order of a licence for these uses, and its page of thanks."""
    buyer = factories.make_user()
    listing = factories.make_listing(price=1_999)
    Listing.objects.filter(pk=listing.pk).update(uses=list(uses))
    order = place_order(buyer=buyer, offer=Offer.objects.get(listing=listing))
    assert http.post(checkout.begin_checkout(order=order)).status_code == 303
    order.refresh_from_db()
    client = _signed_in(buyer)
    return order, client, unescape(client.get(_back(client, order)["Location"]).text)


def test_what_the_key_speaks_for_is_said_and_chosen_without_losing_the_key() -> None:
    order, client, page = _with_uses("audiobook", "video")
    key = ApiKey.objects.get()
    assert key.use == "audiobook"
    assert "the first of them, until you choose another" in page
    [secret] = set(SECRET.findall(page))
    thanks = f"/orders/{order.public_id}/thank-you"
    form = {"licence": str(Licence.objects.get().public_id), "thanked": "1", "use": "video"}
    answer = client.post(f"/keys/{key.public_id}/use", {**form, "secret": secret})
    assert answer["Location"] == thanks
    again = unescape(client.get(thanks).text)
    key.refresh_from_db()
    assert key.use == "video"
    assert set(SECRET.findall(again)) == {secret}
    assert '"use":' not in again
    assert "until you choose another" not in again
    assert SECRET.search(client.get(thanks).text) is None
    client.post(f"/keys/{key.public_id}/use", {**form, "secret": f"tk_{'a' * 32}"})
    assert SECRET.search(client.get(thanks).text) is None


def test_a_licence_for_one_use_asks_nothing_about_it() -> None:
    _, _, page = _with_uses("audiobook")
    assert "What it speaks for" not in page


def test_coming_back_again_makes_no_second_key_and_shows_none() -> None:
    buyer = factories.make_user()
    order, client = _paid(buyer), _signed_in(buyer)
    client.get(_back(client, order)["Location"])
    page = client.get(_back(client, order)["Location"]).text
    assert SECRET.search(page) is None
    assert "YOUR_API_KEY" in page
    assert ApiKey.objects.count() == 1


def test_whoever_has_a_key_to_everything_gets_no_other() -> None:
    buyer = factories.make_user()
    factories.make_licence(buyer=buyer)
    own = organizations.personal_organization(buyer)
    api_keys.create_key(organization=own, name="Server", by=buyer)
    order, client = _paid(buyer), _signed_in(buyer)
    page = client.get(_back(client, order)["Location"]).text
    assert "<strong>Server</strong>" in page
    assert ApiKey.objects.count() == 1


def test_a_session_that_signed_in_long_ago_gets_a_key_by_a_form_alone(settings: Any) -> None:
    buyer = factories.make_user()
    order, client = _paid(buyer), _signed_in(buyer)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page = client.get(_back(client, order)["Location"]).text
    assert "Create a key" in page
    assert not ApiKey.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    form = {"name": "App", "works_with": "all", "thanked": "1"}
    create = reverse("storefront:create-key", args=[Licence.objects.get().public_id])
    answer = client.post(create, form)
    assert answer["Location"] == f"/orders/{order.public_id}/thank-you"
    assert len(SECRET.findall(client.get(answer["Location"]).text)) == 4


def test_a_buyer_who_may_make_no_keys_gets_none() -> None:
    team = organizations.create_organization(name="A team", by=factories.make_user())
    buyer = factories.make_user()
    team.memberships.create(user=buyer, role="finance")
    order, client = _paid(buyer, team), _signed_in(buyer)
    page = client.get(_back(client, order)["Location"]).text
    assert "create keys and use the voice" in page
    assert "data-speak" not in page
    assert not ApiKey.objects.exists()


def test_the_page_is_its_buyers_alone_and_waits_for_the_payment() -> None:
    buyer = factories.make_user()
    order = factories.make_order(buyer=buyer)
    address = reverse("storefront:thank-you", args=[order.public_id])
    assert _signed_in(buyer).get(address)["Location"] == f"/orders/{order.public_id}/paid"
    assert _signed_in(factories.make_user()).get(address).status_code == 404


def _speak(client: Client, licence: Licence, text: str = "Good morning.", **more: str) -> Any:
    return client.post(
        reverse("storefront:speak", args=[licence.public_id]),
        {"text": text, **more},
        headers={"Accept": "application/json"},
    )


def test_the_page_speaks_by_the_licence_and_charges_it(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_tones(monkeypatch)
    licence = factories.make_licence()
    client = _signed_in(licence.buyer)
    answer = _speak(client, licence)
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/mpeg")
    assert answer["X-Licence"] == licence.number
    assert answer["Character-Cost"] == "13"
    assert len(answer.content) > 1_000
    licence.refresh_from_db()
    assert licence.characters_used == 13
    spoken = Generation.objects.get()
    assert (spoken.licence, spoken.use) == (licence, "audiobook")


def test_without_scripts_the_form_answers_with_the_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_tones(monkeypatch)
    licence = factories.make_licence()
    client = _signed_in(licence.buyer)
    page = client.get(f"/licences/{licence.public_id}").text
    assert f'action="/licences/{licence.public_id}/speak"' in page
    answer = client.post(f"/licences/{licence.public_id}/speak", {"text": "Good morning."})
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/mpeg")


def test_speaking_twice_uses_one_key_that_nobody_sees_or_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speak_tones(monkeypatch)
    licence = factories.make_licence()
    client = _signed_in(licence.buyer)
    for _ in range(2):
        assert _speak(client, licence).status_code == 200
    key = ApiKey.objects.get()
    assert key.prefix not in client.get(f"/licences/{licence.public_id}").text
    assert client.get(f"/keys/{key.public_id}/revoke").status_code == 404
    for secret in (key.prefix, "", f"{key.prefix}{key.secret_hash}"):
        headers = {"Authorization": f"Bearer {secret}"}
        assert Client().get("/v1/licences", headers=headers).status_code == 401


def test_keys_of_pages_take_no_place_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_tones(monkeypatch)
    monkeypatch.setattr(api_keys, "MAX_KEYS", 1)
    licence = factories.make_licence()
    assert _speak(_signed_in(licence.buyer), licence).status_code == 200
    factories.make_key(licence)
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "invalid_request"),
        ("x" * 501, 422, "text_too_long"),
        ("a. " * 160, 402, "quota_exceeded"),
    ],
)
def test_what_is_not_spoken_is_explained_and_costs_nothing(
    text: str, status: int, code: str
) -> None:
    licence = factories.make_licence()
    Licence.objects.update(characters_used=licence.characters_included - 10)
    client = _signed_in(licence.buyer)
    answer = _speak(client, licence, text)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Generation.objects.exists()
    page = client.post(f"/licences/{licence.public_id}/speak", {"text": text})
    assert page.status_code == status
    assert answer.json()["detail"] in unescape(page.text)
    assert text.strip() in page.text


def test_a_use_that_the_licence_does_not_allow_is_refused() -> None:
    licence = factories.make_licence()
    answer = _speak(_signed_in(licence.buyer), licence, use="broadcast")
    assert answer.status_code in (403, 422)
    assert not Generation.objects.exists()


def test_only_who_may_make_keys_speaks_for_a_team() -> None:
    buyer = factories.make_user()
    team = organizations.create_organization(name="A team", by=buyer)
    order = _paid(buyer, team)
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    treasurer = factories.make_user()
    team.memberships.create(user=treasurer, role="finance")
    assert _speak(_signed_in(treasurer), licence).status_code == 403
    assert _speak(_signed_in(factories.make_user()), licence).status_code == 404
    assert not ApiKey.objects.exists()
