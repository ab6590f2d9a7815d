"""Reads on licences."""

from __future__ import annotations

from django.db.models import QuerySet

from marketplace.accounts.models import User
from marketplace.accounts.organizations import RIGHTS, Right
from marketplace.licensing.models import ApiKey, Licence


def _roles(right: Right) -> list[str]:
    return [role for role, rights in RIGHTS.items() if right in rights]


def licences_visible_to(user: User) -> QuerySet[Licence]:
    """Licences of every organization in which a user may read, newest first."""
    return Licence.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=_roles(Right.READ),
    ).select_related("voice__creator", "organization")


def keys_visible_to(user: User) -> QuerySet[ApiKey]:
    """Keys of every organization in which a user may make keys."""
    return ApiKey.objects.filter(
        organization__memberships__user=user,
        organization__memberships__role__in=_roles(Right.KEYS),
    ).select_related("organization")
