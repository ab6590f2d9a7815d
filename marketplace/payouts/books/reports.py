"""The monthly finance report, and the proof that it adds up."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Sum

from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine
from marketplace.payouts.queries import month_bounds

Account, Entry = LedgerAccount.Kind, LedgerEntry.Kind
Sums = dict[tuple[str, str], int]


@dataclass(frozen=True)
class FinanceReport:
    """One currency of one month, minor units.

    flows: movements in the month; balances: of the accounts at its end; proofs: sums that must
    be zero, by what they prove.
    """

    currency: str
    flows: dict[str, int]
    balances: dict[str, int]
    proofs: dict[str, int]

    @property
    def adds_up(self) -> bool:
        return not any(self.proofs.values())


def _sums(lines: Q) -> dict[str, Sums]:
    """By currency: {(entry kind, account kind): total}."""
    sums: dict[str, Sums] = {}
    for row in (
        LedgerLine.objects.filter(lines)
        .values("currency", "entry__kind", "account__kind")
        .annotate(total=Sum("amount_minor"))
    ):
        sums.setdefault(row["currency"], {})[row["entry__kind"], row["account__kind"]] = row[
            "total"
        ]
    return sums


def finance_report(year: int, month: int) -> list[FinanceReport]:
    """The report of each currency, from the ledger alone."""
    start, end = month_bounds(year, month)
    flows = _sums(Q(entry__at__gte=start, entry__at__lt=end))
    until = _sums(Q(entry__at__lt=end))
    before = _sums(Q(entry__at__lt=start))
    return [
        _report(currency, flows.get(currency, {}), until[currency], before.get(currency, {}))
        for currency in sorted(until)
    ]


def _report(currency: str, flows: Sums, until: Sums, before: Sums) -> FinanceReport:
    def movement(account: str, *entries: str) -> int:
        return sum(
            total
            for (entry, kind), total in flows.items()
            if kind == account and (not entries or entry in entries)
        )

    def balance(sums: Sums, account: str) -> int:
        return sum(total for (_, kind), total in sums.items() if kind == account)

    paid_in = (Entry.SALE, Entry.CREDIT_BOUGHT, Entry.PLAN_PAID)
    creators = (Account.CREATOR_PENDING, Account.CREATOR_AVAILABLE)
    back = (Entry.REFUND, Entry.DISPUTE, Entry.DISPUTE_WON)
    earning = (Entry.SALE, Entry.CREDIT_USED, Entry.PLAN_PAID, Entry.PLAN_SHARED)
    figures = {
        "gross": movement(Account.STRIPE_CLEARING, *paid_in),
        "tax": -movement(Account.TAX, *paid_in),
        "commission": -movement(Account.COMMISSION, *earning),
        "creators' shares": -sum(movement(kind, *earning) for kind in creators),
        "fees": movement(Account.FEES),
        "refunds": -movement(Account.STRIPE_CLEARING, Entry.REFUND),
        "refunds that banks sent back": movement(Account.STRIPE_CLEARING, Entry.REFUND_RETURNED),
        "disputes, less those won": -movement(
            Account.STRIPE_CLEARING, Entry.DISPUTE, Entry.DISPUTE_WON
        )
        - movement(Account.DISPUTE_COSTS),
        "dispute fees": movement(Account.DISPUTE_COSTS),
        "paid to creators": -movement(Account.STRIPE_CLEARING, Entry.TRANSFER),
        "taken back from creators": movement(Account.STRIPE_CLEARING, Entry.REVERSAL),
        "paid out to our bank": -movement(Account.STRIPE_CLEARING, Entry.PAYOUT),
        "commission given back": movement(Account.COMMISSION, *back),
    }
    balances = {str(kind.label): balance(until, kind) for kind in Account if balance(until, kind)}
    opening, closing = (
        balance(before, Account.STRIPE_CLEARING),
        balance(until, Account.STRIPE_CLEARING),
    )
    prepaid = (
        movement(Account.BUYER_CREDITS, Entry.CREDIT_BOUGHT, Entry.CREDIT_USED)
        + movement(Account.PLAN_SHARES, Entry.PLAN_PAID, Entry.PLAN_SHARED)
        + movement(Account.PROMOTIONS, Entry.PLAN_PAID)
    )
    proofs = {
        "every account together": sum(until.values()),
        "this month's entries": sum(flows.values()),
        "opening + in - out = closing at the provider": opening + _net(figures) - closing,
        "gross = tax + commission + shares + what is prepaid": figures["gross"]
        - figures["tax"]
        - figures["commission"]
        - figures["creators' shares"]
        + prepaid,
    }
    return FinanceReport(currency, figures, balances, proofs)


def _net(figures: dict[str, int]) -> int:
    """What the figures add to the money at the provider."""
    came_in = ("gross", "refunds that banks sent back", "taken back from creators")
    went_out = (
        "fees",
        "refunds",
        "disputes, less those won",
        "dispute fees",
        "paid to creators",
        "paid out to our bank",
    )
    return sum(figures[name] for name in came_in) - sum(figures[name] for name in went_out)
