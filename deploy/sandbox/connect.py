"""Connected accounts, transfers to them and reversals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deploy.sandbox import shapes
from deploy.sandbox.balance import amounts, move
from deploy.sandbox.objects import ObjectStore, Refusal, new_id, now, remembered
from deploy.sandbox.shapes import Object

COUNTRIES = frozenset(
    "us gb de fr se es it nl ie at be dk fi no pt pl ch ca au nz jp in br".split()
)
CAPABILITY_CHANGED = "v2.core.account[configuration.recipient].capability_status_updated"
SHOWN_ON_REQUEST = ("configuration", "defaults", "future_requirements", "identity", "requirements")


def _transfers(status: str) -> Object:
    """A recipient's configuration; what is restricted waits for the person."""
    waits = [{"code": "requirements_past_due", "resolution": "provide_info"}]
    details = waits if status == "restricted" else []
    capability = {"status": status, "status_details": details}
    return {
        "recipient": {
            "applied": True,
            "capabilities": {"stripe_balance": {"stripe_transfers": capability}},
        }
    }


def _requirements(*descriptions: str) -> Object:
    return {
        "entries": [
            {
                "awaiting_action_from": "user",
                "description": description,
                "minimum_deadline": {"status": "currently_due"},
            }
            for description in descriptions
        ]
    }


def takes_transfers(account: Object) -> bool:
    capabilities = account["configuration"]["recipient"]["capabilities"]
    return bool(capabilities["stripe_balance"]["stripe_transfers"]["status"] == "active")


def included(account: Object, asked: list[str]) -> Object:
    """An account as it is sent: most parts only to whoever asks for them."""
    wanted = {name.split(".")[0] for name in asked}
    hidden = [name for name in SHOWN_ON_REQUEST if name not in wanted]
    return {**account, **dict.fromkeys(hidden)}


def create_account(store: ObjectStore, body: Object) -> Object:
    """An account that has provided no details yet."""
    country = body.get("identity", {}).get("country", "").lower()
    if country not in COUNTRIES:
        raise Refusal(f"Country {country.upper()!r} is not supported.", param="identity.country")
    account = store.make(
        "v2.core.account",
        "acct",
        contact_email=body.get("contact_email"),
        display_name=body.get("display_name"),
        dashboard=body.get("dashboard"),
        identity=body.get("identity"),
        applied_configurations=list(body.get("configuration", {})),
        configuration=_transfers("restricted"),
        requirements=_requirements("identity and bank account"),
        hidden={"balances": {}},
    )
    store.emit_thin("v2.core.account.created", account)
    return included(account, body.get("include", []))


def link(store: ObjectStore, form: Object, base_url: str) -> Object:
    """A page where a person sets up their account."""
    store.get(form["account"], "v2.core.account")
    identifier = new_id("link")
    return store.make(
        "v2.core.account_link",
        "link",
        account=form["account"],
        expires_at=f"{datetime.now(UTC) + timedelta(minutes=5):%Y-%m-%dT%H:%M:%S.000Z}",
        use_case=form["use_case"],
        url=f"{base_url}/c/onboard/{identifier}",
        identifier=identifier,
    )


def _tell(store: ObjectStore, account: Object) -> None:
    """An account changed: thin for v2, and as a snapshot of v1 to who listens to connected accounts."""
    store.emit_thin(CAPABILITY_CHANGED, account)
    active, described = takes_transfers(account), account["requirements"]["entries"]
    shown = shapes.complete(
        "account",
        {
            "id": account["id"],
            "object": "account",
            "created": now(),
            "capabilities": {"transfers": "active" if active else "inactive"},
            "charges_enabled": False,
            "country": account["identity"]["country"].upper(),
            "default_currency": "usd",
            "details_submitted": active,
            "email": account["contact_email"],
            "payouts_enabled": active,
            "type": "express",
            "requirements": {"currently_due": [entry["description"] for entry in described]},
        },
    )
    store.emit("account.updated", shown, account=account["id"])


def complete_onboarding(store: ObjectStore, account_id: str) -> Object:
    """The person provided every detail, so transfers reach the account."""
    account = store.get(account_id, "v2.core.account")
    store.change(account, configuration=_transfers("active"), requirements=_requirements())
    _tell(store, account)
    return account


def restrict(store: ObjectStore, account_id: str) -> Object:
    """The provider stops transfers to an account."""
    account = store.get(account_id, "v2.core.account")
    store.change(
        account, configuration=_transfers("restricted"), requirements=_requirements("a document")
    )
    _tell(store, account)
    return account


