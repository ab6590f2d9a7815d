"""VAT in the national currency of a seller in the European Union, beside that of the document.

The VAT directive asks for it on every invoice (2006/112/EC, article 230), by the latest rate that the European
Central Bank had published when the tax fell due (article 91(2)): here, the day on which the document is written.
Where that rate was not loaded, a document states its tax in its own currency alone, for good, and finance sees it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from marketplace import dates
from marketplace.billing.models import Invoice
from marketplace.billing.parties import Party
from marketplace.currencies import national
from marketplace.listings import rates
from marketplace.money import Money

BANK = "European Central Bank"
LATELY = timedelta(days=31)
_PLACES = Decimal(1).scaleb(-10)  # of a rate that is the quotient of two
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rate:
    """How much of a document's currency one unit of the national currency was worth on a day."""

    currency: str
    worth: Decimal
    dated: date

    def of(self, tax: Money) -> Money:
        """A tax in the national currency, rounded half up.

        >>> Rate("EUR", Decimal("1.1172"), date(2026, 10, 30)).of(Money(400, "USD"))
        Money(minor=358, currency='EUR')
        """
        return Money.parse(tax.amount / self.worth, self.currency)


def fields_for(seller: Party, tax: Money) -> dict[str, Any]:
    """What a document that is written now stores of its tax in the seller's national currency."""
    home = national(seller.country)
    if not tax.minor or home in ("", tax.currency):
        return {}
    rate = _rate_of_today(home, tax.currency)
    if rate is None:
        _log.warning("no rate for VAT", extra={"fields": {"of": tax.currency, "to": home}})
        return {"home_currency": home}
    return _stated(rate, tax)


def _rate_of_today(home: str, currency: str) -> Rate | None:
    published = rates.published_by(timezone.localdate())
    if published is None or not {home, currency} <= published.per_euro.keys():
        return None
    worth = published.per_euro[currency] / published.per_euro[home]
    return Rate(home, worth.quantize(_PLACES, ROUND_HALF_UP), published.dated)


def _stated(rate: Rate, tax: Money) -> dict[str, Any]:
    return {
        "home_currency": rate.currency,
        "home_tax_minor": rate.of(tax).minor,
        "home_rate": rate.worth,
        "home_rated_on": rate.dated,
    }


def fields_of_note(corrected: Invoice, tax_minor: int) -> dict[str, Any]:
    """The same of a credit note: at its invoice's rate, so that all of them take back all of it."""
    if not corrected.home_currency or not tax_minor:
        return {}
    rate = _rate_of(corrected)
    if rate is None:
        return {"home_currency": corrected.home_currency}
    before = corrected.credit_notes.aggregate(tax=Sum("tax_minor"), home=Sum("home_tax_minor"))
    stated = _stated(rate, Money((before["tax"] or 0) + tax_minor, corrected.currency))
    return {**stated, "home_tax_minor": stated["home_tax_minor"] - (before["home"] or 0)}


def _rate_of(document: Invoice) -> Rate | None:
    if document.home_rate is None or document.home_rated_on is None:
        return None
    return Rate(document.home_currency, document.home_rate, document.home_rated_on)


def in_words(document: Invoice) -> str:
    """The rate of a document, whose and of which day; "" where it states its tax in one currency alone."""
    rate = _rate_of(document)
    if rate is None:
        return ""
    worth = f"{rate.worth.normalize():f} {document.currency}"
    return f"1 {rate.currency} = {worth}, {BANK}, {dates.in_words(rate.dated)}"


def missing() -> QuerySet[Invoice]:
    """Documents of late that lack their tax in the national currency, since no rate was known, newest first."""
    lacking = Invoice.objects.filter(home_rate=None).exclude(home_currency="")
    return lacking.filter(written_at__gt=timezone.now() - LATELY)
