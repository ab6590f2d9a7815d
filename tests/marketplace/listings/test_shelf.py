"""What search keeps in memory says what the database would, whatever changed and whoever changed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection, transaction
from django.db.models import (
    Case,
    F,
    FloatField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.consent.models import Consent
from marketplace.listings import shelf as kept
from marketplace.listings.models import Listing, OfferPrice, ShelfChange
from marketplace.listings.queries import speakable
from marketplace.listings.search import Filters, find, slugs_on_sale
from marketplace.listings.vocabulary import akin_to, plain, understand
from marketplace.voices.models import REGIONS, Voice
from marketplace.voices.uses import ORDINARY_USES
from tests import factories

COLUMNS = {
    "language": "voice__language", "gender": "voice__gender", "age": "voice__age",
    "style": "voice__styles", "use": "uses",
}  # fmt: skip
SORTS = {
    "newest": ["-published_at", "-pk"],
    "price": ["from_price_minor", "-pk"],
    "trending": ["-spoken_week", "-published_at", "-pk"],
    "rated": ["-rating_rank", "-published_at", "-pk"],
    "used": ["-spoken_quarter", "-published_at", "-pk"],
}
NAMES = ["Ada", "Warm Harbour", "villain", "Straße", "Mara"]
TEXTS = [
    "", "a warm narrator for audio books", "the villain of games, gravel and games", "well known",
    "warmth warm warmly, narrated", "calm old man", "audio", "known for books",
]  # fmt: skip
ASKED = [
    "", "warm", "warm narrator", "villain", "well-known", "audio books", "ada", "STRASSE", "straße",
    "calm man not deep", "narator", "Hindi gravel villain", "female under $15", "games", "the",
]  # fmt: skip
one_of = st.sampled_from


@st.composite
def voices(draw: st.DrawFn) -> dict[str, Any]:
    """A voice with its listing, of few values each, so that many coincide."""
    return {
        "name": draw(one_of(NAMES)), "language": draw(one_of(["en-US", "hi"])),
        "gender": draw(one_of(["feminine", "masculine"])), "age": draw(one_of(["old", "middle"])),
        "styles": draw(st.lists(one_of(["warm", "deep", "calm"]), unique=True)),
        "synthetic": draw(st.booleans()),
        "uses": draw(st.lists(one_of([*map(str, ORDINARY_USES)][:3]), unique=True)),
        "state": draw(one_of(["live", "live", "live", "suspended"])), "text": draw(one_of(TEXTS)),
        "price": draw(one_of([None, 900, 1500, 4000])), "abroad": draw(one_of([None, 800, 1400])),
        "age_days": draw(one_of([None, 0, 1, 2])), "spoken": draw(one_of([0, 5])),
        "rank": draw(one_of([2.0, 3.5])),
        "consents": draw(one_of([[], ["open"], ["ahead"], ["over"], ["withdrawn", "open"]])),
    }  # fmt: skip


filters = st.builds(
    Filters, words=one_of(ASKED), language=one_of(["", "", "hi", "tlh"]), gender=one_of(["", "feminine"]),
    age=one_of(["", "", "old"]), use=one_of(["", "", str(ORDINARY_USES[0])]), style=one_of(["", "warm"]),
    max_price_minor=one_of([None, None, 1400]), currency=one_of(["", "USD", "EUR"]), sort=one_of(["", *SORTS]),
    reads=one_of(["", "en", "hi-IN"]), nearly=st.booleans(),
)  # fmt: skip


def put_on_sale(made: dict[str, Any], number: int) -> Listing:
    creator = factories.make_creator() if number == 0 else Voice.objects.earliest("pk").creator
    voice = Voice.objects.create(
        creator=creator, slug=f"v-{number}",
        **{name: made[name] for name in ("name", "language", "gender", "age", "styles", "synthetic")},
    )  # fmt: skip
    now = timezone.now()
    for consent in made["consents"]:
        ends = {"ahead": now + timedelta(days=1), "over": now - timedelta(days=1)}.get(consent)
        state = "revoked" if consent == "withdrawn" else "verified"
        factories.make_consent(voice, state, ends_at=ends)
    days = made["age_days"]
    listing = Listing.objects.create(
        voice=voice, state=made["state"], uses=made["uses"], search_text=made["text"],
        from_price_minor=made["price"], spoken_week=made["spoken"], spoken_quarter=made["spoken"],
        rating_rank=made["rank"],
        published_at=None if days is None else now.replace(microsecond=days) - timedelta(days=days),
    )  # fmt: skip
    if made["price"]:
        offer = listing.offers.create(
            tier="personal", price_minor=made["price"], currency="USD", characters=1000
        )
        if made["abroad"]:
            offer.prices.create(currency="EUR", price_minor=made["abroad"])
    return listing


def _says(word: str) -> SearchQuery:
    parts = [part for part in word.replace("'", "-").split("-") if part]
    raw = " & ".join(f"{part}:*" if len(part) > 2 else part for part in parts)
    return SearchQuery(raw, config="english", search_type="raw")


def _is(facet: str, value: str) -> Q:
    column = COLUMNS[facet]
    return Q(**({f"{column}__contains": [value]} if facet in ("style", "use") else {column: value}))


def _ways(term: Any) -> list[Q]:
    says = [] if term.concepts and "-" in term.word else [Q(words=_says(term.word))]
    return [*says, *(_is(concept.facet, concept.value) for concept in term.concepts)]


def _either(ways: list[Q]) -> Q:
    found = ways[0]
    for way in ways[1:]:
        found |= way
    return found


def _ways_of_each(wanted: Any) -> list[Q]:
    return [_either(_ways(term)) for term in wanted.asked]


def _number(conditions: list[Q]) -> Any:
    """How many of these are true of a listing."""
    number: Any = Value(0.0, output_field=FloatField())
    for condition in conditions:
        number += Case(When(condition, then=Value(1.0)), default=Value(0.0))
    return number


def _almost(wanted: Any) -> QuerySet[Listing]:
    """What fits most of the words, or of each what is akin to it."""
    live = Listing.objects.filter(state=Listing.State.LIVE).annotate(
        most=_number(_ways_of_each(wanted)) * 2
    )
    akin = Q()
    for term in wanted.asked:
        akin &= _either([*_ways(term), *(_is(near.facet, near.value) for near in akin_to(term))])
    return live.filter(Q(most__gt=len(wanted.asked)) | akin)


def _abroad(currency: str) -> Subquery:
    prices = OfferPrice.objects.filter(offer__listing=OuterRef("pk"), currency=currency).order_by()
    least = prices.values("offer__listing").annotate(least=Min("price_minor"))
    return Subquery(least.values("least"))


def asked_of_the_database(
    filters: Filters, words: str, *, partly: bool, full_somewhere: bool
) -> tuple[list[int], dict[str, Any]]:
    """What queries find for the words as they were corrected, and the counts of each facet."""
    wanted = understand(words)
    terms = [(_either(_ways(term)), term.unwanted) for term in wanted.terms]
    unwanted = Q()
    for way, is_unwanted in terms:
        unwanted &= ~way if is_unwanted else Q()
    asked = _ways_of_each(wanted)
    full = Q()
    for way in asked:
        full &= way
    near = filters.nearly and len(asked) > 1 and not partly and full_somewhere
    fitting = unwanted & (_either(asked) if partly else full)
    if near:
        fitting |= unwanted & Q(pk__in=_almost(wanted).values("pk"))
    most, foreign = filters.max_price_minor, filters.currency == "EUR"
    if most is None and wanted.max_price is not None:
        most = int(Decimal(wanted.max_price) * 100)
    sold = speakable(Listing.objects.filter(fitting)).annotate(there=_abroad("EUR"))
    if most is not None:
        sold = sold.filter(**{"there__lte" if foreign else "from_price_minor__lte": most})
    counts = {}
    for facet, column in COLUMNS.items():
        beside = sold
        for other, value in filters.chosen().items():
            if other != facet:
                beside = beside.filter(_is(other, value))
        held = beside.values_list(column, flat=True)
        counts[facet] = Counter(
            value for each in held for value in ([each] if isinstance(each, str) else each)
        )
    for language, regions in REGIONS.items():
        if together := sum(counts["language"][region] for region in regions):
            counts["language"][language] = together
    for facet, value in filters.chosen().items():
        sold = sold.filter(_is(facet, value))
    is_near = Case(When(full, then=0), default=1) if near else Value(0)
    sold = sold.annotate(is_near=is_near)
    return list(_ordered(sold, filters, wanted).values_list("pk", flat=True)), counts


def _ordered(sold: Any, filters: Filters, wanted: Any) -> Any:
    sort = filters.sort or ("" if wanted.terms else "newest")
    if sort == "price" and filters.currency == "EUR":
        return sold.order_by("is_near", F("there").asc(nulls_last=True), *SORTS["price"])
    if sort:
        return sold.order_by("is_near", *SORTS[sort])
    asked = wanted.asked
    base = filters.reads[:2]
    fit = _number([way for term in asked for way in _ways(term)])
    for term in asked:
        fit += SearchRank(F("words"), _says(term.word))
    return sold.annotate(
        named=_number([Q(voice__name__iexact=filters.words.strip())]),
        matched=_number(_ways_of_each(wanted)),
        own=_number([Q(voice__language__startswith=base)] if base else []),
        fit=fit,
    ).order_by("is_near", "-named", "-matched", "-own", "-fit", "-published_at", "-pk")


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(
    made=st.lists(voices(), min_size=1, max_size=8), asked=st.lists(filters, min_size=3, max_size=6)
)
def test_search_finds_counts_and_sorts_as_the_database_would(
    made: list[dict[str, Any]], asked: list[Filters]
) -> None:
    with transaction.atomic():
        for number, each in enumerate(made):
            put_on_sale(each, number)
        for each in asked:
            found = find(each)
            words = " ".join(found.corrected.get(word, word) for word in plain(each.words).split())
            beside = replace(each, **dict.fromkeys(each.chosen(), ""), nearly=False)
            anywhere = find(beside)
            keys, counts = asked_of_the_database(
                each, words, partly=found.partly,
                full_somewhere=anywhere.total > 0 and not anywhere.partly,
            )  # fmt: skip
            assert list(found.keys) == keys, each
            if found.total or not each.words:
                assert found.counts == counts, each
        transaction.set_rollback(True)


def _in_another_connection(change: Callable[[], Any]) -> None:
    def run() -> None:
        try:
            change()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def _withdraw() -> None:
    Consent.objects.update(state=Consent.State.REVOKED)


CHANGES: dict[str, tuple[Callable[[], Any], Filters]] = {
    "state": (lambda: Listing.objects.update(state="suspended"), Filters()),
    "uses": (lambda: Listing.objects.update(uses=["game"]), Filters(use="audiobook")),
    "price": (lambda: Listing.objects.update(from_price_minor=9000), Filters(max_price_minor=8000)),
    "text": (lambda: Listing.objects.update(search_text="quartz"), Filters(words="velvet")),
    "language": (lambda: Voice.objects.update(language="hi"), Filters(language="en-US")),
    "style": (lambda: Voice.objects.update(styles=["deep"]), Filters(style="calm")),
    "consent": (_withdraw, Filters()),
    "end of consent": (lambda: Consent.objects.update(ends_at=timezone.now()), Filters()),
    "price abroad": (
        lambda: OfferPrice.objects.update(price_minor=9000),
        Filters(max_price_minor=8000, currency="EUR"),
    ),
    "no price abroad": (
        lambda: OfferPrice.objects.all().delete(),
        Filters(max_price_minor=8000, currency="EUR"),
    ),
}


@pytest.fixture
def on_sale(transactional_db: None) -> Listing:
    """One voice on sale, and a shelf that has it."""
    listing = factories.make_listing()
    listing.offers.get().prices.create(currency="EUR", price_minor=1900)
    Listing.objects.update(search_text="velvet")
    assert find(Filters()).total == 1
    return listing


@pytest.mark.parametrize("what", CHANGES)
def test_what_another_process_changes_is_found_by_the_next_search(
    on_sale: Listing, what: str
) -> None:
    change, asked = CHANGES[what]
    assert find(asked).total == 1
    _in_another_connection(change)
    assert find(asked).total == 0


def test_a_new_voice_is_found_and_a_deleted_one_is_not(on_sale: Listing) -> None:
    _in_another_connection(factories.make_listing)
    assert find(Filters()).total == 2
    _in_another_connection(Listing.objects.exclude(pk=on_sale.pk).delete)
    assert list(find(Filters()).keys) == [on_sale.pk]


def test_what_is_rolled_back_was_found_by_nobody_else(on_sale: Listing) -> None:
    found_meanwhile: list[int] = []
    with transaction.atomic():
        Listing.objects.update(state="suspended")
        assert find(Filters()).total == 0
        _in_another_connection(lambda: found_meanwhile.append(find(Filters()).total))
        transaction.set_rollback(True)
    assert found_meanwhile == [1]
    assert find(Filters()).total == 1


def test_a_change_that_is_committed_after_others_looked_is_found(on_sale: Listing) -> None:
    with transaction.atomic():
        Listing.objects.update(state="suspended")
        _in_another_connection(factories.make_listing)  # a later transaction, committed earlier
        _in_another_connection(lambda: find(Filters()))
    assert on_sale.pk not in find(Filters()).keys


def test_a_search_in_a_transaction_that_writes_only_later_hides_nothing(on_sale: Listing) -> None:
    with transaction.atomic():
        Voice.objects.update(silenced_at=None)  # a transaction of its own now, and nothing noted
        _in_another_connection(factories.make_listing)
        assert find(Filters()).total == 2
        Listing.objects.update(state="suspended")
    assert find(Filters()).total == 0


def test_emptied_tables_leave_nothing_on_the_shelf(on_sale: Listing) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE listings_listing CASCADE")
    assert find(Filters()).total == 0


def test_a_consent_that_ends_silences_without_a_change(
    on_sale: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + timedelta(days=1)
    Consent.objects.update(ends_at=later)
    assert find(Filters()).total == 1
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert find(Filters()).total == 0


def test_only_voices_that_changed_are_read_again(
    on_sale: Listing, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.make_listing()
    find(Filters())
    read: list[Any] = []
    monkeypatch.setattr(kept, "_read", lambda voices=None: read.append(voices) or [])
    with django_assert_num_queries(1):
        find(Filters())
    Listing.objects.filter(pk=other.pk).update(state="suspended")
    find(Filters())
    Listing.objects.filter(pk=other.pk).update(headline="No fact of search")
    find(Filters())
    assert read == [{other.voice_id}]


def test_old_notes_are_deleted_and_what_they_said_is_read_whole(on_sale: Listing) -> None:
    now = timezone.now()
    ShelfChange.objects.update(made_at=now - kept.NOTES_KEPT - timedelta(seconds=1))
    _in_another_connection(lambda: Voice.objects.update(language="hi"))
    fresh = ShelfChange.objects.filter(made_at__gte=now - kept.NOTES_KEPT).count()
    kept.forget_notes()
    assert ShelfChange.objects.count() == fresh > 0
    assert timedelta(seconds=kept.READ_AGAIN_AFTER) * 2 <= kept.NOTES_KEPT


def test_a_listing_that_was_never_published_has_an_address_without_a_day(on_sale: Listing) -> None:
    Listing.objects.update(published_at=None)
    assert slugs_on_sale() == [(on_sale.voice.slug, None)]
