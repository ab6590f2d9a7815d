"""The month in figures that finance signs, and the proof that they add up."""

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

    flows: what happened in the month; balances: how the accounts stand at its end; proofs: sums
    that must be zero, by what they prove.
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
    found: dict[str, Sums] = {}
    for row in (
        LedgerLine.objects.filter(lines)
        .values("currency", "entry__kind", "account__kind")
        .annotate(total=Sum("amount_minor"))
    ):
        found.setdefault(row["currency"], {})[row["entry__kind"], row["account__kind"]] = row[
            "total"
        ]
    return found


def finance_report(year: int, month: int) -> list[FinanceReport]:
    """Each currency's month from the ledger alone."""
    start, end = month_bounds(year, month)
    flows = _sums(Q(entry__at__gte=start, entry__at__lt=end))
    until = _sums(Q(entry__at__lt=end))
    before = _sums(Q(entry__at__lt=start))
    return [
        _report(currency, flows.get(currency, {}), until[currency], before.get(currency, {}))
        for currency in sorted(until)
    ]


def _report(currency: str, flows: Sums, until: Sums, before: Sums) -> FinanceReport:
    def moved(account: str, *entries: str) -> int:
        return sum(
            total
            for (entry, kind), total in flows.items()
            if kind == account and (not entries or entry in entries)
        )

    def stands(sums: Sums, account: str) -> int:
        return sum(total for (_, kind), total in sums.items() if kind == account)

    paid_in = (Entry.SALE, Entry.CREDIT_BOUGHT, Entry.PLAN_PAID)
    creators = (Account.CREATOR_PENDING, Account.CREATOR_AVAILABLE)
    back = (Entry.REFUND, Entry.DISPUTE, Entry.DISPUTE_WON)
    earning = (Entry.SALE, Entry.CREDIT_USED, Entry.PLAN_PAID, Entry.PLAN_SHARED)
    figures = {
        "gross": moved(Account.STRIPE_CLEARING, *paid_in),
        "tax": -moved(Account.TAX, *paid_in),
        "commission": -moved(Account.COMMISSION, *earning),
        "creators' shares": -sum(moved(kind, *earning) for kind in creators),
        "fees": moved(Account.FEES),
        "refunds": -moved(Account.STRIPE_CLEARING, Entry.REFUND),
        "refunds that banks sent back": moved(Account.STRIPE_CLEARING, Entry.REFUND_RETURNED),
        "disputes, less those won": -moved(
            Account.STRIPE_CLEARING, Entry.DISPUTE, Entry.DISPUTE_WON
        )
        - moved(Account.DISPUTE_COSTS),
        "dispute fees": moved(Account.DISPUTE_COSTS),
        "paid to creators": -moved(Account.STRIPE_CLEARING, Entry.TRANSFER),
        "taken back from creators": moved(Account.STRIPE_CLEARING, Entry.REVERSAL),
        "commission given back": moved(Account.COMMISSION, *back),
    }
    balances = {str(kind.label): stands(until, kind) for kind in Account if stands(until, kind)}
    opening, closing = (
        stands(before, Account.STRIPE_CLEARING),
        stands(until, Account.STRIPE_CLEARING),
    )
    proofs = {
        "every account together": sum(until.values()),
        "this month's entries": sum(flows.values()),
        "opening + in - out = closing at the provider": opening
        + figures["gross"]
        - figures["fees"]
        - figures["refunds"]
        + figures["refunds that banks sent back"]
        - figures["disputes, less those won"]
        - figures["dispute fees"]
        - figures["paid to creators"]
        + figures["taken back from creators"]
        - closing,
        "gross = tax + commission + shares + what is prepaid": figures["gross"]
        - figures["tax"]
        - figures["commission"]
        - figures["creators' shares"]
        + moved(Account.BUYER_CREDITS, Entry.CREDIT_BOUGHT, Entry.CREDIT_USED)
        + moved(Account.PLAN_SHARES, Entry.PLAN_PAID, Entry.PLAN_SHARED)
        + moved(Account.PROMOTIONS),
    }
    return FinanceReport(currency, figures, balances, proofs)
