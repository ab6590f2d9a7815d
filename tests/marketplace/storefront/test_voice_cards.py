"""A card that is kept is never another's, nor of yesterday."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model
from django.http import QueryDict
from django.template import Context, engines
from django.utils import translation

from marketplace.listings.models import Listing, OfferPrice
from marketplace.listings.queries import cards
from marketplace.storefront.filter_form import FilterForm
from marketplace.storefront.templatetags import presentation, voice_cards
from marketplace.voices.models import Preview
from tests import factories
from tests.markup import without_gaps

pytestmark = pytest.mark.django_db
LISTS = {
    "styles": ["warm"],
    "uses": ["game"],
    "waveform": [0.9] * 8,
    "stars": [0, 0, 0, 1, 9],
    "territory": ["DE"],
}


@pytest.fixture
def listing(settings: Any) -> Any:
    """A listing as a card is given it: with a clip, stars, and a price in another currency."""
    settings.CURRENCIES = ["EUR"]
    made = factories.make_listing(stars=[0, 0, 0, 0, 9])
    OfferPrice.objects.create(offer=made.offers.get(), currency="EUR", price_minor=1800)
    Preview.objects.update(use="audiobook")
    [found] = cards([made.pk])
    return found


def _drawn(listing: Any, **context: Any) -> str:
    """The card as it is drawn anew."""
    voice_cards._kept.clear()
    return _kept(listing, **context)


def _kept(listing: Any, **context: Any) -> str:
    page = engines.all()[0].from_string("{% voice_card listing %}")
    return page.render({"listing": listing, "shown_currency": "USD", **context})  # type: ignore[no-any-return]


def _other(row: Model, name: str) -> Any:
    """Another value for a field, if there may be one."""
    field, value = row._meta.get_field(name), getattr(row, name)
    if name in LISTS:
        return LISTS[name]
    if getattr(field, "choices", None):
        return next((each for each, _ in field.choices if each != value), value)  # type: ignore[union-attr]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | Decimal):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return uuid.uuid4() if isinstance(value, uuid.UUID) else value


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_whatever_changes_a_card_changes_its_key(listing: Any, currency: str) -> None:
    offer = listing.offers.all()[0]
    clip = listing.version.previews.all()[0]
    context = {"shown_currency": currency}
    drawn, key = _drawn(listing, **context), _key(listing, **context)
    changed = set()
    for row in (listing, listing.voice, listing.voice.creator, clip, offer, offer.abroad[0]):
        for field in row._meta.concrete_fields:
            name = field.attname
            if name in row.get_deferred_fields() or field.primary_key or field.is_relation:
                continue
            before = getattr(row, name)
            setattr(row, name, _other(row, name))
            if _drawn(listing, **context) != drawn:
                changed.add(name)
                assert _key(listing, **context) != key, name
            setattr(row, name, before)
    assert changed >= {
        "name", "slug", "display_name", "language", "gender", "age", "styles", "synthetic", "headline",
        "stars", "public_id", "text", "use", "waveform", "price_minor", "characters",
    }  # fmt: skip


def _key(listing: Any, **context: Any) -> Any:
    return voice_cards.shown_on(
        Context({"shown_currency": "USD", **context}), listing, compares=False
    )


def test_a_card_is_kept_for_each_reader_as_they_see_it(listing: Any) -> None:
    slug = listing.voice.slug
    readers: list[dict[str, Any]] = [
        {},
        {"saved": [slug]},
        {"shown_currency": "EUR"},
        {"heard_use": "game"},
    ]
    Preview.objects.create(
        version=listing.version, position=1, text="Run!", use="game", storage_key="previews/run",
        seconds=1.0, waveform=[0.1] * 8,
    )  # fmt: skip
    [listing] = cards([listing.pk])
    drawn = [_drawn(listing, **reader) for reader in readers]
    assert len(set(drawn)) == len(readers)
    assert [_kept(listing, **reader) for reader in readers] == drawn
    with translation.override("de"):
        assert _kept(listing) not in drawn
    listing.likeness = 0.87
    assert "87%" in _kept(listing)
    listing.likeness = 0.0
    assert _kept(listing) == drawn[0]


def test_cards_are_drawn_once_and_not_kept_without_end(
    listing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_cards, "MOST_KEPT", 3)
    voice_cards._kept.clear()
    for number in range(10):
        listing.headline = f"Number {number % 2}"
        _kept(listing)
    assert len(voice_cards._kept) == 2
    for number in range(10):
        listing.headline = f"Number {number}"
        assert f"Number {number}" in _kept(listing)
    assert len(voice_cards._kept) <= 3


def test_a_changed_price_is_on_the_next_page(client: Any) -> None:
    listing = factories.make_listing(price=1900)
    assert "19.00" in client.get("/voices").text
    Listing.objects.get(pk=listing.pk).offers.update(price_minor=2100)
    page = client.get("/voices").text
    assert "21.00" in page
    assert "19.00" not in page


@pytest.mark.parametrize(
    "query", ["", "gender=feminine&use=game", "language=tlh", "gender=%22%3E&q=calm"]
)
def test_a_drop_down_is_what_its_widget_draws(query: str) -> None:
    form = FilterForm(QueryDict(query) if query else None)
    for name in ("language", "gender", "age", "style", "use", "sort"):
        drawn = without_gaps(str(presentation.drop_down(form[name])))
        assert drawn == without_gaps(str(form[name])), name
