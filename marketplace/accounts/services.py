"""Operations on accounts."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from marketplace.accounts.models import User

MODERATORS = "Moderators"
MODERATOR_RIGHTS = (
    "view_listing",
    "moderate_listing",
    "view_voice",
    "view_consent",
    "decide_consent",
    "decide_case",
    "decide_refusal",
    "decide_suspicion",
    "moderate_licence",
    "view_protectedvoice",
    "add_protectedvoice",
    "view_enrolment",
    "view_auditevent",
    "freeze_payouts",
)


FINANCE = "Finance"
FINANCE_RIGHTS = (
    "view_payment",
    "refund_payment",
    "view_refund",
    "view_dispute",
    "view_transfer",
    "view_reconciliation",
    "freeze_payouts",
)


AUDITORS = "Auditors"
AUDITOR_RIGHTS = ("view_auditevent", "open_retained", "open_spokentext")


def _appoint(user: User, name: str, rights: tuple[str, ...]) -> User:
    with transaction.atomic():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(codename__in=rights))
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.add(group)
    return user


def appoint_finance(*, user: User) -> User:
    """Let a user work at the finance desk, and read the same in the admin; nothing more."""
    return _appoint(user, FINANCE, FINANCE_RIGHTS)


def appoint_moderator(*, user: User) -> User:
    """Let a user into the admin to decide on listings; nothing more."""
    return _appoint(user, MODERATORS, MODERATOR_RIGHTS)


def appoint_auditor(*, user: User) -> User:
    """Let a user into the admin to read the audit trail; nothing more."""
    return _appoint(user, AUDITORS, AUDITOR_RIGHTS)
