"""What is measured: the time of a posting, a page and a payout run, and sales in a second."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Rate:
    """Sales in a second, and the milliseconds of one core that each took, the database's included."""

    sales: float
    core_ms: float | None  # None: the database runs on another machine


def sales_a_second(market: Market, *, workers: int, seconds: float) -> Rate:
    """Let parallel processes post sales; every fourth is the busiest seller's."""
    others = market.sellers[1:]
    turns = [
        _turn(market, others[3 * worker : 3 * worker + 3], int(seconds * 100))
        for worker in range(workers)
    ]
    connection.close()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        posted = list(pool.map(_post_for, turns, [seconds] * workers))
    busy = [cores for _, _, cores in posted if cores is not None]
    count = sum(count for count, _, _ in posted)
    return Rate(
        sum(count / took for count, took, _ in posted),
        1000 * sum(busy) / count if len(busy) == workers else None,
    )


def _turn(market: Market, others: Sequence[Seller], sales: int) -> list[Sale]:
    """Sales of one process: the busiest seller's and others' in turns."""
    sellers = (market.busiest, *others)
    paid = [paid_orders(market, each, sales // len(sellers)) for each in sellers]
    return [
        (each, order, charge)
        for of_each in zip(*paid, strict=True)
        for each, (order, charge) in zip(sellers, of_each, strict=True)
    ]


def _post_for(turn: Sequence[Sale], seconds: float) -> tuple[int, float, float | None]:
    """How many were posted in which time, and the seconds of one core that it took."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    began, before, count, took = time.perf_counter(), _cores(server), 0, 0.0
    for seller, order, charge in turn:
        record_sale(order=order, licence=seller.licence, charge=charge)
        count, took = count + 1, time.perf_counter() - began
        if took >= seconds:
            break
    after = _cores(server)
    connection.close()
    return count, took, None if before is None or after is None else after - before


def _cores(server: int) -> float | None:
    """Seconds of a core that this process and its server process have used; None: not seen from here."""
    if connection.settings_dict["HOST"] not in ("127.0.0.1", "::1", "localhost"):
        return None
    try:
        fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def median(seconds: Sequence[float]) -> float:
    """The median in milliseconds."""
    return 1000 * statistics.median(seconds)
