"""Who may see and do what on the pages; the API's shapes; settings that refuse to start."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace import storage
from marketplace.api.views import catalogue
from marketplace.consent.models import Consent
from marketplace.licensing.models import Order
from marketplace.listings.models import Listing
from marketplace.voices.models import Preview
from tests import factories, sounds

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def _as(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


@pytest.mark.parametrize("name", ["home", "voices", "api-guide", "healthz"])
def test_public_pages_answer(client: Client, name: str) -> None:
    factories.make_listing()
    answer = client.get(reverse(f"storefront:{name}"))
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Request-Id"].startswith("req_")


def test_a_voice_page_shows_its_offers_and_hides_when_it_is_off_sale(client: Client) -> None:
    listing = factories.make_listing(price=1999)
    url = reverse("storefront:voice", args=[listing.voice.slug])
    assert "$19.99" in client.get(url).text
    Listing.objects.update(state=Listing.State.SUSPENDED)
    assert client.get(url).status_code == 404


def test_synthetic_and_demonstration_voices_are_shown_as_such(client: Client) -> None:
    synthetic = factories.make_voice(synthetic=True)
    factories.make_listing(synthetic, consent=False)
    demo = factories.make_listing()
    Consent.objects.filter(voice=demo.voice).update(demonstration=True)
    assert "No person has this voice" in client.get(f"/voices/{synthetic.slug}").text
    assert "read by a synthetic clone" in client.get(f"/voices/{demo.voice.slug}").text


PRIVATE = ("studio", "become-creator", "new-voice", "earnings", "licences")


@pytest.mark.parametrize("name", PRIVATE)
def test_private_pages_ask_to_sign_in(client: Client, name: str) -> None:
    answer = client.get(reverse(f"storefront:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


VOICE_VIEWS = (
    ("get", "studio-voice"), ("get", "studio-panel"), ("get", "studio-events"), ("get", "studio-state"),
    ("post", "add-recordings"), ("post", "challenge"), ("post", "revoke-consent"),
    ("post", "enrol"), ("post", "own-preview"), ("post", "choose-scripts"), ("post", "offers"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "name"), VOICE_VIEWS)
def test_a_voice_in_the_studio_is_its_creators_alone(method: str, name: str) -> None:
    listing = factories.make_listing()
    voice = listing.voice
    url = reverse(f"storefront:{name}", args=[voice.public_id])
    for stranger in (
        factories.make_user(),
        factories.make_creator().user,
        factories.make_moderator(),
    ):
        assert getattr(_as(stranger), method)(url).status_code == 404
    assert Client().generic(method.upper(), url).status_code == 302
    assert voice.consents.get().state == Consent.State.VERIFIED
    assert getattr(_as(voice.creator.user), method)(url).status_code in (200, 302, 422)


def test_recordings_and_statements_are_their_creators_alone() -> None:
    voice = factories.make_voice()
    recording = factories.make_recording(voice)
    factories.record(recording, sounds.WAV)
    consent = factories.make_consent(voice, Consent.State.CHALLENGED)
    stranger = _as(factories.make_user())
    for url in (
        reverse("storefront:remove-recording", args=[recording.public_id]),
        reverse("storefront:judge-again", args=[recording.public_id]),
        reverse("storefront:record-consent", args=[consent.public_id]),
    ):
        assert stranger.post(url).status_code == 404
    audio = reverse("storefront:recording-audio", args=[recording.public_id])
    assert stranger.get(audio).status_code == 404
    assert b"".join(_as(voice.creator.user).get(audio)) == sounds.WAV
    assert voice.recordings.count() == 1


def test_clips_are_public_only_while_the_listing_is_live() -> None:
    listing = factories.make_listing()
    preview = Preview.objects.get()
    storage.put(preview.storage_key, b"ID3" + bytes(100))
    url = reverse("storefront:preview", args=[preview.public_id])
    assert Client().get(url).status_code == 200
    part = Client().get(url, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.content) == (206, b"ID3")
    for beyond in (f"bytes={'9' * 5_000}-", f"bytes=0-{'9' * 5_000}", "bytes=99999999-"):
        assert Client().get(url, headers={"Range": beyond}).status_code == 200
    Listing.objects.update(state=Listing.State.SUBMITTED)
    assert Client().get(url).status_code == 404
    assert _as(factories.make_user()).get(url).status_code == 404
    assert _as(factories.make_moderator()).get(url).status_code == 200
    assert _as(listing.voice.creator.user).get(url).status_code == 200


def test_orders_licences_and_keys_are_their_buyers_alone() -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    stranger = _as(factories.make_user())
    for url in (
        reverse("storefront:licence", args=[licence.public_id]),
        reverse("storefront:paid", args=[licence.order.public_id]),
        reverse("storefront:certificate", args=[licence.public_id]),
    ):
        assert stranger.get(url).status_code == 404
        assert _as(licence.buyer).get(url).status_code in (200, 302)
    for url in (
        reverse("storefront:create-key", args=[licence.public_id]),
        reverse("storefront:revoke-key", args=[key.public_id]),
        reverse("storefront:rotate-key", args=[key.public_id]),
        reverse("storefront:renew", args=[licence.public_id]),
        reverse("storefront:upgrade", args=[licence.public_id]),
    ):
        assert stranger.post(url).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
    assert licence.api_keys.count() == 1


def test_a_key_is_shown_once() -> None:
    licence = factories.make_licence()
    client = _as(licence.buyer)
    page = reverse("storefront:licence", args=[licence.public_id])
    answer = client.post(page + "/keys", {"name": "App", "use": "audiobook"}, follow=True)
    secret = re.search(r'id="secret">(tk_\w+)<', answer.text)
    assert secret is not None
    assert "no-store" in answer["Cache-Control"]
    assert secret[1] not in client.get(page).text


@pytest.mark.parametrize(("use", "stated"), [("", True), ("audiobook", False)])
def test_the_example_states_the_use_that_its_key_does_not(use: str, stated: bool) -> None:
    licence = factories.make_licence()
    page = reverse("storefront:licence", args=[licence.public_id])
    answer = _as(licence.buyer).post(page + "/keys", {"name": "App", "use": use}, follow=True)
    for example in ('"use": "', 'extra_body={"use": "', ' use: "'):
        assert (example in html.unescape(answer.text)) == stated


def test_a_market_without_voices_blames_no_filter_and_one_being_made_asks_nobody_to_be_first(
    client: Client, settings: Any
) -> None:
    page = reverse("storefront:voices")
    assert "Clear the filters" not in client.get(page).text
    assert "Be the first" in client.get(page).text
    assert "Clear the filters" in client.get(page, {"q": "calm"}).text
    settings.PAYMENT_SANDBOX = settings.DEMO_MARKET = True
    for address in (page, reverse("storefront:home")):
        text = client.get(address).text
        assert "Be the first" not in text
        assert "The demo voices are being made." in text


def test_forms_need_their_token() -> None:
    licence = factories.make_licence()
    client = Client(enforce_csrf_checks=True)
    client.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("storefront:create-key", args=[licence.public_id])
    assert client.post(url, {"name": "App"}).status_code == 403
    assert not licence.api_keys.exists()


def test_buying_leads_to_the_payment_page() -> None:
    listing = factories.make_listing()
    buyer = _as(factories.make_user())
    answer = buyer.post(f"/voices/{listing.voice.slug}/buy", {"tier": "personal"})
    assert "/c/pay/cs_test_" in answer["Location"]
    assert buyer.post(f"/voices/{listing.voice.slug}/buy", {"tier": "gold"}).status_code == 404
    assert Order.objects.count() == 1


def test_withdrawing_twice_is_as_good_as_once() -> None:
    listing = factories.make_listing()
    client = _as(listing.voice.creator.user)
    url = reverse("storefront:revoke-consent", args=[listing.voice.public_id])
    assert [client.post(url).status_code for _ in range(2)] == [302, 302]
    assert listing.voice.consents.get().state == Consent.State.REVOKED


def test_listings_are_seen_in_the_admin_by_moderators_and_decided_by_nobody() -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    url = reverse("admin:listings_listing_changelist")
    decision = {"action": "approve", "_selected_action": [listing.pk]}
    for user in (factories.make_user(), listing.voice.creator.user):
        assert _as(user).post(url, decision).status_code == 302
        listing.refresh_from_db()
        assert listing.state == Listing.State.SUBMITTED
    moderator = _as(factories.make_moderator())
    assert (
        moderator.get(reverse("admin:listings_listing_change", args=[listing.pk])).status_code
        == 200
    )
    moderator.post(url, decision)
    listing.refresh_from_db()
    assert listing.state == Listing.State.SUBMITTED
    assert moderator.get("/admin/accounts/user/").status_code in (403, 404)


def test_people_sign_up_with_an_address_and_a_password(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/", {"email": "new@example.com", "password1": factories.PASSWORD}
    )
    assert answer.status_code == 302
    assert client.get("/licences").status_code == 200
    for page in ("/accounts/email/", "/accounts/2fa/", "/accounts/password/change/"):
        assert client.get(page).status_code in (200, 302)


def test_becoming_a_creator_needs_the_declaration(client: Client) -> None:
    client = _as(factories.make_user())
    form = {"display_name": "Kim", "legal_name": "Kim Doe", "country": "US"}
    assert client.post("/studio/welcome", form).status_code == 200
    assert client.get("/studio")["Location"] == "/studio/welcome"
    assert client.post("/studio/welcome", {**form, "adult": "on"}).status_code == 302


def _speak(client: Client, secret: str | None, **body: object) -> object:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    body = {"model": "timbre-1", "input": "Hello", "voice": "x", **body}
    return client.post("/v1/audio/speech", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 404, "voice_not_found"),
        ({"model": "whisper-1"}, 422, "invalid_request"),
        ({"input": ""}, 422, "invalid_request"),
        ({"input": "!?"}, 422, "invalid_request"),
        ({"input": "x" * 4097}, 422, "invalid_request"),
        ({"response_format": "mid"}, 422, "invalid_request"),
        ({"speed": 9}, 422, "invalid_request"),
        ({"stream_format": "ws"}, 422, "invalid_request"),
        ({"model": "tts-1", "instructions": "whisper"}, 404, "voice_not_found"),
        ({"voice": 7}, 422, "invalid_request"),
        ({"timestamps": "letter", "temperature": 1}, 422, "invalid_request"),
    ],
)
def test_every_refusal_of_the_api_is_a_problem_with_its_code(
    client: Client, change: dict[str, object], status: int, code: str
) -> None:
    key, secret = factories.make_key()
    answer = _speak(client, secret, **change)
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/problem+json"  # type: ignore[index]
    body = answer.json()  # type: ignore[attr-defined]
    assert (body["code"], body["status"], body["error"]["code"]) == (code, status, code)
    assert body["request_id"].startswith("req_")
    assert body["detail"]
    assert not key.generations.exists()


@pytest.mark.parametrize(
    ("secret", "code"), [(None, "api_key_missing"), ("tk_" + "a" * 32, "invalid_api_key")]
)
def test_without_a_good_key_nothing_is_spoken(
    client: Client, secret: str | None, code: str
) -> None:
    answer = _speak(client, secret)
    assert (answer.status_code, answer.json()["code"]) == (401, code)  # type: ignore[attr-defined]


def test_too_many_requests_are_slowed_down(client: Client, settings: object) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3  # type: ignore[attr-defined]
    _, secret = factories.make_key()
    answers = [_speak(client, secret) for _ in range(4)]
    assert [a.status_code for a in answers] in ([404, 404, 404, 429], [404] * 4)  # type: ignore[attr-defined]
    if answers[-1].status_code == 429:  # type: ignore[attr-defined]
        assert answers[-1].json()["code"] == "rate_limited"  # type: ignore[attr-defined]
        assert answers[-1]["Retry-After"]  # type: ignore[index]


def test_clients_find_models_and_voices(client: Client) -> None:
    cache.delete(catalogue.LISTED)
    listing = factories.make_listing()
    assert client.get("/v1/models").json()["data"][0]["id"] == "timbre-1"
    voice = {"id": listing.voice.slug, "name": listing.voice.name}
    assert client.get("/v1/audio/voices").json()["voices"] == [voice]
    found = client.get("/v1/voices?gender=feminine&use=audiobook").json()["data"]
    assert found[0]["id"] == listing.voice.slug
    assert client.get("/v1/voices?gender=masculine").json()["data"] == []
    assert client.get("/v1/nothing").json()["code"] == "not_found"
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


GOOD = {
    "SECRET_KEY": "s" * 50, "TEMPLATE_KEY": "t" * 50, "API_KEY_PEPPER": "p" * 50, "PROVENANCE_KEY": "v" * 50,
    "SELLER_STREET": "1 High Street", "SELLER_CITY": "Dublin", "SELLER_VAT_NUMBER": "IE6433435F",
    "STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_x", "STRIPE_API_BASE": "",
    "BASE_URL": "https://voices.example", "EMAIL_URL": "smtp+tls://user:word@mail.example:587",
    "REDIS_URL": "redis://:word@broker:6379/0",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, ""),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "development-only-secret-never-for-production"}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"TEMPLATE_KEY": "short"}, "TEMPLATE_KEY"),
        ({"API_KEY_PEPPER": ""}, "API_KEY_PEPPER"),
        ({"STRIPE_SECRET_KEY": "sk_test_x"}, "sandbox"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8420"}, "sandbox"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"SELLER_CITY": ""}, "SELLER_CITY"),
        ({"BASE_URL": "http://voices.example"}, "BASE_URL"),
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
        ({"REDIS_URL": "redis://broker:6379/0"}, "REDIS_URL"),
        ({"PROVENANCE_KEY": "k" * 50, "TEMPLATE_KEY": "k" * 50}, "four different"),
        ({"TIMBRE_DEMO_MARKET": "1"}, "TIMBRE_DEMO_MARKET"),
    ],
)
def test_production_refuses_what_is_for_development(change: dict[str, str], complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import marketplace.settings.production as p; print(p.PAYMENT_SANDBOX)"],
        env={**os.environ, **GOOD, **change}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if complaint:
        assert done.returncode != 0
        assert complaint in done.stderr.splitlines()[-1]
    else:
        assert done.stdout.strip() == "False"


def test_every_setting_is_in_the_table_of_settings() -> None:
    table = (ROOT / "deploy" / "configuration.md").read_text()
    folders = ("marketplace", "synthesis", "deploy")
    sources = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    pattern = r'(?:env(?:\.\w+)?\(|environ\.get\()\s*"([A-Z0-9_]+)"'
    names = {name for file in sources for name in re.findall(pattern, file.read_text())}
    assert len(names) > 20
    assert {name for name in names if f"`{name}`" not in table} == set()


def test_metrics_are_for_who_knows_the_token(client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-token"
    assert client.get("/metrics").status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token"})
    shown = answer.content.decode()
    assert "timbre_audio_cache_hit_ratio" in shown
    assert 'timbre_letters{state="waiting"} 0' in shown


@pytest.mark.django_db
def test_the_front_page_says_what_an_hour_of_audio_costs_on_each_plan(client: Client) -> None:
    page = client.get("/")
    assert [hour for _, hour, _ in page.context["plans"]] == [535, 481]
    assert "$5.35" in page.content.decode()


@pytest.mark.django_db
def test_the_front_page_plays_each_voice_from_one_place(client: Client) -> None:
    for _ in range(5):
        factories.make_listing()
    addresses = re.findall(r'data-play="([^"]+)"', client.get("/").content.decode())
    assert len(addresses) == len(set(addresses)) == 5
