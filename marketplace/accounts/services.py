"""Verbs on accounts."""

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
    "view_enrolment",
    "view_auditevent",
)


def appoint_moderator(*, user: User) -> User:
    """Let a user into the admin to decide on listings; nothing more."""
    with transaction.atomic():
        group, _ = Group.objects.get_or_create(name=MODERATORS)
        group.permissions.set(Permission.objects.filter(codename__in=MODERATOR_RIGHTS))
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.add(group)
    return user
