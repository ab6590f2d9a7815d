"""Attack: on the page that speaks, an Idempotency-Key makes a second text free, unrecorded and of any use."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.licensing import spoken_texts
from marketplace.licensing.models import Generation, Licence, SpokenText
from synthesis.tasks import speaking
from tests import factories
from tests.tones import Tones, speak_tones

pytestmark = pytest.mark.django_db
POLITICAL = "Vote for the Greens on Sunday, and send Senator Miller home."


class _Hearing(Tones):
    """Notes what was spoken."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def synthesize(self, wording: Any, template: object, **more: Any) -> Any:
        self.heard.append(wording.written)
        return super().synthesize(wording, template, **more)


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> _Hearing:
    cache.clear()
    speak_tones(monkeypatch)
    found = _Hearing()
    monkeypatch.setattr(speaking, "engine_for", lambda version: found)
    return found


def _speak(client: Client, licence: Licence, text: str, use: str = "", **more: Any) -> Any:
    headers = {"Accept": "application/json", "Idempotency-Key": "once"}
    form = {"text": text, **({"use": use} if use else {})}
    return client.post(reverse("storefront:speak", args=[licence.public_id]), form, headers=headers, **more)


def test_another_text_with_the_same_idempotency_key_is_not_spoken_for_nothing(hearing: _Hearing) -> None:
    licence = factories.make_licence()  # for audiobooks alone
    client = Client()
    client.force_login(licence.buyer)
    assert _speak(client, licence, "A.").status_code == 200
    long = "This is another text, which nobody pays for and no record holds. " * 7
    answer = _speak(client, licence, long)
    licence.refresh_from_db()
    made = Generation.objects.get()
    kept = SpokenText.objects.get(generation=made)
    print(answer.status_code, answer.get("Character-Cost"), licence.characters_used, made.characters_reserved,
          len(hearing.heard[-1]), kept.pk)
    assert long.strip() not in hearing.heard or licence.characters_used >= len(long.strip())


def test_a_use_that_no_speaker_allowed_is_refused_on_the_page_whatever_its_key(hearing: _Hearing) -> None:
    licence = factories.make_licence()  # for audiobooks alone
    client = Client()
    client.force_login(licence.buyer)
    assert _speak(client, licence, POLITICAL, "political").status_code == 403
    assert _speak(client, licence, "A.").status_code == 200
    answer = _speak(client, licence, POLITICAL, "political")
    print(answer.status_code, answer.get("Character-Cost"), hearing.heard)
    assert POLITICAL not in hearing.heard


def test_a_form_that_is_sent_plainly_with_an_idempotency_key_is_no_server_error(hearing: _Hearing) -> None:
    licence = factories.make_licence()
    client = Client(raise_request_exception=False)
    client.force_login(licence.buyer)
    address = reverse("storefront:speak", args=[licence.public_id])
    answer = client.post(
        address, "text=A.", content_type="application/x-www-form-urlencoded",
        headers={"Accept": "application/json", "Idempotency-Key": "once"},
    )
    assert answer.status_code < 500
