"""Self-billing: the platform writes, for each month with payouts, the invoice that a creator would.

Only for creators who agreed to it, and from then on. What is paid out includes the VAT of creators
who are registered for it in the platform's own country.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext
from stdnum.eu import vat as eu_vat

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.billing import invoices, vat_checks
from marketplace.billing.models import Invoice
from marketplace.billing.parties import Party
from marketplace.billing.tax import Category, Tax
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.creators import seller_details
from marketplace.payouts.models import (
    LedgerEntry,
    LedgerLine,
    SelfBillingAgreement,
    SellerDetails,
)
from marketplace.payouts.queries import month_bounds
from marketplace.refusals import Refused

_log = logging.getLogger(__name__)
WORDS = (
    "{platform} writes the invoices for what it pays me, in my name and on my behalf, one for each "
    "month with payouts. I write none for the same payouts. I tell {platform} at once if my name, "
    "my address, my tax number or my registration for VAT changes. I can end this at any time for the "
    "months that are not over."
)
_VALID = SellerDetails.VatCheck.VALID
PAID = (LedgerEntry.Kind.TRANSFER, LedgerEntry.Kind.REVERSAL)


def words() -> str:
    """What a creator agrees to."""
    return WORDS.format(platform=settings.SELLER_NAME or settings.PLATFORM_NAME)


def agreement_of(creator: Creator) -> SelfBillingAgreement | None:
    """The agreement that is in force."""
    return SelfBillingAgreement.objects.filter(creator=creator, ended_at=None).first()


def agree(*, creator: Creator, by: User) -> SelfBillingAgreement:
    """Store a creator's agreement with its words; a repeat returns the one that there is.

    Raises:
        Refused: not_allowed, details_missing.
    """
    if by.pk != creator.user_id:
        raise Refused("not_allowed", gettext("Only the creator can agree to this."))
    if seller_details.details_of(creator) is None:
        raise Refused("details_missing", gettext("First give your name and address above."))
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        agreement, created = SelfBillingAgreement.objects.get_or_create(
            creator=creator, ended_at=None, defaults={"words": words(), "agreed_by": by}
        )
        if created:
            audit.record(
                actor=by,
                action="self_billing.agreed",
                subject=creator,
                words_sha256=audit.digest(agreement.words),
            )
    return agreement


def end(*, creator: Creator, by: User) -> None:
    """End a creator's agreement; without one, nothing changes.

    Raises:
        Refused: not_allowed.
    """
    if by.pk != creator.user_id:
        raise Refused("not_allowed", gettext("Only the creator can end this."))
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        ended = SelfBillingAgreement.objects.filter(creator=creator, ended_at=None).update(
            ended_at=timezone.now()
        )
        if ended:
            audit.record(actor=by, action="self_billing.ended", subject=creator)


def documents_of(creator: Creator) -> list[Invoice]:
    """A creator's self-billing invoices, newest first."""
    own = personal_organization(creator.user)
    numbered = Invoice.objects.filter(organization=own, kind=Invoice.Kind.SELF_BILLED)
    return list(numbered.exclude(number=None).order_by("-pk"))


def write_documents(now: datetime | None = None) -> int:
    """Write what is missing for every month that is over; returns how many documents were written.

    A creator for whom one can't be written is left out, and named in the log.
    """
    count = 0
    this = (now or timezone.now()).astimezone(UTC).date().replace(day=1)
    agreements = SelfBillingAgreement.objects.filter(ended_at=None).order_by("pk")
    for agreement in agreements.select_related("creator__user", "creator__seller_details"):
        try:
            count += _write_missing(agreement, this)
        except Exception:
            _log.exception("no document", extra={"fields": {"creator": agreement.creator_id}})
    return count


def _write_missing(agreement: SelfBillingAgreement, this: date) -> int:
    count = 0
    paid = LedgerLine.objects.filter(
        account__creator=agreement.creator, entry__kind__in=PAID, entry__at__gte=agreement.agreed_at
    )
    for currency in sorted(set(paid.order_by().values_list("currency", flat=True))):
        with transaction.atomic():
            Creator.objects.select_for_update(no_key=True).get(pk=agreement.creator_id)
            for begins, ends in _months(agreement, currency, this):
                count += _write(agreement, currency, begins, ends)
    return count


