"""Strangers' wrong passwords keep nobody out of a browser in which they have signed in."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.accounts.known_browsers import COOKIE
from marketplace.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db
SIGN_IN, TRIES = "/accounts/login/", 5


@pytest.fixture(autouse=True)
def _nobody_has_tried() -> None:
    cache.clear()


def _sign_in(client: Client, user: User, password: str = factories.PASSWORD) -> bool:
    client.post(SIGN_IN, {"login": user.email, "password": password})
    return "_auth_user_id" in client.session


def _tried_from_elsewhere(user: User) -> None:
    for number in range(TRIES):
        _sign_in(Client(REMOTE_ADDR=f"203.0.113.{number}"), user, "nonsense")


def _known(user: User) -> Client:
    """A browser in which somebody signed in, and out again."""
    client = Client(REMOTE_ADDR="198.51.100.77")
    assert _sign_in(client, user)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
    return client


def test_wrong_passwords_elsewhere_keep_nobody_out_of_a_browser_that_they_used() -> None:
    user = factories.make_user()
    known = _known(user)
    _tried_from_elsewhere(user)
    assert _sign_in(known, user)


def test_other_browsers_together_try_no_more_passwords_than_before() -> None:
    user = factories.make_user()
    _known(user)
    _tried_from_elsewhere(user)
    assert not _sign_in(Client(REMOTE_ADDR="198.51.100.78"), user)


def test_a_known_browser_tries_no_more_passwords_than_another() -> None:
    user = factories.make_user()
    known = _known(user)
    for _ in range(TRIES):
        _sign_in(known, user, "nonsense")
    assert not _sign_in(known, user)


def test_a_browser_is_known_for_the_account_that_signed_in_there_alone() -> None:
    user, known = factories.make_user(), _known(factories.make_user())
    _tried_from_elsewhere(user)
    assert not _sign_in(known, user)


def test_a_name_that_the_site_did_not_sign_is_none() -> None:
    user = factories.make_user()
    _tried_from_elsewhere(user)
    forged = Client(REMOTE_ADDR="198.51.100.79")
    forged.cookies[COOKIE] = f"{user.pk}.anything"
    assert not _sign_in(forged, user)


def test_a_known_browsers_cookie_is_for_this_site_alone() -> None:
    cookie = _known(factories.make_user()).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
