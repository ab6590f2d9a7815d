"""What Django's system checks refuse of the settings of money: `manage.py check`, and before `migrate`."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from marketplace.currencies import known, sold_in
from marketplace.money import THREE_DIGITS


@register("money")
def currencies_have_at_most_two_decimals(**_: Any) -> list[CheckMessage]:
    """Refuse currencies with three decimals wherever prices are made in them.

    The payment provider charges them in multiples of ten minor units alone, which upgrades, shares and
    refunds in part don't keep to.
    """
    refused = sorted(THREE_DIGITS & {*sold_in(), *known()})
    if not refused:
        return []
    return [
        Error(
            f"Nothing can be sold in {', '.join(refused)}: the payment provider takes amounts with three "
            "decimals only if the last one is 0.",
            hint="Choose currencies with at most two decimals in CURRENCY and CURRENCIES.",
            id="money.E001",
        )
    ]
