"""Whoever asked to be erased, until they are: they own no team for long."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from marketplace.accounts.models import Membership, Organization, User
from marketplace.accounts.owners import staying_owners
from marketplace.privacy.models import PrivacyRequest
from marketplace.refusals import Refused


def who_goes(*, organization: Organization, **_: Any) -> list[int]:
    """The members of a team who asked to be erased, by primary key."""
    asked = PrivacyRequest.objects.filter(
        kind=PrivacyRequest.Kind.ERASURE,
        state=PrivacyRequest.State.QUEUED,
        user__memberships__organization=organization,
    )
    return list(asked.values_list("user", flat=True))


def require_owners_stay(user: User) -> None:
    """Refuse the erasure of the last who owns a team of several, not counting who goes as well.

    Locks their teams in the caller's transaction, so that two owners can't both go.

    Raises:
        Refused: last_owner.
    """
    others = Membership.objects.filter(organization=OuterRef("pk")).exclude(user=user)
    owned = Organization.objects.filter(
        Exists(Membership.objects.filter(
            organization=OuterRef("pk"), user=user, role=Membership.Role.OWNER
        )),
        Exists(others),
        personal_of=None,
    )  # fmt: skip
    for team in owned.select_for_update(no_key=True).order_by("pk"):
        if not staying_owners(team, without=user).exists():
            raise Refused(
                "last_owner",
                gettext("You are the only owner of %(team)s. Make somebody else one first.")
                % {"team": team},
            )
