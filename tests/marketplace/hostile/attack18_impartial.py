"""A teammate's other team is no stranger's, though nobody decides about a teammate. Fails on today's code."""

from __future__ import annotations

import pytest

from marketplace.accounts.impartiality import Concerned, is_partial
from marketplace.accounts.models import Membership
from marketplace.accounts.organizations import create_organization, personal_organization
from tests import factories

pytestmark = pytest.mark.django_db


def test_nobody_decides_about_a_team_that_a_teammate_alone_owns() -> None:
    moderator, friend = factories.make_moderator(), factories.make_user("friend")
    shared = create_organization(name="Shared", by=friend)
    Membership.objects.create(organization=shared, user=moderator, role="developer")
    own = create_organization(name="Only the friend", by=friend)
    personal = personal_organization(friend)
    assert is_partial(moderator, Concerned.of(organizations=[personal.pk]))
    assert is_partial(moderator, Concerned.of(organizations=[own.pk]))
