"""Any payment for what is unused: its buyer has it back within two weeks without asking anybody.

A first licence goes back as `withdrawals` has it. Here: renewals whose term has not begun, credit, and
the first payment of a plan.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing import bought, carried, exclusivity, plans
from marketplace.licensing.models import Licence, Order, PlanMonth, PlanSubscription
from marketplace.payouts.incoming import left_plans
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds, withdrawals
from marketplace.payouts.returning.standing import PLANS, Standing, standing_of
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused

_log = logging.getLogger(__name__)


def can_be_taken_back(payment: Payment) -> bool:
    """Whether a payment's buyer may have all of it again without asking anybody."""
    return bool(to_be_taken_back([payment]))


def to_be_taken_back(payments: Collection[Payment]) -> frozenset[int]:
    """The keys of those payments of which that is so: as many queries for all as for one."""
    return frozenset(pk for pk, problem in why_kept(payments).items() if not problem)


def why_kept(payments: Collection[Payment]) -> dict[int, str]:
    """By the keys of the latest of those payments: why each can't be taken back; empty if it can."""
    lately = [payment for payment in payments if not _is_long_ago(payment)]
    standing = _standing(lately)
    return {each.pk: _why_not(each, standing) for each in lately}


def take_back(*, payment: Payment, by: User) -> Refund:
    """End what was paid for and is unused, and refund it whole.

    A plan ends at the provider once that is decided; while the provider is away, `end_taken_back` sees to it.

    Raises:
        Refused: not_a_member, role_too_small, not_returnable, too_often.
    """
    require(by, payment.organization, Right.BUY)
    if _is_first_licence(payment):
        assert payment.order is not None
        return withdrawals.take_back(licence=payment.order.licence, by=by)
    with transaction.atomic():
        withdrawals.wait_for_others(payment.organization_id, by, Q(pk=payment.pk))
        _lock_use(payment)
        payment.refresh_from_db()  # and with it all that was looked at before the locks
        _require_unused(payment, by)
        refund = refunds.request_refund(
            payment=payment, amount_minor=payment.amount_minor, reason=refunds.TAKEN_BACK
        )
        _end(payment)
        audit.record(actor=by, action=withdrawals.TAKEN_BACK, subject=payment)
    if payment.kind in PLANS:
        with suppress(PaymentProviderUnavailable):
            end_taken_back()
    return refund


def _is_first_licence(payment: Payment) -> bool:
    order = payment.order
    return (
        payment.kind == Payment.Kind.LICENCE and order is not None and order.kind == Order.Kind.NEW
    )


def _require_unused(payment: Payment, by: User) -> None:
    if problem := _why_not(payment, _standing([payment])):
        raise Refused("not_returnable", problem)
    withdrawals.require_seldom(payment.organization_id, by)


def end_taken_back() -> int:
    """End plans that were taken back at the provider, so that no further month is charged; returns how many.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    taken = Refund.objects.filter(
        reason=refunds.TAKEN_BACK,
        payment__kind__in=PLANS,
        payment__organization=OuterRef("organization"),
        created_at__gt=OuterRef("created_at"),  # else it was of an earlier plan
    )
    running = PlanSubscription.objects.exclude(state=PlanSubscription.State.ENDED)
    count = 0
    for subscription in running.filter(Exists(taken)).order_by("pk"):
        try:
            left_plans.end_at_once(subscription)
            count += 1
        except ProviderRefused:  # the next one's turn
            _log.exception("plan %s that was taken back still runs", subscription.pk)
    return count


def _lock_use(payment: Payment) -> None:
    """Lock what speech would be charged to, in the caller's transaction."""
    if payment.order is not None:
        carried.lock(payment.order)
    list(_months_of(payment).select_for_update(of=("self",), no_key=True))


def _end(payment: Payment) -> None:
    if payment.order is not None:
        bought.undo_order(Order.objects.get(pk=payment.order.pk))
    elif payment.plan_year is not None:
        plans.stop_year(year_id=payment.plan_year.pk, reason=refunds.TAKEN_BACK)
    elif payment.plan_month is not None:
        plans.stop_month(month_id=payment.plan_month.pk, reason=refunds.TAKEN_BACK)


def _months_of(payment: Payment) -> QuerySet[PlanMonth]:
    ours = Q(pk=payment.plan_month_id or 0) | Q(year=payment.plan_year_id or 0)
    return PlanMonth.objects.filter(ours).order_by("pk")


def _is_long_ago(payment: Payment) -> bool:
    return payment.paid_at <= timezone.now() - withdrawals.PERIOD


def _standing(payments: Collection[Payment]) -> Standing:
    orders = [payment.order for payment in payments if payment.order is not None]
    return standing_of(payments, [licence for each in orders if (licence := each.granted)])


def _why_not(payment: Payment, standing: Standing) -> str:
    """Why a payment can't be taken back; empty if it can."""
    if _is_long_ago(payment):
        told = gettext("A payment can be taken back within %(days)s days.")
        return told % {"days": withdrawals.PERIOD.days}
    if payment.pk in standing.gone_back:
        return gettext("A part of this payment has already gone back.")
    if payment.kind == Payment.Kind.LICENCE and payment.order is not None:
        return _why_no_order(payment, payment.order, standing)
    if payment.kind == Payment.Kind.CREDITS:
        left = standing.credit.get((payment.organization_id, payment.currency), 0)
        return "" if left >= payment.net_minor else gettext("This credit is used, if only in part.")
    return _why_no_plan(payment, standing)


def _why_no_order(payment: Payment, order: Order, standing: Standing) -> str:
    if order.kind == Order.Kind.NEW:
        return withdrawals.why_not_paid(order.licence, payment, standing)
    if order.kind == Order.Kind.UPGRADE:
        return gettext("An upgrade is in force at once. Write to us about a refund.")
    return _why_no_renewal(order, standing)


def _why_no_renewal(order: Order, standing: Standing) -> str:
    licence = order.changes
    assert licence is not None and order.paid_at is not None  # it renews something
    if licence.state != Licence.State.ACTIVE:
        return gettext("Only a term of an active licence can be taken back.")
    if exclusivity.is_exclusive(licence):
        return gettext(
            "An exclusive licence kept the voice from others. Write to us about a refund."
        )
    changes = standing.changes.get(licence.pk, [])
    stands = (each for each in changes if each.undone_at is None and each.pk != order.pk)
    if any(each.paid_at is not None and each.paid_at >= order.paid_at for each in stands):
        return gettext("This licence was renewed or upgraded since. Write to us about a refund.")
    return _why_begun(order, licence, standing)


def _why_begun(order: Order, licence: Licence, standing: Standing) -> str:
    before = bought.without(order, [licence.order, *standing.changes.get(licence.pk, [])])
    if before is None or before.ends_at <= timezone.now():
        return gettext("The term that this paid for has begun.")
    spoken = licence.characters_used + standing.reserved.get(licence.pk, 0) > before.included
    return gettext("Characters of the term that this paid for are spoken.") if spoken else ""


def _why_no_plan(payment: Payment, standing: Standing) -> str:
    months = standing.months.get(payment.pk, [])
    if not months:
        return gettext("Nothing that this paid for can be taken back.")
    keys = {month.pk for month in months}
    if any(month.characters_used for month in months) or keys & standing.with_speech:
        return gettext("Speech was made by this plan.")
    since = months[0].starts_at - 2 * plans.GRACE
    paid = standing.paid.get(payment.organization_id, [])
    if any(month.ends_at > since and month.pk not in keys for month in paid):
        return gettext(
            "Only the first payment of a plan can be taken back. Write to us about others."
        )
    return ""
