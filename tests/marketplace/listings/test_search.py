"""What visitors find in their own words: on the demo market, which has its texts for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from marketplace.licensing.models import Generation
from marketplace.licensing.popularity import count_popularity
from marketplace.listings.models import Listing
from marketplace.listings.queries import cards
from marketplace.listings.search import STEMS, Filters, Found, find
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.listings.vocabulary import understand
from marketplace.storefront.demo import VOICES
from marketplace.storefront.views import catalogue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def on_sale(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The voices of the demo market, on sale: put there once, for the tests only look."""
    with django_db_blocker.unblock(), transaction.atomic():
        _put_on_sale()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def market(on_sale: None, db: None) -> None:
    cache.delete(STEMS)  # of another test's listings


def _put_on_sale() -> None:
    mara = factories.make_creator("Mara Lindqvist")
    others = factories.make_creator("Studio North")
    for demo in VOICES:
        voice = factories.make_voice(
            mara if demo.creator == "creator" else others,
            name=demo.name, language=demo.language, gender=demo.gender, age=demo.age,
            styles=list(demo.styles), description=demo.description,
        )  # fmt: skip
        listing = factories.make_listing(voice, price=demo.personal)
        draft_listing(
            voice=voice, headline=demo.headline, uses=list(demo.uses),
            offers=[OfferDraft("personal", demo.personal, 50_000)], by=voice.creator.user,
        )  # fmt: skip
        Listing.objects.filter(pk=listing.pk).update(state=Listing.State.LIVE)


def _names(words: str, **filters: object) -> list[str]:
    return [each.voice.name for each in cards(find(Filters(words=words, **filters)).keys)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "among", "all_of_them"),
    [
        ("warm narrator", {"Rowan", "Wren", "Yun"}, "style warm"),
        ("game villain", {"Marlow"}, "use game"),
        ("male", {"Marlow", "Harbour", "Rowan", "Flint", "Bruno", "Yun"}, "gender masculine"),
        ("a female voice", {"Juniper", "Wren", "Tansy", "Alma"}, "gender feminine"),
        ("British man", {"Rowan"}, "language en-GB"),
        ("audiobook", {"Harbour", "Rowan", "Wren", "Margaux"}, "use audiobook"),
        ("audio books", {"Harbour", "Rowan"}, "use audiobook"),
        ("voice over", {"Saffron", "Marlow"}, "use video"),
        ("Customer service in Spanish", {"Alma"}, "language es"),
        ("grandma", {"Wren"}, "age old"),
        ("español", {"Alma"}, "language es"),
        ("männlich, tief", {"Harbour", "Marlow"}, "style deep"),
        ("中文男声", {"Yun"}, "language zh-CN"),
        ("warmer Hörbucherzähler", {"Rowan"}, "style warm"),
        ("eine freundliche Frauenstimme", {"Juniper"}, "gender feminine"),
        ("französische Sprecherin", {"Margaux"}, "language fr"),
        ("Erzählerin für Gutenachtgeschichten", {"Wren"}, "gender feminine"),
        ("温柔的女声讲睡前故事", {"Wren"}, "gender feminine"),
    ],
)
def test_a_visitors_own_words_find_voices_that_are_described_otherwise(
    market: None, words: str, among: set[str], all_of_them: str
) -> None:
    names = _names(words)
    assert among <= set(names), names
    facet, value = all_of_them.split()
    for listing in cards(find(Filters(words=words)).keys):
        held = {
            "style": listing.voice.styles, "use": listing.uses, "gender": [listing.voice.gender],
            "age": [listing.voice.age], "language": [listing.voice.language],
        }[facet]  # fmt: skip
        text = f"{listing.headline} {listing.voice.description}".lower()
        assert value in held or "warm" in text or "voice-over" in text, listing


@pytest.mark.parametrize("language", ["en", "de", "zh-hans"])
def test_every_word_that_the_box_proposes_means_something(language: str) -> None:
    with translation.override(language):
        wanted = understand(gettext("warm narrator, game villain …"))
    assert len(wanted.terms) == 4
    assert all(term.concepts for term in wanted.terms), wanted


