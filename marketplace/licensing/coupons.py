"""Coupons: made by finance, typed by buyers, paid for by the platform.

What one person of finance makes alone is limited: a second one approves the rest.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.impartiality import require_another
from marketplace.accounts.models import Organization, User
from marketplace.accounts.same_buyer import SameBuyer, same_buyer
from marketplace.compliance import audit
from marketplace.currencies import max_price
from marketplace.licensing.models import Coupon, Order
from marketplace.licensing.models.licences import COUPON_PAYABLE
from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.refusals import Refused

RIGHT = "payouts.refund_payment"  # finance's
MOST_PERCENT = 90
LEAST_DUE_MINOR = 1_00  # that is left to pay, so that a payment can be made
ALONE_WITHIN = timedelta(days=30)  # in which what a person makes alone is added up
USED_UP = gettext_noop("The code had been used before the payment arrived.")
OWN = gettext_noop("Whoever made or approved a code can't use it, nor can their teams.")
CODE = re.compile(r"[A-Z0-9]{4,24}")


def make(
    *,
    code: str,
    percent: int | None,
    amount_minor: int | None,
    most_minor: int | None = None,
    uses: int,
    begins_at: datetime,
    ends_at: datetime,
    first_only: bool,
    by: User,
) -> Coupon:
    """Make a coupon of a percentage, perhaps up to an amount, or of an amount.

    It waits for a second person where it could cost more than one may give away alone.

    Raises:
        Refused: not_allowed, code, worth, uses, dates, code_taken.
    """
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", "Only finance can make coupons.")
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise Refused("code", "A code has 4 to 24 letters from A to Z and digits.")
    if (percent is None) == (amount_minor is None):
        raise Refused("worth", "Give a percentage or an amount.")
    if not 1 <= (percent if percent is not None else 1) <= MOST_PERCENT or amount_minor == 0:
        raise Refused("worth", f"A coupon takes off an amount, or 1 to {MOST_PERCENT} per cent.")
    if most_minor is not None and (percent is None or most_minor < 1):
        raise Refused("worth", "Only a percentage has an amount that it takes off at most.")
    if uses < 1:
        raise Refused("uses", "A coupon is good for one purchase at least.")
    if ends_at <= max(begins_at, timezone.now()):
        raise Refused("dates", "A coupon ends after it begins, and not in the past.")
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one coupon at a time
            most = most_cost(
                percent=percent, amount_minor=amount_minor, most_minor=most_minor, uses=uses
            )
            is_large = most + _given_alone(by) > settings.COUPON_ALONE_MINOR
            coupon = Coupon.objects.create(
                state=Coupon.State.PROPOSED if is_large else Coupon.State.GOOD,
                code=code,
                percent=percent,
                amount_minor=amount_minor,
                most_minor=most_minor,
                currency=settings.CURRENCY,
                uses=uses,
                begins_at=begins_at,
                ends_at=ends_at,
                first_only=first_only,
                created_by=by,
            )
            audit.record(actor=by, action="coupon.made", subject=coupon, worth=coupon.worth)
    except IntegrityError as error:
        raise Refused("code_taken", "There is a coupon with this code already.") from error
    return coupon


def most_cost(
    *, percent: int | None, amount_minor: int | None, most_minor: int | None, uses: int
) -> int:
    """What a coupon costs the platform if it is used as often as it can be, minor units.

    A percentage without a limit is taken of the dearest licence that may be sold.
    """
    if percent is None:
        return (amount_minor or 0) * uses
    dearest = max_price(settings.CURRENCY).minor * percent // 100
    return min(dearest, most_minor or dearest) * uses


def _given_alone(by: User) -> int:
    """What the coupons cost at most that a person made lately without a second one."""
    lately = Coupon.objects.filter(
        created_by=by, approved_by=None, created_at__gt=timezone.now() - ALONE_WITHIN
    )
    made = lately.exclude(state=Coupon.State.PROPOSED)
    worth = made.values("percent", "amount_minor", "most_minor", "uses")
    return sum(most_cost(**each) for each in worth)


def approve(*, coupon: Coupon, by: User) -> None:
    """Make a coupon good that waits for a second person.

    Raises:
        Refused: not_allowed, second_person.
        InvalidTransition: it does not wait for one.
    """
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", "Only finance can approve coupons.")
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
        require_another(by, coupon.created_by_id)
        coupon.transition(Coupon.State.GOOD, only_from={Coupon.State.PROPOSED})
        coupon.approved_by = by
        coupon.save(update_fields=["approved_by"])
        audit.record(actor=by, action="coupon.approved", subject=coupon, worth=coupon.worth)


def withdraw(*, coupon: Coupon, by: User) -> None:
    """Take a coupon back: nobody can use it from now on, and orders keep what it gave them.

    Raises:
        Refused: not_allowed.
    """
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", "Only finance can withdraw coupons.")
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
        if coupon.state != Coupon.State.WITHDRAWN:
            coupon.withdrawn_at = timezone.now()
            coupon.save(update_fields=["withdrawn_at"])
            coupon.transition(Coupon.State.WITHDRAWN)
            audit.record(actor=by, action="coupon.withdrawn", subject=coupon)


def _of(same: SameBuyer) -> Q:
    """Orders of whoever buys, for whichever of their teams."""
    return Q(organization__in=same.teams) | Q(buyer__in=same.people)


def _is_from(coupon: Coupon, same: SameBuyer) -> bool:
    """Whether whoever buys, or anybody of their teams, made a coupon or approved it."""
    return not same.people.isdisjoint({coupon.created_by_id, coupon.approved_by_id})


def why_not_good(order: Order) -> str:
    """Why an order that is being paid can't have its coupon any more; empty if it can.

    Several pages may wait to be paid with one code. Locks the coupon in the caller's transaction, so
    that of two payments one comes first.
    """
    if order.coupon_id is None:
        return ""
    coupon = Coupon.objects.select_for_update(no_key=True).get(pk=order.coupon_id)
    same = same_buyer(order.organization, order.buyer)
    if _is_from(coupon, same):
        return OWN
    paid = Order.objects.filter(state=Order.State.PAID).exclude(pk=order.pk)
    used = paid.filter(coupon=coupon)
    theirs = paid.filter(_of(same))
    is_over = (
        used.count() >= coupon.uses
        or theirs.filter(coupon=coupon).exists()
        or (coupon.first_only and theirs.exists())
    )
    return USED_UP if is_over else ""


def redeem(
    *, code: str, offer: Offer, price: Money, organization: Organization, buyer: User
) -> tuple[Coupon, int]:
    """(the coupon, what it takes off in minor units) for an order that is about to be placed.

    Locks the coupon in the caller's transaction, so that its uses are counted one after the other.

    Raises:
        Refused: coupon_unknown, coupon_over, coupon_used, coupon_first_only, coupon_not_here, coupon_own.
    """
    coupon = Coupon.objects.select_for_update(no_key=True).filter(code=code.strip().upper()).first()
    now = timezone.now()
    if coupon is None or coupon.begins_at > now or coupon.state == Coupon.State.PROPOSED:
        raise Refused("coupon_unknown", gettext("There is no such code."))
    if coupon.ends_at <= now or coupon.state == Coupon.State.WITHDRAWN:
        raise Refused("coupon_over", gettext("This code is no longer good."))
    if offer.tier == Offer.Tier.EXCLUSIVE:
        raise Refused("coupon_not_here", gettext("This code is not for this licence."))
    if price.currency != coupon.currency:
        raise Refused(
            "coupon_not_here",
            gettext(
                "This code is for prices in %(currency)s. Choose that currency at the foot of the page."
            )
            % {"currency": coupon.currency},
        )
    same = same_buyer(organization, buyer)
    if _is_from(coupon, same):
        raise Refused("coupon_own", gettext(OWN))
    counted = Order.objects.filter(coupon=coupon).filter(
        Q(state=Order.State.PAID)
        | Q(state=Order.State.PENDING, created_at__gt=now - COUPON_PAYABLE)
    )
    theirs = counted.filter(_of(same))
    if theirs.filter(state=Order.State.PAID).exists():
        raise Refused("coupon_used", gettext("You have used this code already."))
    others = counted.exclude(pk__in=theirs.values("pk")).order_by().values("buyer")
    if others.distinct().count() >= coupon.uses:  # a buyer with several open pages holds one use
        raise Refused("coupon_over", gettext("This code has been used as often as it could be."))
    bought = Order.objects.filter(_of(same), state=Order.State.PAID)
    if coupon.first_only and bought.exists():
        raise Refused("coupon_first_only", gettext("This code is for a first licence."))
    off = coupon.amount_minor or price.minor * (coupon.percent or 0) // 100
    off = min(off, coupon.most_minor or off)
    return coupon, max(0, min(off, price.minor - LEAST_DUE_MINOR))
