"""Customers, products, prices and the tax that a price bears."""

from __future__ import annotations

from deploy.sandbox.objects import ObjectStore, Refusal, new_id, now
from deploy.sandbox.shapes import Object


def create_customer(store: ObjectStore, form: Object) -> Object:
    return store.make(
        "customer",
        "cus",
        email=form.get("email"),
        name=form.get("name"),
        invoice_prefix=new_id("x")[2:10].upper(),
        metadata=form.get("metadata", {}),
    )


def create_product(store: ObjectStore, form: Object) -> Object:
    return store.make(
        "product",
        "prod",
        name=form["name"],
        tax_code=form.get("tax_code"),
        updated=now(),
        metadata=form.get("metadata", {}),
    )


def create_price(store: ObjectStore, form: Object) -> Object:
    """A price of a product; a second one with the same lookup key is refused, as by the provider."""
    key = form.get("lookup_key")
    if key and store.all_of("price", lambda p: p["lookup_key"] == key):
        raise Refusal("A price already uses that lookup key.", param="lookup_key")
    product = form.get("product")
    if product is None:
        product = create_product(store, form["product_data"])["id"]
    repeats = form.get("recurring")
    if repeats:
        repeats = {
            "interval": repeats["interval"],
            "interval_count": int(repeats.get("interval_count", 1)),
            "usage_type": "licensed",
        }
    return store.make(
        "price",
        "price",
        product=store.get(product, "product")["id"],
        type="recurring" if repeats else "one_time",
        unit_amount=int(form["unit_amount"]),
        unit_amount_decimal=str(form["unit_amount"]),
        currency=form["currency"],
        recurring=repeats,
        tax_behavior=form.get("tax_behavior", "unspecified"),
        lookup_key=key,
        metadata=form.get("metadata", {}),
    )


def tax_rate(store: ObjectStore) -> Object:
    """The rate of automatic tax, as an object of its own."""
    rate, country = store.behaviours.tax_percent, store.behaviours.buyer_country or None
    return store.make(
        "tax_rate",
        "txr",
        active=False,
        country=country,
        display_name="VAT",
        effective_percentage=float(rate),
        inclusive=store.behaviours.tax_inclusive,
        jurisdiction=country,
        percentage=float(rate),
        tax_type="vat",
    )


def buyer(store: ObjectStore, email: str | None) -> Object:
    """What a buyer typed of themselves."""
    typed = store.behaviours
    number = {"type": "eu_vat", "value": typed.buyer_vat_number}
    return {
        "email": email,
        "name": typed.buyer_name or None,
        "address": {"country": typed.buyer_country, "line1": "1 Test Street", "city": "Testville"}
        if typed.buyer_country
        else None,
        "tax_exempt": "reverse" if typed.taxability == "reverse_charge" else "none",
        "tax_ids": [number] if typed.buyer_vat_number else [],
    }


def billing_details(store: ObjectStore, email: str | None) -> Object:
    """The same as a payment method has it."""
    typed = buyer(store, email)
    return {name: typed[name] for name in ("email", "name", "address")}


def tax_of(store: ObjectStore, total: int, said: str) -> tuple[int, int]:
    """(tax, what it adds to a total), as the price says or else as the behaviours do."""
    rate = store.behaviours.tax_percent
    unsaid = said not in ("inclusive", "exclusive")
    if said == "inclusive" or (unsaid and store.behaviours.tax_inclusive):
        return (total * rate * 2 + (100 + rate)) // (2 * (100 + rate)), 0
    tax = (total * rate + 50) // 100
    return tax, tax