@pytest.mark.parametrize("form", ["warm", "warme", "warmer", "warmes", "warmen", "warmem"])
def test_a_german_word_is_known_in_each_of_its_forms(form: str) -> None:
    assert understand(f"{form} Stimme") == understand("warm")


def test_the_best_fit_comes_first(market: None) -> None:
    assert _names("game villain")[0] == "Marlow"
    assert _names("deep calm narrator")[0] == "Harbour"


def test_a_name_finds_its_voice_and_a_creators_name_theirs_alone(market: None) -> None:
    assert _names("Pixel")[0] == "Pixel"
    theirs = {demo.name for demo in VOICES if demo.creator == "creator"}
    assert set(_names("Mara")) == theirs


@pytest.mark.parametrize(
    ("written", "meant"),
    [("narator", "narrator"), ("femle", "female"), ("Marlwo", "marlow"), ("brittish", "british")],
)
def test_a_misspelt_word_is_taken_for_the_nearest_and_it_is_said(
    market: None, client: Client, written: str, meant: str
) -> None:
    found = find(Filters(words=written))
    assert found.corrected == {written.lower(): meant}
    assert set(found.keys) == set(find(Filters(words=meant)).keys)
    assert f"showing “{meant}”" in client.get("/voices", {"q": written}).text


def test_words_that_nothing_fits_together_find_what_fits_most_of_them(
    market: None, client: Client
) -> None:
    found = find(Filters(words="Hindi gravel villain"))
    assert found.partly
    assert {"Marlow", "Kavya"} <= {each.voice.name for each in cards(found.keys)}
    assert "These match part of it" in client.get("/voices", {"q": "Hindi gravel villain"}).text


def _shown(words: str, **filters: object) -> tuple[list[Listing], list[Listing]]:
    """What a page shows of the words: what fits, and what nearly does."""
    found = find(Filters(words=words, nearly=True, **filters))  # type: ignore[arg-type]
    listings = cards(found.keys)
    return listings[: found.total - found.near], listings[found.total - found.near :]


@pytest.mark.parametrize(("reads", "own"), [("en", "en"), ("zh-hans", "zh"), ("es", "es")])
def test_voices_of_the_readers_language_come_first_among_those_that_fit(
    market: None, reads: str, own: str
) -> None:
    for words in ("warm", "calm narrator", "audiobook"):
        full, _ = _shown(words, reads=reads)
        foreign = [not each.voice.language.startswith(own) for each in full]
        assert not all(foreign)
        assert foreign == sorted(foreign), words


def test_a_name_comes_before_the_readers_language(market: None) -> None:
    assert _shown("Yun", reads="en")[0][0].voice.name == "Yun"


def test_a_voice_that_nearly_fits_is_found_below_those_that_fit(
    market: None, client: Client
) -> None:
    for words in ("warm audiobook narrator", "warm narrator"):
        full, near = _shown(words, reads="en")
        assert "Harbour" not in {each.voice.name for each in full}
        assert "Harbour" in {each.voice.name for each in near[:3]}, words
        page = client.get("/voices", {"q": words}).text
        found = page[page.index("data-found") :]
        heading = found.index("Close to what you asked for")
        assert found.index(">Rowan<") < heading < found.index(">Harbour<")


def test_nothing_is_near_to_one_word_nor_to_what_is_not_wanted(market: None) -> None:
    assert _shown("warm")[1] == []
    _, near = _shown("warm narrator not calm")
    assert near
    assert not any("calm" in each.voice.styles for each in near)


