"""Search: the voices on sale that fit what a visitor asks for, and how many fit each further choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Func, TextField
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from marketplace.listings.models import Listing
from marketplace.listings.said import in_capitals, said
from marketplace.listings.shelf import FACETS, NO_PRICE, Column, Shelf, Which, shelf
from marketplace.listings.vocabulary import Concept, Term, Wanted, akin_to, known_words, understand
from marketplace.money import Money
from marketplace.voices.models import REGIONS

_SORTS = {"newest": (), "trending": ("week",), "rated": ("rating",), "used": ("quarter",)}
_SORTED_BY = ("key", "price", "published", "week", "quarter", "rating")
STEMS, _STEMS_SECONDS = "listings.stems", 600
Places = NDArray[np.intp]


class _StemsOf(Func):
    """The stems in a search vector, a row each."""

    template = "unnest(tsvector_to_array(%(expressions)s))"
    output_field = TextField()


@dataclass(frozen=True)
class Filters:
    """What a visitor is looking for; empty means any. Prices in minor units."""

    words: str = ""
    language: str = ""
    gender: str = ""
    age: str = ""
    use: str = ""
    style: str = ""
    max_price_minor: int | None = None
    currency: str = ""  # of that price, and of the order by price; empty: the platform's own
    sort: str = ""  # `price`, or of `_SORTS`; empty: the best match first, without words the newest
    reads: str = (
        ""  # the language of the reader's page, whose voices come first among equal matches
    )
    nearly: bool = (
        False  # whether what fits almost all the words is found too, below what fits them all
    )

    def chosen(self) -> dict[str, str]:
        """The facets that are chosen."""
        return {facet: value for facet in FACETS if (value := getattr(self, facet))}


@dataclass(frozen=True)
class Found:
    """What was found: the keys of listings in order, how many, and how many fit each value of a facet.

    corrected: words that nobody uses here, and what they were taken for.
    partly: nothing fits all the words, so these fit some.
    near: how many of the last ones fit almost all the words, where that was asked for.
    """

    keys: Sequence[int]
    total: int
    counts: dict[str, Counter[str]]
    corrected: dict[str, str] = field(default_factory=dict)
    partly: bool = False
    near: int = 0


def find(filters: Filters) -> Found:
    """Listings on sale as a visitor means it: misspelt words are corrected, and if nothing fits all the
    words, what fits some of them is found.
    """
    wanted = understand(filters.words)
    filters = _priced(filters, wanted)
    on = shelf()
    sold = _sold(on, filters)
    full = sold & _all_of(on, wanted)
    corrected: dict[str, str] = {}
    if wanted.terms and not full.any():
        wanted, corrected = _corrected(wanted)
        if corrected:
            full = sold & _all_of(on, wanted)
    # whatever is chosen beside the words, so that each count says what its choice finds
    nearly = sold & ~full & _almost(on, wanted) if filters.nearly and full.any() else on.only(())
    fitting = full | nearly
    partly = bool(wanted.terms) and not _chosen(on, filters, fitting).any()
    if partly:
        fitting, nearly = sold & _any_of(on, wanted), on.only(())
    found = np.flatnonzero(_chosen(on, filters, fitting))
    return Found(
        keys=on.keys[found[_order(on, found, filters, wanted, nearly)]].tolist(),
        total=len(found),
        counts={facet: _counts(on, filters, fitting, facet) for facet in FACETS},
        corrected=corrected,
        partly=partly and len(found) > 0,
        near=int(np.count_nonzero(nearly[found])),
    )


def counts_on_sale() -> tuple[int, int]:
    """How many voices are on sale, and how many languages they speak."""
    on = shelf()
    sold = on.speakable()
    spoken = sum(bool((holders & sold).any()) for holders in on.holding["language"].values())
    return int(np.count_nonzero(sold)), spoken


def slugs_on_sale() -> list[tuple[str, datetime | None]]:
    """What addresses call each voice on sale, and when it was published; the newest listing last."""
    on = shelf()
    sold = on.speakable()
    slugs, published = on.columns["slug"][sold], on.columns["published"][sold]
    return [
        (slug, datetime.fromtimestamp(at, UTC) if at < np.inf else None)
        for slug, at in zip(slugs.tolist(), published.tolist(), strict=True)
    ]


def _priced(filters: Filters, wanted: Wanted) -> Filters:
    """The filters, with the price that was written among the words."""
    if wanted.max_price is None or filters.max_price_minor is not None:
        return filters
    currency = filters.currency or settings.CURRENCY
    most = Money.parse(Decimal(wanted.max_price), currency).minor
    return replace(filters, max_price_minor=most)


def _sold(on: Shelf, filters: Filters) -> Which:
    """What may speak and has an offer at the price or less; in another currency, one that is sold in it."""
    most = filters.max_price_minor
    if most is None:
        return on.speakable()
    is_foreign = _is_foreign(filters.currency)
    prices = on.prices_in(filters.currency) if is_foreign else on.columns["price"]
    within: Which = (prices <= most) & (prices != NO_PRICE)
    return on.speakable() & within


def _is_foreign(currency: str) -> bool:
    return currency not in ("", settings.CURRENCY)


def _is(on: Shelf, concept: Concept) -> Which:
    holding = on.holding[concept.facet]
    if concept.facet == "language" and concept.value in REGIONS:
        return _any_region(on, concept.value)
    return holding.get(concept.value, on.only(()))


def _any_region(on: Shelf, language: str) -> Which:
    """What speaks a language, in whichever of its regions."""
    holding = on.holding["language"]
    regions = [holding[code] for code in REGIONS[language] if code in holding]
    spoken: Which = np.logical_or.reduce([on.only(()), *regions])
    return spoken


def _alternatives(on: Shelf, term: Term) -> list[Which]:
    """What makes a term fit: that the listing says it (a phrase that means something is no mere words),
    or that one of its meanings is true.
    """
    is_phrase = term.concepts and "-" in term.word
    says = [] if is_phrase else [said(on, [term.word])[term.word].fits]
    return [*says, *(_is(on, concept) for concept in term.concepts)]


def _all_of(on: Shelf, wanted: Wanted) -> Which:
    fitting = ~on.only(())
    said(on, [term.word for term in wanted.terms])  # one query for all
    for term in wanted.terms:
        one = np.logical_or.reduce(_alternatives(on, term))
        fitting &= ~one if term.unwanted else one
    return fitting


def _without_unwanted(on: Shelf, wanted: Wanted) -> Which:
    return _all_of(on, Wanted(tuple(term for term in wanted.terms if term.unwanted)))


def _any_of(on: Shelf, wanted: Wanted) -> Which:
    fitting = _without_unwanted(on, wanted)
    return fitting & (_matched(on, wanted) > 0) if wanted.asked else fitting


def _almost(on: Shelf, wanted: Wanted) -> Which:
    """What fits most of the words, or something akin to each that it does not fit; never what is unwanted."""
    if len(wanted.asked) < 2:
        return on.only(())
    akin: Which = np.logical_and.reduce(
        [
            np.logical_or.reduce(
                [*_alternatives(on, term), *(_is(on, concept) for concept in akin_to(term))]
            )
            for term in wanted.asked
        ]
    )
    most = _matched(on, wanted) > len(wanted.asked) / 2
    return _without_unwanted(on, wanted) & (most | akin)


def _matched(on: Shelf, wanted: Wanted) -> NDArray[np.int64]:
    """How many of the words each listing fits."""
    matched = np.zeros(len(on.keys), np.int64)
    for term in wanted.asked:
        matched += np.logical_or.reduce(_alternatives(on, term))
    return matched


def _chosen(on: Shelf, filters: Filters, fitting: Which, but: str = "") -> Which:
    """Of what fits, what has every chosen facet but one."""
    for facet, value in filters.chosen().items():
        if facet != but:
            fitting = fitting & _is(on, Concept(facet, value))
    return fitting


def _counts(on: Shelf, filters: Filters, fitting: Which, facet: str) -> Counter[str]:
    """How many listings fit each value of a facet beside the other choices."""
    beside = _chosen(on, filters, fitting, but=facet)
    counts = {
        value: int(np.count_nonzero(holders & beside))
        for value, holders in on.holding[facet].items()
    }
    if facet == "language":
        for language in REGIONS:
            counts[language] = int(np.count_nonzero(_any_region(on, language) & beside))
    return Counter({value: count for value, count in counts.items() if count})


def _order(on: Shelf, found: Places, filters: Filters, wanted: Wanted, nearly: Which) -> Places:
    """The order of what was found: what fits only nearly last, then by the sort, then the newest first."""
    by = {name: on.columns[name][found] for name in _SORTED_BY}
    newest: list[Column] = [-by["published"], -by["key"]]
    first: list[Column]
    sort = filters.sort or ("" if wanted.terms else "newest")
    if sort == "price":
        there = [on.prices_in(filters.currency)[found]] if _is_foreign(filters.currency) else []
        first = [*there, by["price"], -by["key"]]
    elif sort in _SORTS:
        first = [*(-by[name] for name in _SORTS[sort]), *newest]
    else:
        best = (_named(on, filters), _matched(on, wanted), _own(on, filters), _fit(on, wanted))
        first = [*(-each[found].astype(float) for each in best), *newest]
    return np.lexsort([nearly[found], *first][::-1])


def _named(on: Shelf, filters: Filters) -> Which:
    """The voice that has the written words as its name."""
    return on.named(in_capitals(filters.words.strip()))


def _own(on: Shelf, filters: Filters) -> Which:
    """The voices that speak the reader's own language, whatever its country."""
    base = filters.reads.partition("-")[0]
    spoken = on.holding["language"].items()
    own = [holders for tag, holders in spoken if base and tag.partition("-")[0] == base]
    spoken_by: Which = np.logical_or.reduce([on.only(()), *own])
    return spoken_by


