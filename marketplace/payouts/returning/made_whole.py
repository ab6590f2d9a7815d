"""Buyers of a voice that was somebody else's get their money back."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.payouts.models import Payment, Refund
from marketplace.payouts.returning import refunds, silenced_speech
from marketplace.payouts.returning.silenced_speech import REASON
from marketplace.refusals import Refused


def refund_buyers(*, creator: Creator, by: User) -> list[Refund]:
    """Request refunds of all that was paid for a creator's voices that were silenced for good.

    Credit that was spent on them is given back; months of plans are for finance to look at
    (`silenced_speech.spoken_by_plans`).
    The newest first, since an upgrade goes back before what it was paid with. What has been refunded,
    disputed or asked for is left out. The creator bears their part, from
    what is held or as a debt.

    Raises:
        Refused: not_allowed, own_voice, own_team.
    """
    if not by.has_perm("payouts.refund_payment"):
        raise Refused("not_allowed", gettext("Only finance can refund buyers."))
    made = []
    for payment in _paid_for_silenced(creator):
        waiting = payment.refunds.filter(state__in=Refund.WAITING).exists()
        if waiting or payment.disputes.exists():
            continue
        minor = refunds.left_to_refund(payment).minor
        if minor:
            made.append(
                refunds.request_refund(payment=payment, amount_minor=minor, reason=REASON, by=by)
            )
    silenced_speech.give_credit_back(creator=creator, by=by)
    return made


def _paid_for_silenced(creator: Creator) -> list[Payment]:
    silenced = creator.voices.exclude(silenced_at=None)
    return list(
        Payment.objects.filter(kind=Payment.Kind.LICENCE)
        .filter(Q(order__licence__voice__in=silenced) | Q(order__changes__voice__in=silenced))
        .distinct()
        .order_by("-pk")
    )
