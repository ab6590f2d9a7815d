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
    figures = _figures(flows)
    balances = {str(kind.label): _balance(until, kind) for kind in Account if _balance(until, kind)}
    opening, closing = (_balance(sums, Account.STRIPE_CLEARING) for sums in (before, until))
    prepaid = (
        _movement(flows, Account.BUYER_CREDITS, Entry.CREDIT_BOUGHT, Entry.CREDIT_USED)
        + _movement(flows, Account.PLAN_SHARES, Entry.PLAN_PAID, Entry.PLAN_SHARED)
        + _movement(flows, Account.DEFERRED, Entry.PLAN_PAID, Entry.PLAN_EARNED)
        + _movement(flows, Account.PLAN_YEARS, Entry.PLAN_PAID)
        + _movement(flows, Account.PROMOTIONS, Entry.PLAN_PAID, Entry.SALE)
        + _movement(flows, Account.PROVIDER_CREDIT, Entry.PLAN_PAID)
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


def _movement(flows: Sums, account: str, *entries: str) -> int:
    """What entries of these kinds, or of any, moved on accounts of a kind."""
    return sum(
        total
        for (entry, kind), total in flows.items()
        if kind == account and (not entries or entry in entries)
    )


def _balance(sums: Sums, account: str) -> int:
    return sum(total for (_, kind), total in sums.items() if kind == account)


def _figures(flows: Sums) -> dict[str, int]:
    """What came in, went out and was earned in a month."""

    def movement(account: str, *entries: str) -> int:
        return _movement(flows, account, *entries)

    paid_in = (Entry.SALE, Entry.CREDIT_BOUGHT, Entry.PLAN_PAID)
    earning = (
        Entry.SALE,
        Entry.CREDIT_USED,
        Entry.PLAN_PAID,
        Entry.PLAN_SHARED,
        Entry.PLAN_EARNED,
    )
    disputed = (Entry.DISPUTE, Entry.DISPUTE_WON)
    creators = (Account.CREATOR_PENDING, Account.CREATOR_AVAILABLE)
    at_provider = Account.STRIPE_CLEARING
    dispute_fees = movement(Account.DISPUTE_COSTS, *disputed)
    return {
        "gross": movement(at_provider, *paid_in),
        "paid too late, owed to buyers": movement(at_provider, Entry.TOO_LATE),
        "tax": -movement(Account.TAX, *paid_in),
        "commission": -movement(Account.COMMISSION, *earning),
        "creators' shares": -sum(movement(kind, *earning) for kind in creators),
        "fees": movement(Account.FEES, Entry.FEE),
        "refunds": -movement(at_provider, Entry.REFUND),
        "refunds that banks sent back": movement(at_provider, Entry.REFUND_RETURNED),
        "disputes, less those won": -movement(at_provider, *disputed) - dispute_fees,
        "dispute fees": dispute_fees,
        "paid to creators": -movement(at_provider, Entry.TRANSFER),
        "taken back from creators": movement(at_provider, Entry.REVERSAL),
        "paid out to our bank": -movement(at_provider, Entry.PAYOUT),
        "converted from and into other currencies": movement(at_provider, Entry.CONVERTED),
        "released by the provider, less what it held back": movement(at_provider, Entry.HELD_BACK),
        "differences booked by hand": movement(at_provider, Entry.ADJUSTMENT),
        "commission given back": movement(
            Account.COMMISSION, Entry.REFUND, Entry.CREDIT_RETURNED, *disputed
        ),
    }


def _net(figures: dict[str, int]) -> int:
    """What the figures add to the money at the provider."""
    came_in = (
        "gross",
        "paid too late, owed to buyers",
        "refunds that banks sent back",
        "taken back from creators",
        "converted from and into other currencies",
        "released by the provider, less what it held back",
        "differences booked by hand",
    )
    went_out = (
        "fees",
        "refunds",
        "disputes, less those won",
        "dispute fees",
        "paid to creators",
        "paid out to our bank",
    )
    return sum(figures[name] for name in came_in) - sum(figures[name] for name in went_out)
