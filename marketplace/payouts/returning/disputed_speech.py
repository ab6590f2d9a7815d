"""What a dispute of a plan month or of credit takes from those whom the speech it paid for earned money.

Without it, who charges a payment back after an accomplice's voice has spoken would be paid by the
platform: a month that is not shared out yet is taken from what waits, and credit that was used is
taken back from the creators like the price of a licence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date

from django.db.models import Q, Sum

from marketplace.licensing.models import UsageCharge
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares, year_shares
from marketplace.payouts.models import Dispute, Earning, LedgerEntry, LedgerLine, Payment


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
    if payment.kind == Payment.Kind.PLAN_YEAR:
        lines, waiting = year_shares.take_disputed(payment, minor)
        return Taken(lines, waiting=waiting)
    if payment.kind == Payment.Kind.CREDITS and used:
        return _take_usage(payment, used)
    return Taken()


def give_back(dispute: Dispute) -> list[Line]:
    """The credits that restore what a month had, in the caller's transaction."""
    if not dispute.waiting_minor:
        return []
    if dispute.payment.kind == Payment.Kind.PLAN_YEAR:
        return year_shares.restore_disputed(dispute.payment, dispute.waiting_minor)
    return plan_shares.restore_disputed(dispute.payment, dispute.waiting_minor)


def _take_usage(payment: Payment, used: int) -> Taken:
    """The latest speech that was paid by an organization's credit, as far as the payment reaches.

    Credit is one pot: which payment paid for which words is not known.
    What the buyer's other disputes have taken of it is passed over: the same speech is reversed once.
    """
    taken, left, before = Taken(), used, _taken_before(payment)
    for earning, gross, share in _usage_of(payment):
        kept = min(share - before[str(earning.pk)], earning.share_minor - earning.reversed_minor)
        part = min(left, earnings.proportion(gross, kept, share))
        if part <= 0:
            continue
        of_creator = min(kept, earnings.proportion(share, part, gross))
        taken.lines += earnings.take_back(earning, of_creator)
        taken.earnings[str(earning.pk)] = of_creator
        taken.commission += part - of_creator
        left -= part
        if not left:
            break
    taken.lines.append((ledger.account(Kind.COMMISSION, payment.currency), taken.commission))
    return taken


def _taken_before(payment: Payment) -> Counter[str]:
    """What the buyer's other disputes of credit hold of each earning, minor units by its id."""
    held = Counter[str]()
    disputes = Dispute.objects.filter(
        payment__organization=payment.organization_id, payment__kind=Payment.Kind.CREDITS
    ).exclude(state=Dispute.State.WON)
    for parts in disputes.values_list("reversed_minor", flat=True):
        held.update(parts)
    return held


def _usage_of(payment: Payment) -> Iterator[tuple[Earning, int, int]]:
    """Earnings of speech that the buyer's credit paid, locked, the latest first.

    Each with the price and the share of this buyer's speech in it: a day's sum has others', too.
    """
    charges = UsageCharge.objects.filter(
        organization=payment.organization_id,
        currency=payment.currency,
        posted_at__isnull=False,
    )
    spoken: dict[tuple[int, str, date], list[str]] = {}
    rows = charges.order_by("-pk").values_list(
        "pk", "generation__voice__creator", "generation__voice__name", "posted_at"
    )
    for pk, creator, voice, posted in rows.iterator():
        assert posted is not None  # by the filter
        day = posted.astimezone(UTC).date()
        spoken.setdefault((creator, voice, day), []).append(f"usage-{pk}")
    for (creator, voice, day), keys in spoken.items():
        entries = LedgerEntry.objects.filter(idempotency_key__in=keys)
        of_day = Q(creator=creator, voice_name=voice, currency=payment.currency, day=day)
        found = Earning.objects.select_for_update(of=("self",), no_key=True).select_related(
            "creator"
        )
        found = found.filter(of_day | Q(entry__in=entries), source=Earning.Source.USAGE)
        sums = dict(
            LedgerLine.objects.filter(entry__in=entries)
            .values_list("account__kind")
            .annotate(minor=Sum("amount_minor"))
        )
        gross, share = sums.get(Kind.BUYER_CREDITS, 0), -sums.get(Kind.CREATOR_PENDING, 0)
        for earning in found.order_by("-pk"):
            yield earning, gross, share
