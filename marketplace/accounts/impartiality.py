"""Nobody decides about themselves: one rule for all who decide in the platform's name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Membership, MembershipChange, Organization, User
from marketplace.refusals import Refused

PARTIAL = timedelta(days=90)  # after leaving a team


@dataclass(frozen=True)
class Concerned:
    """Whom a decision is about: users and organizations by primary key, and e-mail addresses."""

    users: frozenset[int] = frozenset()
    organizations: frozenset[int] = frozenset()
    emails: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        users: Iterable[int | None] = (),
        organizations: Iterable[int | None] = (),
        emails: Iterable[str] = (),
    ) -> Concerned:
        """Gather those that are known; empty values are left out."""
        return cls(
            frozenset(user for user in users if user is not None),
            frozenset(each for each in organizations if each is not None),
            frozenset(email.strip().lower() for email in emails if email.strip()),
        )

    def __or__(self, other: Concerned) -> Concerned:
        return Concerned(
            self.users | other.users,
            self.organizations | other.organizations,
            self.emails | other.emails,
        )


def require_impartial(by: User, concerned: Concerned) -> None:
    """Refuse a decision to anybody whom it is about, and to their teammates, also former ones.

    What is about an organization is about its owners: one of them may have another team with whoever
    decides.

    Raises:
        Refused: own_voice, own_team.
    """
    users = concerned.users | _users_at(concerned.emails)
    if by.pk in users or _addresses_of(by) & concerned.emails:
        raise Refused(
            "own_voice", gettext("You can't decide on your own voice or your own report.")
        )
    mine = _teams_of({by.pk})
    if mine & concerned.organizations:
        raise Refused(
            "own_team",
            gettext("You can't decide about an organization that you belong or belonged to."),
        )
    if mine & _teams_of(users | _owners_of(concerned.organizations)):
        raise Refused(
            "own_team",
            gettext("You can't decide about somebody whose team you belong or belonged to."),
        )


def is_partial(by: User, concerned: Concerned) -> bool:
    """Whether something is about a person themselves, or about somebody whose team is or was theirs."""
    try:
        require_impartial(by, concerned)
    except Refused:
        return True
    return False


def require_another(by: User, first: int | None) -> None:
    """Refuse the second decision to whoever made the first.

    Raises:
        Refused: second_person.
    """
    if by.pk == first:
        raise Refused(
            "second_person", gettext("You approved this first; somebody else must be the second.")
        )


def _teams_of(users: Collection[int]) -> frozenset[int]:
    """The organizations of users, now or within `PARTIAL`."""
    now = Membership.objects.filter(user__in=users)
    lately = MembershipChange.objects.filter(
        user__in=users, role="", at__gt=timezone.now() - PARTIAL
    )
    return frozenset(now.values_list("organization_id", flat=True)) | frozenset(
        lately.values_list("organization_id", flat=True)
    )


def _owners_of(organizations: frozenset[int]) -> frozenset[int]:
    """Who owns organizations, alone or with others, or did within `PARTIAL`."""
    personal = Organization.objects.filter(pk__in=organizations).exclude(personal_of=None)
    now = Membership.objects.filter(organization__in=organizations, role=Membership.Role.OWNER)
    changes = MembershipChange.objects.filter(organization__in=organizations)
    # Who was an owner, and became something else since
    before = changes.filter(user=OuterRef("user"), role=Membership.Role.OWNER)
    lately = changes.exclude(role=Membership.Role.OWNER).filter(
        Exists(before.filter(organization=OuterRef("organization"), pk__lt=OuterRef("pk"))),
        at__gt=timezone.now() - PARTIAL,
    )
    found = (
        personal.values_list("personal_of", flat=True),
        now.values_list("user", flat=True),
        lately.values_list("user", flat=True),
    )
    return frozenset(owner for owners in found for owner in owners if owner is not None)


def _addresses_of(user: User) -> frozenset[str]:
    others = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return frozenset(address.lower() for address in (user.email, *others))


def _users_at(emails: frozenset[str]) -> frozenset[int]:
    found: set[int] = set()
    for email in emails:
        found |= set(User.objects.filter(email__iexact=email).values_list("pk", flat=True))
        verified = EmailAddress.objects.filter(email__iexact=email, verified=True)
        found |= set(verified.values_list("user_id", flat=True))
    return frozenset(found)
