"""What is measured: the time of a posting, a page and a payout run, and sales in a second."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from marketplace.licensing.models import Order
from marketplace.payouts import provider_events
from marketplace.payouts.benchmarks.market import Market, Seller, paid_orders, usage_charges
from marketplace.payouts.books import ledger, proof
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings, plan_shares, transfers, usage_shares
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import Earning, LedgerEntry

POSTINGS, PAGES, SOLD_EACH = 40, 8, 2  # in each round
Times = dict[str, list[float]]  # seconds by what was done
Sale = tuple[Seller, Order, Charge]


def _timed(times: list[float], work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    times.append(time.perf_counter() - began)


def measure(market: Market, times: Times) -> None:
    """One round of everything, in the database that is connected."""
    _measure_usage(market, times.setdefault("posting of usage", []))
    _measure_payouts(market, times)
    _measure_page(market, times.setdefault("earnings page", []))
    _timed(times.setdefault("search for due events", []), provider_events.requeue_pending)


def _measure_usage(market: Market, times: list[float]) -> None:
    currency = market.busiest.offer.currency
    clearing = ledger.account(Kind.STRIPE_CLEARING, currency)
    credit = ledger.account(Kind.BUYER_CREDITS, currency, organization=market.organization)
    charges = usage_charges(market, POSTINGS)
    bought = 50 * POSTINGS
    ledger.post(
        kind=LedgerEntry.Kind.CREDIT_BOUGHT,
        idempotency_key=f"bench-credit-{charges[0].pk}",
        lines=[(clearing, bought), (credit, -bought)],
    )
    for charge in charges:
        _timed(times, lambda pk=charge.pk: usage_shares.post_usage(charge_id=pk))  # type: ignore[misc]


def _measure_payouts(market: Market, times: Times) -> None:
    """Sell to every seller's buyers, let the holds be over, and time the run that pays all of them."""
    posting = times.setdefault("posting of a sale", [])
    for seller in market.sellers:
        for order, charge in paid_orders(market, seller, SOLD_EACH):
            _timed(
                posting,
                lambda o=order, c=charge, s=seller: record_sale(  # type: ignore[misc]
                    order=o, licence=s.licence, charge=c
                ),
            )
    held = Earning.objects.filter(state=Earning.State.HELD, source=Earning.Source.LICENCE)
    held.update(available_at=Now())

    def run() -> None:
        plan_shares.share_ended_months()
        earnings.release_due()
        claimed = transfers.begin_payouts()
        assert claimed == SOLD_EACH * len(market.sellers), claimed

    _timed(times.setdefault("payout run", []), run)


def _measure_page(market: Market, times: list[float]) -> None:
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(
        market.busiest.creator.user, backend="django.contrib.auth.backends.ModelBackend"
    )
    address = reverse("storefront:earnings")

    def visit() -> None:
        assert browser.get(address, secure=True).status_code == 200

    visit()
    for _ in range(PAGES):
        _timed(times, visit)


def time_proof() -> float:
    """Seconds that the nightly proof of all balances takes.

    Raises:
        AssertionError: a balance is not the sum of its lines.
    """
    began = time.perf_counter()
    found = proof.differences()
    took = time.perf_counter() - began
    assert found == [], found
    return took


def sales_a_second(market: Market, *, workers: int, seconds: float) -> float:
    """Sales that parallel processes post in a second, every other one to the busiest seller."""
    turns = [
        _turn(market, market.sellers[1 + worker], int(seconds * 200)) for worker in range(workers)
    ]
    connection.close()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        posted = list(pool.map(_post_for, turns, [seconds] * workers))
    return sum(count / took for count, took in posted)


def _turn(market: Market, seller: Seller, sales: int) -> list[Sale]:
    """Sales of one process: of the busiest seller and of another in turns."""
    sellers = (market.busiest, seller)
    paid = [paid_orders(market, each, sales // 2) for each in sellers]
    return [
        (each, order, charge)
        for pair in zip(*paid, strict=True)
        for each, (order, charge) in zip(sellers, pair, strict=True)
    ]


def _post_for(turn: Sequence[Sale], seconds: float) -> tuple[int, float]:
    began, count, took = time.perf_counter(), 0, 0.0
    for seller, order, charge in turn:
        record_sale(order=order, licence=seller.licence, charge=charge)
        count, took = count + 1, time.perf_counter() - began
        if took >= seconds:
            break
    connection.close()
    return count, took


def median(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return 1000 * statistics.median(seconds)
