"""Pages of other sites use a key only where its owner names them; cookies are never shared."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import api_keys, key_origins
from marketplace.licensing.models import ApiKey, Generation
from marketplace.refusals import Refused
from tests import factories
from tests.api_client import api_client
from tests.somebody_elses import make_account_key
from tests.tones import Answer, ask, speak_tones

pytestmark = pytest.mark.django_db
PAGE = "https://app.example.com"
OTHER = "https://evil.example"
OURS = "http://testserver"


@pytest.fixture
def key() -> tuple[ApiKey, str]:
    """A key that pages of `PAGE` may use, and its secret."""
    key, secret = factories.make_key()
    return key_origins.set_origins(key=key, origins=[PAGE], by=key.owner), secret


def _preflight(origin: str, address: str = "/v1/audio/speech") -> Answer:
    return ask(
        "OPTIONS",
        address,
        {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
        },
    )


def _from(origin: str, secret: str, address: str = "/v1/licences", **headers: str) -> Answer:
    return ask("GET", address, {"Origin": origin, "Authorization": f"Bearer {secret}", **headers})


def test_a_preflight_is_answered_for_an_origin_that_a_key_names(key: tuple[ApiKey, str]) -> None:
    answer = _preflight(PAGE)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert (
        answer.headers["access-control-allow-headers"]
        == "authorization,content-type,x-stainless-lang"
    )
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


def test_no_page_is_permitted_unless_a_usable_key_names_it(key: tuple[ApiKey, str]) -> None:
    def permitted(origin: str) -> bool:
        return "access-control-allow-origin" in _preflight(origin).headers

    assert not any(
        map(permitted, [OTHER, "null", "*", f"{PAGE}.evil.example", "https://example.com"])
    )
    assert permitted(PAGE)
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not permitted(PAGE)
    ApiKey.objects.update(expires_at=None, revoked_at=timezone.now())
    assert not permitted(PAGE)


def test_a_page_reads_what_its_key_gets(
    key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_tones(monkeypatch)
    voice = key[0].licences.get().voice.slug
    answer = ask(
        "POST",
        "/v1/audio/speech",
        {"Origin": PAGE, "Authorization": f"Bearer {key[1]}", "Content-Type": "application/json"},
        json.dumps({"model": "tts-1", "voice": voice, "input": "Good morning."}).encode(),
    )
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "Timbre-Ignored" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_a_key_is_refused_to_pages_that_only_somebody_elses_key_names(
    key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_tones(monkeypatch)
    other, secret = factories.make_key()
    answer = ask(
        "POST",
        "/v1/audio/speech",
        {"Origin": PAGE, "Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        json.dumps(
            {"model": "tts-1", "voice": other.licences.get().voice.slug, "input": "Good morning."}
        ).encode(),
    )
    assert (answer.status, json.loads(answer.body)["code"]) == (403, "origin_not_allowed")
    assert answer.headers["access-control-allow-origin"] == PAGE  # so that the page can say why
    assert not Generation.objects.exists()
    other.refresh_from_db()
    assert other.last_used_at is None


def test_a_page_that_no_key_names_reads_nothing(key: tuple[ApiKey, str]) -> None:
    for address in ("/v1/models", "/v1/voices", "/v1/nothing"):
        assert "access-control-allow-origin" not in _from(OTHER, key[1], address).headers
    for origin, code in ((OTHER, "origin_not_allowed"), (PAGE, "scope_missing")):
        answer = _from(origin, key[1])
        assert (answer.status, json.loads(answer.body)["code"]) == (403, code)


def test_our_own_pages_and_programs_need_no_permission(key: tuple[ApiKey, str]) -> None:
    _, secret = factories.make_key()
    assert _from(OURS, secret).status == 200
    assert ask("GET", "/v1/licences", {"Authorization": f"Bearer {secret}"}).status == 200


def test_pages_of_the_site_are_never_shared(key: tuple[ApiKey, str]) -> None:
    for address in ("/", "/licences", "/accounts/login/", "/openapi.json", "/webhooks/stripe"):
        assert "access-control-allow-origin" not in ask("GET", address, {"Origin": PAGE}).headers
        assert "access-control-allow-origin" not in _preflight(PAGE, address).headers


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://App.Example.com/", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_stored_as_browsers_send_it(written: str, stored: str) -> None:
    assert key_origins.read_origins([written, written]) == [stored]


@pytest.mark.parametrize(
    "written",
    ["*", "null", "app.example.com", "https://*.example.com", "https://app.example.com/path", "https://a@b.example",
     "javascript://x", "https://", "https://a.example:99999", "https://a b", "https://a.example?x=1"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(Refused, match="is not the origin of a page"):
        key_origins.read_origins([written])


def test_a_key_names_only_so_many_origins() -> None:
    many = [f"https://{n}.example" for n in range(key_origins.MAX_ORIGINS + 1)]
    with pytest.raises(Refused, match="20 origins"):
        key_origins.read_origins(many)


def test_a_rotated_key_serves_the_same_pages(key: tuple[ApiKey, str]) -> None:
    new, secret = api_keys.rotate_key(key=key[0], by=key[0].owner)
    assert new.origins == [PAGE]
    assert [json.loads(_from(each, secret).body)["code"] for each in (PAGE, OTHER)] == [
        "scope_missing",  # the page may ask, but not this
        "origin_not_allowed",
    ]


def test_members_who_make_keys_say_on_the_page_who_may_use_one() -> None:
    key, _ = factories.make_key()
    client = Client()
    client.force_login(key.owner)
    address = reverse("storefront:key-origins", args=[key.public_id])
    shown = client.post(address, {"origins": f"{PAGE}\nhttp://localhost:3000"}, follow=True)
    key.refresh_from_db()
    assert key.origins == [PAGE, "http://localhost:3000"]
    assert f"Pages of {PAGE}" in shown.content.decode()
    field = re.search(r"<textarea name=\"origins\"[^>]*>([^<]*)</textarea>", shown.content.decode())
    assert field is not None
    assert field[1].split() == key.origins
    assert AuditEvent.objects.filter(action="key.origins").count() == 1
    refused = client.post(address, {"origins": "*"}, follow=True)
    assert "is not the origin of a page" in refused.content.decode()
    key.refresh_from_db()
    assert key.origins == [PAGE, "http://localhost:3000"]


def test_nobody_else_says_who_may_use_a_key() -> None:
    key, _ = factories.make_key()
    finance = factories.make_user()
    team = organizations.create_organization(name="Studio", by=key.owner)
    team.memberships.create(user=finance, role="finance")
    ApiKey.objects.filter(pk=key.pk).update(organization=team)
    for user in (factories.make_user(), finance):
        client = Client()
        client.force_login(user)
        address = reverse("storefront:key-origins", args=[key.public_id])
        assert client.post(address, {"origins": OTHER}).status_code == 404
        own = api_client(make_account_key(user))
        theirs = own.patch(f"/v1/keys/{key.public_id}", {"allowed_origins": [OTHER]}, format="json")
        assert theirs.status_code == 404
        assert str(key.public_id) not in [row["id"] for row in own.get("/v1/keys").json()["data"]]
    key.refresh_from_db()
    assert key.origins == []


def _change(secret: str, key: ApiKey, origins: Any) -> Any:
    body = {"allowed_origins": origins}
    return api_client(secret).patch(f"/v1/keys/{key.public_id}", body, format="json")


def test_a_key_to_the_account_says_over_the_api_who_may_use_another() -> None:
    key, secret = factories.make_key()
    account = make_account_key(key.owner)
    answer = _change(account, key, [f"{PAGE}/"])
    assert (answer.status_code, answer.json()["allowed_origins"]) == (200, [PAGE])
    assert secret not in answer.text
    listed = api_client(account).get("/v1/keys").json()["data"]
    assert {row["id"] for row in listed} >= {str(key.public_id)}
    assert _change(account, key, ["*"]).json()["code"] == "origins"
    assert _change(account, key, "x").status_code == 422
    key.refresh_from_db()
    assert key.origins == [PAGE]


def test_a_key_that_speaks_can_not_say_who_may_use_it() -> None:
    key, secret = factories.make_key()
    answer = _change(secret, key, [OTHER])
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert api_client(secret).get("/v1/keys").status_code == 403
