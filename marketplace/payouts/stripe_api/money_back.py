"""Refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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
    that currency too; fee_currency: "" for the dispute's own.
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
    )
