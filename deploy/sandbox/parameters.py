"""Requests as the provider's client writes them, checked against the client's own types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import stripe.params
import stripe.params.billing
import stripe.params.billing_portal
import stripe.params.checkout
import stripe.params.tax
import stripe.params.v2.core

from deploy.sandbox.objects import Refusal

_OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
TYPES: dict[str, Any] = {
    "POST /v1/checkout/sessions": stripe.params.checkout.SessionCreateParams,
    "POST /v1/disputes/{id}": stripe.params.DisputeUpdateParams,
    "POST /v1/files": stripe.params.FileCreateParams,
    "POST /v1/payment_intents": stripe.params.PaymentIntentCreateParams,
    "POST /v1/tax/calculations": stripe.params.tax.CalculationCreateParams,
    "POST /v1/refunds": stripe.params.RefundCreateParams,
    "POST /v1/transfers": stripe.params.TransferCreateParams,
    "POST /v1/customers": stripe.params.CustomerCreateParams,
    "POST /v1/customers/{id}/balance_transactions": (
        stripe.params.CustomerBalanceTransactionCreateParams
    ),
    "POST /v1/invoices/create_preview": stripe.params.InvoiceCreatePreviewParams,
    "POST /v1/products": stripe.params.ProductCreateParams,
    "POST /v1/prices": stripe.params.PriceCreateParams,
    "POST /v1/billing_portal/configurations": (
        stripe.params.billing_portal.ConfigurationCreateParams
    ),
    "POST /v1/billing_portal/sessions": stripe.params.billing_portal.SessionCreateParams,
    "POST /v2/core/accounts": stripe.params.v2.core.AccountCreateParams,
    "POST /v1/webhook_endpoints": stripe.params.WebhookEndpointCreateParams,
    "POST /v1/billing/meter_events": stripe.params.billing.MeterEventCreateParams,
    "POST /v2/core/event_destinations": stripe.params.v2.core.EventDestinationCreateParams,
    "POST /v1/balance_settings": stripe.params.BalanceSettingsUpdateParams,
    "POST /v2/core/account_links": stripe.params.v2.core.AccountLinkCreateParams,
}


def parse_form(body: bytes) -> dict[str, Any]:
    """Stripe's form encoding (`a[b][0][c]=d`) as nested dicts and lists."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+", name)
        here: Any = root
        for key in keys[:-1]:
            here = here.setdefault(key, {})
        here[keys[-1]] = value

    def lists(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        if node and all(key.isdigit() for key in node):
            return [lists(node[key]) for key in sorted(node, key=int)]
        return {key: lists(value) for key, value in node.items()}

    tidy: dict[str, Any] = lists(root)
    return tidy


def check(route: str, form: dict[str, Any]) -> None:
    """Raises Refusal for a missing parameter or one that the client doesn't know, at any depth."""
    kind = TYPES.get(re.sub(r"(?<=/disputes/)[^/]+$|(?<=/customers/)[^/]+", "{id}", route))
    if kind is not None:
        _check(kind, form, "")


@cache
def _known(kind: Any) -> dict[str, Any]:
    """The types of a request's parameters; the local names are those of options, not of parameters."""
    return get_type_hints(kind, localns={"StripeContext": object, "Mapping": Mapping})


def _check(kind: Any, form: dict[str, Any], within: str) -> None:
    known = _known(kind)
    for name in sorted(set(kind.__required_keys__) - _OPTIONS - set(form)):
        path = _path(within, name)
        raise Refusal(f"Missing required param: {path}.", code="parameter_missing", param=path)
    for name in sorted(set(form) - (set(known) - _OPTIONS)):
        path = _path(within, name)
        raise Refusal(f"Received unknown parameter: {path}", code="parameter_unknown", param=path)
    for name, value in form.items():
        allowed = _allowed(known[name])
        if allowed and isinstance(value, str) and value not in allowed:
            path, listed = _path(within, name), ", ".join(sorted(allowed))
            raise Refusal(f"Invalid {path}: must be one of {listed}", param=path)
        inner = _inner(known[name])
        for each in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(each, dict):
                _check(inner, each, _path(within, name))


def _path(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name


def _allowed(kind: Any) -> frozenset[str]:
    """The values that a parameter may have; none are named where any may be given."""
    choices = get_args(kind) if get_origin(kind) is Union else (kind,)
    if not all(get_origin(choice) is Literal for choice in choices):
        return frozenset()
    return frozenset(value for choice in choices for value in get_args(choice))


def _inner(kind: Any) -> Any:
    """The parameters within a parameter, or within each member of a list; None if it has no names."""
    for choice in (kind, *get_args(kind)):
        if hasattr(choice, "__required_keys__"):
            return choice
        if get_origin(choice) is list:
            return _inner(get_args(choice)[0])
    return None
