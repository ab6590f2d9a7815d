"""Reconciliation of the ledger with the provider's books: every difference, by provider object."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.money import Money
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import bank_payouts, conversions, differences, ledger
from marketplace.payouts.books.differences import Difference, Key
from marketplace.payouts.models import LedgerAccount, LedgerEntry, Reconciliation
from marketplace.refusals import ProviderRefused

_log = logging.getLogger(__name__)
TOLD = 50  # differences in a letter
SETTLES = timedelta(minutes=10)  # newer transactions may not have reached us yet
OVERLAP = timedelta(days=2)  # of the nightly comparisons


def overdue_since() -> datetime:
    """From when on to compare each night: two days, or more if something before is not compared yet.

    A comparison of the last days alone, as somebody may ask for, leaves a gap that there was before them.
    """
    recent = timezone.now() - OVERLAP
    compared: datetime | None = None
    for since, until in Reconciliation.objects.order_by("until").values_list("since", "until"):
        if compared is None or since <= compared:
            compared = until
    return min(recent, compared) if compared is not None else recent


def reconcile(*, since: datetime, until: datetime | None = None) -> Reconciliation:
    """Compare the effect of each provider object on both books, and store the differences.

    What only the provider's books tell of is posted first: fees beside those of payments (Connect,
    Billing, Tax), what is held back and released, payouts to the platform's own bank and top-ups from it,
    and conversions that no event told of. A difference that was found earlier is among those found now,
    however old it is, until both books agree. Finance is told of all. How the provider pays the balance
    out is read, too.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    until = until or timezone.now() - SETTLES
    payouts = bank_payouts.read_settings()
    theirs: dict[Key, int] = defaultdict(int)
    compared = 0
    for movement in stripe_api.movements(since, until):
        _post_movement(movement)
        conversions.post_conversion(movement)
        theirs[movement.source, movement.currency] += movement.net_minor
        compared += 1
    earlier = {each.key: each for each in differences.last_found()}
    ours = _ours({source for source, _ in (*theirs, *earlier)}, since, until)
    suspects = {key for key in (*ours, *theirs) if ours.get(key, 0) != theirs.get(key, 0)}
    found = [
        _compared_whole(key, ours.get(key, 0), earlier.get(key))
        for key in sorted(suspects | earlier.keys())
    ]
    found = [each for each in found if each.missing.minor]
    rows = [each.as_row() for each in found]
    if found:
        _log.error("books differ", extra={"fields": {"differences": rows[:20]}})
        finance_letters.tell(partial(_words, since, until, found))
    return Reconciliation.objects.create(
        since=since,
        until=until,
        compared=compared,
        differences=rows,
        payouts=bank_payouts.as_kept(payouts),
    )


def _compared_whole(key: Key, ours_minor: int, earlier: Difference | None) -> Difference:
    """What an object did to both books, at whatever time: it may have begun before the period."""
    source, currency = key
    moved = []
    with suppress(ProviderRefused):  # it is gone: a sandbox was emptied
        moved = [each for each in stripe_api.movements_of(source) if each.currency == currency]
    return Difference(
        source,
        Money(ours_minor, currency),
        Money(sum(each.net_minor for each in moved), currency),
        max(moved, key=lambda each: each.at or datetime.min.replace(tzinfo=UTC)).kind
        if moved
        else "",
        (earlier and earlier.since) or timezone.now().astimezone(UTC).date(),
    )


def _ours(named: set[str], since: datetime, until: datetime) -> dict[Key, int]:
    """Ledger totals of objects that the provider named or that the ledger posted in the period."""
    touched = differences.on_clearing().filter(entry__at__gte=since, entry__at__lt=until)
    return differences.ledger_totals(
        named | set(touched.values_list("entry__provider_reference", flat=True))
    )


def _post_movement(movement: stripe_api.Movement) -> None:
    """Post a fee, what is held back, a payout or a top-up: no event of ours tells of them.

    A repeat changes nothing. Any other movement is booked by whatever it is about, or it is a difference.
    """
    if movement.kind in stripe_api.PROVIDER_FEES:
        kind, other = LedgerEntry.Kind.FEE, LedgerAccount.Kind.FEES
    elif movement.kind in stripe_api.WITH_THE_BANK:
        kind, other = LedgerEntry.Kind.PAYOUT, LedgerAccount.Kind.BANK
    elif movement.kind in stripe_api.HELD_BACK:
        kind, other = LedgerEntry.Kind.HELD_BACK, LedgerAccount.Kind.RESERVE
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


def _words(since: datetime, until: datetime, found: Sequence[Difference]) -> tuple[str, str]:
    line = gettext("%(what)s: the ledger has %(ours)s, the provider %(theirs)s")
    lines = [
        line % {"what": each.source, "ours": each.ledger, "theirs": each.provider}
        for each in found[:TOLD]
    ]
    if len(found) > TOLD:
        lines.append(gettext("and %(count)s more") % {"count": len(found) - TOLD})
    subject = gettext("%(count)s difference(s) between the ledger and the payment provider") % {
        "count": len(found)
    }
    span = gettext("From %(since)s to %(until)s UTC:") % {
        "since": f"{since:%Y-%m-%d %H:%M}",
        "until": f"{until:%Y-%m-%d %H:%M}",
    }
    stays = gettext(
        "Each is told of again every night until both books agree. If its event failed, have that tried "
        "again; if nothing here tells of it, book it at %(address)s with a second person."
    ) % {"address": f"{settings.BASE_URL}/finance/differences"}
    return subject, "\n\n".join((span, "\n".join(lines), stays)) + "\n"
