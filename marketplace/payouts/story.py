"""The story of one payment, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from marketplace.billing.models import Invoice
from marketplace.licensing.models import Licence
from marketplace.money import Money
from marketplace.payouts.incoming import receipts
from marketplace.payouts.models import Dispute, Earning, Payment, Refund
from marketplace.payouts.returning import dispute_documents


@dataclass(frozen=True)
class Chapter:
    """Something that happened to a payment. detail: of it, in a sentence or none."""

    at: datetime
    what: str
    amount: Money | None = None
    detail: str = ""


def story_of(payment: Payment) -> list[Chapter]:
    """Sale, fee, the creator's share, refunds, disputes and documents of a payment."""
    told = [*_sale(payment), *_refunds(payment), *_disputes(payment), *_documents(payment)]
    return sorted(told, key=lambda chapter: chapter.at)


def _sale(payment: Payment) -> Iterator[Chapter]:
    currency = payment.currency
    tax = Money(payment.tax_minor, currency)
    yield Chapter(
        payment.paid_at,
        gettext("Paid"),
        payment.amount,
        gettext("%(what)s; %(tax)s of it is tax")
        % {"what": receipts.what_for(payment), "tax": tax},
    )
    if payment.fee_minor:
        fee = Money(payment.fee_minor, payment.settles_in or currency)
        yield Chapter(payment.paid_at, gettext("The provider's fee"), fee)
    for earning in payment.earnings.select_related("creator").order_by("pk"):
        held = earning.state == Earning.State.HELD
        yield Chapter(
            earning.created_at,
            gettext("Share of %(creator)s") % {"creator": earning.creator},
            earning.share,
            f"{earning.voice_name}: {gettext('on hold') if held else gettext('payable')}",
        )


def _refunds(payment: Payment) -> Iterator[Chapter]:
    for refund in payment.refunds.select_related("requested_by", "approved_by"):
        yield Chapter(
            refund.created_at, gettext("Refund asked for"), refund.amount, _asked_for(refund)
        )
        if refund.finished_at is not None:
            yield Chapter(
                refund.finished_at, refund.get_state_display(), refund.amount, refund.problem
            )


def _asked_for(refund: Refund) -> str:
    told = gettext("by %(person)s")
    if refund.approved_by:
        told = gettext("by %(person)s, approved by %(second)s")
    words = told % {
        "person": refund.requested_by or gettext("a rule"),
        "second": refund.approved_by,
    }
    return f"{words}: {refund.reason}" if refund.reason else words


def _disputes(payment: Payment) -> Iterator[Chapter]:
    for dispute in payment.disputes.select_related("evidence__submitted_by"):
        amount = Money(dispute.amount_minor, payment.currency)
        yield Chapter(
            dispute.created_at, gettext("Disputed by the buyer's bank"), amount, dispute.reason
        )
        evidence = getattr(dispute, "evidence", None)
        if evidence is not None and evidence.sent_at is not None:
            by = gettext("by %(person)s") % {"person": evidence.submitted_by}
            yield Chapter(evidence.sent_at, gettext("Evidence sent"), None, by)
        if dispute.closed_at is not None:
            won = dispute.state == Dispute.State.WON
            ended = gettext("Dispute won") if won else gettext("Dispute lost")
            yield Chapter(dispute.closed_at, ended, amount)


def _documents(payment: Payment) -> Iterator[Chapter]:
    for document in documents_of(payment):
        yield Chapter(
            document.written_at, f"{document.get_kind_display()} {document}", document.total
        )


def documents_of(payment: Payment) -> QuerySet[Invoice]:
    """The invoice of a payment, the credit notes that take parts of it back, and what appeals restored."""
    ours = Q(reference=payment.charge) | Q(corrects__reference=payment.charge)
    ours |= Q(reference__in=dispute_documents.restoring([payment]))
    return Invoice.objects.filter(ours).order_by("pk")


def search_payments(words: str) -> QuerySet[Payment]:
    """Payments by the name of an organization, or by any of their references; all without words."""
    found = Payment.objects.select_related(
        "organization", "plan_month", "plan_year", "order__changes", "order__licence"
    )
    words = words.strip()
    if not words:
        return found
    by_name = Q(organization__name__icontains=words)
    exact = Q(charge=words) | Q(payment_intent=words) | Q(refunds__provider_id=words)
    exact |= Q(disputes__provider_id=words)
    charges = Invoice.objects.filter(number__iexact=words).values("reference")
    exact |= Q(charge__in=charges)
    credit_notes = Invoice.objects.filter(number__iexact=words).values("corrects__reference")
    exact |= Q(charge__in=credit_notes)
    for reference in Invoice.objects.filter(number__iexact=words).values_list(
        "reference", flat=True
    ):
        exact |= Q(disputes__provider_id=reference.removeprefix(dispute_documents.WON))
    licences = Licence.objects.filter(number__iexact=words).values("pk")
    exact |= Q(order__licence__in=licences) | Q(order__changes__in=licences)
    receipt = words.rpartition("-")[2]
    if words.upper().startswith("TR-") and receipt.isascii() and receipt.isdigit():
        exact |= Q(pk=int(receipt[:9]))
    return found.filter(pk__in=found.filter(by_name | exact).order_by().values("pk"))
