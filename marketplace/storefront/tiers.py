"""The tiers of a voice side by side: what differs between them, and what is the same in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from marketplace.countries import countries
from marketplace.listings.models import Offer
from marketplace.storefront.templatetags import prices
from marketplace.storefront.templatetags.presentation import months


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
        return "; ".join(f"{label.lower()} {value}" for label, value in self.common)


def _beyond(offer: Offer) -> str:
    price = prices.overage_price(offer)
    return f"{price} per 1,000" if price else "Not sold"


def _where(offer: Offer) -> str:
    names = countries()
    return ", ".join(names.get(code, code) for code in offer.territory) or "Worldwide"


_FACTS: dict[str, Callable[[Offer], str]] = {
    "Characters": lambda offer: f"{offer.characters:,}",
    "Per 1,000": lambda offer: str(prices.thousand_price(offer)),
    "Beyond those": _beyond,
    "Term": lambda offer: months(offer.term_months),
    "Where": _where,
}


def compared(offers: Iterable[Offer]) -> Compared:
    """The tiers side by side; of a single one, everything is in its column."""
    offers = list(offers)
    rows = [Row(label, [fact(offer) for offer in offers]) for label, fact in _FACTS.items()]
    same = [row for row in rows if len(offers) > 1 and len(set(row.cells)) == 1]
    return Compared(
        offers,
        [row for row in rows if row not in same],
        [(row.label, row.cells[0]) for row in same],
    )
