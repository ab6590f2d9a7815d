"""Organizations: who may do what, joining and leaving."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Invitation, Membership, MembershipChange, Organization, User
from marketplace.accounts.owners import staying_owners
from marketplace.claimed_names import is_of_platform
from marketplace.letters import services as letters
from marketplace.letters.languages import in_sentence
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.visible_text import has_address, visible, without_addresses

INVITATION_DAYS = 7
MAX_TEAMS = 20  # that one person owns: each team has a free key, and each key its own limits
Role = Membership.Role


class Right(Enum):
    """What a role may do for its organization."""

    READ = "read"  # licences, usage
    KEYS = "keys"  # make and revoke API keys and webhooks
    BUY = "buy"  # licences, plans, credit; see payments
    REVIEW = "review"  # say in public, for all of them, what a voice is like
    MEMBERS = "members"  # invite and remove


RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMIN: frozenset(Right),
    Role.DEVELOPER: frozenset({Right.READ, Right.KEYS, Right.REVIEW}),
    Role.FINANCE: frozenset({Right.READ, Right.BUY}),
}


def personal_organization(user: User) -> Organization:
    """A person's own organization, created on first use."""
    existing = Organization.objects.filter(personal_of=user).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        organization, created = Organization.objects.get_or_create(
            personal_of=user, defaults={"name": user.email[:80]}
        )
        if created:
            Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
    return organization


def organizations_of(user: User) -> QuerySet[Organization]:
    """Every organization a user belongs to, their own first."""
    personal_organization(user)
    return Organization.objects.filter(memberships__user=user).order_by("id")


def roles_with(right: Right) -> list[str]:
    """The roles that have a right."""
    return [role for role, rights in RIGHTS.items() if right in rights]


def may(user: User, organization: Organization, right: Right) -> bool:
    """Return whether a user has a right in an organization."""
    membership = Membership.objects.filter(user=user, organization=organization).first()
    return membership is not None and right in RIGHTS[membership.role]


def has_kept(user: User, organization: Organization, right: Right, since: datetime) -> bool:
    """Return whether a user has a right in an organization and did not lose it at any time since."""
    lost = MembershipChange.objects.filter(user=OuterRef("user"), at__gt=since).exclude(
        role__in=roles_with(right)
    )
    theirs = organization.memberships.filter(user=user, role__in=roles_with(right))
    return theirs.exclude(Exists(lost.filter(organization=OuterRef("organization")))).exists()


def ids_where(user: User, right: Right) -> set[int]:
    """The ids of the organizations in which a user has a right."""
    theirs = Membership.objects.filter(user=user, role__in=roles_with(right))
    return set(theirs.values_list("organization_id", flat=True))


def require(user: User, organization: Organization, right: Right) -> None:
    """Raise Refused (not_a_member, role_too_small) unless the user has the right."""
    membership = Membership.objects.filter(user=user, organization=organization).first()
    if membership is None:
        raise Refused(
            "not_a_member",
            gettext("You are not a member of %(organization)s.") % {"organization": organization},
        )
    if right not in RIGHTS[membership.role]:
        raise Refused(
            "role_too_small",
            gettext(
                "Your role in %(organization)s (%(role)s) does not allow this; ask an "
                "owner or administrator."
            )
            % {"organization": organization, "role": membership.get_role_display()},
        )


def require_personal(organization: Organization) -> None:
    """Raise Refused (team_card) for a team: a saved card is one person's, who may leave it.

    What is charged while nobody is there is so agreed to by whoever's card it is.
    """
    if organization.personal_of_id is None:
        raise Refused(
            "team_card",
            gettext(
                "A saved card is one person's, so nothing is charged to it for a team. Choose your own account, "
                "or pay for the team by hand."
            ),
        )