def test_near_misses_follow_whatever_the_order_and_on_later_pages(
    market: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "A_PAGE", 4)
    full, near = _shown("warm narrator", sort="price")
    assert len(full) % 4
    assert near[0].from_price_minor < full[-1].from_price_minor  # type: ignore[operator]
    asked = {"q": "warm narrator", "sort": "price"}
    for number in range(1, 3 + len(full) // 4):
        page = client.get("/voices", {**asked, "page": str(number)}).text
        shown = page[page.index("data-found") :]
        has_near = number * 4 > len(full)
        assert ("Close to what you asked for" in shown) is has_near
    assert "Voices found" not in shown


def test_each_choice_counts_the_near_misses_that_it_leaves(market: None) -> None:
    asked = Filters(words="warm audiobook narrator", gender="masculine", nearly=True)
    found = find(asked)
    assert found.near
    assert found.total == len(found.keys) == _tally(found, "gender")["masculine"]
    for facet in ("language", "age", "style", "use"):
        for value, count in _tally(found, facet).items():
            assert find(replace(asked, **{facet: value})).total == count, (facet, value)


def test_what_is_not_wanted_is_left_out(market: None) -> None:
    calm = _names("calm man")
    deep = {demo.name for demo in VOICES if "deep" in demo.styles}
    assert {"Harbour", "Roble"} <= deep & set(calm)
    assert _names("calm man not deep") == [name for name in calm if name not in deep]


def test_a_price_among_the_words_is_a_limit(market: None) -> None:
    names = _names("female under $15")
    assert "Pixel" in names  # 12.00
    assert "Alma" in names  # 15.00
    assert "Juniper" not in names  # 19.00


def _tally(found: Found, facet: str) -> dict[str, int]:
    return {value: count for value, count in found.counts[facet].items() if count}


def test_each_choice_says_how_many_voices_it_leaves(market: None, client: Client) -> None:
    found = find(Filters(gender="masculine", words="narrator"))
    assert found.total == len(found.keys) == _tally(found, "gender")["masculine"]
    for facet in ("language", "age", "style", "use"):
        for value, count in _tally(found, facet).items():
            narrowed = find(Filters(gender="masculine", words="narrator", **{facet: value}))  # type: ignore[arg-type]
            assert len(narrowed.keys) == narrowed.total == count, (facet, value)
    for value, count in _tally(found, "gender").items():  # the others stay to be chosen instead
        assert find(Filters(gender=value, words="narrator")).total == count
    page = client.get("/voices", {"gender": "masculine", "q": "narrator"}).text
    assert f"Masculine ({found.total})" in page


def test_a_filter_in_force_can_be_taken_away_alone(market: None, client: Client) -> None:
    page = client.get("/voices", {"gender": "masculine", "use": "game", "q": "calm"}).text
    assert 'href="?use=game&amp;q=calm" aria-label="Remove the filter Masculine"' in page


def test_a_filter_that_there_is_not_is_said_to_be_left_out(market: None, client: Client) -> None:
    page = client.get("/voices", {"language": "tlh"}).text
    assert "Language was left out" in page
    assert f"{len(VOICES)} voices" in page


def test_voices_are_sorted_by_what_buyers_had_them_speak(market: None, client: Client) -> None:
    licence = factories.make_licence()
    rowan = Listing.objects.select_related("voice").get(voice__name="Rowan")
    for listing, characters in ((rowan, 500), (Listing.objects.get(voice__name="Ash"), 100)):
        Generation.objects.create(
            licence=licence, voice=listing.voice, voice_version=listing.version,
            api_key=factories.make_key(licence)[0], state="settled", characters_reserved=characters,
            characters_spoken=characters, text_sha256="0" * 64, audio_format="mp3",
        )  # fmt: skip
    count_popularity()
    assert _names("", sort="trending")[:2] == ["Rowan", "Ash"]
    assert _names("", sort="used")[:2] == ["Rowan", "Ash"]
    Generation.objects.all().delete()
    count_popularity()
    rowan.refresh_from_db()
    assert (rowan.spoken_week, rowan.spoken_quarter) == (0, 0)


def test_a_page_of_results_costs_a_fixed_number_of_queries(
    market: None, client: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get("/voices", {"q": "warm narrator", "use": "audiobook"})


@pytest.mark.parametrize(
    "words",
    ["'", "a & b", "!:*", "(((", "x" * 100, "\\", "%s %d", "🎙", "not", "under $", "的", ":*"],
)
def test_any_characters_can_be_searched_for(market: None, client: Client, words: str) -> None:
    assert client.get("/voices", {"q": words}).status_code == 200
    assert client.get("/v1/voices", {"q": words}).status_code == 200


def test_ideas_are_bounded() -> None:
    assert len(understand("grandma " * 50).terms) == 8
