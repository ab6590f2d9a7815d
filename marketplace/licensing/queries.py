"""Queries on licences."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.creators.models import Creator
from marketplace.licensing.models import ApiKey, Licence


def licences_visible_to(user: User) -> QuerySet[Licence]:
    """Licences of every organization in which a user may read, newest first."""
    return Licence.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=roles_with(Right.READ),
    ).select_related("voice__creator", "organization")


def keys_visible_to(user: User) -> QuerySet[ApiKey]:
    """Keys of every organization in which a user may create keys, but those of our own pages."""
    return (
        ApiKey.objects.filter(
            organization__memberships__user=user,
            organization__memberships__role__in=roles_with(Right.KEYS),
        )
        .exclude(secret_hash=ApiKey.NO_SECRET)
        .select_related("organization")
    )


def keys_speaking_with(licence: Licence) -> QuerySet[ApiKey]:
    """The keys that may speak with a licence, newest first: its own, and those limited to none."""
    everywhere = Q(licences=None, scopes__contains=[ApiKey.Scope.SPEAK])
    keys = ApiKey.objects.filter(organization=licence.organization_id)
    keys = keys.exclude(secret_hash=ApiKey.NO_SECRET)
    return keys.filter(everywhere | Q(licences=licence)).order_by("-id")


def licences_sold_of(creator: Creator) -> int:
    """How many licences of a creator's voices were paid for, but for those whose payment went back."""
    sold = Licence.objects.filter(voice__creator=creator).exclude(state=Licence.State.REFUNDED)
    return sold.exclude(order__payment_intent="").count()
