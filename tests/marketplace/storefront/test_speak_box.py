"""The box that speaks on our own pages says what fits into it, and what speaking ends."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.licensing.models import Generation, Licence
from marketplace.payouts.returning import withdrawals
from marketplace.storefront.forms import _Lines
from marketplace.storefront.views.speak import LONGEST
from tests import factories
from tests.money import sell
from tests.tones import speak_tones

pytestmark = pytest.mark.django_db


def _client(licence: Licence) -> Client:
    client = Client()
    client.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _page(licence: Licence) -> str:
    return _client(licence).get(reverse("storefront:licence", args=[licence.public_id])).text


def _paid() -> Licence:
    payment = sell(factories.make_creator())
    assert payment.order is not None and payment.order.granted is not None
    return payment.order.granted


def test_the_box_says_its_limit_and_where_longer_texts_go_before_anything_is_written() -> None:
    page = _page(factories.make_licence())
    assert "Up to 500 characters at once" in page
    assert f'href="{reverse("storefront:api-guide")}"' in page
    assert "data-counted" in page


def test_the_end_of_a_line_is_one_character_as_the_browser_counts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speak_tones(monkeypatch)
    licence = factories.make_licence()
    address = reverse("storefront:speak", args=[licence.public_id])
    text = "\r\n".join(["Good morning. " * 8 + "Hello again."] * 4)
    answer = _client(licence).post(address, {"text": text, "use": "audiobook"})
    assert len(text) > LONGEST >= len(text) - 3
    assert answer.status_code == 200
    assert Generation.objects.get().characters_reserved == len(text) - 3


def test_a_forms_text_of_several_lines_is_limited_as_it_is_typed() -> None:
    assert _Lines(max_length=5).clean("ab\r\ncd") == "ab\ncd"


def test_until_the_first_word_the_box_says_that_speaking_ends_taking_back() -> None:
    licence = _paid()
    assert "Speaking ends that." in _page(licence)


def test_a_licence_that_spoke_says_why_it_cannot_be_taken_back() -> None:
    licence = _paid()
    Licence.objects.filter(pk=licence.pk).update(characters_used=5)
    page = _page(licence)
    assert "Speech was made under this licence" in page
    assert "Speaking ends that." not in page
    payments = _client(licence).get(reverse("storefront:payments")).text
    assert "Speech was made under this licence" in payments


def test_a_licence_without_a_payment_is_not_told_to_be_inactive() -> None:
    licence = factories.make_licence()
    assert "Nothing was paid" in withdrawals.why_not(licence)
