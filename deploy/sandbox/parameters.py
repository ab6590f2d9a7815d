"""Requests as the provider's client writes them, checked against the client's own types."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import stripe.params
import stripe.params.billing_portal
import stripe.params.checkout
import stripe.params.v2.core

from deploy.sandbox.objects import Refusal

_OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
TYPES: dict[str, Any] = {
    "POST /v1/checkout/sessions": stripe.params.checkout.SessionCreateParams,
    "POST /v1/refunds": stripe.params.RefundCreateParams,
    "POST /v1/transfers": stripe.params.TransferCreateParams,
    "POST /v1/customers": stripe.params.CustomerCreateParams,
    "POST /v1/products": stripe.params.ProductCreateParams,
    "POST /v1/prices": stripe.params.PriceCreateParams,
    "POST /v1/billing_portal/sessions": stripe.params.billing_portal.SessionCreateParams,
    "POST /v2/core/accounts": stripe.params.v2.core.AccountCreateParams,
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
    """Raises Refusal for a missing parameter or one that the client doesn't know."""
    kind = TYPES.get(route)
    if kind is None:
        return
    for name in sorted(set(kind.__required_keys__) - _OPTIONS - set(form)):
        raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for name in sorted(set(form) - set(kind.__annotations__)):
        raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
