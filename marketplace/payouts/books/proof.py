"""The nightly proof that the balances the database keeps are the sums of their lines."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import connection, transaction

from marketplace.compliance import audit
from marketplace.money import Money
from marketplace.payouts import finance_letters
from marketplace.payouts.models import LedgerAccount

_log = logging.getLogger(__name__)
TOLD = 50  # differences in a letter

# One statement sees the lines and the balances of one moment, whatever is posted meanwhile
DIFFERENCES = """
SELECT account.id, coalesce(account.balance_minor, 0), coalesce(months.minor, 0),
       coalesce(lines.minor, 0)
FROM payouts_ledgeraccount account
LEFT JOIN (
    SELECT account_id, sum(amount_minor)::bigint AS minor FROM payouts_ledgerline GROUP BY 1
) lines ON lines.account_id = account.id
LEFT JOIN (
    SELECT account_id, sum(minor)::bigint AS minor FROM payouts_accountmonth GROUP BY 1
) months ON months.account_id = account.id
WHERE account.kind = ANY(%s) AND (
    account.balance_minor IS DISTINCT FROM coalesce(lines.minor, 0)
    OR coalesce(months.minor, 0) <> coalesce(lines.minor, 0)
)
ORDER BY account.id
"""


@dataclass(frozen=True)
class Difference:
    """An account whose kept balance, or sum of months, is not the sum of its lines."""

    account: LedgerAccount
    kept: Money
    months: Money
    lines: Money

    def __str__(self) -> str:
        return (
            f"account {self.account.pk} ({self.account}): the balance kept is {self.kept}, its "
            f"months sum to {self.months}, its lines to {self.lines}"
        )


def differences() -> list[Difference]:
    """Every guarded account whose balance is not the sum of its lines."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, [[str(kind) for kind in LedgerAccount.GUARDED]])
        rows = cursor.fetchall()
    accounts = LedgerAccount.objects.in_bulk([row[0] for row in rows])
    return [
        Difference(account, *(Money(minor, account.currency) for minor in amounts))
        for pk, *amounts in rows
        for account in [accounts[pk]]
    ]


def prove_balances() -> list[Difference]:
    """Prove all balances; a difference is audited, logged as an error, and told to finance."""
    found = differences()
    if not found:
        return found
    _log.error("balances differ", extra={"fields": {"accounts": [d.account.pk for d in found]}})
    listed = "\n".join(str(each) for each in found[:TOLD])
    more = f"\nand {len(found) - TOLD} more" if len(found) > TOLD else ""
    with transaction.atomic():
        audit.record_each(
            actor=None,
            action="ledger.balance_differs",
            subjects=[
                (
                    each.account,
                    {
                        "kept_minor": each.kept.minor,
                        "months_minor": each.months.minor,
                        "lines_minor": each.lines.minor,
                        "currency": each.account.currency,
                    },
                )
                for each in found
            ],
        )
        finance_letters.tell(
            f"{len(found)} balance(s) of the ledger differ from the sum of their lines",
            "Somebody, or a restored backup, changed the database past its guards. Stop payouts, "
            f"and find out what happened before anything is mended:\n\n{listed}{more}\n",
        )
    return found
