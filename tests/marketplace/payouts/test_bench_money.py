"""The benchmark of the books writes a history that stands, and measures all it names."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from marketplace.payouts.benchmarks import history, measuring
from marketplace.payouts.benchmarks.market import open_market
from marketplace.payouts.books import proof
from marketplace.payouts.models import AccountMonth, Earning, LedgerEntry
from marketplace.payouts.queries import balances_of
from tests.money import check_now


@pytest.mark.django_db
def test_a_history_goes_through_the_guards_and_everything_is_measured_beside_it() -> None:
    market = open_market(2)
    history.write(market, 120)
    check_now()
    assert LedgerEntry.objects.filter(idempotency_key__startswith="history-").count() == 120
    assert proof.differences() == []
    assert balances_of(market.busiest.creator)[0].total.minor == 0
    assert AccountMonth.objects.values("month").distinct().count() > 5
    assert sum(each.left_minor for each in Earning.objects.all()) == 0
    times: measuring.Times = {}
    measuring.measure(market, times)
    check_now()
    assert set(times) == {
        "posting of usage",
        "posting of a sale",
        "payout run",
        "earnings page",
        "search for due events",
    }
    assert all(each > 0 for measured in times.values() for each in measured)
    assert measuring.time_proof() > 0


def test_without_a_database_it_says_how_to_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    with pytest.raises(
        CommandError, match=r"python -m deploy\.own_postgres manage\.py bench_money"
    ):
        call_command("bench_money")
