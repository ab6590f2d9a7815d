"""Keys are made while others change the same licence: nobody waits for each other in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from marketplace.licensing import api_keys, first_keys, page_keys
from marketplace.licensing.models import ApiKey
from marketplace.payouts.returning import withdrawals
from tests import factories
from tests.money import sell

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 2  # seconds, in which the other gets as far as it can


def _both(*works: Callable[[], object]) -> list[object]:
    """What two at once return."""

    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(60) for each in [pool.submit(run, work) for work in works]]


def _after(function: Callable[..., Any], other: threading.Barrier) -> Callable[..., Any]:
    """A function that waits a moment for the other thread once it is done."""

    def waiting(*args: Any, **kwargs: Any) -> Any:
        done = function(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):  # the other waits for a row that this locked
            other.wait(A_MOMENT)
        return done

    return waiting


def test_a_first_key_and_a_licence_that_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    payment = sell(factories.make_creator())
    assert payment.order is not None and payment.order.granted is not None
    licence, other = payment.order.granted, threading.Barrier(2)
    monkeypatch.setattr(
        first_keys, "keys_speaking_with", _after(first_keys.keys_speaking_with, other)
    )
    monkeypatch.setattr(withdrawals, "wait_for_others", _after(withdrawals.wait_for_others, other))
    _, refund = _both(
        lambda: first_keys.first_key(licence=licence, by=licence.buyer),
        lambda: withdrawals.take_back(licence=licence, by=licence.buyer),
    )
    assert refund == payment.refunds.get()


def test_a_key_of_our_pages_and_a_key_to_the_same_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    licence, other = factories.make_licence(), threading.Barrier(2)
    monkeypatch.setattr(api_keys.audit, "record", _after(api_keys.audit.record, other))
    _both(
        lambda: page_keys.page_key(licence=licence, by=licence.buyer),
        lambda: api_keys.create_key(
            organization=licence.organization, licences=[licence], name="Mine", by=licence.buyer
        ),
    )
    assert ApiKey.objects.filter(licences=licence).count() == 2
