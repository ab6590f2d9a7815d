"""Taking a purchase back: a buyer's own refund within two weeks, where nothing was spoken."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import carried, exclusivity, lifecycle
from marketplace.licensing.models import Licence
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds
from marketplace.payouts.returning.standing import Standing, standing_of
from marketplace.refusals import Refused

PERIOD = timedelta(days=14)  # the right of withdrawal: directive 2011/83/EU, art. 9
OFTEN, LATELY = 3, timedelta(days=90)  # purchases that a person takes back for all their teams
TAKEN_BACK = "payment.taken_back"  # in the audit trail


def can_be_taken_back(licence: Licence) -> bool:
    """Whether a licence's buyer may have the whole price again without asking anybody."""
    return not why_not(licence)


def take_back(*, licence: Licence, by: User) -> Refund:
    """Silence a licence of which nothing was spoken, and refund it whole.

    Raises:
        Refused: not_a_member, role_too_small, not_returnable, too_often.
    """
    require(by, licence.organization, Right.BUY)
    with transaction.atomic():
        wait_for_others(licence.organization_id, by, Q(order=licence.order_id))
        carried.lock(licence.order)
        licence = Licence.objects.get(pk=licence.pk)
        problem = why_not(licence)
        if problem:
            raise Refused("not_returnable", problem)
        require_seldom(licence.organization_id, by)
        lifecycle.suspend_licence(
            licence=licence, reason=refunds.TAKEN_BACK, cause=lifecycle.TAKEN_BACK, by=by
        )
        payment = licence.order.payment
        refund = refunds.request_refund(
            payment=payment, amount_minor=payment.amount_minor, reason=refunds.TAKEN_BACK
        )
        audit.record(actor=by, action="licence.taken_back", subject=licence)
        audit.record(actor=by, action=TAKEN_BACK, subject=payment)
    return refund


def wait_for_others(organization_id: int, by: User, of: Q) -> None:
    """Lock what several at once would change: the team and the person who count, and the payment.

    The payment comes before the licence, as in disputes and refunds. The first two locks let others
    refer to their rows, as those do while they hold the payment.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    Payment.objects.select_for_update(of=("self",), no_key=True).filter(of).first()


def require_seldom(organization_id: int, by: User) -> None:
    """Refuse to take back more than a few purchases of an organization, or of a person for any.

    Raises:
        Refused: too_often.
    """
    since = timezone.now() - LATELY
    by_them = AuditEvent.objects.filter(actor=by, action=TAKEN_BACK, at__gt=since)
    theirs = (
        Q(payment__organization=organization_id)
        | Q(payment__order__buyer=by)
        | Q(payment__in=list(by_them.values_list("subject_id", flat=True)))
    )
    lately = Refund.objects.filter(theirs, reason=refunds.TAKEN_BACK, created_at__gt=since)
    if lately.count() >= OFTEN:
        raise Refused(
            "too_often",
            f"{OFTEN} purchases were taken back in {LATELY.days} days. Write to us about this one.",
        )


def why_not(licence: Licence) -> str:
    """Why a licence can't be taken back; empty if it can."""
    payment = Payment.objects.filter(order=licence.order_id).first()
    paid = [payment] if payment else []
    return why_not_paid(licence, payment, standing_of(paid, [licence]))


def why_not_paid(licence: Licence, payment: Payment | None, standing: Standing) -> str:
    """The same where it is known what became of the licence and of its payment."""
    if licence.state != Licence.State.ACTIVE:
        return gettext("Only an active licence can be taken back.")
    if payment is None:
        return gettext("Nothing was paid for this licence, so it can't be taken back.")
    if payment.paid_at <= timezone.now() - PERIOD:
        told = gettext("A licence can be taken back within %(days)s days of its payment.")
        return told % {"days": PERIOD.days}
    if licence.characters_used or licence.pk in standing.spoken:
        return gettext("Speech was made under this licence, so it can't be taken back.")
    return _why_not_alone(licence, payment, standing)


def _why_not_alone(licence: Licence, payment: Payment, standing: Standing) -> str:
    """Why a person must look at it first; empty if nobody need."""
    if exclusivity.is_exclusive(licence):
        return gettext(
            "An exclusive licence kept the voice from others. Write to us about a refund."
        )
    if standing.changes.get(licence.pk):
        return gettext("This licence was renewed or upgraded. Write to us about a refund.")
    if payment.pk in standing.gone_back:
        return gettext("A part of this payment has already gone back.")
    return ""
