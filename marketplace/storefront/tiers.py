"""The tiers of a voice side by side: what differs between them, and what is the same in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.storefront import spoken_time
from marketplace.storefront.templatetags.presentation import (
    country_names,
    grouped,
    months,
    per_thousand,
)
from marketplace.storefront.zoned_templates import amounts_as_read


@dataclass(frozen=True)
class Row:
    """One fact of every tier, in their order."""

    label: str
    cells: list[str]


@dataclass(frozen=True)
class Compared:
    """The tiers, the facts that differ between them, and in one sentence those that don't; "" for none."""

    offers: list[Offer]
    differing: list[Row]
    common: str


def _beyond(offer: Offer) -> str:
    if not offer.overage_minor:
        return gettext("Not sold")
    price = Money(offer.overage_minor, offer.currency)
    return gettext("%(price)s per 1,000") % {"price": price}


def _where(offer: Offer) -> str:
    return country_names(offer.territory) or gettext("Worldwide")


def _characters(offer: Offer, language: str) -> str:
    heard = spoken_time.about(offer.characters, language)
    return f"{grouped(offer.characters)} ({heard})" if heard else grouped(offer.characters)


def _facts(offer: Offer, price: Money, language: str) -> dict[str, str]:
    return {
        gettext("Characters"): _characters(offer, language),
        gettext("Per 1,000"): str(per_thousand(offer, price)),
        gettext("Beyond those"): _beyond(offer),
        gettext("Term"): months(offer.term_months),
        gettext("Where"): _where(offer),
    }


def _in_words(offer: Offer, price: Money) -> dict[str, str]:
    """The same facts as they end a sentence that begins "All of these licences"."""
    beyond = gettext("sell no characters beyond those included")
    if offer.overage_minor:
        more = Money(offer.overage_minor, offer.currency)
        beyond = gettext("sell more characters at %(price)s per 1,000") % {"price": more}
    places = country_names(offer.territory)
    valid = gettext("are valid in %(places)s") % {"places": places}
    return {
        gettext("Characters"): gettext("include %(number)s characters")
        % {"number": grouped(offer.characters)},
        gettext("Per 1,000"): gettext("cost %(price)s per 1,000 characters")
        % {"price": per_thousand(offer, price)},
        gettext("Beyond those"): beyond,
        gettext("Term"): gettext("run for %(term)s") % {"term": months(offer.term_months)},
        gettext("Where"): valid if places else gettext("are valid worldwide"),
    }


def _told(facts: list[str]) -> str:
    """What is the same in all, in one sentence."""
    if not facts:
        return ""
    told = facts[-1]
    if len(facts) > 1:
        first = ", ".join(facts[:-1])
        told = gettext("%(first)s and %(last)s") % {"first": first, "last": told}
    return gettext("All of these licences %(facts)s.") % {"facts": told}


def compared(prices: Iterable[tuple[Offer, Money]], language: str) -> Compared:
    """The tiers side by side; of a single one, everything is in its column.

    prices: each offer with its price as it is shown; language: of the voice.
    """
    with amounts_as_read():
        return _compared(list(prices), language)


def _compared(prices: list[tuple[Offer, Money]], language: str) -> Compared:
    offers = [offer for offer, _ in prices]
    columns = [_facts(offer, price, language) for offer, price in prices]
    labels = list(columns[0]) if columns else []
    rows = [Row(label, [column[label] for column in columns]) for label in labels]
    same = [row for row in rows if len(offers) > 1 and len(set(row.cells)) == 1]
    common = {row.label for row in same}
    return Compared(
        offers,
        [row for row in rows if row not in same],
        _told([words for label, words in _in_words(*prices[0]).items() if label in common])
        if common
        else "",
    )
