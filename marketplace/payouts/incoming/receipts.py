"""Receipts of what a buyer paid and got back."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from marketplace import dates
from marketplace.licensing import plans
from marketplace.money import Money
from marketplace.payouts.models import Payment, Refund
from marketplace.pdf import QUIET, Document

WENT_BACK = (Refund.State.DONE, Refund.State.RETURNED, Refund.State.PAID_ELSEWHERE)


def number_of(payment: Payment) -> str:
    """The number of a receipt."""
    return f"TR-{payment.paid_at:%Y}-{payment.pk:06d}"


def what_for(payment: Payment) -> str:
    """What a payment bought, in one line."""
    if payment.order is not None:
        voice, licence = payment.order.terms["voice_name"], payment.order.granted
        if licence is None:
            return gettext("%(voice)s, paid too late") % {"voice": voice}
        return f"{gettext(payment.order.get_kind_display())} {licence.number}, {voice}"
    if payment.plan_month is not None:
        month = payment.plan_month
        name = plans.PLANS[month.plan].told
        told = gettext("%(plan)s plan, %(first)s to %(last)s")
        first, last = dates.to_the_reader(month.starts_at), dates.to_the_reader(month.ends_at)
        return told % {"plan": name, "first": first, "last": last}
    if payment.plan_year is not None:
        year = payment.plan_year
        told = gettext("%(plan)s plan, a year from %(first)s")
        name, first = plans.PLANS[year.plan].told, dates.to_the_reader(year.starts_at)
        return told % {"plan": name, "first": first}
    return payment.get_kind_display()


def pdf(payment: Payment) -> bytes:
    """A receipt as a PDF: who paid how much for what, the tax, and the refunds."""
    document = Document(f"Receipt {number_of(payment)}", payment.paid_at)
    document.paragraph(f"Paid on {dates.in_words_with_time(payment.paid_at)}", colour=QUIET, gap=4)
    currency = payment.currency
    with translation.override(settings.LANGUAGE_CODE):
        bought = what_for(payment)
    facts = [
        ("Paid by", str(payment.organization)),
        ("For", bought),
        ("Price without tax", str(Money(payment.net_minor, currency))),
        ("Tax", str(Money(payment.tax_minor, currency))),
        ("Paid", str(payment.amount)),
    ]
    for refund in payment.refunds.filter(state__in=WENT_BACK).order_by("pk"):
        assert refund.finished_at is not None  # whatever went back has finished
        facts.append((f"Refunded {dates.in_words(refund.finished_at)}", str(refund.amount)))
    facts.append(("Reference", payment.charge))
    document.facts(facts)
    document.paragraph(
        f"{settings.PLATFORM_NAME} took this payment through its payment provider. "
        f"Issued on {dates.in_words(timezone.localdate())}.",
        size=8.5,
        colour=QUIET,
    )
    return document.to_bytes()