def _fit(on: Shelf, wanted: Wanted) -> NDArray[np.float64]:
    """How well each listing fits: a point for each meaning that is true of it, and how it says the words."""
    fit = np.zeros(len(on.keys))
    for term in wanted.asked:
        fit += said(on, [term.word])[term.word].rank
        for condition in _alternatives(on, term):
            fit += condition
    return fit


def _corrected(wanted: Wanted) -> tuple[Wanted, dict[str, str]]:
    """Replace words that nothing here is called by the nearest that something is."""
    stems = _stems()
    terms, corrected = [], {}
    for term in wanted.terms:
        nearest = None if term.concepts else _nearest(term.word, stems)
        if nearest is None:
            terms.append(term)
            continue
        corrected[term.word] = nearest
        terms += [replace(each, unwanted=term.unwanted) for each in understand(nearest).terms]
    return Wanted(tuple(terms), wanted.max_price), corrected


def _nearest(word: str, stems: list[str]) -> str | None:
    """The nearest known word; None if it is known itself, too short, or like nothing."""
    if len(word) < 4 or any(stem.startswith(word) or word == stem for stem in stems):
        return None
    most = 1 if len(word) < 7 else 2
    for choices in (known_words(), stems):
        found = process.extractOne(word, choices, scorer=OSA.distance, score_cutoff=most)
        if found:
            return found[0]
    return None


def _stems() -> list[str]:
    """Every stem that a listing on sale says."""
    stems = cache.get(STEMS)
    if stems is None:
        live = Listing.objects.filter(state=Listing.State.LIVE).order_by()
        found = live.annotate(stem=_StemsOf(F("words"))).values_list("stem", flat=True).distinct()
        stems = list(found)
        cache.set(STEMS, stems, _STEMS_SECONDS)
    return stems  # type: ignore[no-any-return]
