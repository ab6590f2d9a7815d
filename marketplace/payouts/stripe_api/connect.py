"""Creators' accounts and transfers to them (Connect, Accounts v2; separate charges and transfers)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import stripe

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, metadata_value, translate_errors

CLOCKS_DIFFER = timedelta(hours=1)  # at most, between Stripe and us
SHORT = "balance_insufficient"  # Stripe's code: the platform has too little to send
INCLUDED = ["configuration.recipient", "requirements"]


@dataclass(frozen=True)
class ConnectedAccount:
    """A creator's account: whether it can receive transfers, and what Stripe still requires."""

    id: str
    transfers_active: bool
    requirements: list[str]


def _account(account: stripe.v2.core.Account) -> ConnectedAccount:
    data: Any = account.to_dict()
    status = data
    for name in ("configuration", "recipient", "capabilities", "stripe_balance"):
        status = (status or {}).get(name) or {}
    entries = (data.get("requirements") or {}).get("entries") or []
    return ConnectedAccount(
        id=account.id,
        transfers_active=(status.get("stripe_transfers") or {}).get("status") == "active",
        requirements=[str(entry.get("description", "")) for entry in entries],
    )


def create_account(
    *, email: str, name: str, country: str, key: str, company: str = ""
) -> ConnectedAccount:
    """Create an account that only receives transfers, with Stripe's express dashboard.

    company: the registered name of the company whose account it is; "" for a person's.

    Raises:
        PaymentProviderUnavailable: try again with the same key.
        ProviderRefused: the country or the name can't be served.
    """
    params: Any = {
        "contact_email": email,
        "display_name": name,
        "dashboard": "express",
        "identity": _identity(country, company),
        "configuration": {
            "recipient": {
                "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
            }
        },
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
        "include": INCLUDED,
    }
    with translate_errors():
        return _account(client().v2.core.accounts.create(params, {"idempotency_key": key}))


def _identity(country: str, company: str) -> dict[str, Any]:
    if not company:
        return {"country": country.lower(), "entity_type": "individual"}
    return {
        "country": country.lower(),
        "entity_type": "company",
        "business_details": {"registered_name": company},
    }


def fetch_account(account_id: str) -> ConnectedAccount:
    """An account as Stripe has it now.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    params: Any = {"include": INCLUDED}
    with translate_errors():
        return _account(client().v2.core.accounts.retrieve(account_id, params))


def onboarding_link(*, account_id: str, return_url: str, refresh_url: str) -> str:
    """A single-use link where the creator gives Stripe their identity and bank account.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    params: Any = {
        "account": account_id,
        "use_case": {
            "type": "account_onboarding",
            "account_onboarding": {
                "return_url": return_url,
                "refresh_url": refresh_url,
            },
        },
    }
    with translate_errors():
        return str(client().v2.core.account_links.create(params).url)


def create_transfer(
    *, amount: Money, account: str, group: str, key: str, charge: str | None
) -> str:
    """Send money to a creator's account; returns the transfer's id.

    group: our name for it, by which `find_transfer` knows it; key: the idempotency key.
    charge: the charge that funds the transfer and that it is tied to.

    Raises:
        PaymentProviderUnavailable: outcome unknown; call `find_transfer` before another attempt.
        ProviderRefused: the account can't receive it, or `SHORT`: the platform's balance is too small.
    """
    params: Any = {
        "amount": amount.minor,
        "currency": amount.currency.lower(),
        "destination": account,
        "transfer_group": group,
        "metadata": {"group": group},
    }
    if charge:
        params["source_transaction"] = charge
    with translate_errors():
        return client().v1.transfers.create(params, {"idempotency_key": key}).id


def find_transfer(group: str, *, account: str, since: datetime) -> str | None:
    """The id of the transfer of a group, None if there is none; looks at the account's transfers.

    since: when it was first tried. Looks at metadata: Stripe replaces the `transfer_group` of
    transfers that are tied to a charge by the charge's.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    earliest = int((since - CLOCKS_DIFFER).timestamp())
    params: Any = {"destination": account, "created": {"gte": earliest}, "limit": 100}
    with translate_errors():
        for transfer in client().v1.transfers.list(params).auto_paging_iter():
            if metadata_value(transfer, "group") == group:
                return transfer.id
    return None


def reverse_transfer(*, transfer: str, amount_minor: int, public_id: str, may_exist: bool) -> str:
    """Take back a part of a transfer; returns the reversal's id.

    Raises:
        PaymentProviderUnavailable: outcome unknown.
        ProviderRefused: the creator's balance doesn't cover it.
    """
    reversals = client().v1.transfers.reversals
    with translate_errors():
        if may_exist:
            for reversal in reversals.list(transfer, {"limit": 100}).auto_paging_iter():
                if metadata_value(reversal, "reversal") == public_id:
                    return reversal.id
        return reversals.create(
            transfer,
            {"amount": amount_minor, "metadata": {"reversal": public_id}},
            {"idempotency_key": f"reversal-{public_id}"},
        ).id
