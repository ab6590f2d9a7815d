"""Steps of the journey that a page of ours could break, against a server without workers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from marketplace.accounts.session_store import SessionStore
from marketplace.consent.models import Consent
from marketplace.listings.models import Listing
from marketplace.storefront.journey import Journey
from marketplace.storefront.visitor import Person
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def _person(live_server: Any, user: Any) -> Person:
    person = Person(live_server.url, user.email, factories.PASSWORD)
    person.sign_in()
    return person


def _an_hour_later(person: Person) -> None:
    session = SessionStore(person.http.cookies["sessionid"])
    session["signed_in_at"] = time.time() - 3600
    session.save()


def _journey(live_server: Any, slug: str) -> Journey:
    return Journey(
        base_url=live_server.url, recordings=Path(), moderators=("", ""), moderator_password="",
        clone_steps=0, say=lambda _: None, slug=slug,
    )  # fmt: skip


def test_who_is_asked_again_gives_their_password_and_goes_on(live_server: Any) -> None:
    person = _person(live_server, factories.make_user())
    _an_hour_later(person)
    assert "tk_" in person.post("/privacy/key", page="/privacy").text


def test_a_moderator_finds_and_decides_on_a_listing_after_an_hour(live_server: Any) -> None:
    factories.make_consent(factories.make_voice(), Consent.State.REVIEW, scores={"live": 0.1})
    factories.make_listing(state=Listing.State.SUBMITTED)
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    person = _person(live_server, factories.make_moderator())
    journey = _journey(live_server, listing.voice.slug)
    for step, state in (
        (journey._approve, "live"),
        (lambda who: journey._moderate(who, "suspend"), "suspended"),
        (lambda who: journey._moderate(who, "resume"), "live"),
    ):
        _an_hour_later(person)
        step(person)
        listing.refresh_from_db()
        assert listing.state == state
