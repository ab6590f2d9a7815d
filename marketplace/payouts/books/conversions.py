"""What settles in another currency than it was charged in, booked as the provider books it.

The provider converts a charge on its way to the balance, and refunds and disputes on their way from
it. Sales, shares and taxes stay in the currency of the sale; the conversion is an entry of its own
against an account of each currency. What these accounts hold, valued at one rate, is what exchange
rates have gained or lost.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.models import LedgerEntry, LedgerLine


def post_conversion(movement: stripe_api.Movement) -> None:
    """Post the conversion of a movement, if it had one; a repeat changes nothing.

    It belongs to the month of the entry that it converts. Nothing is posted for an object that the
    ledger does not know: it is a difference to report.
    """
    before, after = movement.converted, movement.gross
    if before is None:
        return
    booked_at = _booked_at(movement.source, before.currency)
    if booked_at is None:
        return
    ledger.post(
        kind=LedgerEntry.Kind.CONVERTED,
        idempotency_key=f"converted-{movement.id}",
        provider_reference=movement.source,
        happened_at=movement.at,
        belongs_to=booked_at,
        lines=[
            (ledger.account(Kind.STRIPE_CLEARING, before.currency), -before.minor),
            (ledger.account(Kind.CONVERSION, before.currency), before.minor),
            (ledger.account(Kind.CONVERSION, after.currency), -after.minor),
            (ledger.account(Kind.STRIPE_CLEARING, after.currency), after.minor),
        ],
    )


def follow(source: str) -> None:
    """Post the conversions of everything that one of the provider's objects moved.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    for movement in stripe_api.movements_of(source):
        post_conversion(movement)


def _booked_at(source: str, currency: str) -> datetime | None:
    """When the last movement of one of the provider's objects was booked, None if none was."""
    lines = LedgerLine.objects.filter(
        entry__provider_reference=source,
        account__kind=Kind.STRIPE_CLEARING,
        currency=currency,
    )
    known = lines.exclude(entry__kind=LedgerEntry.Kind.CONVERTED)
    at: datetime | None = known.aggregate(at=Max("entry__at"))["at"]
    return at
