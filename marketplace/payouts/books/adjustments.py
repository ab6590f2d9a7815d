"""Adjusting entries: written by one person of finance, posted by a second one.

They touch the platform's own results, tax, bank, reserve, and credit that somebody gave by hand at the
provider (`LedgerAccount.ADJUSTABLE`). What else is owed to a creator, a buyer or for a refund changes by its
own rules only. So does the money at the provider, of which an entry books a difference, whole and by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import require_another
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.payouts.books import differences, ledger
from marketplace.payouts.books.differences import Difference
from marketplace.payouts.models import Adjustment, AdjustmentLine, LedgerAccount, LedgerEntry
from marketplace.refusals import Refused
from marketplace.visible_text import visible

RIGHT = "payouts.refund_payment"  # what everybody in finance may do
NOON = time(12, tzinfo=UTC)  # the time of entries that know only their day
OLDEST = timedelta(days=366)  # a date further back is taken for a slip


@dataclass(frozen=True)
class Posting:
    """A line of an adjusting entry, minor units: one of the two is zero."""

    account: str
    debit_minor: int = 0
    credit_minor: int = 0


def propose(
    *,
    currency: str,
    dated: date,
    postings: Sequence[Posting],
    reason: str,
    document: str,
    by: User,
    difference: Difference | None = None,
) -> Adjustment:
    """Write an adjusting entry that waits for a second person; nothing is posted yet.

    difference: from the provider's books, whose whole is the entry's line on the money there.

    Raises:
        Refused: not_allowed, reason_missing, document_missing, unbalanced, account_has_rules,
            future, too_old, month_closed, already_proposed.
    """
    _require_finance(by)
    if not reason.strip():
        raise Refused("reason_missing", gettext("Give the reason in a sentence."))
    if not document.strip():
        raise Refused("document_missing", gettext("Give the reference of the document behind it."))
    of_provider = difference.missing.minor if difference else 0
    _require_balance(postings, of_provider)
    _require_open(dated)
    with transaction.atomic():
        if difference is not None:
            _require_no_proposal(difference)
        adjustment = Adjustment.objects.create(
            provider_object=difference.source if difference else "",
            provider_minor=of_provider,
            currency=currency,
            dated=dated,
            reason=visible(reason).strip()[:300],
            document=visible(document).strip()[:120],
            proposed_by=by,
        )
        AdjustmentLine.objects.bulk_create(
            AdjustmentLine(
                adjustment=adjustment,
                account=posting.account,
                amount_minor=posting.debit_minor - posting.credit_minor,
            )
            for posting in postings
        )
        audit.record(
            actor=by,
            action="adjustment.proposed",
            subject=adjustment,
            minor=sum(posting.debit_minor for posting in postings) + max(0, of_provider),
            currency=currency,
            dated=dated.isoformat(),
            reason_sha256=audit.digest(adjustment.reason),
        )
    return adjustment


def decide(*, adjustment: Adjustment, post: bool, by: User) -> Adjustment:
    """Post an adjusting entry as the second person, or drop it as anybody in finance.

    Raises:
        Refused: not_allowed, second_person, too_old, month_closed, difference_changed.
        InvalidTransition: it does not wait for a second person.
    """
    _require_finance(by)
    with transaction.atomic():
        adjustment = Adjustment.objects.select_for_update(no_key=True).get(pk=adjustment.pk)
        if post:
            require_another(by, adjustment.proposed_by_id)
            _require_open(adjustment.dated)
            _require_difference(adjustment)
        adjustment.decided_by, adjustment.decided_at = by, timezone.now()
        if post:
            adjustment.entry = _post(adjustment)
        adjustment.save(update_fields=["decided_by", "decided_at", "entry"])
        adjustment.transition(Adjustment.State.POSTED if post else Adjustment.State.DROPPED)
        audit.record(actor=by, action=f"adjustment.{adjustment.state}", subject=adjustment)
    return adjustment


def _post(adjustment: Adjustment) -> LedgerEntry:
    currency = adjustment.currency
    clearing = ledger.account(LedgerAccount.Kind.STRIPE_CLEARING, currency)
    entry, _ = ledger.post(
        kind=LedgerEntry.Kind.ADJUSTMENT,
        idempotency_key=f"adjustment-{adjustment.public_id}",
        provider_reference=adjustment.provider_object,
        belongs_to=datetime.combine(adjustment.dated, NOON),
        lines=[
            (clearing, adjustment.provider_minor),
            *(
                (ledger.account(line.account, currency), line.amount_minor)
                for line in adjustment.lines.all()
            ),
        ],
    )
    if ledger.month_of(entry.at) != adjustment.dated.replace(day=1):  # it was closed just now
        raise _closed()
    return entry


def _require_finance(by: User) -> None:
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", gettext("Only finance can adjust the books."))


def _require_no_proposal(difference: Difference) -> None:
    proposed = Adjustment.objects.filter(
        state=Adjustment.State.PROPOSED,
        provider_object=difference.source,
        currency=difference.missing.currency,
    )
    if proposed.exists():
        raise Refused(
            "already_proposed", gettext("An entry about it waits for a second person already.")
        )


def _require_difference(adjustment: Adjustment) -> None:
    """Refuse to book a difference that is not what it was when that was proposed."""
    if not adjustment.provider_object:
        return
    found = differences.find(adjustment.provider_object, adjustment.currency)
    if found is None or found.missing.minor != adjustment.provider_minor:
        raise Refused(
            "difference_changed",
            gettext("The difference is another one by now. Drop the entry, and look again."),
        )


def _require_balance(postings: Sequence[Posting], of_provider: int) -> None:
    for posting in postings:
        if posting.account not in LedgerAccount.ADJUSTABLE:
            label = LedgerAccount.Kind(posting.account).label
            raise Refused(
                "account_has_rules",
                gettext(
                    "“%(label)s” changes by its own rules only: refund, pay or write off there instead."
                )
                % {"label": label},
            )
        if min(posting.debit_minor, posting.credit_minor) < 0 or (
            bool(posting.debit_minor) == bool(posting.credit_minor)
        ):
            raise Refused(
                "unbalanced", gettext("Each line has either a debit or a credit above zero.")
            )
    debits = sum(posting.debit_minor for posting in postings) + max(0, of_provider)
    credits = sum(posting.credit_minor for posting in postings) + max(0, -of_provider)
    if not debits or debits != credits:
        raise Refused("unbalanced", gettext("Debits and credits must be equal, and not zero."))


def _require_open(dated: date) -> None:
    today = timezone.now().astimezone(UTC).date()
    if dated > today:
        raise Refused("future", gettext("An entry can't be dated in the future."))
    if dated < today - OLDEST:
        raise Refused("too_old", gettext("An entry can't be dated more than a year back."))
    if ledger.is_closed(datetime.combine(dated, NOON)):
        raise _closed()


def _closed() -> Refused:
    return Refused(
        "month_closed",
        gettext("That month is closed. Date the entry in an open month, or reopen it."),
    )
