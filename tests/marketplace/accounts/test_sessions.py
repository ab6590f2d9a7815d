"""People see where they are signed in, and end what they don't recognize."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import session_store, sessions
from marketplace.accounts.browsers import browser_of, rough_network
from marketplace.accounts.models import BrowserSession, User
from marketplace.compliance.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
LIST, OTHERS = "/account/sessions", "/account/sessions/end"


@pytest.fixture(autouse=True)
def _nothing_is_noted() -> None:
    cache.clear()


def _browser(user: User, user_agent: str = FIREFOX, address: str = "203.0.113.77") -> Client:
    client = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/")
    return client


def _is_signed_in(client: Client) -> bool:
    return client.get(reverse("storefront:licences")).status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        (f"{IPHONE} Edg/131.0", "Edge on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/131.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("x" * 100_000 + "Firefox/1", "Unknown browser"),
    ],
)
def test_a_browser_is_told_in_words(user_agent: str, words: str) -> None:
    assert browser_of(user_agent) == words


@pytest.mark.parametrize(
    ("address", "rough"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("::ffff:203.0.113.77", "203.0.113.x"),
        ("2001:db8:1:2::3", "2001:0db8:0001::x"),
        ("", "unknown network"),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, rough: str) -> None:
    assert rough_network(address) == rough


def test_each_browser_is_listed_with_where_it_was_used() -> None:
    user = factories.make_user()
    _browser(user, IPHONE, "198.51.100.4")
    page = _browser(user).get(LIST).text
    for part in ("Firefox on Windows", "203.0.113.x", "Safari on iPhone", "198.51.100.x"):
        assert part in page
    assert "203.0.113.77" not in page
    assert page.count("This browser") == 1


def test_a_use_is_noted_once_in_five_minutes() -> None:
    user = factories.make_user()
    client = _browser(user)
    before = user.browser_sessions.get().last_used_at
    client.get("/")
    assert user.browser_sessions.get().last_used_at == before
    cache.clear()
    client.get("/")
    assert user.browser_sessions.get().last_used_at > before


def test_an_ended_session_is_signed_out_at_once_and_audited() -> None:
    user = factories.make_user()
    theirs, here = _browser(user, IPHONE), _browser(user)
    row = user.browser_sessions.get(browser="Safari on iPhone")
    answer = here.post(reverse("storefront:end-session", args=[row.public_id]), follow=True)
    assert "Safari on iPhone is signed out." in answer.text
    assert not _is_signed_in(theirs)
    assert _is_signed_in(here)
    event = AuditEvent.objects.get(action="session.ended")
    assert (event.actor, event.subject_id) == (user, user.pk)


def test_signing_out_everywhere_else_ends_sessions_without_a_row_too() -> None:
    user, somebody_else = factories.make_user(), factories.make_user()
    noted, others, here, stranger = (
        _browser(user), _browser(user, IPHONE), _browser(user), _browser(somebody_else),
    )  # fmt: skip
    BrowserSession.objects.filter(browser="Safari on iPhone").delete()
    here.post(OTHERS)
    assert not _is_signed_in(noted)
    assert not _is_signed_in(others)
    assert _is_signed_in(here)
    assert _is_signed_in(stranger)
    assert AuditEvent.objects.get(action="session.others_ended").details == {"count": 1}


def test_signing_out_everywhere_else_reads_no_session_of_anybody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user, somebody_else = factories.make_user(), factories.make_user()
    other, here, _ = _browser(user, IPHONE), _browser(user), _browser(somebody_else)
    theirs = Session.objects.get(pk=somebody_else.browser_sessions.get().session_id)
    decoded: list[str] = []

    def counted(session: Session) -> dict[str, Any]:
        decoded.append(session.pk)
        return session_store.data_of(session)

    monkeypatch.setattr(sessions, "data_of", counted)
    here.post(OTHERS)
    assert not _is_signed_in(other)
    assert decoded
    assert theirs.pk not in decoded


def test_a_stolen_copy_of_this_session_ends_with_the_others() -> None:
    user = factories.make_user()
    here, thief = _browser(user), Client()
    thief.cookies["sessionid"] = here.cookies["sessionid"].value
    assert _is_signed_in(thief)
    here.post(OTHERS)
    assert not _is_signed_in(thief)
    assert _is_signed_in(here)


def test_a_stale_copy_of_a_user_brings_no_session_back() -> None:
    user = factories.make_user()
    other = _browser(user)
    BrowserSession.objects.all().delete()
    stale = User.objects.get(pk=user.pk)
    sessions.end_sessions(user=user)
    stale.first_name = "Kim"
    stale.save()
    assert User.objects.get(pk=user.pk).first_name == "Kim"
    assert not _is_signed_in(other)


def test_whoever_signs_in_after_signing_out_everywhere_stays_signed_in() -> None:
    user = factories.make_user()
    sessions.end_sessions(user=user)
    again = _browser(user)
    assert _is_signed_in(again)
    assert [row.browser for row in sessions.sessions_of(user)] == ["Firefox on Windows"]


def test_of_an_erased_person_no_session_stays_stored() -> None:
    user, somebody_else = factories.make_user(), factories.make_user()
    _browser(user), _browser(user), _browser(somebody_else)
    user.browser_sessions.filter(pk=user.browser_sessions.first().pk).delete()
    sessions.delete_sessions(user=user)
    assert [session_store.data_of(row)["_auth_user_id"] for row in Session.objects.all()] == [
        str(somebody_else.pk)
    ]


def test_ending_sessions_asks_again_who_is_there(settings: Any) -> None:
    user = factories.make_user()
    other, here = _browser(user, IPHONE), _browser(user)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    row = user.browser_sessions.get(browser="Safari on iPhone")
    for address in (OTHERS, reverse("storefront:end-session", args=[row.public_id])):
        assert here.post(address)["Location"].startswith("/accounts/reauthenticate/")
    assert _is_signed_in(other)
    assert not AuditEvent.objects.filter(action__startswith="session.").exists()


def test_nobody_ends_a_session_of_somebody_else() -> None:
    owner = factories.make_user()
    theirs = _browser(owner)
    address = reverse("storefront:end-session", args=[owner.browser_sessions.get().public_id])
    assert _browser(factories.make_user()).post(address).status_code == 404
    assert _is_signed_in(theirs)


def test_what_a_new_password_signed_out_is_not_listed() -> None:
    user = factories.make_user()
    _browser(user, IPHONE)
    user.set_password("another-long-password")
    user.save()
    _browser(user)
    assert [row.browser for row in sessions.sessions_of(user)] == ["Firefox on Windows"]


def test_a_row_goes_with_its_session() -> None:
    user = factories.make_user()
    client = _browser(user)
    client.post("/accounts/logout/")
    _browser(user, IPHONE)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    assert sessions.sessions_of(user) == []
    Session.objects.all().delete()
    assert not BrowserSession.objects.exists()


def test_a_session_that_is_over_gets_no_row() -> None:
    user = factories.make_user()
    sessions.note_use(user=user, session_key="gone", user_agent=FIREFOX, address="203.0.113.77")
    assert not BrowserSession.objects.exists()


def test_a_visitor_leaves_no_row() -> None:
    Client(HTTP_USER_AGENT=FIREFOX).get("/")
    assert not BrowserSession.objects.exists()


def test_an_answer_stands_though_its_session_could_not_be_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(**_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("marketplace.accounts.middleware.note_use", fails)
    client = Client()
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/shortlist").status_code == 200
    assert "session not noted" in caplog.text
