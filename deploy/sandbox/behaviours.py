"""How the provider behaves, as far as it behaves in more than one way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Behaviours:
    """What a test can choose; each is documented by the provider, and may be combined with others.

    tax_percent, tax_inclusive: the rate of automatic tax, and whether prices that don't say contain it;
    taxability: why that much tax, as `reverse_charge` where the rate is 0;
    buyer_name, buyer_country, buyer_vat_number: what buyers type on the page where they pay;
    asynchronous_payments: a paid session is complete, but unpaid until its bank has sent the money;
    off_session: whether a saved card pays: "succeed", "decline", "authenticate" (its owner is asked) or
    "process" (until it is settled);
    authentication: a subscription is incomplete until its buyer has confirmed the payment;
    late_balance_transactions: a charge is not yet on the balance when it succeeds;
    pending_days: how long a charge's money is pending before it is available, if not settled earlier;
    automatic_payouts: what becomes available is at once sent to the platform's bank;
    settles_in, exchange_rate: the currency that charges in others are converted to, "" for none;
    group_of_charge: a transfer from a charge has the charge's group, whatever was asked for (else its own);
    plan_discount: the percentage that a coupon takes off whole periods of plans;
    renewals_wait: a renewal's invoice is a draft for about an hour;
    refunds: "succeed", "wait" (pending until settled) or "fail" (as soon as they are asked for);
    accounts_apart: events of connected accounts are not among the platform's own.
    """

    tax_percent: int = 0
    tax_inclusive: bool = False
    taxability: str = "standard_rated"
    buyer_name: str = ""
    buyer_country: str = ""
    buyer_vat_number: str = ""
    asynchronous_payments: bool = False
    off_session: str = "succeed"
    authentication: bool = False
    late_balance_transactions: bool = False
    pending_days: int = 0
    automatic_payouts: bool = False
    settles_in: str = ""
    exchange_rate: float = 0.9
    group_of_charge: bool = True
    plan_discount: int = 0
    renewals_wait: bool = False
    refunds: str = "succeed"
    accounts_apart: bool = False
