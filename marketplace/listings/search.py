"""Search: the voices on sale that fit what a visitor asks for, and how many fit each further choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.cache import cache
from django.db import connection
from django.db.models import (
    Case,
    Exists,
    Expression,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from rapidfuzz import process
from rapidfuzz.distance import OSA

from marketplace.listings.models import Listing, OfferPrice
from marketplace.listings.queries import speakable
from marketplace.listings.vocabulary import Concept, Term, Wanted, known_words, understand
from marketplace.money import Money

_COLUMNS = {
    "language": "voice__language",
    "gender": "voice__gender",
    "age": "voice__age",
    "style": "voice__styles",
    "use": "uses",
}
_LISTS = frozenset({"style", "use"})
_SORTS = {
    "newest": ("-published_at", "-pk"),
    "price": ("from_price_minor", "-pk"),
    "trending": ("-spoken_week", "-published_at", "-pk"),
    "rated": ("-rating_rank", "-published_at", "-pk"),
    "used": ("-spoken_quarter", "-published_at", "-pk"),
}
STEMS, _STEMS_SECONDS = "listings.stems", 600


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
    sort: str = ""  # of `_SORTS`; empty: the best match first, without words the newest

    def chosen(self) -> dict[str, str]:
        """The facets that are chosen."""
        return {facet: value for facet in _COLUMNS if (value := getattr(self, facet))}


@dataclass(frozen=True)
class Found:
    """What was found: the keys of listings in order, how many, and how many fit each value of a facet.

    corrected: words that nobody uses here, and what they were taken for.
    partly: nothing fits all the words, so these fit some.
    """

    keys: QuerySet[Any]
    total: int
    counts: dict[str, Counter[str]]
    corrected: dict[str, str] = field(default_factory=dict)
    partly: bool = False


def find(filters: Filters) -> Found:
    """Listings on sale as a visitor means it: misspelt words are corrected, and if nothing fits all the
    words, what fits some of them is found.
    """
    wanted = understand(filters.words)
    filters = _priced(filters, wanted)
    counts = _counts(_all_of(wanted), filters)
    corrected: dict[str, str] = {}
    if wanted.terms and not counts["total"][""]:
        wanted, corrected = _corrected(wanted)
        if corrected:
            counts = _counts(_all_of(wanted), filters)
    partly = bool(wanted.terms) and not counts["total"][""]
    fitting = _any_of(wanted) if partly else _all_of(wanted)
    if partly:
        counts = _counts(fitting, filters)
    total = counts.pop("total")[""]
    fits = speakable(Listing.objects.filter(fitting, _chosen(filters)))
    keys = _in_order(fits, filters, wanted).values_list("pk", flat=True)  # rows of cards are wide
    return Found(keys, total, counts, corrected, partly=partly and total > 0)


def _priced(filters: Filters, wanted: Wanted) -> Filters:
    """The filters, with the price that was written among the words."""
    if wanted.max_price is None or filters.max_price_minor is not None:
        return filters
    currency = filters.currency or settings.CURRENCY
    most = Money.parse(Decimal(wanted.max_price), currency).minor
    return replace(filters, max_price_minor=most)


def _in_order(listings: QuerySet[Any], filters: Filters, wanted: Wanted) -> QuerySet[Any]:
    sort = filters.sort or ("" if wanted.terms else "newest")
    if sort == "price" and _is_foreign(filters.currency):
        dearest_last = F("price_there").asc(nulls_last=True)
        priced: QuerySet[Any] = listings.annotate(price_there=_price_in(filters.currency))
        return priced.order_by(dearest_last, *_SORTS["price"])
    if sort in _SORTS:
        return listings.order_by(*_SORTS[sort])
    best_first = ("-fit", "-published_at", "-pk")
    ordered: QuerySet[Any] = listings.annotate(fit=_fit(filters.words, wanted))
    return ordered.order_by(*best_first)


def _is(concept: Concept) -> Q:
    column = _COLUMNS[concept.facet]
    if concept.facet in _LISTS:
        return Q(**{f"{column}__contains": [concept.value]})
    return Q(**{column: concept.value})


def _says(word: str) -> SearchQuery:
    """A query for a word, or one that begins with it, in what the listing says."""
    parts = [part for part in word.replace("'", "-").split("-") if part]
    raw = " & ".join(f"{part}:*" if len(part) > 2 else part for part in parts)
    return SearchQuery(raw, config="english", search_type="raw")


def _alternatives(term: Term) -> list[Q]:
    """What makes a term fit: that the listing says it (a phrase that means something is no mere words),
    or that one of its meanings is true.
    """
    said = [] if term.concepts and "-" in term.word else [Q(words=_says(term.word))]
    return [*said, *map(_is, term.concepts)]


def _any(conditions: list[Q]) -> Q:
    fitting = conditions[0]
    for condition in conditions[1:]:
        fitting |= condition
    return fitting


def _all_of(wanted: Wanted) -> Q:
    fitting = Q()
    for term in wanted.terms:
        one = _any(_alternatives(term))
        fitting &= ~one if term.unwanted else one
    return fitting


def _any_of(wanted: Wanted) -> Q:
    asked = [q for term in wanted.terms if not term.unwanted for q in _alternatives(term)]
    unwanted = Wanted(tuple(term for term in wanted.terms if term.unwanted))
    return (_any(asked) if asked else Q()) & _all_of(unwanted)


def _fit(written: str, wanted: Wanted) -> Expression:
    """How well a listing fits: a point for each meaning that is true of it, ten for its name."""
    named = When(voice__name__iexact=written.strip(), then=Value(10.0))
    fit: Any = Case(named, default=Value(0.0), output_field=FloatField())
    for term in wanted.terms:
        if not term.unwanted:
            fit += SearchRank(F("words"), _says(term.word))
            for condition in _alternatives(term):
                fit += Case(When(condition, then=Value(1.0)), default=Value(0.0))
    return fit  # type: ignore[no-any-return]


def _chosen(filters: Filters, but: str = "") -> Q:
    """The filters as a condition, without those of one facet."""
    fitting = Q()
    for facet, value in filters.chosen().items():
        if facet != but:
            fitting &= _is(Concept(facet, value))
    if filters.max_price_minor is not None:
        fitting &= _costs_at_most(filters.max_price_minor, filters.currency)
    return fitting


def _is_foreign(currency: str) -> bool:
    return currency not in ("", settings.CURRENCY)


def _prices_in(currency: str) -> QuerySet[OfferPrice]:
    """The prices of a listing's public offers in another currency than the platform's own."""
    return OfferPrice.objects.filter(offer__listing=OuterRef("pk"), currency=currency).order_by(
        "price_minor"
    )


def _price_in(currency: str) -> Subquery:
    return Subquery(_prices_in(currency).values("price_minor")[:1])


def _costs_at_most(minor: int, currency: str) -> Q:
    """That a listing has an offer at a price or less; in another currency, one that is sold in it."""
    if not _is_foreign(currency):
        return Q(from_price_minor__lte=minor)
    return Q(Exists(_prices_in(currency).filter(price_minor__lte=minor)))


def _counts(words: Q, filters: Filters) -> dict[str, Counter[str]]:
    """How many listings fit each value of each facet beside the other choices, and all of them as `total`.

    One query: what fits the words is found once, and counted for each facet.
    """
    fitting = speakable(Listing.objects.filter(words)).order_by()
    if filters.max_price_minor is not None:
        fitting = fitting.filter(_costs_at_most(filters.max_price_minor, filters.currency))
    sql, parameters = fitting.values_list(*_COLUMNS.values()).query.sql_with_params()
    counted, values = [], list(parameters)
    for facet in (*_COLUMNS, "total"):
        one, chosen = _count_of(facet, filters)
        counted.append(one)
        values += chosen
    names = ", ".join(_COLUMNS)
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in (*_COLUMNS, "total")}
    with connection.cursor() as cursor:
        counting = " UNION ALL ".join(counted)
        cursor.execute(f"WITH found({names}) AS MATERIALIZED ({sql}) {counting}", values)
        for facet, value, count in cursor.fetchall():
            counts[facet][value] = count
    return counts


def _count_of(facet: str, filters: Filters) -> tuple[str, list[str]]:
    """The part of the query that counts one facet, or `total`; its names are our own."""
    others = {other: value for other, value in filters.chosen().items() if other != facet}
    where = " AND ".join(
        f"%s = ANY({other})" if other in _LISTS else f"{other} = %s" for other in others
    )
    value = {"total": "''"}.get(facet, facet)
    source = "found"
    if facet in _LISTS:
        value, source = "each", f"found, unnest({facet}) AS each"
    sql = f"SELECT '{facet}', {value}, count(*) FROM {source} WHERE {where or 'true'} GROUP BY 2"  # noqa: S608
    return sql, list(others.values())


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
