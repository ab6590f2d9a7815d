"""The page of a voice: tiers side by side, what one owns, the creator, and what machines read of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import Organization, User
from marketplace.letters.languages import in_sentence
from marketplace.licensing.models import Licence, Order
from marketplace.licensing.terms import of_offer
from marketplace.listings.models import Listing
from marketplace.storefront.spoken_time import about
from marketplace.storefront.templatetags.presentation import use_labels
from marketplace.storefront.tiers import compared
from tests import factories

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _page(listing: Listing, client: Client | None = None) -> str:
    return (client or Client()).get(f"/voices/{listing.voice.slug}").text


def test_tiers_are_compared_by_what_differs_and_the_rest_is_said_once() -> None:
    listing = factories.make_listing()
    listing.offers.create(tier="commercial", price_minor=9_900, currency="USD", characters=500_000)
    found = compared(((offer, offer.price) for offer in listing.offers.all()), "en-US")
    assert {row.label: row.cells for row in found.differing} == {
        "Characters": ["1,000 (about 1 minute of audio)", "500,000 (about 9.3 hours of audio)"],
        "Per 1,000": ["$19.99", "$0.20"],
    }
    common = "All of these licences sell no characters beyond those included, run for 1 year and are valid worldwide."
    assert found.common == common
    page = _page(listing)
    assert f'href="/voices/{listing.voice.slug}/buy?tier=commercial"' in page
    assert common in page


def test_the_personal_licence_says_that_one_may_sell_what_one_makes() -> None:
    listing = factories.make_listing()
    may = "You may sell what you make with it, for the uses listed"
    compare = Client().get("/compare", {"voice": listing.voice.slug})
    order = Client().get(f"/voices/{listing.voice.slug}/buy")
    assert all(may in page for page in (_page(listing), compare.text, order.text))
    listing.offers.update(tier="commercial")
    assert may not in _page(listing)


def test_the_page_says_what_the_names_of_tiers_do_not_limit() -> None:
    listing = factories.make_listing()
    alone = unescape(_page(listing))
    assert "What it allows" in alone
    assert "What the names mean" not in alone
    listing.offers.create(tier="commercial", price_minor=9_900, currency="USD", characters=500_000)
    page = unescape(_page(listing))
    assert "What the names mean" in page
    uses = use_labels(listing.uses)
    assert (
        f"allows the same uses ({in_sentence(uses)}), whether you earn money with them or not"
        in page
    )
    assert "only an exclusive licence does" in page
    assert '<a href="/help/buyers#which-licence-do-i-need">' in page


def test_every_tier_sold_grants_the_same_but_for_what_the_table_compares() -> None:
    listing = factories.make_listing()
    listing.offers.create(tier="commercial", price_minor=9_900, currency="USD", characters=500_000)
    buyer = Organization(name="")
    first, second = (of_offer(offer, buyer, until=None) for offer in listing.offers.all())
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"tier", "characters", "price_minor"}


def test_a_single_tier_has_all_of_it_in_its_column() -> None:
    offer = factories.make_listing().offers.get()
    found = compared([(offer, offer.price)], "en-US")
    assert [row.label for row in found.differing] == [
        "Characters", "Per 1,000", "Beyond those", "Term", "Where",
    ]  # fmt: skip
    assert found.common == ""


def test_an_owner_is_told_and_nobody_else() -> None:
    listing = factories.make_listing()
    licence = factories.make_licence(listing)
    assert "You have a licence already" in _page(listing, _as(licence.buyer))
    assert "You have a licence already" not in _page(listing, _as(factories.make_user()))
    assert "You have a licence already" not in _page(listing)
    Licence.objects.update(state=Licence.State.EXPIRED)
    assert "You have a licence already" not in _page(listing, _as(licence.buyer))


def test_search_engines_and_previews_of_links_read_the_voice_and_its_prices() -> None:
    listing = factories.make_listing(price=1_999)
    page = _page(listing)
    assert 'itemtype="https://schema.org/Product"' in page
    assert f'<h1 itemprop="name">{listing.voice.name}</h1>' in page
    assert 'itemtype="https://schema.org/Offer"' in page
    assert '<meta itemprop="price" content="19.99">' in page
    assert '<meta itemprop="priceCurrency" content="USD">' in page
    assert f'<meta property="og:title" content="{listing.voice.name}">' in page
    assert 'property="og:audio"' in page


def test_a_creators_page_has_their_voices_and_how_consent_was_given() -> None:
    first = factories.make_listing()
    creator = first.voice.creator
    second = factories.make_listing(factories.make_voice(creator))
    hidden = factories.make_listing(factories.make_voice(creator), state=Listing.State.DRAFT)
    link = re.search(r'class="card creator" href="([^"]+)"', _page(first))
    assert link is not None
    page = unescape(Client().get(link[1]).text)
    assert creator.display_name in page
    assert first.voice.name in page
    assert second.voice.name in page
    assert hidden.voice.name not in page
    assert page.count("A statement with fresh random words was read") == 2
    assert "sold" not in page


def test_only_licences_that_were_paid_for_count_as_sold() -> None:
    listing = factories.make_listing()
    address = f"/creators/{listing.voice.creator.pk}/kim-doe"
    for _ in range(6):
        factories.make_licence(listing)
    given, refunded, *_ = Order.objects.all()
    Order.objects.filter(pk=given.pk).update(payment_intent="")
    assert "5+ licences sold" in Client().get(address).text
    Licence.objects.filter(order=refunded).update(state=Licence.State.REFUNDED)
    assert "licences sold" not in Client().get(address).text


def test_a_creator_with_nothing_on_sale_has_no_page() -> None:
    listing = factories.make_listing(state=Listing.State.SUSPENDED)
    assert Client().get(f"/creators/{listing.voice.creator.pk}/kim-doe").status_code == 404


def test_the_name_in_a_creators_address_leads_to_the_present_one() -> None:
    creator = factories.make_listing().voice.creator
    answer = Client().get(f"/creators/{creator.pk}/somebody")
    assert (answer.status_code, answer["Location"]) == (301, f"/creators/{creator.pk}/kim-doe")


def test_a_creators_page_asks_the_database_as_often_for_many_voices_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    creator = factories.make_listing().voice.creator
    address = f"/creators/{creator.pk}/kim-doe"
    with CaptureQueriesContext(connection) as one:
        Client().get(address)
    for _ in range(3):
        factories.make_listing(factories.make_voice(creator))
    with django_assert_max_num_queries(len(one)):
        assert Client().get(address).status_code == 200


def test_characters_are_told_as_audio_beside_their_number_too() -> None:
    listing = factories.make_listing(characters=50_000)
    order = Client().get(f"/voices/{listing.voice.slug}/buy").text
    assert "about 1 hour of audio" in order
    page = _page(listing)
    assert "50,000 (about 1 hour of audio)" in page
    assert page.count("about 1 hour of audio") == 2


@pytest.mark.parametrize(
    ("characters", "language", "told"),
    [
        (54_000, "en-US", "about 1 hour of audio"),
        (50_000, "en-US", "about 1 hour of audio"),
        (5_000, "es", "about 6 minutes of audio"),
        (100, "fr", "about 1 minute of audio"),
        (30_000, "it", "about 35 minutes of audio"),
        (100_000, "en-GB", "about 1.9 hours of audio"),
        (2_000_000, "en-US", "about 37 hours of audio"),
        (54_000, "zh-CN", ""),  # spoken several times as slowly
    ],
)
def test_time_is_rounded_to_what_is_known_of_it(characters: int, language: str, told: str) -> None:
    assert about(characters, language) == told


def test_nobody_who_could_withdraw_is_named_for_a_synthetic_voice() -> None:
    for synthetic in (False, True):
        listing = factories.make_listing(factories.make_voice(synthetic=synthetic), notice_days=30)
        order = Client().get(f"/voices/{listing.voice.slug}/buy").text
        for page in (_page(listing), order):
            assert ("If the speaker withdraws" in page.split("<details")[0]) != synthetic


def test_a_german_page_writes_every_price_as_germans_do() -> None:
    listing = factories.make_listing(price=1_999)
    client = Client(headers={"Accept-Language": "de"})
    page = unescape(_page(listing, client)).partition("<body")[
        2
    ]  # before it: of the shared picture
    assert "$19.99" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert "19,99" in page
