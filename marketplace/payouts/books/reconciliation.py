"""Reconciliation of the ledger with the provider's books: every difference, by provider object."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.money import Money
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import conversions, ledger
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine, Reconciliation

_log = logging.getLogger(__name__)
TOLD = 50  # differences in a letter
SETTLES = timedelta(minutes=10)  # newer transactions may not have reached us yet
Key = tuple[str, str]  # (provider's object, currency)


def reconcile(*, since: datetime, until: datetime | None = None) -> Reconciliation:
    """Compare the effect of each provider object on both books, and store the differences.

    What only the provider's books tell of is posted first: fees beside those of payments (Connect,
    Billing, Tax), payouts to the platform's own bank and top-ups from it, and conversions that no
    event told of. Finance is told of differences.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    until = until or timezone.now() - SETTLES
    theirs: dict[Key, int] = defaultdict(int)
    compared = 0
    for movement in stripe_api.movements(since, until):
        _post_movement(movement)
        conversions.post_conversion(movement)
        theirs[movement.source, movement.currency] += movement.net_minor
        compared += 1
    ours = _ours({source for source, _ in theirs}, since, until)
    suspects = {key for key in {*ours, *theirs} if ours.get(key, 0) != theirs.get(key, 0)}
    differences = []
    for source, currency in sorted(suspects):
        whole = sum(  # objects that began before the period, or continue after it, are compared as a whole
            movement.net_minor
            for movement in stripe_api.movements_of(source)
            if movement.currency == currency
        )
        if whole != ours.get((source, currency), 0):
            differences.append(
                {
                    "object": source,
                    "currency": currency,
                    "ledger_minor": ours.get((source, currency), 0),
                    "provider_minor": whole,
                }
            )
    if differences:
        _log.error("books differ", extra={"fields": {"differences": differences[:20]}})
        _tell_finance(since, until, differences)
    return Reconciliation.objects.create(
        since=since, until=until, compared=compared, differences=differences
    )


def _ours(named: set[str], since: datetime, until: datetime) -> dict[Key, int]:
    """Ledger totals of objects that the provider named or that the ledger posted in the period."""
    on_clearing = LedgerLine.objects.filter(
        account__kind=LedgerAccount.Kind.STRIPE_CLEARING
    ).exclude(entry__provider_reference="")
    touched = on_clearing.filter(entry__at__gte=since, entry__at__lt=until)
    named = named | set(touched.values_list("entry__provider_reference", flat=True))
    return {
        (row["entry__provider_reference"], row["currency"]): row["total"]
        for row in on_clearing.filter(entry__provider_reference__in=named)
        .values("entry__provider_reference", "currency")
        .annotate(total=Sum("amount_minor"))
    }


def _post_movement(movement: stripe_api.Movement) -> None:
    """Post a fee, payout or top-up that no event of ours tells of; a repeat changes nothing."""
    if movement.kind in stripe_api.PROVIDER_FEES:
        kind, other = LedgerEntry.Kind.FEE, LedgerAccount.Kind.FEES
    elif movement.kind in stripe_api.WITH_THE_BANK:
        kind, other = LedgerEntry.Kind.PAYOUT, LedgerAccount.Kind.BANK
    else:
        return
    ledger.post(
        kind=kind,
        idempotency_key=f"movement-{movement.id}",
        provider_reference=movement.source,
        belongs_to=movement.at,
        lines=[
            (
                ledger.account(LedgerAccount.Kind.STRIPE_CLEARING, movement.currency),
                movement.net_minor,
            ),
            (ledger.account(other, movement.currency), -movement.net_minor),
        ],
    )


def _tell_finance(since: datetime, until: datetime, differences: Sequence[dict[str, Any]]) -> None:
    finance_letters.tell(partial(_words, since, until, differences))


def _words(
    since: datetime, until: datetime, differences: Sequence[dict[str, Any]]
) -> tuple[str, str]:
    line = gettext("%(what)s: the ledger has %(ours)s, the provider %(theirs)s")
    lines = [
        line
        % {
            "what": found["object"],
            "ours": Money(found["ledger_minor"], found["currency"]),
            "theirs": Money(found["provider_minor"], found["currency"]),
        }
        for found in differences[:TOLD]
    ]
    if len(differences) > TOLD:
        lines.append(gettext("and %(count)s more") % {"count": len(differences) - TOLD})
    subject = gettext("%(count)s difference(s) between the ledger and the payment provider") % {
        "count": len(differences)
    }
    span = gettext("From %(since)s to %(until)s UTC:") % {
        "since": f"{since:%Y-%m-%d %H:%M}",
        "until": f"{until:%Y-%m-%d %H:%M}",
    }
    return subject, "\n\n".join((span, "\n".join(lines))) + "\n"
