"""Help, terms, and what search engines read."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from marketplace.listings.models import Offer
from marketplace.listings.vocabulary import plain
from marketplace.storefront import crawlers
from marketplace.storefront import help as documents
from marketplace.voices.uses import told
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("lexicon", "Lexicons"),
        ("withdraw consent", "How consent is checked"),
        ("RENEWED", "Licences"),
        ("c2pa", "Where audio comes from"),
    ],
)
def test_help_is_found_by_its_words(client: Client, words: str, title: str) -> None:
    page = client.get("/help", {"q": words}).text
    assert re.search(rf'<a href="/help/(buyers|creators)#[a-z0-9-]+">{title}</a>', page)


def test_help_that_there_is_not_is_said_so(client: Client) -> None:
    assert "Nothing" in client.get("/help", {"q": "hamster"}).text
    assert client.get("/help/hamsters").status_code == 404


@pytest.mark.parametrize("name", documents.FOR)
def test_every_link_within_the_help_leads_somewhere(client: Client, name: str) -> None:
    pages = {each: client.get(f"/help/{each}").text for each in documents.FOR}
    article = re.search(r'<article class="help"[^>]*>(.*)</article>', pages[name], re.DOTALL)
    assert article
    for link in re.findall(r'href="([^"]+)"', article[1]):
        assert not link.endswith(".md"), link
        inner = re.fullmatch(r"/help/(\w+)(?:#(.+))?", link)
        if inner:
            assert not inner[2] or f'id="{inner[2]}"' in pages[inner[1]], link
    for section in documents.document(name, "en").sections:
        assert f'id="{section.anchor}"' in article[1]
    assert "<img" not in article[1]


def test_the_terms_name_who_runs_the_platform_and_what_is_never_allowed(
    client: Client, settings: object
) -> None:
    settings.SELLER_NAME, settings.SELLER_EMAIL = "Voices Ltd", "help@voices.example"  # type: ignore[attr-defined]
    page = client.get("/terms").text
    for text in ("Voices Ltd", "mailto:help@voices.example", "impersonating a person"):
        assert text in page


def _addresses(client: Client, path: str) -> list[str]:
    root = ElementTree.fromstring(client.get(path).content)  # ours
    return [
        each.text or "" for each in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]


def test_search_engines_learn_of_every_voice_however_many_there_are(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawlers.Voices, "limit", 2)
    slugs = [factories.make_listing().voice.slug for _ in range(3)]
    parts = [part for part in _addresses(client, "/sitemap.xml") if "sitemap-voices" in part]
    assert len(parts) == 2
    found = [a for part in parts for a in _addresses(client, "/" + part.split("/", 3)[3])]
    assert [address.rpartition("/")[2] for address in found] == slugs


def test_search_engines_find_what_is_on_sale_and_nothing_private(client: Client) -> None:
    live = factories.make_listing()
    draft = factories.make_listing(state="draft")
    silent = factories.make_listing(consent=False)
    found = [
        address
        for part in _addresses(client, "/sitemap.xml")
        for address in _addresses(client, "/" + part.split("/", 3)[3])
    ]
    assert any(address.endswith(f"/voices/{live.voice.slug}") for address in found)
    for other in (draft, silent):
        assert not any(address.endswith(f"/voices/{other.voice.slug}") for address in found)
    for address in found:
        assert client.get("/" + address.split("/", 3)[3]).status_code == 200, address
    robots = client.get("/robots.txt").text
    assert "Disallow: /accounts/" in robots
    assert re.search(r"Sitemap: http\S+/sitemap.xml", robots)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_the_help_says_which_licence_suits_which_use_in_every_language(language: str) -> None:
    found = {each.anchor: each for each in documents.document("buyers", language).sections}
    with translation.override(language):
        uses = [plain(told(use)) for use in ("video", "audiobook", "game", "support")]
        tiers = [plain(str(tier.label)) for tier in Offer.Tier if tier != Offer.Tier.EXCLUSIVE]
    said = found["which-licence-do-i-need"].words
    assert [each for each in [*uses, *tiers] if each not in said] == []
