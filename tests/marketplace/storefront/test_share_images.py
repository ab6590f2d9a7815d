"""Pictures beside links: what they say, that no text leaves its box, and that few are drawn."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from PIL import Image

from marketplace.listings.models import Listing
from marketplace.storefront import share_image
from marketplace.storefront.share_image import HUES, MARGIN, PAPER, SIZE, WIDTH, Shared, drawable
from marketplace.storefront.views import share_images
from tests import factories

LONG = (
    "W" * 60,
    "Ünder a very long name that never ends and goes on and on and on",
    "声" * 60,
    "M " * 60,
)


def _drawn(**more: Any) -> Any:
    details: dict[str, Any] = {
        "name": "Harbour", "by": "by Kim", "line": "Calm.", "price": "from $19.99", "platform": "Timbre",
        "hue": 1, "peaks": (0.2, 1.0),
    }  # fmt: skip
    return Image.open(io.BytesIO(share_image.png_of(Shared(**(details | more))))).convert("RGB")


def _inked(image: Any, box: tuple[int, int, int, int]) -> bool:
    paper = tuple(bytes.fromhex(PAPER[1:]))
    return any(
        max(abs(a - b) for a, b in zip(pixel, paper, strict=True)) > 24
        for _, pixel in image.crop(box).getcolors(maxcolors=100_000)
    )


def test_a_picture_has_the_size_that_other_sites_ask_for() -> None:
    assert _drawn().size == SIZE == (1200, 630)


@pytest.mark.parametrize("text", LONG)
def test_no_text_leaves_its_box(text: str) -> None:
    image = _drawn(name=text, by=text, line=text, price=text, platform=text)
    for empty in (
        (21, 0, MARGIN - 4, 630), (WIDTH - MARGIN + 4, 0, WIDTH, 630),  # margins
        (0 + 21, 0, WIDTH, 50), (21, 600, WIDTH, 630), (764, 500, 796, 630),  # above, below, between
    ):  # fmt: skip
        assert not _inked(image, empty), empty
    assert _inked(image, (MARGIN, 56, WIDTH - MARGIN, 170))


@pytest.mark.parametrize(
    "name", ["Ünsal Đặng", "小雨的声音", "さくら", "한국어 목소리", "Ζωή", "Юля"]
)
def test_names_of_many_scripts_are_drawn_whole(name: str) -> None:
    assert drawable(name) == name
    assert _inked(_drawn(name=name), (MARGIN, 56, WIDTH - MARGIN, 170))


def test_characters_that_no_font_here_has_are_left_out() -> None:
    assert drawable("Ravi \U0001f600 \u0906 Rao\u202e") == "Ravi Rao"


def test_colours_are_those_of_the_site() -> None:
    light = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text().split("\n.hue-0", 1)[1]
    assert tuple(re.findall(r"--voice: (#[0-9a-f]{6})", light)[: len(HUES)]) == HUES


@pytest.mark.django_db
def test_the_page_of_a_voice_names_its_picture_and_says_what_is_on_it() -> None:
    listing = factories.make_listing(price=1_999)
    page = Client().get(f"/voices/{listing.voice.slug}").text
    found = re.search(r'property="og:image" content="https?://[^/]+([^"]+)"', page)
    assert found is not None
    alt = re.search(r'property="og:image:alt" content="([^"]+)"', page)
    assert alt is not None
    assert unescape(alt[1]) == f"{listing.voice.name}, by Kim Doe, A voice for tests, from $19.99"
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    answer = Client().get(found[1])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "public" in answer["Cache-Control"]


@pytest.mark.django_db
def test_the_page_of_a_creator_has_one_too() -> None:
    creator = factories.make_listing().voice.creator
    page = Client().get(f"/creators/{creator.pk}/kim-doe").text
    assert "Kim Doe, 1 licensed voice, In English (US), from $19.99" in unescape(page)
    assert Client().get(f"/creators/{creator.pk}/share.png").status_code == 200


@pytest.mark.django_db
def test_what_is_not_on_sale_has_no_picture() -> None:
    listing = factories.make_listing(state=Listing.State.DRAFT)
    assert Client().get(f"/voices/{listing.voice.slug}/share.png").status_code == 404
    assert Client().get(f"/creators/{listing.voice.creator_id}/share.png").status_code == 404


@pytest.mark.django_db
def test_a_picture_is_drawn_once_and_another_price_is_another_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()
    drawn: list[str] = []
    monkeypatch.setattr(share_images, "png_of", lambda shared: drawn.append(shared.price) or b"png")
    listing = factories.make_listing()
    address = f"/voices/{listing.voice.slug}/share.png"
    for _ in range(2):
        assert Client().get(address).content == b"png"
    assert len(drawn) == 1
    Listing.objects.update(from_price_minor=4_200)
    Client().get(address)
    assert drawn[1:] == ["from $42.00"]


@pytest.mark.django_db
def test_one_network_has_few_pictures_drawn_and_as_many_cached_ones_as_it_likes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()
    monkeypatch.setattr(share_images, "DRAWN_PER_MINUTE", 1)
    first, second = (factories.make_listing().voice.slug for _ in range(2))
    assert Client().get(f"/voices/{first}/share.png").status_code == 200
    refused = Client().get(f"/voices/{second}/share.png")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert Client().get(f"/voices/{first}/share.png").status_code == 200
