"""Plans: what there was before there were prices, and what still stands beside them."""

from __future__ import annotations

from deploy.sandbox import shapes
from deploy.sandbox.shapes import Object


def plan_of(price: Object) -> Object:
    """The plan that says the same as a recurring price."""
    return shapes.complete(
        "plan",
        {
            "id": price["id"],
            "object": "plan",
            "created": price["created"],
            "livemode": False,
            "amount": price["unit_amount"],
            "amount_decimal": price["unit_amount_decimal"],
            "currency": price["currency"],
            "product": price["product"],
            "interval": price["recurring"]["interval"],
        },
    )
