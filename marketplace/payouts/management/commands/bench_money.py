"""`manage.py bench_money`: how long postings, pages and payout runs take at size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from marketplace.payouts.benchmarks import history, measuring
from marketplace.payouts.benchmarks.databases import (
    connect_to,
    copy,
    nobody_else_works,
    own_databases,
)
from marketplace.payouts.benchmarks.market import Market, open_market

SIZES = (1_000, 100_000, 1_000_000)
SELLERS = 20
WORKERS, SECONDS = 4, 15.0


class Command(BaseCommand):
    help = (
        "Write histories of many ledger entries into databases of its own, beside the configured one "
        "and gone afterwards, and measure in each, in turns, what people wait for."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="Entries.")
        parser.add_argument("--rounds", type=int, default=5, help="In each database.")
        parser.add_argument("--report", type=Path, help="A report to write the table into.")

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = sorted(options["sizes"])
        configured = connection.settings_dict["NAME"]
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(
                f"No PostgreSQL answers ({str(error).strip()}). To have one for this command: "
                "python -m deploy.own_postgres manage.py bench_money"
            ) from error
        with nobody_else_works(), own_databases(len(sizes)) as names:
            market = open_market(SELLERS)
            copy(configured, names[0], names[1:])
            times = self._measure(market, dict(zip(names, sizes, strict=True)), options["rounds"])
            connect_to(names[-1])
            rate = measuring.sales_a_second(market, workers=WORKERS, seconds=SECONDS)
            proof = measuring.time_proof()
        text = self._text(sizes, times, rate, proof)
        self.stdout.write(text)
        if options["report"]:
            from synthesis.benchmarks import report

            report.replace(options["report"], "money", text)

    def _measure(
        self, market: Market, databases: dict[str, int], rounds: int
    ) -> list[measuring.Times]:
        """Rounds of measurements, in which the databases take turns."""
        for name, size in databases.items():
            connect_to(name)
            history.write(market, size)
            history.tidy()
            self.stderr.write(f"{size:,} entries are written")
        times: list[measuring.Times] = [{} for _ in databases]
        for number in range(rounds + 1):
            for name, of_database in zip(databases, times, strict=True):
                connect_to(name)
                measuring.measure(market, of_database if number else {})  # the first one warms up
            self.stderr.write(f"round {number} of {rounds}")
        return times

    def _text(
        self, sizes: list[int], times: list[measuring.Times], rate: measuring.Rate, proof: float
    ) -> str:
        from synthesis.benchmarks import report

        rows = []
        for what in times[0]:
            medians = [measuring.median(of_size[what]) for of_size in times]
            growth = [f"{each / medians[0]:.2f} ×" for each in medians[1:]]
            rows.append((what, *(f"{each:.1f}" for each in medians), *growth))
        entries = [f"{size:,}" for size in sizes]
        table = report.table(
            (
                "milliseconds (median)",
                *(f"{size} entries" for size in entries),
                *(f"{size} to {entries[0]}" for size in entries[1:]),
            ),
            rows,
        )
        cost = (
            f" A sale takes {rate.core_ms:.1f} ms of one core, the database's part included, so that "
            f"two cores with nothing else to do have time for {2000 / rate.core_ms:.0f} a second."
            if rate.core_ms
            else ""
        )
        return (
            f"{table}\n\nBeside {entries[-1]} entries, {WORKERS} processes posted {rate.sales:.0f} sales "
            f"a second, every fourth of the same creator.{cost} The proof that all balances are the "
            f"sums of their lines took {proof:.1f} s."
        )
