"""What a dispute of a plan month or of credit takes from those whom the speech it paid for earned money.

Without it, who charges a payment back after an accomplice's voice has spoken would be paid by the
platform: a month that is not shared out yet is taken from what waits, and credit that was used is
taken back from the creators like the price of a licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC

from django.db.models import Q

from marketplace.licensing.models import UsageCharge
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares
from marketplace.payouts.models import Dispute, Earning, LedgerEntry, Payment

AT_ONCE = 500  # charges that are looked at with one query


@dataclass
class Taken:
    """lines: debits of the entry to post; earnings: minor units by id; commission: the platform's own
    part of them; waiting: what a month had that was not shared out, by `plan_shares.WAITING`.
    """

    lines: list[Line] = field(default_factory=list)
    earnings: dict[str, int] = field(default_factory=dict)
    commission: int = 0
    waiting: dict[str, int] = field(default_factory=dict)


def take(payment: Payment, minor: int, used: int) -> Taken:
    """Take what a dispute of `minor` units reverses, in the caller's transaction.

    used: of prepaid credit, the part that has been spoken for.
    """
    if payment.kind == Payment.Kind.PLAN:
        lines, waiting = plan_shares.take_disputed(payment, minor)
        return Taken(lines, waiting=waiting)
    if payment.kind == Payment.Kind.CREDITS and used:
        return _take_usage(payment, used)
    return Taken()


def give_back(dispute: Dispute) -> list[Line]:
    """The credits that restore what a month had, in the caller's transaction."""
    if not dispute.waiting_minor:
        return []
    return plan_shares.restore_disputed(dispute.payment, dispute.waiting_minor)


def _take_usage(payment: Payment, used: int) -> Taken:
    """The latest speech that was paid by an organization's credit, as far as the payment reaches."""
    taken, left = Taken(), used
    for entry, gross, share in _usage_since(payment):
        part = min(left, gross)
        left -= part
        of_creator = earnings.proportion(share, part, gross)
        earning = _earning_of(entry)
        if earning is None:
            continue
        of_creator = min(of_creator, earning.share_minor - earning.reversed_minor)
        taken.lines += earnings.take_back(earning, of_creator)
        taken.earnings[str(earning.pk)] = taken.earnings.get(str(earning.pk), 0) + of_creator
        taken.commission += part - earnings.proportion(share, part, gross)
        if not left:
            break
    taken.lines.append((ledger.account(Kind.COMMISSION, payment.currency), taken.commission))
    return taken


def _usage_since(payment: Payment) -> Iterator[tuple[LedgerEntry, int, int]]:
    """Entries of speech that the buyer's credit paid since, newest first, with price and share."""
    charges = UsageCharge.objects.filter(
        organization=payment.organization_id,
        currency=payment.currency,
        posted_at__gte=payment.paid_at,
    ).order_by("-pk")
    for charge in charges.values_list("pk", flat=True).iterator(AT_ONCE):
        entry = LedgerEntry.objects.filter(idempotency_key=f"usage-{charge}").first()
        if entry is None:
            continue
        kinds = dict(entry.lines.values_list("account__kind", "amount_minor"))
        gross, share = kinds.get(Kind.BUYER_CREDITS, 0), -kinds.get(Kind.CREATOR_PENDING, 0)
        if gross > 0:
            yield entry, gross, share


def _earning_of(entry: LedgerEntry) -> Earning | None:
    """The earning that holds an entry's share, locked: its own, or its day's sum of the voice."""
    charge = UsageCharge.objects.select_related("generation__voice").get(
        pk=int(entry.idempotency_key.removeprefix("usage-"))
    )
    voice = charge.generation.voice
    of_day = Q(
        creator=voice.creator_id, voice_name=voice.name, currency=charge.currency,
        day=entry.at.astimezone(UTC).date(),
    )  # fmt: skip
    found = Earning.objects.select_for_update(of=("self",)).select_related("creator")
    return found.filter(Q(entry=entry) | of_day, source=Earning.Source.USAGE).order_by("pk").first()
