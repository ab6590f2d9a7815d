"""What is true of a market's rows at any time, worked out anew from what was paid and what went back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Sum

from marketplace.billing.models import Invoice
from marketplace.creators.models import Creator
from marketplace.licensing.credit import MICROS
from marketplace.licensing.models import Licence, Order, UsageCharge
from marketplace.payouts.models import (
    Dispute,
    Earning,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    Payment,
)

Kind = LedgerAccount.Kind
OVER = (Licence.State.REFUNDED, Licence.State.REVOKED)
COMMISSION = 0.15


def require_rules(now: datetime) -> None:
    """Every rule of this file; now: of whoever releases what is held."""
    no_licence_is_worth_more_than_its_payments()
    each_licence_lasts_as_long_as_it_was_paid_for()
    tax_is_owed_on_what_stands()
    fees_are_booked_once()
    creators_earn_of_the_price_whoever_pays_it()
    the_platform_pays_for_its_coupons()
    nothing_is_payable_before_its_hold_is_over(now)
    creators_keep_their_share_of_what_stands()
    creators_earn_of_speech_by_credit()


def _part(whole: int, part: int, of: int) -> int:
    """Rounded half up, as refunds are."""
    return int(whole * part / of + 0.5) if of else 0


def _standing(licence: Licence) -> list[Order]:
    """The paid orders of a licence whose payment was neither refunded whole nor lost to a bank."""
    paid = [licence.order, *licence.change_orders.filter(state=Order.State.PAID)]
    payments = Payment.objects.filter(order__in=paid, kind=Payment.Kind.LICENCE)
    kept = payments.exclude(disputes__state=Dispute.State.LOST)
    return [each.order for each in kept if each.refundable.minor and each.order is not None]


def _paid_licences() -> list[Licence]:
    """Those that were paid for, and are not over for good."""
    return list(Licence.objects.filter(order__payment__isnull=False).exclude(state__in=OVER))


def no_licence_is_worth_more_than_its_payments() -> None:
    """At the price of its tier, with what the platform added; what was spoken is not counted."""
    for licence in _paid_licences():
        terms, unspoken = licence.terms, licence.characters_included - licence.characters_used
        worth = terms["price_minor"] * unspoken / terms["characters"]
        paid = sum(order.price_minor for order in _standing(licence))
        assert worth <= paid + 1, (licence.number, worth, paid)


def each_licence_lasts_as_long_as_it_was_paid_for() -> None:
    """A term for the first order and one for each renewal, where nothing was upgraded."""
    for licence in _paid_licences():
        standing = _standing(licence)
        if any(order.kind == Order.Kind.UPGRADE for order in standing):
            continue
        months = sum(order.terms["term_months"] for order in standing)
        had = (licence.ends_at - licence.starts_at).days / 30.44
        assert abs(had - months) < 1, (licence.number, had, months)


def tax_is_owed_on_what_stands() -> None:
    """With that on what credit at the provider paid, less that on what it was given for."""
    owed: Counter[str] = Counter()
    for document in Invoice.objects.exclude(reference__in=Payment.objects.values("charge")):
        if document.kind == Invoice.Kind.INVOICE and document.reference.startswith("in_"):
            owed[document.currency] += document.tax_minor
        elif document.reference.startswith("in_"):
            owed[document.currency] -= document.tax_minor
    for invoice in Invoice.objects.filter(reference__in=Payment.objects.values("charge")):
        charged = Payment.objects.get(charge=invoice.reference).tax_minor
        owed[invoice.currency] += invoice.tax_minor - charged
    for payment in Payment.objects.all():
        disputed = payment.disputes.exclude(state=Dispute.State.WON)
        left = payment.tax_minor - sum(dispute.tax_minor for dispute in disputed)
        left -= _part(payment.tax_minor, payment.refunded_minor, payment.amount_minor)
        assert left >= 0, (payment.charge, left)
        owed[payment.currency] += left
    lines = LedgerLine.objects.filter(account__kind=Kind.TAX)
    booked = dict(lines.values_list("account__currency").annotate(total=Sum("amount_minor")))
    for currency, minor in owed.items():
        assert -booked.get(currency, 0) == minor, (currency, booked, minor)


def fees_are_booked_once() -> None:
    for payment in Payment.objects.exclude(charge=None):
        entries = LedgerEntry.objects.filter(
            kind=LedgerEntry.Kind.FEE, provider_reference=payment.charge
        )
        lines = LedgerLine.objects.filter(entry__in=entries, account__kind=Kind.FEES)
        booked = lines.aggregate(total=Sum("amount_minor"))["total"] or 0
        assert booked == payment.fee_minor, (payment.charge, booked, payment.fee_minor)


def creators_earn_of_the_price_whoever_pays_it() -> None:
    for payment in Payment.objects.filter(kind=Payment.Kind.LICENCE).select_related("order"):
        assert payment.order is not None
        price = payment.net_minor + payment.order.discount_minor
        earned = payment.earnings.filter(source=Earning.Source.LICENCE)
        share = earned.aggregate(total=Sum("share_minor"))["total"] or 0
        assert abs(share - (1 - COMMISSION) * price) <= 0.5, (payment.charge, share, price)


def the_platform_pays_for_its_coupons() -> None:
    for payment in Payment.objects.filter(
        kind=Payment.Kind.LICENCE, order__coupon__isnull=False
    ).select_related("order"):
        order = payment.order
        assert order is not None
        lines = LedgerLine.objects.filter(entry__order=order, account__kind=Kind.PROMOTIONS)
        booked = lines.aggregate(total=Sum("amount_minor"))["total"] or 0
        gone = _part(order.discount_minor, payment.refunded_minor, payment.amount_minor)
        for dispute in payment.disputes.exclude(state=Dispute.State.WON):
            gone += dispute.waiting_minor.get("discount", 0)
        assert booked == order.discount_minor - gone >= 0, (payment.charge, booked)


def nothing_is_payable_before_its_hold_is_over(now: datetime) -> None:
    early = Earning.objects.filter(state=Earning.State.PAYABLE, available_at__gt=now)
    assert not early.exclude(source=Earning.Source.DISPUTE).exists()


def creators_keep_their_share_of_what_stands() -> None:
    """Of a licence's price, less what was refunded and what banks have; a won dispute gives all again."""
    paid = Payment.objects.filter(kind=Payment.Kind.LICENCE, amount_minor__gt=0)
    for payment in paid.select_related("order"):
        assert payment.order is not None
        gone = payment.disputes.exclude(state=Dispute.State.WON)
        left = payment.amount_minor - payment.refunded_minor - sum(d.amount_minor for d in gone)
        price = payment.net_minor + payment.order.discount_minor
        kept = sum(each.share_minor - each.reversed_minor for each in payment.earnings.all())
        due = (1 - COMMISSION) * price * max(0, left) / payment.amount_minor
        assert abs(kept - due) <= 1 + payment.disputes.count(), (payment.charge, kept, due)


def creators_earn_of_speech_by_credit() -> None:
    """Of what was posted of it; each posting is rounded."""
    for creator in Creator.objects.filter(earnings__source=Earning.Source.USAGE).distinct():
        posted = UsageCharge.objects.filter(
            generation__voice__creator=creator, posted_at__isnull=False
        )
        micros = posted.aggregate(total=Sum("micros"))["total"] or 0
        earned = creator.earnings.filter(source=Earning.Source.USAGE)
        share = earned.aggregate(total=Sum("share_minor"))["total"] or 0
        due = (1 - COMMISSION) * micros / MICROS
        assert abs(share - due) <= posted.count() / 2 + 1, (creator.pk, share, due)
