"""The tiers of a voice side by side: what differs between them, and what is the same in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from marketplace.letters.languages import in_sentence
from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.storefront.templatetags.presentation import (
    country_names,
    grouped,
    months,
    per_thousand,
)


@dataclass(frozen=True)
class Row:
    """One fact of every tier, in their order."""

    label: str
    cells: list[str]


@dataclass(frozen=True)
class Compared:
    """The tiers, the facts that differ between them, and (label, value) of those that don't."""

    offers: list[Offer]
    differing: list[Row]
    common: list[tuple[str, str]]

    @property
    def common_words(self) -> str:
        """What is the same in all, in one line."""
        return "; ".join(f"{in_sentence(label)} {value}" for label, value in self.common)


def _beyond(offer: Offer) -> str:
    if not offer.overage_minor:
        return gettext("Not sold")
    price = Money(offer.overage_minor, offer.currency)
    return gettext("%(price)s per 1,000") % {"price": price}


def _where(offer: Offer) -> str:
    return country_names(offer.territory) or gettext("Worldwide")


def _facts(offer: Offer, price: Money) -> dict[str, str]:
    return {
        gettext("Characters"): grouped(offer.characters),
        gettext("Per 1,000"): str(per_thousand(offer, price)),
        gettext("Beyond those"): _beyond(offer),
        gettext("Term"): months(offer.term_months),
        gettext("Where"): _where(offer),
    }


def compared(prices: Iterable[tuple[Offer, Money]]) -> Compared:
    """The tiers side by side; of a single one, everything is in its column.

    prices: each offer with its price as it is shown.
    """
    prices = list(prices)
    offers = [offer for offer, _ in prices]
    columns = [_facts(offer, price) for offer, price in prices]
    labels = list(columns[0]) if columns else []
    rows = [Row(label, [column[label] for column in columns]) for label in labels]
    same = [row for row in rows if len(offers) > 1 and len(set(row.cells)) == 1]
    return Compared(
        offers,
        [row for row in rows if row not in same],
        [(row.label, row.cells[0]) for row in same],
    )
