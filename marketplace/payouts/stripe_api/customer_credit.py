"""Credit of customers at Stripe that no invoice gave or took: somebody did, in its dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, translate_errors

# What an invoice moved, which is booked with it (docs.stripe.com/billing/customer/balance)
OF_INVOICES = frozenset(
    "applied_to_invoice checkout_session_subscription_payment "
    "checkout_session_subscription_payment_canceled invoice_overpaid invoice_too_large "
    "invoice_too_small unapplied_from_invoice".split()
)


@dataclass(frozen=True)
class GivenCredit:
    """Credit that was given by hand, less than zero if it was taken; kind: Stripe's."""

    id: str
    kind: str
    amount: Money
    at: datetime


def credit_given_to(customer: str) -> Iterator[GivenCredit]:
    """Every change of a customer's credit by hand, the newest first.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such customer.
    """
    with translate_errors():
        page = client().v1.customers.balance_transactions.list(customer, {"limit": 100})
        for found in page.auto_paging_iter():
            if found.type not in OF_INVOICES:
                yield GivenCredit(
                    id=found.id,
                    kind=found.type,
                    amount=Money(-found.amount, found.currency.upper()),
                    at=datetime.fromtimestamp(found.created, UTC),
                )
