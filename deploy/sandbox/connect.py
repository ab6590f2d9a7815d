"""Connected accounts, transfers to them and reversals."""

from __future__ import annotations

from deploy.sandbox.objects import Object, ObjectStore, Refusal, new_id
from deploy.sandbox.payments import balance_of, move

COUNTRIES = frozenset(
    [
        "us",
        "gb",
        "de",
        "fr",
        "se",
        "es",
        "it",
        "nl",
        "ie",
        "at",
        "be",
        "dk",
        "fi",
        "no",
        "pt",
        "pl",
        "ch",
        "ca",
        "au",
        "nz",
        "jp",
        "in",
        "br",
    ]
)


def create_account(store: ObjectStore, body: Object) -> Object:
    """An account that has provided no details yet."""
    country = body.get("identity", {}).get("country", "").lower()
    if country not in COUNTRIES:
        raise Refusal(f"Country {country.upper()!r} is not supported.", param="identity.country")
    return store.make(
        "v2.core.account",
        "acct",
        contact_email=body.get("contact_email"),
        display_name=body.get("display_name"),
        dashboard=body.get("dashboard"),
        identity=body.get("identity"),
        applied_configurations=list(body.get("configuration", {})),
        configuration={
            "recipient": {
                "applied": True,
                "capabilities": {
                    "stripe_balance": {
                        "stripe_transfers": {"status": "restricted", "status_details": []}
                    }
                },
            }
        },
        requirements={"entries": [{"description": "identity and bank account"}]},
        balances={},
    )


def complete_onboarding(store: ObjectStore, account_id: str) -> Object:
    """The person provided every detail, so transfers reach the account."""
    account = store.get(account_id, "v2.core.account")
    transfers = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    transfers["stripe_transfers"]["status"] = "active"
    account["requirements"] = {"entries": []}
    store.put(account)
    store.emit("account.updated", account)
    return account


def restrict(store: ObjectStore, account_id: str) -> Object:
    """The provider stops transfers to an account."""
    account = store.get(account_id, "v2.core.account")
    transfers = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    transfers["stripe_transfers"]["status"] = "restricted"
    account["requirements"] = {"entries": [{"description": "a document"}]}
    store.put(account)
    store.emit("account.updated", account)
    return account


def create_transfer(store: ObjectStore, form: Object) -> Object:
    """Money from the platform to an account, tied to a charge or from the balance."""
    account = store.get(form["destination"], "v2.core.account")
    status = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    if status["stripe_transfers"]["status"] != "active":
        raise Refusal(
            "Your destination account needs to have the transfers capability enabled.",
            code="insufficient_capabilities_for_transfer",
        )
    amount, currency = int(form["amount"]), form["currency"]
    if amount < 1:
        raise Refusal("Invalid positive integer", param="amount")
    source = form.get("source_transaction")
    if source:
        paid = store.get(source, "charge")
        sent = sum(
            t["amount"]
            for t in store.all_of("transfer", lambda t: t["source_transaction"] == source)
        )
        if sent + amount > paid["amount"]:
            raise Refusal("Transfers using this transaction as a source exceed its amount.")
    elif balance_of(store, currency) < amount:
        raise Refusal(
            "You have insufficient available funds in your Stripe account.",
            code="balance_insufficient",
        )
    identifier = new_id("tr")
    movement = move(store, "transfer", identifier, -amount, currency)
    transfer = store.put(
        {
            "id": identifier,
            "object": "transfer",
            "created": movement["created"],
            "livemode": False,
            "amount": amount,
            "amount_reversed": 0,
            "reversed": False,
            "currency": currency,
            "destination": account["id"],
            "source_transaction": source,
            "transfer_group": form.get("transfer_group"),
            "metadata": form.get("metadata", {}),
            "balance_transaction": movement["id"],
            "reversals": {"object": "list", "data": [], "has_more": False, "url": ""},
        }
    )
    account["balances"][currency] = account["balances"].get(currency, 0) + amount
    store.put(account)
    store.emit("transfer.created", transfer)
    return transfer


def reverse(store: ObjectStore, transfer_id: str, form: Object) -> Object:
    """Take back part of a transfer, at most what the account still has."""
    transfer = store.get(transfer_id, "transfer")
    account = store.get(transfer["destination"], "v2.core.account")
    currency = transfer["currency"]
    amount = int(form.get("amount", transfer["amount"] - transfer["amount_reversed"]))
    if amount > transfer["amount"] - transfer["amount_reversed"]:
        raise Refusal("Reversal amount is greater than unreversed amount.", param="amount")
    if account["balances"].get(currency, 0) < amount:
        raise Refusal(
            "The destination account does not have enough funds.", code="balance_insufficient"
        )
    identifier = new_id("trr")
    movement = move(store, "transfer_refund", identifier, amount, currency)
    reversal = store.put(
        {
            "id": identifier,
            "object": "transfer_reversal",
            "created": movement["created"],
            "amount": amount,
            "currency": currency,
            "transfer": transfer_id,
            "metadata": form.get("metadata", {}),
            "balance_transaction": movement["id"],
        }
    )
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    account["balances"][currency] -= amount
    store.put(transfer)
    store.put(account)
    store.emit("transfer.reversed", transfer)
    return reversal


def pay_out(store: ObjectStore, account_id: str) -> Object:
    """Send an account's money to its bank, so that nothing is left to reverse."""
    account = store.get(account_id, "v2.core.account")
    account["balances"] = {}
    return store.put(account)
