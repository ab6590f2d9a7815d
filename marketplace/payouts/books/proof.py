"""The nightly proof that the balances the database keeps are the sums of their lines."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from marketplace.compliance import audit
from marketplace.money import Money
from marketplace.payouts import finance_letters
from marketplace.payouts.models import AccountMonth, LedgerAccount, LedgerLine

_log = logging.getLogger(__name__)
TOLD = 50  # differences in a letter


@dataclass(frozen=True)
class Difference:
    """An account whose kept balance, or sum of months, is not the sum of its lines."""

    account: LedgerAccount
    kept: Money
    months: Money
    lines: Money

    def told(self) -> str:
        """The account and its three sums, in the language in force."""
        line = gettext(
            "account %(number)s (%(account)s): the balance kept is %(kept)s, its months sum to "
            "%(months)s, its lines to %(lines)s"
        )
        return line % {"number": self.account.pk, **vars(self)}


def differences() -> list[Difference]:
    """Every guarded account whose balance is not the sum of its lines.

    One statement reads all of it as it is at one moment, whatever is posted meanwhile.
    """
    summed = LedgerAccount.objects.filter(kind__in=LedgerAccount.GUARDED).annotate(
        of_months=_sum(AccountMonth.objects.all(), "minor"),
        of_lines=_sum(LedgerLine.objects.all(), "amount_minor"),
    )
    differing = summed.exclude(balance_minor=F("of_lines"), of_months=F("of_lines"))
    return [
        Difference(
            account,
            *(
                Money(int(minor or 0), account.currency)
                for minor in (account.balance_minor, account.of_months, account.of_lines)
            ),
        )
        for account in differing.order_by("pk")
    ]


def _sum(rows: QuerySet[Any], field: str) -> Coalesce:
    of_account = rows.filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(of_account.annotate(total=Sum(field)).values("total")), 0)


def prove_balances() -> list[Difference]:
    """Prove all balances; a difference is audited, logged as an error, and told to finance."""
    found = differences()
    if not found:
        return found
    _log.error("balances differ", extra={"fields": {"accounts": [d.account.pk for d in found]}})
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
        finance_letters.tell(partial(_words, found))
    return found


def _words(found: Sequence[Difference]) -> tuple[str, str]:
    listed = [each.told() for each in found[:TOLD]]
    if len(found) > TOLD:
        listed.append(gettext("and %(count)s more") % {"count": len(found) - TOLD})
    subject = gettext("%(count)s balance(s) of the ledger differ from the sum of their lines")
    text = gettext(
        "Somebody, or a restored backup, changed the database past its guards. Stop payouts, and find out "
        "what happened before anything is mended:"
    )
    return subject % {"count": len(found)}, "\n\n".join((text, "\n".join(listed))) + "\n"
