"""Parallel requests at the edge of a quota, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from marketplace.licensing import usage
from marketplace.licensing.models import Generation, Licence
from marketplace.licensing.orders import fulfil_order
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(work: Callable[[int], object], count: int) -> list[object]:
    barrier = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            barrier.wait(20)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_quota_is_not_overrun_by_parallel_requests() -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    slug = licence.voice.slug
    Licence.objects.filter(pk=licence.pk).update(characters_included=100)

    def speak(number: int) -> str:
        try:
            usage.reserve(key=key, voice_slug=slug, text="0123456789", audio_format="mp3")
        except usage.SpeechRefused as refusal:
            return refusal.code
        return "spoken"

    outcomes = _at_once(speak, 32)
    assert outcomes.count("spoken") == 10
    assert outcomes.count("quota_exceeded") == 22
    assert Licence.objects.get(pk=licence.pk).characters_used == 100
    assert Generation.objects.count() == 10


def test_an_order_paid_twice_at_once_is_one_licence() -> None:
    order = factories.make_order()
    licences = _at_once(lambda _: fulfil_order(order_id=order.pk, payment_intent="pi").pk, 8)
    assert len(set(licences)) == 1
    assert Licence.objects.count() == 1
