"""Every call to Stripe; nothing else imports `stripe`. Without a key, the sandbox stands in."""

from marketplace.payouts.stripe_api.balance import (
    PROVIDER_FEES,
    WITH_THE_BANK,
    Movement,
    movements,
    movements_of,
    settlement_of,
)
from marketplace.payouts.stripe_api.checkout import (
    Checkout,
    create_checkout,
    create_setup,
    expire_checkout,
    fetch_checkout,
)
from marketplace.payouts.stripe_api.client import KEYS_KEPT, forget_client
from marketplace.payouts.stripe_api.connect import (
    SHORT,
    ConnectedAccount,
    create_account,
    create_transfer,
    fetch_account,
    find_transfer,
    onboarding_link,
    reverse_transfer,
)
from marketplace.payouts.stripe_api.endpoints import Endpoint, set_up_endpoints
from marketplace.payouts.stripe_api.events import list_events, read_webhook
from marketplace.payouts.stripe_api.meters import send_meter_event
from marketplace.payouts.stripe_api.money_back import (
    ProviderDispute,
    ProviderRefund,
    create_refund,
    fetch_dispute,
    fetch_refund,
    refunds_of,
)
from marketplace.payouts.stripe_api.off_session import (
    NEEDS_BUYER,
    OffSessionPayment,
    cancel_off_session,
    charge_off_session,
    detach_method,
    fetch_off_session,
    find_off_session,
)
from marketplace.payouts.stripe_api.plan_changes import (
    ChangePreview,
    change_at_once,
    change_at_period_end,
    preview_change,
)
from marketplace.payouts.stripe_api.subscriptions import (
    ProviderInvoice,
    ProviderSubscription,
    cancel_subscription,
    create_subscription_checkout,
    ensure_price,
    fetch_invoice,
    fetch_subscription,
    portal_link,
)

__all__ = [
    "KEYS_KEPT",
    "NEEDS_BUYER",
    "PROVIDER_FEES",
    "SHORT",
    "WITH_THE_BANK",
    "ChangePreview",
    "Checkout",
    "ConnectedAccount",
    "Endpoint",
    "Movement",
    "OffSessionPayment",
    "ProviderDispute",
    "ProviderInvoice",
    "ProviderRefund",
    "ProviderSubscription",
    "cancel_off_session",
    "cancel_subscription",
    "change_at_once",
    "change_at_period_end",
    "charge_off_session",
    "create_account",
    "create_checkout",
    "create_refund",
    "create_setup",
    "create_subscription_checkout",
    "create_transfer",
    "detach_method",
    "ensure_price",
    "expire_checkout",
    "fetch_account",
    "fetch_checkout",
    "fetch_dispute",
    "fetch_invoice",
    "fetch_off_session",
    "fetch_refund",
    "fetch_subscription",
    "find_off_session",
    "find_transfer",
    "forget_client",
    "list_events",
    "movements",
    "movements_of",
    "onboarding_link",
    "portal_link",
    "preview_change",
    "read_webhook",
    "refunds_of",
    "reverse_transfer",
    "send_meter_event",
    "set_up_endpoints",
    "settlement_of",
]
