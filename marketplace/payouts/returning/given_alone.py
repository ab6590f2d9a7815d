"""What one person of finance gave a buyer back without a second: refunds, and credit of silenced voices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.same_buyer import SameBuyer, same_buyer
from marketplace.compliance.models import AuditEvent
from marketplace.currencies import about
from marketplace.payouts.models import Payment, Refund

WITHIN = timedelta(days=30)  # in which it is added up
CREDIT_RETURNED = "credit.returned"  # in the audit trail


def to_buyer(
    organization: Organization,
    by: User,
    *,
    buyers: Iterable[User] = (),
    payment: Payment | None = None,
) -> int:
    """What somebody gave an organization, and who is behind it, within `WITHIN`; in minor units of ours.

    payment: of which all that they ever refunded counts.
    """
    same = same_buyer(organization, *buyers)
    return _refunds(same, by, payment) + _credit(same, by)


def _refunds(same: SameBuyer, by: User, payment: Payment | None) -> int:
    theirs = Q(payment__organization__in=same.teams) | Q(payment__order__buyer__in=same.people)
    lately = theirs & Q(created_at__gt=timezone.now() - WITHIN)
    of = lately if payment is None else Q(payment=payment) | lately
    alone = Refund.objects.filter(of, requested_by=by, approved_by=None)
    alone = alone.exclude(state__in=[Refund.State.PROPOSED, Refund.State.FAILED]).order_by()
    sums = alone.values_list("payment__currency").annotate(minor=Sum("amount_minor"))
    return sum(about(minor, currency) for currency, minor in sums)


def _credit(same: SameBuyer, by: User) -> int:
    given = AuditEvent.objects.filter(
        actor=by,
        action=CREDIT_RETURNED,
        subject_type=Organization._meta.label_lower,
        subject_id__in=same.teams,
        at__gt=timezone.now() - WITHIN,
    )
    return sum(
        about(each["minor"], each.get("currency", settings.CURRENCY))
        for each in given.values_list("details", flat=True)
        if each.get("alone", True)
    )
