"""Changes of plan at Stripe: what one would cost, made at once, or from the next period on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, translate_errors
from marketplace.payouts.stripe_api.subscriptions import credited_on, lines_of


@dataclass(frozen=True)
class ChangePreview:
    """The invoice that a change at once would make; price: of the new period, total: with tax."""

    price: Money
    credited: Money
    tax: Money
    total: Money

    @property
    def balance(self) -> Money:
        """What an earlier credit at the provider takes off; negative, or nothing."""
        return self.total - (self.price - self.credited + self.tax)


def _change(subscription: Any, price: str, at: int) -> dict[str, Any]:
    """A new period at another price from now on, with the rest of the old one credited.

    at: Unix seconds for which the rest is worked out, so that it is the same however often it is asked.
    """
    return {
        "items": [{"id": subscription["items"].data[0].id, "price": price}],
        "billing_cycle_anchor": "now",
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }


def preview_change(*, subscription_id: str, price: str, at: int) -> ChangePreview:
    """What a change of price at once would credit and charge; nothing is changed.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such subscription, or `at` is not in its period.
    """
    with translate_errors():
        subscription = client().v1.subscriptions.retrieve(subscription_id)
        params: Any = {
            "subscription": subscription_id,
            "subscription_details": _change(subscription, price, at),
        }
        invoice = client().v1.invoices.create_preview(params)
        credited = credited_on(lines_of(invoice))
    currency = invoice.currency.upper()
    return ChangePreview(
        price=Money(invoice.subtotal + credited, currency),
        credited=Money(credited, currency),
        tax=Money(sum(tax.amount for tax in invoice.total_taxes or []), currency),
        total=Money(invoice.amount_due, currency),
    )


def change_at_once(*, subscription_id: str, price: str, at: int, key: str) -> str:
    """Change the price and charge it now; returns the id of the invoice. All of it or nothing.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: the card was declined, or its bank wants its customer; nothing has changed.
    """
    with translate_errors():
        subscription = client().v1.subscriptions.retrieve(subscription_id)
        params: Any = {
            **_change(subscription, price, at),
            "payment_behavior": "error_if_incomplete",
        }
        changed = client().v1.subscriptions.update(
            subscription_id, params, {"idempotency_key": key}
        )
    latest: Any = changed.latest_invoice
    return latest if isinstance(latest, str) else str(latest.id)


@dataclass(frozen=True)
class PendingChange:
    """A change of price that waits until its buyer has satisfied their bank on Stripe's own page."""

    url: str
    total: Money


def ask_for_change(*, subscription_id: str, price: str, at: int, key: str) -> None:
    """Ask for a change at once that is made when its buyer has confirmed the payment, within a day.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: the card was declined; nothing has changed.
    """
    with translate_errors():
        subscription = client().v1.subscriptions.retrieve(subscription_id)
        params: Any = {
            **_change(subscription, price, at),
            "payment_behavior": "pending_if_incomplete",
        }
        client().v1.subscriptions.update(subscription_id, params, {"idempotency_key": key})


def pending_change(subscription_id: str) -> PendingChange | None:
    """The change that waits for its buyer; None if none does.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        params: Any = {"expand": ["latest_invoice"]}
        subscription = client().v1.subscriptions.retrieve(subscription_id, params)
    invoice: Any = subscription.latest_invoice
    if not subscription.pending_update or not getattr(invoice, "hosted_invoice_url", None):
        return None
    return PendingChange(
        url=invoice.hosted_invoice_url,
        total=Money(invoice.amount_due, invoice.currency.upper()),
    )


def change_at_period_end(*, subscription_id: str, price: str) -> None:
    """Bill another price from the next period on; harmless to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    with translate_errors():
        subscription = client().v1.subscriptions.retrieve(subscription_id)
        items: Any = subscription["items"]
        params: Any = {
            "items": [{"id": items.data[0].id, "price": price}],
            "proration_behavior": "none",
        }
        client().v1.subscriptions.update(subscription_id, params)
