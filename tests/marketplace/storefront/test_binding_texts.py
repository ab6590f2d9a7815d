"""What binds is in English; readers of other languages are told so, and what it says."""

from __future__ import annotations

import io
import re
from html import unescape

import pypdf
import pytest
from django.test import Client
from django.utils import translation

from marketplace.accounts.models import User
from marketplace.consent.models import Consent
from marketplace.licensing import standing_renewals, terms_text
from marketplace.licensing.certificates import pdf
from marketplace.money import Money
from marketplace.voices.uses import told
from tests import factories

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de"}


def _page(address: str, user: User | None = None, **headers: str) -> str:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return " ".join(unescape(client.get(address, headers=headers).text).split())


def test_terms_bind_in_english_whoever_asks_and_are_told_in_the_language_of_the_page() -> None:
    licence = factories.make_licence()
    english = terms_text.as_text(licence.terms)
    assert terms_text.for_page(licence.terms)["terms_told"] == []
    with translation.override("de"):
        assert terms_text.as_text(licence.terms) == english
        german = dict(terms_text.for_page(licence.terms)["terms_told"])
        assert ", ".join(map(told, licence.terms["uses"])) in german.values()
    assert len(german) == len(english)
    assert dict(english)["Included"].endswith(" characters of text.")


@pytest.mark.parametrize("page", ["order", "licence", "verify"])
def test_a_page_in_another_language_says_that_the_english_terms_bind_and_marks_them(
    page: str,
) -> None:
    licence = factories.make_licence()
    owner = licence.buyer
    address = {
        "order": f"/voices/{licence.voice.slug}/buy",
        "licence": f"/licences/{licence.public_id}",
        "verify": f"/verify/{licence.public_id}",
    }[page]
    german = _page(address, owner, **GERMAN)
    assert re.search(
        r'<details>\s*<summary>[^<]+</summary>\s*<dl lang="en" translate="no">.*?The voice template itself',
        german,
    )
    uses = ", ".join(_told_in_german(licence.terms["uses"]))
    assert f"<dd> {uses} </dd>" in german
    english = _page(address, owner)
    assert "the version that binds" not in english
    assert english.count("The voice template itself is not") == 1


def _told_in_german(uses: list[str]) -> list[str]:
    with translation.override("de"):
        return [told(use) for use in uses]


def test_the_public_page_hides_the_buyer_and_the_price_in_every_language() -> None:
    licence = factories.make_licence()
    price = Money(licence.terms["price_minor"], licence.terms["currency"])
    for language in ("en", "de", "zh-hans"):
        page = _page(f"/verify/{licence.public_id}", **{"Accept-Language": language})
        assert licence.terms["licensee"] not in page
        with translation.override(language):
            assert f"{price.amount:.2f}" not in page.replace(",", ".")


def test_a_certificate_is_the_same_whatever_language_asks_for_it() -> None:
    licence = factories.make_licence()
    english = _read(pdf(licence))
    with translation.override("de"):
        assert _read(pdf(licence)) == english


def _read(document: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages]


def test_what_is_agreed_to_is_recorded_in_english_and_shown_beside_its_translation() -> None:
    price = Money(1_999, "USD")
    english = standing_renewals.words_for(price, 12)
    assert standing_renewals.told_words_for(price, 12) == ""
    with translation.override("de"):
        assert standing_renewals.words_for(price, 12) == english
        assert "19,99" in standing_renewals.told_words_for(price, 12)
    listing = factories.make_listing(price=1_999)
    page = _page(f"/voices/{listing.voice.slug}/buy", **GERMAN)
    assert f'<span lang="en" translate="no">{english}</span>' in page
    assert page.count("19,99") > 1


def test_a_statement_is_marked_as_english_and_told_in_the_language_of_the_page() -> None:
    voice = factories.make_voice()
    factories.make_consent(voice, Consent.State.CHALLENGED, uses=["audiobook"])
    address = f"/studio/voices/{voice.public_id}"
    german = _page(address, voice.creator.user, **GERMAN)
    assert '<blockquote class="statement" lang="en" translate="no">' in german
    assert re.search(r'</blockquote> <p class="hint">[^<]*hörbücher', german, re.IGNORECASE)
    assert '</blockquote> <p class="hint">' not in _page(address, voice.creator.user)


@pytest.mark.parametrize("page", ["order", "payments"])
def test_readers_of_other_languages_are_told_that_documents_are_english(page: str) -> None:
    licence = factories.make_licence()
    address = f"/voices/{licence.voice.slug}/buy" if page == "order" else "/payments"
    with translation.override("de"):
        said = translation.gettext(
            "Invoices, receipts and certificates are written in English, and so is what the payment page calls "
            "your purchase. The English text is the one that counts."
        )
    assert said in _page(address, licence.buyer, **GERMAN)
    assert "are written in English" not in _page(address, licence.buyer)
