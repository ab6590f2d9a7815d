"""Each voice has a slug of its own, whoever else names one at that moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories


@pytest.mark.django_db(transaction=True)
def test_voices_that_get_one_name_at_once_get_slugs_of_their_own() -> None:
    creator, ready = factories.make_creator(), threading.Barrier(4)

    def make(_: int) -> str:
        ready.wait(20)
        try:
            return factories.make_voice(creator, name="Same Name").slug
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        slugs = sorted(pool.map(make, range(4)))
    assert slugs == ["same-name", "same-name-2", "same-name-3", "same-name-4"]


@pytest.mark.django_db
def test_the_tenth_voice_of_a_name_takes_no_more_queries_than_the_first() -> None:
    creator = factories.make_creator()
    taken = []
    for _ in range(10):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            factories.make_voice(creator, name="Same Name")
        taken.append(len(queries))
    assert len(set(taken)) == 1