def create_organization(*, name: str, by: User) -> Organization:
    """Create a team, owned by its creator.

    Raises:
        Refused: name, too_many_teams.
    """
    name = " ".join(visible(name).split())
    if not name or len(name) > 80:
        raise Refused("name", gettext("Give the team a name of at most 80 characters."))
    if is_of_platform(name):  # it invites people by letters of ours
        raise Refused("name", gettext("That is our own name. Give the team another one."))
    if has_address(name):
        raise Refused(
            "name",
            gettext("Leave e-mail and web addresses out of the name: it is written in e-mails."),
        )
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # so that two at once are counted
        owned = Membership.objects.filter(user=by, role=Role.OWNER, organization__personal_of=None)
        if owned.count() >= MAX_TEAMS:
            raise Refused(
                "too_many_teams",
                gettext(
                    "One person can own %(most)s teams. Make somebody else the owner of one, and "
                    "leave it."
                )
                % {"most": MAX_TEAMS},
            )
        organization = Organization.objects.create(name=name)
        _record(
            Membership.objects.create(organization=organization, user=by, role=Role.OWNER), by=by
        )
    return organization


def _record(membership: Membership, *, by: User, left: bool = False) -> None:
    """Keep what became of a member, in the caller's transaction."""
    MembershipChange.objects.create(
        organization_id=membership.organization_id,
        user_id=membership.user_id,
        role="" if left else membership.role,
        by=by,
    )


def invite(*, organization: Organization, email: str, role: str, by: User) -> Invitation:
    """Send a link with which the owner of an address can join, once, within a week.

    It replaces the one that the address was sent for this team before.

    Raises:
        Refused: not_a_member, role_too_small, personal_organization, already_a_member, role,
            email, too_many_letters.
    """
    require(by, organization, Right.MEMBERS)
    if organization.personal_of_id is not None:
        raise Refused(
            "personal_organization",
            gettext("Create a team first; nobody can join a personal organization."),
        )
    if role not in Role.values:
        raise Refused("role", gettext("Choose a role."))
    if role == Role.OWNER and not _is_owner(by, organization):
        raise Refused("role_too_small", gettext("Only an owner can make somebody an owner."))
    email = letters.checked_address(email)
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise Refused(
            "already_a_member", gettext("%(email)s is already a member.") % {"email": email}
        )
    letters.require_moderate(by=by.pk, to=email)
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        _lock(organization)
        _drop_invitations(organization, [email])
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            token_sha256=_digest(token),
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        link = f"{settings.BASE_URL}/teams/join#{token}"  # after '#': not sent, so in no log
        letters.write(to=[email], words=partial(_invitation, invitation, link))
    return invitation


