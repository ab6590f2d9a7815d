"""Orders, licences, keys and usage."""

from marketplace.licensing.models.coupons import Coupon
from marketplace.licensing.models.keys import ApiKey, KeyMonth
from marketplace.licensing.models.licences import Licence, Order, Quote
from marketplace.licensing.models.plans import PlanMonth, PlanSubscription, PlanYear
from marketplace.licensing.models.renewals import RenewalRound, StandingRenewal
from marketplace.licensing.models.speech import CreditAccount, Generation, SpokenText, UsageCharge

__all__ = [
    "ApiKey",
    "Coupon",
    "CreditAccount",
    "Generation",
    "KeyMonth",
    "Licence",
    "Order",
    "PlanMonth",
    "PlanSubscription",
    "PlanYear",
    "Quote",
    "RenewalRound",
    "SpokenText",
    "StandingRenewal",
    "UsageCharge",
]
