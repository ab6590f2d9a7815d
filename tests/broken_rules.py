"""Ten rules of money, each broken on purpose: whether the machines of the property tests notice.

`tests/marketplace/payouts/test_broken_rules.py` breaks them one by one; what was found is recorded in
`tests/broken_rules.md`, which it writes anew with `TIMBRE_TEST_RECORD_BREAKS=1`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.creators import earnings
from marketplace.payouts.incoming import credits, provider_credit, sales
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import disputes

RECORD = Path(__file__).with_suffix(".md")
LEDGER, PROVIDER = "ledger", "provider"  # test_money_machine.py and test_provider_machine.py
_HERE = Path(__file__).parent
_HEAD = """# Ten rules broken on purpose

Property tests are worth what they find. Each rule below was broken in the code, by the function beside it, and one
of the two machines was run as it stands: `test_money_machine.py` (ledger: our services alone) or
`test_provider_machine.py` (provider: services, webhooks and the payment sandbox), both in `tests/marketplace/payouts/`.
The last column says what noticed first. Without a break, the same runs notice nothing.

Written by `TIMBRE_TEST_RECORD_BREAKS=1 .venv/bin/python -m pytest -q tests/marketplace/payouts/test_broken_rules.py`.

| rule | broken in | how | machine | noticed by |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Break:
    """A rule, and a fault that breaks it.

    where: module and function; how: what it does instead; machine: which one has to notice; does: puts
    the fault in place of the function.
    """

    rule: str
    where: str
    how: str
    machine: str
    does: Callable[[pytest.MonkeyPatch], None]

    def __str__(self) -> str:
        return self.where

    def row(self, noticed_by: str) -> str:
        """Its line in the record."""
        return f"| {self.rule} | `{self.where}` | {self.how} | {self.machine} | {noticed_by} |"


def _instead(place: Any, name: str, fault: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(place, name, fault)


def _nothing(*_: Any, **__: Any) -> None:
    return None


_split, _release_due = Money.split, earnings.release_due


def _too_little(self: Money, basis_points: int) -> tuple[Money, Money]:
    return _split(self, basis_points + 100)


def _a_week_early(now: datetime | None = None) -> int:
    return _release_due((now or timezone.now()) + timedelta(days=7))


def _unheld(payment: Payment, minor: int) -> int:
    return minor if payment.kind == Payment.Kind.CREDITS else 0


def _all_of_it(payment: Payment) -> int:
    return payment.tax_minor


BREAKS = (
    Break("A creator earns 85 % of the price", "Money.split", "takes one percent more commission",
          LEDGER, _instead(Money, "split", _too_little)),
    Break("Nothing is payable before its hold is over", "earnings.release_due",
          "releases a week early", LEDGER, _instead(earnings, "release_due", _a_week_early)),
    Break("Debts are set off before anything is paid", "earnings.settle_debts", "sets nothing off",
          LEDGER, _instead(earnings, "settle_debts", lambda *_: 0)),
    Break("A dispute that is won gives creators back what it took", "disputes._restore",
          "gives nothing back", LEDGER, _instead(disputes, "_restore", _nothing)),
    Break("Credit that is to be refunded can't be spent", "credits.hold", "leaves it to be spent",
          LEDGER, _instead(credits, "hold", _unheld)),
    Break("No more tax goes back than was collected", "disputes._tax_left",
          "forgets what refunds gave back", LEDGER, _instead(disputes, "_tax_left", _all_of_it)),
    Break("A fee that is told late is booked", "sales.post_late_settlement", "books nothing",
          PROVIDER, _instead(sales, "post_late_settlement", _nothing)),
    Break("A payout whose answer was lost is not sent twice", "stripe_api.find_transfer",
          "finds nothing", PROVIDER, _instead(stripe_api, "find_transfer", _nothing)),
    Break("Credit at the provider is owed to its buyer", "provider_credit.record_proration",
          "books nothing", PROVIDER, _instead(provider_credit, "record_proration", _nothing)),
    Break("What was paid too late is owed to its buyer", "sales._post_owed", "books nothing",
          PROVIDER, _instead(sales, "_post_owed", _nothing)),
)  # fmt: skip


def noticed_by(error: BaseException) -> str:
    """What of the tests noticed a fault: the function whose check failed, or the database's guard."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if _HERE in Path(frame.filename).parents and Path(frame.filename) != Path(__file__)
    ]
    place = f"`{ours[-1].name}`" if ours else "the machine"
    return place if isinstance(error, AssertionError) else f"{type(error).__name__} in {place}"


def write_record(found: dict[str, str]) -> None:
    """Write the record; found: what noticed each break, by where it is."""
    rows = "\n".join(each.row(found[each.where]) for each in BREAKS)
    RECORD.write_text(f"{_HEAD}{rows}\n", encoding="utf-8")
