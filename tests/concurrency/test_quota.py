"""Parallel requests at the edge of a quota, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.licensing import credit, key_access, reservations
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import CreditAccount, Generation, Licence
from marketplace.payouts.books import ledger, proof
from marketplace.payouts.creators import earnings, transfers, usage_shares
from marketplace.payouts.models import Earning
from tests import factories
from tests.money import key_with_credit, owed, sell, usage_charge

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


def _outcomes(requests: int) -> tuple[list[object], Licence]:
    """The outcomes of parallel requests for ten characters with a quota of a hundred."""
    key, _ = factories.make_key()
    licence = key.licences.get()
    slug = licence.voice.slug
    Licence.objects.filter(pk=licence.pk).update(characters_included=100)

    def speak(number: int) -> str:
        try:
            reservations.reserve(key=key, wanted=factories.wanted(slug, "0123456789"))
        except key_access.SpeechRefused as refusal:
            return refusal.code
        except IntegrityError:
            return "stopped by the database"
        return "spoken"

    outcomes = _at_once(speak, requests)
    licence.refresh_from_db()
    return outcomes, licence


def test_without_the_lock_requests_run_into_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race that the lock prevents: without it, only the database's constraint stops overruns."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows)
    outcomes, licence = _outcomes(64)
    assert outcomes.count("stopped by the database") > 0
    assert licence.characters_used <= 100


def test_a_quota_is_not_overrun_by_64_parallel_requests(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION, settings.SPEECH_THREADS = 64, 128
    outcomes, licence = _outcomes(64)
    assert outcomes.count("spoken") == 10
    assert outcomes.count("quota_exceeded") == 54
    assert licence.characters_used == 100
    assert Generation.objects.count() == 10


def test_credit_is_not_overdrawn_by_parallel_requests() -> None:
    listing = factories.make_listing(characters=1_000)
    listing.offers.update(overage_minor=1_000)
    key, _ = factories.make_key(factories.make_licence(listing))
    Licence.objects.update(characters_included=1)
    with transaction.atomic():
        credit.add(organization=key.organization, minor=50, currency="USD")

    def speak(number: int) -> str:
        try:
            reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "0123456789"))
        except key_access.SpeechRefused as refusal:
            return refusal.code
        return "spoken"

    outcomes = _at_once(speak, 16)
    assert outcomes.count("spoken") == 5
    account = CreditAccount.objects.get()
    assert account.reserved_micros <= account.balance_micros


def test_transfers_claimed_at_once_pay_once() -> None:
    creator = factories.make_creator()
    sell(creator, price=10_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    claimed = _at_once(lambda _: len(transfers.claim_transfers(creator=creator, currency="USD")), 8)
    assert sorted(claimed) == [0] * 7 + [1]


def test_usage_posted_at_once_is_one_earning_and_loses_nothing_from_the_balances() -> None:
    key = key_with_credit()
    charges = [usage_charge(key, 100) for _ in range(8)]
    _at_once(lambda number: usage_shares.post_usage(charge_id=charges[number].pk), 8)
    earning = Earning.objects.get()
    assert earning.share_minor == 8 * 85
    credit_left = ledger.account("buyer_credits", "USD", organization=key.organization)
    assert ledger.balance(credit_left).minor == -100_000 + 800
    assert owed(earning.creator, "creator_pending") == 8 * 85
    assert proof.differences() == []


def test_an_order_paid_twice_at_once_is_one_licence() -> None:
    order = factories.make_order()
    licences = _at_once(lambda _: fulfil_order(order_id=order.pk, payment_intent="pi").pk, 8)
    assert len(set(licences)) == 1
    assert Licence.objects.count() == 1