def _months(
    agreement: SelfBillingAgreement, currency: str, this: date
) -> Iterator[tuple[datetime, datetime]]:
    """From the end of the last document to the end of each month that is over.

    A month in which more was taken back than paid has no document: the next one begins with it.
    """
    ends = month_bounds(agreement.agreed_at.year, agreement.agreed_at.month)[1]
    while ends.date() <= this:
        last = _last(agreement.creator, currency)
        begins = agreement.agreed_at
        if last is not None:
            begins = max(begins, _start(last.supplied_until + timedelta(days=1)))
        if begins < ends:
            yield begins, ends
        ends = month_bounds(ends.year, ends.month)[1]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _last(creator: Creator, currency: str) -> Invoice | None:
    own = personal_organization(creator.user)
    written = Invoice.objects.filter(
        organization=own, kind=Invoice.Kind.SELF_BILLED, currency=currency
    )
    return written.order_by("-supplied_until").first()


def paid_between(creator: Creator, currency: str, begins: datetime, ends: datetime) -> Money:
    """What was paid out to a creator, less what was taken back of it, by the ledger."""
    lines = LedgerLine.objects.filter(
        account__creator=creator,
        currency=currency,
        entry__kind__in=PAID,
        entry__at__gte=begins,
        entry__at__lt=ends,
    )
    return Money(int(lines.aggregate(t=Sum("amount_minor"))["t"] or 0), currency)


def _write(
    agreement: SelfBillingAgreement, currency: str, begins: datetime, ends: datetime
) -> bool:
    creator = agreement.creator
    details = SellerDetails.objects.get(creator=creator)
    paid = paid_between(creator, currency, begins, ends)
    if paid.minor <= 0:
        return False
    last_day = (ends - timedelta(days=1)).date()
    stated = tax_of(details)
    net = net_of(paid, stated)
    invoices.write_self_billed(
        organization=personal_organization(creator.user),
        reference=f"self-bill-{creator.pk}-{last_day:%Y-%m}-{currency}",
        seller=seller_party(creator, details),
        description=f"Licences of voices and speech, paid out in {last_day:%B %Y}",
        net=net,
        tax_minor=(paid - net).minor,
        stated=stated,
        supplied=(begins.astimezone(UTC).date(), last_day),
    )
    return True


def seller_party(creator: Creator, details: SellerDetails) -> Party:
    """A creator as the seller of a document."""
    return Party(
        name=str(details),
        street=details.street,
        street_2=details.street_2,
        postal_code=details.postal_code,
        city=details.city,
        region=details.region,
        country=details.country,
        vat_number=details.good_vat_number,
        registration=details.registration,
        email=creator.user.email,
        identifier=f"C-{creator.pk}",
        tax_number="" if details.good_vat_number else details.tax_number,
        vat_checked=vat_checks.on_documents(details) if details.vat_check == _VALID else "",
    )


def tax_of(details: SellerDetails) -> Tax:
    """The VAT of what a creator supplies to the platform.

    Raises:
        Refused: rate_unknown, where the setting for it is missing.
    """
    home = settings.SELLER_COUNTRY
    if not details.good_vat_number:
        return Tax(Category.OUTSIDE, Decimal(0))
    if details.country == home:
        percent = Decimal(str(settings.SELF_BILLING_VAT_PERCENT))
        if percent <= 0:
            raise Refused(
                "rate_unknown", gettext("Set SELF_BILLING_VAT_PERCENT to the rate of VAT.")
            )
        return Tax(Category.STANDARD, percent, home)
    if _in_eu(details.country) and _in_eu(home) and settings.SELLER_VAT_NUMBER:
        return Tax(Category.REVERSE_CHARGE, Decimal(0), home)
    return Tax(Category.OUTSIDE, Decimal(0))


def _in_eu(country: str) -> bool:
    return country.lower() in eu_vat.MEMBER_STATES


def net_of(paid: Money, stated: Tax) -> Money:
    """The price within an amount that includes the VAT.

    >>> net_of(Money(11900, "EUR"), Tax("S", Decimal(19)))
    Money(minor=10000, currency='EUR')
    """
    exact = Decimal(paid.minor) / (1 + stated.percent / 100)
    return Money(int(exact.to_integral_value(ROUND_HALF_UP)), paid.currency)
