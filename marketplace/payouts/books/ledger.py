"""Writing the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from marketplace.accounts.models import Organization
from marketplace.creators.models import Creator
from marketplace.licensing.models import Order
from marketplace.money import Money
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine

Kind = LedgerAccount.Kind
Line = tuple[LedgerAccount, int]


def account(
    kind: str,
    currency: str,
    creator: Creator | None = None,
    organization: Organization | None = None,
) -> LedgerAccount:
    """The one account of a kind, made on first use."""
    found, _ = LedgerAccount.objects.get_or_create(
        kind=kind, currency=currency, creator=creator, organization=organization
    )
    return found


def post(
    *,
    kind: str,
    idempotency_key: str,
    lines: Sequence[Line],
    order: Order | None = None,
    provider_reference: str = "",
) -> tuple[LedgerEntry, bool]:
    """Write an entry; the same key again gives the entry that is there, and False.

    Lines of nothing are left out. The database refuses, at commit, lines that don't sum to zero
    in each currency, and what would leave a creator's or buyer's balance below nothing.
    """
    with transaction.atomic():
        entry, created = LedgerEntry.objects.get_or_create(
            idempotency_key=idempotency_key,
            defaults={"kind": kind, "order": order, "provider_reference": provider_reference},
        )
        if created:
            LedgerLine.objects.bulk_create(
                LedgerLine(entry=entry, account=to, amount_minor=amount, currency=to.currency)
                for to, amount in lines
                if amount
            )
    return entry, created


def balance(of: LedgerAccount) -> Money:
    """Sum of an account's lines: positive is a debit balance."""
    total = of.lines.aggregate(total=Sum("amount_minor"))["total"] or 0
    return Money(total, of.currency)


def owed_to(creator: Creator, kind: str, currency: str) -> Money:
    """A creator's balance of a kind as they see it: positive is theirs (a debt: owed by them)."""
    found = LedgerAccount.objects.filter(kind=kind, creator=creator, currency=currency).first()
    sign = 1 if kind == Kind.CREATOR_DEBT else -1
    return Money(sign * balance(found).minor if found else 0, currency)
