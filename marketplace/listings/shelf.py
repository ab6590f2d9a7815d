"""What is on sale, in the memory of each process: the facts by which search filters, counts and sorts.

The database notes each voice whose facts change (migration 0019), in the transaction that changes them.
Whoever looks at the shelf asks first what was noted that it has not seen, and reads those voices again:
what it sees is never older than what a query would.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject, Upper
from django.utils import timezone
from numpy.typing import NDArray

from marketplace.consent.models import Consent
from marketplace.listings.models import Listing, OfferPrice, ShelfChange

FACETS = ("language", "gender", "age", "style", "use")
NO_PRICE = np.iinfo(np.int64).max  # sorts last
READ_AGAIN_AFTER = 3600  # seconds after which all is read, in case a note was lost
NOTES_KEPT = timedelta(hours=3)
_NO_TRANSACTION = 2**63 - 1
_MOST_WORDS = 100  # of which a shelf remembers where they stand
_FOREVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)

Which = NDArray[np.bool_]  # for each listing of a shelf, whether it is meant
Column = NDArray[Any]  # something of each listing


class Facts(NamedTuple):
    """What search knows of a live listing, as it is read."""

    key: int
    voice: int
    version: int | None
    slug: str
    language: str
    gender: str
    age: str
    style: list[str]
    use: list[str]
    name: str
    price: int | None
    published: datetime | None
    week: int
    quarter: int
    rating: float
    speaks_until: datetime
    prices: list[dict[str, Any]]


class Said(NamedTuple):
    """Of each listing, whether it says a word, and how well it fits that word."""

    fits: Which
    rank: NDArray[np.float64]


@dataclass(frozen=True)
class Shelf:
    """The live listings by ascending key.

    columns: of facts, by their names. holding: by facet and value, which listings have it. abroad: by
    currency, the lowest price, or `NO_PRICE`. said: what is known of words.
    """

    columns: Mapping[str, Column]
    holding: Mapping[str, Mapping[str, Which]]
    abroad: Mapping[str, Column]
    said: dict[str, Said] = field(default_factory=dict)

    @property
    def keys(self) -> NDArray[np.int64]:
        return self.columns["key"]

    def only(self, places: Collection[int]) -> Which:
        """The listings at these places."""
        which = np.zeros(len(self.keys), np.bool_)
        which[list(places)] = True
        return which

    def speakable(self) -> Which:
        """The listings whose voice may speak now."""
        may: Which = self.columns["speaks_until"] > timezone.now().timestamp()
        return may

    def named(self, capitals: str) -> Which:
        """The listings of voices with this name, in capitals."""
        called: Which = self.columns["name"] == capitals
        return called

    def prices_in(self, currency: str) -> Column:
        """The lowest price of each listing in another currency than the platform's own, or `NO_PRICE`."""
        return self.abroad.get(currency, np.full(len(self.keys), NO_PRICE))

    def speaking_as(self, versions: Collection[int]) -> dict[int, int]:
        """The listings on sale by the versions of voices with which they speak."""
        spoken = self.columns["version"]
        places = np.flatnonzero(np.isin(spoken, list(versions)) & self.speakable())
        return dict(zip(spoken[places].tolist(), self.keys[places].tolist(), strict=True))

    def remember(self, word: str, said: Said) -> None:
        """Keep what is known of a word, for whoever asks next."""
        if len(self.said) >= _MOST_WORDS:
            self.said.clear()
        self.said[word] = said


def _filled(rows: Iterable[Facts]) -> Shelf:
    """A shelf of what was read; a listing that was never published counts as the newest, as in the database."""
    rows = sorted(rows)
    columns = {
        "key": np.array([row.key for row in rows], np.int64),
        "voice": np.array([row.voice for row in rows], np.int64),
        "version": np.array([row.version or 0 for row in rows], np.int64),
        "slug": np.array([row.slug for row in rows], np.object_),
        "name": np.array([row.name for row in rows], np.object_),
        "price": np.array([_or_none(row.price) for row in rows], np.int64),
        "published": np.array([_instant(row.published) for row in rows], np.float64),
        "week": np.array([row.week for row in rows], np.int64),
        "quarter": np.array([row.quarter for row in rows], np.int64),
        "rating": np.array([row.rating for row in rows], np.float64),
        "speaks_until": np.array([row.speaks_until.timestamp() for row in rows], np.float64),
    }
    places: dict[str, dict[str, list[int]]] = {facet: defaultdict(list) for facet in FACETS}
    abroad: dict[str, Column] = defaultdict(lambda: np.full(len(rows), NO_PRICE))
    for place, row in enumerate(rows):
        for facet in FACETS:
            held = getattr(row, facet)
            for value in {held} if isinstance(held, str) else set(held):
                places[facet][value].append(place)
        for price in row.prices:
            prices = abroad[price["in"]]
            prices[place] = min(prices[place], price["minor"])
    shelf = Shelf(columns, {}, abroad)
    holding = {
        facet: {value: shelf.only(at) for value, at in values.items()}
        for facet, values in places.items()
    }
    return Shelf(columns, holding, dict(abroad))


