"""What the system checks refuse of the settings of money."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from marketplace.listings import prices
from marketplace.money import THREE_DIGITS
from marketplace.refusals import Refused


@pytest.mark.parametrize("currency", sorted(THREE_DIGITS))
@pytest.mark.parametrize("own", [True, False])
def test_a_currency_with_three_decimals_can_be_neither_the_platforms_nor_another(
    currency: str, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "CURRENCY", currency if own else "USD")
    monkeypatch.setattr(settings, "CURRENCIES", [] if own else [currency])
    with pytest.raises(SystemCheckError, match=f"Nothing can be sold in {currency}"):
        call_command("check")


@pytest.mark.parametrize("currency", ["USD", "JPY", "CHF"])
def test_currencies_with_fewer_decimals_can(currency: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CURRENCY", currency)
    call_command("check")


def test_a_creator_types_no_price_with_three_decimals() -> None:
    with pytest.raises(Refused, match="not sold in KWD"):
        prices.require_also({"KWD": 1_500}, "USD")
