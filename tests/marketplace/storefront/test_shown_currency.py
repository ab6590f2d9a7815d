"""In which currency a visitor sees prices, and that they pay what they saw."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from marketplace.accounts.models import User
from marketplace.licensing.models import Order, Quote
from marketplace.listings.models import Listing, OfferPrice
from marketplace.money import Money
from marketplace.storefront.forms import OffersForm
from tests import factories

pytestmark = pytest.mark.django_db
THERE = {"EUR": 1_799, "JPY": 3_140}
FORM: dict[str, Any] = {
    "headline": "A voice", "uses": ["audiobook"], "personal_price": "19.99", "personal_characters": "1000",
    "commercial_characters": "500000", "term_months": "12",
}  # fmt: skip


def _listing() -> Listing:
    return factories.make_listing(also=THERE)


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _choose(client: Client, currency: str, back: str = "/voices") -> Any:
    return client.post("/currency", {"currency": currency, "next": back})


@pytest.mark.parametrize(
    ("language", "price"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "17,99\xa0€"),
        ("fr", "€17.99"),
        ("ja", "¥3,140"),
        ("en-US,en;q=0.9", "$19.99"),
        ("en", "$19.99"),
        ("en-GB", "$19.99"),  # this voice isn't sold in pounds
        ("pt-BR", "$19.99"),  # and nothing is in reals
        ("zh-Hant-TW", "$19.99"),
        ("", "$19.99"),
        ("*;q=\x85", "$19.99"),
        ("-" * 5_000, "$19.99"),
    ],
)
def test_prices_are_first_in_the_currency_of_the_browsers_country(
    client: Client, language: str, price: str
) -> None:
    slug = _listing().voice.slug
    for page in ("/voices", f"/voices/{slug}", f"/compare?voice={slug}"):
        assert price in client.get(page, headers={"Accept-Language": language}).text


def test_a_choice_is_remembered_by_the_browser_and_goes_back_to_the_page(client: Client) -> None:
    slug = _listing().voice.slug
    answer = _choose(client, "JPY", f"/voices/{slug}?x=1")
    assert (answer.status_code, answer["Location"]) == (302, f"/voices/{slug}?x=1")
    cookie = answer.cookies["currency"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("JPY", True, "Lax")
    page = client.get(f"/voices/{slug}", headers={"Accept-Language": "de"}).text
    assert "3.140\xa0¥" in page


def test_a_choice_is_kept_on_the_account_and_goes_where_it_signs_in() -> None:
    user, slug = factories.make_user(), _listing().voice.slug
    _choose(_as(user), "EUR")
    user.refresh_from_db()
    assert user.currency == "EUR"
    assert "€17.99" in _as(user).get(f"/voices/{slug}").text


@pytest.mark.parametrize("currency", ["CHF", "", "EUR\r\nX: 1", "é"])
def test_what_nothing_is_sold_in_cannot_be_chosen(currency: str) -> None:
    user = factories.make_user()
    answer = _choose(_as(user), currency)
    assert "currency" not in answer.cookies
    user.refresh_from_db()
    assert user.currency == ""


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_the_choice_leads_nowhere_else(client: Client, back: str) -> None:
    assert _choose(client, "EUR", back)["Location"] == "/"


def test_a_buyer_pays_what_the_page_showed() -> None:
    listing, buyer = _listing(), factories.make_user()
    client = _as(buyer)
    _choose(client, "EUR")
    page = client.get(f"/voices/{listing.voice.slug}/buy").text
    assert '<input type="hidden" name="currency" value="EUR">' in page
    assert "charge it €17.99" in page  # what renewing by itself would cost
    answer = client.post(
        f"/voices/{listing.voice.slug}/buy", {"tier": "personal", "currency": "EUR", "renews": "on"}
    )
    assert answer.status_code == 302
    order = Order.objects.get()
    assert order.price == Money(1_799, "EUR")
    assert "charge it €17.99" in order.renewal_words


def test_a_price_that_is_gone_is_not_replaced_by_another() -> None:
    listing, buyer = _listing(), factories.make_user()
    OfferPrice.objects.all().delete()
    answer = _as(buyer).post(
        f"/voices/{listing.voice.slug}/buy", {"tier": "personal", "currency": "EUR"}, follow=True
    )
    assert "not sold in EUR any more" in answer.text
    assert not Order.objects.exists()


def test_signing_in_first_says_the_price_that_was_seen(client: Client) -> None:
    slug = _listing().voice.slug
    client.post(f"/voices/{slug}/buy", {"tier": "personal", "currency": "JPY"})
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert "Pay ¥3,140" in client.get("/go-on", follow=True).text


def test_a_voice_that_is_not_sold_in_the_chosen_currency_says_so(client: Client) -> None:
    slug = factories.make_listing().voice.slug
    _choose(client, "EUR")
    page = client.get(f"/voices/{slug}").text
    assert "$19.99" in page
    assert "Not sold in EUR." in page


def test_further_characters_from_credit_say_their_currency_before_paying(client: Client) -> None:
    listing = _listing()
    listing.offers.update(overage_minor=500)
    _choose(client, "EUR")
    page = " ".join(client.get(f"/voices/{listing.voice.slug}/buy").text.split())
    assert "from credit, for $5.00 per 1,000 (credit is sold in USD)" in page


@pytest.mark.parametrize("page", ["/plans", "/credit"])
def test_plans_and_credit_say_that_they_have_one_currency(page: str) -> None:
    client = _as(factories.make_user())
    assert "can be bought in other currencies" not in client.get(page).text
    _choose(client, "EUR")
    assert "in USD. Licences of voices can be bought in other currencies." in client.get(page).text


def test_a_quote_is_asked_for_in_the_chosen_currency() -> None:
    listing, buyer = _listing(), factories.make_user()
    client = _as(buyer)
    _choose(client, "JPY")
    client.post(f"/voices/{listing.voice.slug}/exclusive", {"message": "For a film of ours."})
    quote = Quote.objects.get()
    assert quote.currency == "JPY"
    creator = _as(listing.voice.creator.user)
    creator.post(f"/quotes/{quote.public_id}", {"price": "150000", "characters": "5000"})
    quote.refresh_from_db()
    assert quote.price in (None, Money(150_000, "JPY"))  # asked for a password first


def test_the_filter_by_price_is_in_the_chosen_currency(client: Client) -> None:
    listing = _listing()
    _choose(client, "EUR")
    assert listing.voice.name in client.get("/voices?max_price=18").text
    assert "Up to (EUR)" in client.get("/voices").text
    _choose(client, "USD")
    assert listing.voice.name not in client.get("/voices?max_price=18").text


def test_creators_type_some_prices_and_have_the_others_converted() -> None:
    form = OffersForm({**FORM, "also": ["EUR"], "personal_price_JPY": "2500"})
    assert form.is_valid(), form.errors
    [draft] = form.drafts()
    assert draft.also == {"EUR": None, "JPY": 2_500}


@pytest.mark.parametrize("typed", ["2500.5", "2,500", "399", "2000001", "-1"])
def test_a_price_in_yen_is_a_whole_number_within_its_limits(typed: str) -> None:
    form = OffersForm({**FORM, "personal_price_JPY": typed})
    assert not form.is_valid()
    assert list(form.errors) == ["personal_price_JPY"]


def test_the_form_shows_what_was_typed_and_what_was_converted() -> None:
    listing = factories.make_listing(also={"EUR": None, "JPY": 2_500})
    client = _as(listing.voice.creator.user)
    page = client.get(f"/studio/voices/{listing.voice.public_id}").text
    assert 'name="personal_price_EUR"' in page
    field = page[page.index('name="personal_price_EUR"') :].partition(">")[0]
    assert 'placeholder="17.99"' in field
    assert "value" not in field
    typed = page[page.index('name="personal_price_JPY"') :].partition(">")[0]
    assert 'value="2500"' in typed
    assert 'step="1"' in typed


def test_the_catalogue_answers_with_prices_in_the_currency_asked_for(client: Client) -> None:
    slug = _listing().voice.slug
    [voice] = client.get("/v1/voices?currency=eur").json()["data"]
    assert (voice["from_price_minor"], voice["currency"]) == (1_799, "EUR")
    assert voice["currencies"] == ["EUR", "JPY", "USD"]
    voice = client.get(f"/v1/voices/{slug}?currency=GBP").json()
    assert (voice["from_price_minor"], voice["currency"]) == (1_999, "USD")
    [offer] = client.get(f"/v1/voices/{slug}/terms?currency=JPY").json()["offers"]
    assert (offer["price_minor"], offer["currency"]) == (3_140, "JPY")
    assert offer["prices_minor"] == {"USD": 1_999, "EUR": 1_799, "JPY": 3_140}


@pytest.mark.parametrize("path", ["/v1/voices", "/v1/voices/{slug}", "/v1/voices/{slug}/terms"])
def test_the_catalogue_refuses_a_currency_that_nothing_is_sold_in(
    client: Client, path: str
) -> None:
    slug = _listing().voice.slug
    answer = client.get(path.format(slug=slug), {"currency": "CHF"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (422, "currency")


def test_with_one_currency_there_is_nothing_to_choose(client: Client, settings: Any) -> None:
    _listing()
    settings.CURRENCIES = []
    page = client.get("/voices", headers={"Accept-Language": "fr"}).text
    assert "$19.99" in page
    assert 'action="/currency"' not in page


@pytest.mark.parametrize(
    ("typed", "is_taken"), [("15000", True), ("1500.50", False), ("1000001", False), ("1", False)]
)
def test_prices_of_a_platform_in_yen_have_the_limits_and_the_digits_of_yen(
    settings: Any, typed: str, is_taken: bool
) -> None:
    settings.CURRENCY, settings.CURRENCIES, settings.MIN_PRICE_MINOR = "JPY", [], 400
    form = OffersForm({**FORM, "personal_price": typed, "overage_price": "9000"})
    assert ("personal_price" not in form.errors) == is_taken
    assert "overage_price" not in form.errors