def _require_funds(store: ObjectStore, form: Object, amount: int) -> Object | None:
    """The charge that funds a transfer, None where the available balance does."""
    source, currency = form.get("source_transaction"), form["currency"]
    if not source:
        if amounts(store, "available").get(currency, 0) < amount:
            raise Refusal(
                "You have insufficient available funds in your Stripe account.",
                code="balance_insufficient",
            )
        return None
    paid = store.get(source, "charge")
    earlier = store.all_of("transfer", lambda t: t["source_transaction"] == source)
    if sum(transfer["amount"] for transfer in earlier) + amount > paid["amount"]:
        raise Refusal("Transfers using this transaction as a source exceed its amount.")
    settled = store.find(paid["balance_transaction"] or "")
    if settled and settled["currency"] != currency:
        raise Refusal(
            f"The currency of source_transaction's balance transaction ({settled['currency']}) must "
            f"be the same as the transfer currency ({currency})",
            param="currency",
        )
    return paid


def _group(store: ObjectStore, form: Object, paid: Object | None) -> str | None:
    """The group of a transfer: its charge's, which gets one if it has none."""
    asked: str | None = form.get("transfer_group")
    if paid is None or not store.behaviours.group_of_charge:
        return asked
    if paid["transfer_group"] is None:
        store.change(paid, transfer_group=f"group_{paid['id']}")
    found: str = paid["transfer_group"]
    return found


def create_transfer(store: ObjectStore, form: Object) -> Object:
    """Money from the platform to an account, tied to a charge or from the balance."""
    account = store.get(form["destination"], "v2.core.account")
    if not takes_transfers(account):
        raise Refusal(
            "Your destination account needs to have the transfers capability enabled.",
            code="insufficient_capabilities_for_transfer",
        )
    amount, currency = int(form["amount"]), form["currency"]
    if amount < 1:
        raise Refusal("Invalid positive integer", param="amount")
    paid = _require_funds(store, form, amount)
    identifier = new_id("tr")
    transfer = store.make(
        "transfer",
        "tr",
        identifier=identifier,
        amount=amount,
        currency=currency,
        description=form.get("description"),
        destination=account["id"],
        destination_payment=new_id("py"),
        source_transaction=form.get("source_transaction"),
        transfer_group=_group(store, form, paid),
        metadata=form.get("metadata", {}),
        balance_transaction=move(store, "transfer", identifier, -amount, currency)["id"],
        reversals=shapes.listed(f"/v1/transfers/{identifier}/reversals"),
    )
    balances = remembered(account)["balances"]
    balances[currency] = balances.get(currency, 0) + amount
    store.put(account)
    store.emit("transfer.created", transfer)
    return transfer


def reverse(store: ObjectStore, transfer_id: str, form: Object) -> Object:
    """Take back part of a transfer, at most what the account still has."""
    transfer = store.get(transfer_id, "transfer")
    account = store.get(transfer["destination"], "v2.core.account")
    currency, balances = transfer["currency"], remembered(account)["balances"]
    amount = int(form.get("amount", transfer["amount"] - transfer["amount_reversed"]))
    if amount > transfer["amount"] - transfer["amount_reversed"]:
        raise Refusal("Reversal amount is greater than unreversed amount.", param="amount")
    if balances.get(currency, 0) < amount:
        raise Refusal(
            "The destination account does not have enough funds.", code="balance_insufficient"
        )
    identifier = new_id("trr")
    reversal = store.make(
        "transfer_reversal",
        "trr",
        identifier=identifier,
        amount=amount,
        currency=currency,
        transfer=transfer_id,
        destination_payment_refund=new_id("pyr"),
        metadata=form.get("metadata", {}),
        balance_transaction=move(store, "transfer_refund", identifier, amount, currency)["id"],
    )
    taken = transfer["amount_reversed"] + amount
    transfer["reversals"]["data"].insert(0, reversal)
    store.change(transfer, amount_reversed=taken, reversed=taken == transfer["amount"])
    balances[currency] -= amount
    store.put(account)
    store.emit("transfer.reversed", transfer)
    return reversal


def pay_out(store: ObjectStore, account_id: str) -> Object:
    """Send an account's money to its bank, so that nothing is left to reverse."""
    account = store.get(account_id, "v2.core.account")
    remembered(account)["balances"] = {}
    return store.put(account)