def _instant(at: datetime | None) -> float:
    return np.inf if at is None else at.timestamp()


def _or_none(price: int | None) -> int:
    return int(NO_PRICE) if price is None else price


def _with_changes(old: Shelf, voices: Collection[int], new: Shelf) -> Shelf:
    """A shelf on which these voices are replaced by what was read of them."""
    stays = ~np.isin(old.columns["voice"], list(voices))
    order = np.argsort(np.concatenate([old.keys[stays], new.keys]), kind="stable")

    def joined(before: Column | None, after: Column | None, none: Any = False) -> Column:
        if before is None:
            before = np.full(len(old.keys), none)
        if after is None:
            after = np.full(len(new.keys), none)
        column: Column = np.concatenate([before[stays], after])[order]
        return column

    return Shelf(
        {name: joined(column, new.columns[name]) for name, column in old.columns.items()},
        {
            facet: {
                value: joined(values.get(value), new.holding[facet].get(value))
                for value in {*values, *new.holding[facet]}
            }
            for facet, values in old.holding.items()
        },
        {
            currency: joined(old.abroad.get(currency), new.abroad.get(currency), NO_PRICE)
            for currency in {*old.abroad, *new.abroad}
        },
    )


class _Kept:
    """The shelf of this process, with the database's snapshot that it is of; one thread at a time changes it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.shelf: Shelf | None = None
        self.seen = ""
        self.read_at = 0.0


_kept = _Kept()


def shelf() -> Shelf:
    """What is on sale now. What the caller's own transaction changed is on it, for that caller alone."""
    with _kept.lock:
        known, read_at = _kept.shelf, _kept.read_at
        if not 0 <= time.time() - read_at < READ_AGAIN_AFTER:
            known = None
        now, writing, changed = _noted_since(_kept.seen if known else None)
        if known is not None and not changed:
            return known
        if known is None or None in changed:
            fresh, read_at = _filled(_read()), time.time()
        else:
            voices = {voice for voice in changed if voice is not None}
            fresh = _with_changes(known, voices, _filled(_read(voices)))
        if not writing:  # what is not committed may never be
            _kept.shelf, _kept.seen, _kept.read_at = fresh, now, read_at
        return fresh


def _noted_since(seen: str | None) -> tuple[str, bool, list[int | None]]:
    """The database's snapshot, whether the caller's transaction writes, and the voices noted since another."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned() IS NOT NULL, ARRAY(
                SELECT DISTINCT voice FROM listings_shelfchange
                WHERE made_in >= %s AND NOT pg_visible_in_snapshot(made_in::text::xid8, %s)
            )
            """,
            [seen.partition(":")[0], seen] if seen else [_NO_TRANSACTION, "1:1:"],
        )
        now, writing, voices = cursor.fetchone()
    return now, writing, voices


def _read(voices: Collection[int] | None = None) -> Iterable[Facts]:
    """The facts of the live listings, or of these voices'; of consents, how long any of them holds."""
    given = (
        Consent.objects.filter(voice=OuterRef("voice"), state=Consent.State.VERIFIED)
        .order_by()
        .values("voice")
        .annotate(until=Max(Coalesce("ends_at", Value(_FOREVER))))
    )
    until = Case(
        When(voice__synthetic=True, then=Value(_FOREVER)),
        default=Coalesce(Subquery(given.values("until")), Value(_NEVER)),
    )
    prices = OfferPrice.objects.filter(offer__listing=OuterRef("pk")).order_by()
    live = Listing.objects.filter(state=Listing.State.LIVE)
    if voices is not None:
        live = live.filter(voice__in=voices)
    return [
        Facts(*row)
        for row in live.order_by().values_list(
            "pk", "voice", "version", "voice__slug", "voice__language", "voice__gender", "voice__age",
            "voice__styles", "uses", Upper("voice__name"), "from_price_minor", "published_at",
            "spoken_week", "spoken_quarter", "rating_rank", until,
            ArraySubquery(prices.values_list(JSONObject(**{"in": F("currency"), "minor": F("price_minor")}))),
        )
    ]  # fmt: skip


def forget_notes() -> int:
    """Delete what was noted so long ago that every shelf has seen it; returns how many."""
    count, _ = ShelfChange.objects.filter(made_at__lt=timezone.now() - NOTES_KEPT).delete()
    return count
