"""Who asks too often is told so with 429 and when to come back, on the page where they were."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace import storage
from marketplace.lexicons import entries
from marketplace.lexicons.models import Lexicon
from marketplace.licensing import coupon_guesses
from marketplace.licensing.models import Order
from marketplace.moderation.models import SpeakerSearch
from marketplace.provenance.models import Examination
from marketplace.refusals import StorageUnavailable
from marketplace.storefront.views import my_voice, speaker, teams
from marketplace.webhooks import services as webhooks
from marketplace.webhooks.models import WebhookEndpoint
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 3_600_000.0)
    cache.clear()


def _member() -> Client:
    client = Client()
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _is_told(answer: Any, wait: str = "60") -> bool:
    return (answer.status_code, answer.get("Retry-After")) == (429, wait)


@pytest.mark.parametrize("path", ["/speaker", "/teams/join"])
def test_a_visitor_who_tries_too_many_links_keeps_the_form(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaker, "_TRIES", 1)
    monkeypatch.setattr(teams, "TOKENS_PER_MINUTE", 1)
    client = Client()
    assert client.post(path, {"token": "wrong"}).status_code in (200, 302)
    answer = client.post(path, {"token": "wrong"})
    assert _is_told(answer)
    assert re.search(r'class="message error">[^<]*requests per minute', answer.text)
    assert 'name="token"' in answer.text


def test_a_visitor_who_searches_their_voice_too_often_stays_on_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(my_voice, "_SEARCHES", 1)
    client = Client()
    assert client.post("/my-voice/statement", {"biometric": "1"}).status_code == 302
    answer = client.post("/my-voice/statement", {"biometric": "1"})
    assert _is_told(answer)
    assert "requests per minute" in answer.text
    scripted = client.post(
        "/my-voice/statement", {"biometric": "1"}, headers={"Accept": "application/json"}
    )
    assert _is_told(scripted)
    assert scripted.json()["code"] == "rate_limited"
    assert SpeakerSearch.objects.count() == 1


def test_members_are_told_the_same_of_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LOOKED_UP", 0)
    form = {"url": "https://example.com/hook", "events": ["licence.granted"]}
    answer = _member().post("/webhooks", form)
    assert _is_told(answer)
    assert not WebhookEndpoint.objects.exists()


def test_members_are_told_the_same_of_entries_of_a_lexicon(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _member()
    client.post("/lexicons", {"name": "Names"})
    monkeypatch.setattr(entries, "PER_MINUTE", 0)
    page = f"/lexicons/{Lexicon.objects.get().public_id}"
    answer = client.post(page, {"word": "Nguyen", "said": "win", "kind": "alias"})
    assert _is_told(answer)
    assert "Too many entries" in answer.text


def test_buyers_are_told_the_same_of_coupons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coupon_guesses, "OF_A_PERSON", 0)
    offer = factories.make_listing().offers.get()
    form = {"tier": offer.tier, "coupon": "SPRING26"}
    answer = _member().post(f"/voices/{offer.listing.voice.slug}/buy", form)
    assert _is_told(answer, "3600")
    assert not Order.objects.exists()


def test_a_clip_that_could_not_be_stored_may_be_sent_again_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageUnavailable("The store is unavailable.")

    monkeypatch.setattr(storage, "put", fail)
    answer = Client().post("/origin", {"file": SimpleUploadedFile("a.wav", b"x")})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The store is unavailable." in answer.text
    assert not Examination.objects.exists()
