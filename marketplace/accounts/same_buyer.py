"""Who counts as one buyer: people, and the teams that they are or were in."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.accounts.models import Membership, MembershipChange, Organization, User


@dataclass(frozen=True)
class SameBuyer:
    """Users and organizations, by primary key, that count as one."""

    people: frozenset[int]
    teams: frozenset[int]


def same_buyer(organization: Organization, *buyers: User) -> SameBuyer:
    """An organization and who buys for it: its people now and before, and all of their teams.

    Who has a second account under another address is not known to be the same person.
    """
    people = {buyer.pk for buyer in buyers}
    for rows in (organization.memberships, organization.membership_changes):
        people.update(rows.values_list("user", flat=True))
    teams = {organization.pk}
    for joined in (Membership, MembershipChange):
        teams.update(joined.objects.filter(user__in=people).values_list("organization", flat=True))
    return SameBuyer(frozenset(people), frozenset(teams))
