"""Posting to the double-entry ledger; debits positive, credits negative."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum

from marketplace.creators.models import Creator
from marketplace.licensing.models import Order
from marketplace.money import Money
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine

Kind = LedgerAccount.Kind


def account(kind: str, currency: str, creator: Creator | None = None) -> LedgerAccount:
    """The one account of a kind, made on first use."""
    found, _ = LedgerAccount.objects.get_or_create(kind=kind, currency=currency, creator=creator)
    return found


def post(
    *,
    kind: str,
    idempotency_key: str,
    lines: Sequence[tuple[LedgerAccount, int]],
    order: Order | None = None,
) -> LedgerEntry:
    """Write an entry; the same key again returns the entry that is there.

    The database refuses, at commit, lines that don't sum to zero in each currency.
    """
    with transaction.atomic():
        entry, created = LedgerEntry.objects.get_or_create(
            idempotency_key=idempotency_key, defaults={"kind": kind, "order": order}
        )
        if created:
            LedgerLine.objects.bulk_create(
                LedgerLine(entry=entry, account=to, amount_minor=amount, currency=to.currency)
                for to, amount in lines
                if amount
            )
    return entry


def post_sale(*, order: Order, fee: Money) -> None:
    """A paid order: all of it arrives, commission and the creator's share leave, and the fee.

    The commission is rounded half up, the creator gets the rest; the platform bears the fee.
    """
    commission, share = order.price.split(order.commission_bps)
    creator = order.offer.listing.voice.creator
    currency = order.currency
    clearing = account(Kind.STRIPE_CLEARING, currency)
    post(
        kind=LedgerEntry.Kind.SALE,
        idempotency_key=f"sale-{order.public_id}",
        order=order,
        lines=[
            (clearing, order.price_minor),
            (account(Kind.COMMISSION, currency), -commission.minor),
            (account(Kind.CREATOR_PENDING, currency, creator), -share.minor),
        ],
    )
    if fee.minor:
        post(
            kind=LedgerEntry.Kind.FEE,
            idempotency_key=f"fee-{order.public_id}",
            order=order,
            lines=[
                (account(Kind.FEES, fee.currency), fee.minor),
                (account(Kind.STRIPE_CLEARING, fee.currency), -fee.minor),
            ],
        )


def balance(of: LedgerAccount) -> Money:
    """Sum of an account's lines: positive is a debit balance."""
    total = of.lines.aggregate(total=Sum("amount_minor"))["total"] or 0
    return Money(total, of.currency)
