"""What listings say: which of them a word stands in, and how well each fits it, as the database ranks it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from django.db import connection

from marketplace.listings.shelf import Said, Shelf

# A query of one word ranks only listings that have it; a compound one ranks those with a part of it too
_ONE = """
SELECT %s, string_agg(int8send(id) || float4send(ts_rank(words, query)) || boolsend(words @@ query), '')
FROM (
    SELECT id, words, to_tsquery('english', %s) AS query FROM listings_listing
    WHERE state = 'live' AND words @@ to_tsquery('english', %s)
        AND numnode(to_tsquery('english', %s)) < 2
    UNION ALL
    SELECT id, words, to_tsquery('english', %s) FROM listings_listing
    WHERE state = 'live' AND numnode(to_tsquery('english', %s)) > 1
) AS saying
"""
_ROW = np.dtype([("key", ">i8"), ("rank", ">f4"), ("fits", "?")])


def said(on: Shelf, words: Collection[str]) -> dict[str, Said]:
    """Who says each of these words, or one that begins with it: one query for those that nobody asked for yet."""
    # another thread may clear what is remembered meanwhile
    known = {word: found for word in words if (found := on.said.get(word)) is not None}
    new = list(dict.fromkeys(word for word in words if word not in known))
    if new:
        with connection.cursor() as cursor:
            cursor.execute(
                " UNION ALL ".join([_ONE] * len(new)),
                [value for word in new for value in (word, *5 * [_query(word)])],
            )
            for word, rows in cursor.fetchall():
                known[word] = _placed(on, rows or b"")
                on.remember(word, known[word])
    return known


def _query(word: str) -> str:
    parts = [part for part in word.replace("'", "-").split("-") if part]
    return " & ".join(f"{part}:*" if len(part) > 2 else part for part in parts)


def _placed(on: Shelf, rows: bytes) -> Said:
    """The database's rows at the places of their listings; of those not on this shelf, nothing."""
    read = np.frombuffer(rows, _ROW)
    places = np.searchsorted(on.keys, read["key"])
    here = places < len(on.keys)
    here[here] = on.keys[places[here]] == read["key"][here]
    fits, rank = on.only(()), np.zeros(len(on.keys))
    fits[places[here]] = read["fits"][here]
    rank[places[here]] = read["rank"][here]
    return Said(fits, rank)


def in_capitals(text: str) -> str:
    """A text as the database writes it in capitals, by which names are compared."""
    if text.isascii():
        return text.upper()
    with connection.cursor() as cursor:
        cursor.execute("SELECT upper(%s)", [text])
        capitals: str = cursor.fetchone()[0]
    return capitals
