"""Each voice has a slug of its own, whoever else names one at that moment, and voices have an end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.refusals import Refused
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


@pytest.mark.django_db
def test_a_creator_has_so_many_voices_that_are_not_learned_yet(settings: Any) -> None:
    settings.CREATOR_VOICES_UNLEARNED = 2
    creator = factories.make_creator()
    learned = factories.make_voice(creator)
    factories.make_version(learned, factories.make_consent(learned))
    for _ in range(2):
        factories.make_voice(creator)
    with pytest.raises(Refused) as refusal:
        factories.make_voice(creator)
    assert refusal.value.code == "too_many_voices"
    assert creator.voices.count() == 3
    factories.make_voice()
