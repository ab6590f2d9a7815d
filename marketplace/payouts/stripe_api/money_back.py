"""Refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import stripe

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, metadata_value, translate_errors


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as Stripe has it; failed: the money never left, or came back."""

    id: str
    charge: str
    amount: Money
    failed: bool
    reference: str
    at: datetime | None = None


@dataclass(frozen=True)
class ProviderDispute:
    """A dispute as Stripe has it; fee: its cost besides the amount, in the currency that it settles in.

    taken_minor: what it has taken from the balance so far and not given back, without the fee, in
    that currency too; fee_currency: "" for the dispute's own; due_by: until when the bank takes
    evidence; submissions: how often it was sent some.
    """

    id: str
    charge: str
    amount: Money
    fee_minor: int
    reason: str
    status: str
    taken_minor: int = 0
    fee_currency: str = ""
    at: datetime | None = None
    due_by: datetime | None = None
    submissions: int = 0


def _refund(refund: stripe.Refund) -> ProviderRefund:
    charge = refund.charge
    return ProviderRefund(
        id=refund.id,
        charge=(charge if isinstance(charge, str) else charge.id) if charge else "",
        amount=Money(refund.amount, refund.currency.upper()),
        failed=refund.status in ("failed", "canceled"),
        reference=metadata_value(refund, "refund"),
        at=datetime.fromtimestamp(refund.created, UTC),
    )


def create_refund(
    *, payment_intent: str, amount: Money, key: str, public_id: str, may_exist: bool
) -> ProviderRefund:
    """Refund a part of a payment; the same key returns the same refund.

    may_exist: whether Stripe may have forgotten the key, so that the refund is looked up first.

    Raises:
        PaymentProviderUnavailable: outcome unknown.
        ProviderRefused: it can't be refunded.
    """
    if may_exist:
        for refund in refunds_of(payment_intent):
            if refund.reference == public_id:
                return refund
    with translate_errors():
        return _refund(
            client().v1.refunds.create(
                {
                    "payment_intent": payment_intent,
                    "amount": amount.minor,
                    "metadata": {"refund": public_id},
                },
                {"idempotency_key": key},
            )
        )


def refunds_of(payment_intent: str) -> list[ProviderRefund]:
    """Every refund of a payment.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        page = client().v1.refunds.list({"payment_intent": payment_intent, "limit": 100})
        return [_refund(refund) for refund in page.auto_paging_iter()]


def fetch_refund(refund_id: str) -> ProviderRefund:
    """A refund as Stripe has it now.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such refund.
    """
    with translate_errors():
        return _refund(client().v1.refunds.retrieve(refund_id))


def fetch_dispute(dispute_id: str) -> ProviderDispute:
    """A dispute as Stripe has it now.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such dispute.
    """
    with translate_errors():
        dispute = client().v1.disputes.retrieve(dispute_id)
    charge = dispute.charge if isinstance(dispute.charge, str) else dispute.charge.id
    due_by = dispute.evidence_details.due_by
    return ProviderDispute(
        id=dispute.id,
        charge=charge,
        amount=Money(dispute.amount, dispute.currency.upper()),
        fee_minor=sum(movement.fee for movement in dispute.balance_transactions),
        reason=dispute.reason,
        status=dispute.status,
        taken_minor=-sum(movement.amount for movement in dispute.balance_transactions),
        fee_currency=next((m.currency.upper() for m in dispute.balance_transactions), ""),
        at=datetime.fromtimestamp(dispute.created, UTC),
        due_by=None if due_by is None else datetime.fromtimestamp(due_by, UTC),
        submissions=dispute.evidence_details.submission_count,
    )


def upload_evidence(*, name: str, content: bytes, key: str) -> str:
    """Upload a file that is evidence; the same key returns the same file's id.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: not a PDF, JPEG or PNG, or too large.
    """
    file = BytesIO(content)
    file.name = name  # the client sends it along
    params: Any = {"purpose": "dispute_evidence", "file": file}
    with translate_errors():
        return client().v1.files.create(params, {"idempotency_key": key}).id


def submit_evidence(*, dispute: str, evidence: dict[str, str], key: str) -> None:
    """Send the bank evidence, which can be done once: texts, and the ids of uploaded files.

    Raises:
        PaymentProviderUnavailable: outcome unknown; `fetch_dispute` tells.
        ProviderRefused: the dispute is decided, or a value is not accepted.
    """
    params: Any = {"evidence": evidence, "submit": True}
    with translate_errors():
        client().v1.disputes.update(dispute, params, {"idempotency_key": key})
