"""Queries on documents."""

from __future__ import annotations

from django.db.models import QuerySet

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.billing.models import Invoice


def invoices_visible_to(user: User) -> QuerySet[Invoice]:
    """Numbered documents of every organization for which a user may buy, newest first."""
    return (
        Invoice.objects.filter(
            organization__memberships__user=user,
            organization__memberships__role__in=roles_with(Right.BUY),
        )
        .exclude(number=None)
        .select_related("corrects", "organization")
        .order_by("-id")
    )
