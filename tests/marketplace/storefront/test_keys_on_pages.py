"""Keys and secrets on pages: made by a form that redirects, shown once, revoked after a question."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.licensing.models import ApiKey, Licence
from marketplace.storefront import shown_once
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = re.compile(r'id="secret">((?:tk_|whsec_)[\w+/=]+)<')


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _create(client: Client, licence: Licence) -> Any:
    address = reverse("storefront:create-key", args=[licence.public_id])
    return client.post(address, {"name": "App", "use": "audiobook"})


def test_making_a_key_redirects_so_that_reloading_makes_no_second() -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    answer = _create(client, licence)
    page = reverse("storefront:licence", args=[licence.public_id])
    assert (answer.status_code, answer["Location"]) == (302, page)
    shown = client.get(page)
    assert SECRET.search(shown.text)
    assert "no-store" in shown["Cache-Control"]
    assert SECRET.search(client.get(page).text) is None
    assert ApiKey.objects.count() == 1


def test_a_secret_waits_sealed_and_is_gone_from_the_session_once_it_is_shown() -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    answer = _create(client, licence)
    waiting = str(dict(client.session.items()))
    found = SECRET.search(client.get(answer["Location"]).text)
    assert found is not None
    assert shown_once.SESSION_KEY in waiting
    assert found[1] not in waiting
    assert shown_once.SESSION_KEY not in client.session


def test_a_secret_is_shown_by_the_page_that_it_waits_for_alone() -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    answer = _create(client, licence)
    for other in ("/keys/new", "/webhooks"):
        assert SECRET.search(client.get(other).text) is None
    assert client.head(answer["Location"]).status_code == 200
    assert SECRET.search(client.get(answer["Location"]).text)


def test_a_secret_that_nobody_comes_for_is_over_after_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    answer = _create(client, licence)
    later = client.session[shown_once.SESSION_KEY]["at"] + shown_once.LIFETIME + 1
    monkeypatch.setattr(shown_once.time, "time", lambda: later)
    assert SECRET.search(client.get(answer["Location"]).text) is None
    assert shown_once.SESSION_KEY not in client.session


@pytest.mark.parametrize(
    ("name", "form"),
    [("create-plan-key", {"name": "App", "use": "app"}), ("account-key", {})],
)
def test_a_key_of_the_account_has_a_page_of_its_own(name: str, form: dict[str, str]) -> None:
    client = _as(factories.make_user())
    answer = client.post(reverse(f"storefront:{name}"), form)
    assert answer["Location"] == "/keys/new"
    assert SECRET.search(client.get("/keys/new").text)
    again = client.get("/keys/new")
    assert (again.status_code, SECRET.search(again.text)) == (410, None)
    assert "shown already" in again.text


def test_revoking_a_key_asks_first() -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    client = _as(licence.buyer)
    page = reverse("storefront:licence", args=[licence.public_id])
    address = reverse("storefront:revoke-key", args=[key.public_id])
    assert f'href="{address}?licence={licence.public_id}"' in client.get(page).text
    asked = client.get(address, {"licence": str(licence.public_id)}).text
    key.refresh_from_db()
    assert key.revoked_at is None
    assert "Revoke this key?" in asked
    assert f'href="{page}">Keep it' in asked
    answer = client.post(address, {"licence": str(licence.public_id)})
    key.refresh_from_db()
    assert answer["Location"] == page
    assert key.revoked_at is not None


def test_the_secret_of_a_webhook_is_shown_after_a_redirect_and_once(settings: Any) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    client = _as(factories.make_user())
    answer = client.post("/webhooks", {"url": "http://127.0.0.1:9/hook"})
    assert answer.status_code == 302
    assert SECRET.search(client.get(answer["Location"]).text)
    assert SECRET.search(client.get(answer["Location"]).text) is None


def test_a_refused_webhook_keeps_what_was_typed(settings: Any) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    client = _as(factories.make_user())
    form = {"url": "http://example.com/plain", "events": ["licence.granted"]}
    answer = client.post("/webhooks", form)
    assert answer.status_code == 422
    assert 'value="http://example.com/plain"' in answer.text
    assert re.search(r'value="licence\.granted"\s+checked', answer.text)
    assert not re.search(r'value="licence\.refunded"\s+checked', answer.text)