def _lock(organization: Organization) -> None:
    """Lock a team before its members and invitations: of two changes the second sees the first."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _drop_invitations(organization: Organization, addresses: Iterable[str]) -> None:
    """Delete the open invitations of these addresses to a team, whose links then work no more."""
    Invitation.objects.annotate(address=Lower("email")).filter(
        organization=organization,
        accepted_at=None,
        address__in={address.lower() for address in addresses},
    ).delete()


def _addresses_of(user: User) -> list[str]:
    return [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]


def _invitation(invitation: Invitation, link: str) -> tuple[str, str]:
    """The letter to somebody invited; its subject is in our words alone."""
    subject = gettext("An invitation to a team on %(platform)s")
    text = gettext(
        "%(by)s invites you to join %(team)s as %(role)s.\n\nOpen this link within %(days)s days:"
    ) % {
        "by": invitation.invited_by.email,
        "team": without_addresses(invitation.organization.name),
        "role": in_sentence(Role(invitation.role).label),
        "days": INVITATION_DAYS,
    }
    return subject % {"platform": settings.PLATFORM_NAME}, f"{text}\n{link}\n"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _may_invite(user: User, organization: Organization, role: str) -> bool:
    """Whether a user may invite somebody as `role`: only an owner makes owners."""
    return may(user, organization, Right.MEMBERS) and (
        role != Role.OWNER or _is_owner(user, organization)
    )


def withdraw_invitation(*, invitation: Invitation, by: User) -> None:
    """Take back an invitation that nobody has accepted: its link no longer works.

    Raises:
        Refused: not_a_member, role_too_small, already_accepted.
    """
    require(by, invitation.organization, Right.MEMBERS)
    deleted, _ = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
    if not deleted:
        raise Refused(
            "already_accepted",
            gettext("%(email)s has already joined.") % {"email": invitation.email},
        )


def _is_owner(user: User, organization: Organization) -> bool:
    return organization.memberships.filter(user=user, role=Role.OWNER).exists()


def invitation_with(*, token: str) -> Invitation:
    """The open invitation whose link has this token; what may be kept of it is its number alone.

    Raises:
        Refused: no_token, invitation_invalid, invitation_expired.
    """
    token = token.strip().rpartition("#")[2]  # the whole link may be pasted
    if not token:
        raise Refused(
            "no_token", gettext("Open the link in your invitation, or paste the link here.")
        )
    found = Invitation.objects.filter(token_sha256=_digest(token))
    return _open(found.select_related("organization", "invited_by"))


def _open(found: QuerySet[Invitation]) -> Invitation:
    invitation = found.filter(accepted_at=None).first()
    if invitation is None or not _may_invite(
        invitation.invited_by, invitation.organization, invitation.role
    ):
        raise Refused("invitation_invalid", gettext("This invitation has been used or withdrawn."))
    if invitation.expires_at < timezone.now():
        raise Refused(
            "invitation_expired", gettext("This invitation has expired. Ask for a new one.")
        )
    return invitation


def accept_invitation(*, invitation: Invitation, by: User) -> Membership:
    """Join by an invitation whose link was opened, as the address it was sent to.

    Raises:
        Refused: invitation_invalid, invitation_expired, invitation_for_another.
    """
    with transaction.atomic():
        _lock(invitation.organization)
        found = Invitation.objects.select_for_update(of=("self",), no_key=True).filter(
            pk=invitation.pk
        )
        invitation = _open(found.select_related("organization", "invited_by"))
        if invitation.email.lower() != by.email.lower():
            raise Refused(
                "invitation_for_another",
                gettext("This invitation is for %(email)s. Sign in with that address.")
                % {"email": invitation.email},
            )
        membership, joined = Membership.objects.get_or_create(
            organization=invitation.organization, user=by, defaults={"role": invitation.role}
        )
        if joined:
            _record(membership, by=invitation.invited_by)
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        _drop_invitations(invitation.organization, _addresses_of(by))
    return membership


def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Give a member another role.

    Raises:
        Refused: not_a_member, role_too_small, last_owner, role.
    """
    if role not in Role.values:
        raise Refused("role", gettext("Choose a role."))
    with transaction.atomic():
        membership = _locked(membership)
        require(by, membership.organization, Right.MEMBERS)
        if Role.OWNER in (role, membership.role) and not _is_owner(by, membership.organization):
            raise Refused("role_too_small", gettext("Only an owner can change an owner's role."))
        _require_another_owner(membership, leaving=role != Role.OWNER)
        membership.role = role
        membership.save(update_fields=["role"])
        _record(membership, by=by)
    return membership


def remove_member(*, membership: Membership, by: User) -> None:
    """Remove a member, and what they were still invited by; members may always remove themselves.

    Raises:
        Refused: not_a_member, role_too_small, last_owner.
    """
    with transaction.atomic():
        membership = _locked(membership)
        if membership.user_id != by.pk:
            require(by, membership.organization, Right.MEMBERS)
            if membership.role == Role.OWNER and not _is_owner(by, membership.organization):
                raise Refused("role_too_small", gettext("Only an owner can remove an owner."))
        _require_another_owner(membership, leaving=True)
        _record(membership, by=by, left=True)
        _drop_invitations(membership.organization, _addresses_of(membership.user))
        membership.delete()
        at_commit(Work.END_PLANS)  # that their card paid for


def _locked(membership: Membership) -> Membership:
    """A membership as it is once its team is locked, so that two owners can't both leave."""
    _lock(membership.organization)
    found = Membership.objects.select_related("organization", "user").filter(pk=membership.pk)
    locked = found.select_for_update(of=("self",), no_key=True).first()
    if locked is None:
        raise Refused("not_a_member", gettext("They have left the team meanwhile."))
    return locked


def _require_another_owner(membership: Membership, *, leaving: bool) -> None:
    if not leaving or membership.role != Role.OWNER:
        return
    if not staying_owners(membership.organization, without=membership.user).exists():
        raise Refused(
            "last_owner", gettext("A team needs an owner. Make somebody else an owner first.")
        )
