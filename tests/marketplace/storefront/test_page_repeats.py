"""On the page that speaks, nothing is a repeat: each text is paid, recorded and judged."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.licensing.models import Generation, Licence, SpokenText
from tests import factories
from tests.tones import speak_tones

pytestmark = pytest.mark.django_db
POLITICAL = "Vote for the Greens on Sunday, and send Senator Miller home."


@pytest.fixture
def licence(monkeypatch: pytest.MonkeyPatch) -> Licence:
    """For audiobooks alone."""
    cache.clear()
    speak_tones(monkeypatch)
    return factories.make_licence()


def _speak(licence: Licence, text: str, use: str = "") -> Any:
    client = Client()
    client.force_login(licence.buyer)
    return client.post(
        reverse("storefront:speak", args=[licence.public_id]),
        {"text": text, "use": use},
        headers={"Accept": "application/json", "Idempotency-Key": "once"},
    )


def test_another_text_with_the_same_idempotency_key_is_paid_and_recorded(licence: Licence) -> None:
    texts = ["A.", "This is another text, which somebody has to pay."]
    costs = [_speak(licence, text)["Character-Cost"] for text in texts]
    assert costs == [str(len(text)) for text in texts]
    licence.refresh_from_db()
    assert licence.characters_used == sum(map(len, texts))
    assert Generation.objects.count() == SpokenText.objects.count() == 2


def test_a_use_that_was_refused_stays_so_once_another_text_was_spoken(licence: Licence) -> None:
    assert _speak(licence, POLITICAL, "political").status_code == 403
    assert _speak(licence, "A.").status_code == 200
    assert _speak(licence, POLITICAL, "political").status_code == 403
    licence.refresh_from_db()
    assert licence.characters_used == 2
    assert [made.use for made in Generation.objects.all()] == ["audiobook"]


def test_a_form_that_is_sent_plainly_with_an_idempotency_key_is_spoken(licence: Licence) -> None:
    client = Client()
    client.force_login(licence.buyer)
    answer = client.post(
        reverse("storefront:speak", args=[licence.public_id]),
        "text=A.",
        content_type="application/x-www-form-urlencoded",
        headers={"Idempotency-Key": "once"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/mpeg")
