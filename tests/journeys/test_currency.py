"""Buying in euros and in yen in a real browser, from the foot of the page to the invoice."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.licensing.models import Licence
from marketplace.payouts.models import Payment
from tests import factories
from tests.journeys.chromium import IN_A_BROWSER, sign_in

pytestmark = IN_A_BROWSER


def _require_fit(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize(
    ("currency", "price", "size"),
    [
        pytest.param("EUR", "€17.99", {"width": 1200, "height": 900}, marks=pytest.mark.slow),
        ("JPY", "¥3,140", {"width": 390, "height": 844}),
    ],
)
def test_a_buyer_chooses_a_currency_pays_in_it_and_sees_it_on_the_invoice(
    page: Any, live_server: Any, settings: Any, currency: str, price: str, size: dict[str, int]
) -> None:  # fmt: skip
    settings.BASE_URL = live_server.url
    page.set_viewport_size(size)
    listing = factories.make_listing(also={"EUR": None, "JPY": None})
    listing.offers.update(overage_minor=2_000)
    buyer = factories.make_user()
    sign_in(page, buyer, live_server.url)
    page.goto(f"/voices/{listing.voice.slug}")
    assert page.locator(".tier-price").inner_text() == "$19.99"
    page.get_by_label("Prices in").select_option(currency)
    page.locator("footer form[action='/currency'] button").click()
    page.wait_for_url(f"**/voices/{listing.voice.slug}")
    assert page.locator(".tier-price").inner_text() == price
    _require_fit(page)
    assert page.problems == []
    page.get_by_role("button", name="Buy a licence").click()
    page.get_by_role("button", name=f"Pay {price}").click()
    page.wait_for_url("**/pay/**")
    _require_fit(page)
    page.locator("button").first.click()
    page.wait_for_url("**/thank-you")
    page.problems.clear()  # the sandbox's page has no icon
    licence = Licence.objects.get()
    assert licence.terms["currency"] == currency
    _require_fit(page)
    payment = Payment.objects.get()
    assert str(payment.amount) == price
    invoices.number_documents()
    page.goto("/payments")
    assert price in page.locator("main").inner_text()
    _require_fit(page)
    answer = page.request.get(f"/invoices/{Invoice.objects.get().public_id}.pdf")
    assert answer.ok
    assert page.problems == []


def test_a_creator_types_a_price_in_yen_and_has_the_one_in_euros_converted(
    page: Any,
    live_server: Any,
) -> None:
    listing = factories.make_listing()
    sign_in(page, listing.voice.creator.user, live_server.url)
    page.goto(f"/studio/voices/{listing.voice.public_id}")
    page.get_by_label("EUR: Euro").check()
    page.get_by_text("Type prices in other currencies").click()
    page.locator("[name=personal_price_JPY]").fill("2500")
    earned = page.locator("[name=personal_price_JPY] + output").inner_text()
    assert earned.startswith("You earn ¥2,125 per sale")
    _require_fit(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    offer = listing.offers.get()
    assert {str(price.price) for price in offer.prices.all()} == {"€17.99", "¥2,500"}
    assert page.locator("[name=personal_price_EUR]").get_attribute("placeholder") == "17.99"
    assert page.problems == []
