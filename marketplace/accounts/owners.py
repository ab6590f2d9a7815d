"""The owners that a team keeps: who is about to be erased is none of them any more."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.dispatch import Signal

from marketplace.accounts.models import Membership, Organization, User

asking_who_goes = Signal()
"""Asked of the layers above: `organization`; answered with the primary keys of members who asked to be erased."""


def staying_owners(organization: Organization, *, without: User) -> QuerySet[Membership]:
    """Who owns a team once a member has left it, and whoever asked to be erased."""
    answers = asking_who_goes.send(sender=Organization, organization=organization)
    going: set[int] = set()
    for _, users in answers:
        going.update(cast("list[int]", users))
    owners = organization.memberships.filter(role=Membership.Role.OWNER)
    return owners.exclude(user=without).exclude(user__in=going)
