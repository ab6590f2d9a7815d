"""The double-entry ledger, creators' earnings, and everything that went through the payment provider.

Lines can't be changed or removed, every entry sums to zero in each currency, and nobody is paid
more than they are owed: triggers in the database ensure it (`migrations/000*_guards.py`,
`migrations/0016_running_balances.py`).
"""

from marketplace.payouts.models.books import (
    AccountMonth,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    ProviderEvent,
    Reconciliation,
)
from marketplace.payouts.models.closing import Adjustment, AdjustmentLine, Closing
from marketplace.payouts.models.creators import (
    Earning,
    PayoutAccount,
    PayoutFreeze,
    Transfer,
    TransferReversal,
    WriteOff,
)
from marketplace.payouts.models.incoming import CarriedUsage, CreditOrder, Payment, SavedMethod
from marketplace.payouts.models.reasons import Reason
from marketplace.payouts.models.returning import Dispute, Evidence, Refund
from marketplace.payouts.models.sellers import (
    PayoutSchedule,
    SelfBillingAgreement,
    SellerDetails,
)
from marketplace.payouts.models.top_ups import StandingTopUp

__all__ = [
    "AccountMonth",
    "Adjustment",
    "AdjustmentLine",
    "CarriedUsage",
    "Closing",
    "CreditOrder",
    "Dispute",
    "Earning",
    "Evidence",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerLine",
    "Payment",
    "PayoutAccount",
    "PayoutFreeze",
    "PayoutSchedule",
    "ProviderEvent",
    "Reason",
    "Reconciliation",
    "Refund",
    "SavedMethod",
    "SelfBillingAgreement",
    "SellerDetails",
    "StandingTopUp",
    "Transfer",
    "TransferReversal",
    "WriteOff",
]
