"""Countries as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.countries import codes_in
from marketplace.storefront.forms import OffersForm

pytestmark = pytest.mark.django_db  # rates are rows
OFFER: dict[str, Any] = {
    "headline": "A voice", "personal_price": "10", "personal_characters": "1000",
    "commercial_characters": "1000", "term_months": "12", "notice_days": "0", "uses": ["app"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("Germany", ("DE",)),
        ("DE, AT, CH", ("DE", "AT", "CH")),
        ("de at", ("DE", "AT")),
        ("Germany; united kingdom\nDE", ("DE", "GB")),
        ("", ()),
    ],
)
def test_a_country_is_known_by_name_and_by_code(written: str, codes: tuple[str, ...]) -> None:
    assert codes_in(written) == codes


@pytest.mark.parametrize("written", ["Ge", "Germany, Atlantis", "DE XX"])
def test_what_is_no_country_is_named_and_never_shortened_to_one(written: str) -> None:
    form = OffersForm({**OFFER, "territory": written})
    assert not form.is_valid()
    assert "is not a country" in form.errors["territory"][0]


def test_an_offer_in_named_countries_has_their_codes() -> None:
    form = OffersForm({**OFFER, "territory": "Germany, Austria"})
    assert form.is_valid(), form.errors
    assert [draft.territory for draft in form.drafts()] == [("DE", "AT")]
