"""Letters are sent with the change they report, survive a mail server outage, and leave no trace."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from marketplace import storage
from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, Organization, User
from marketplace.consent import invitations
from marketplace.letters import services
from marketplace.letters.models import Letter
from marketplace.queue import Work
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.mailbox import delivered
from tests.work import do, do_as_queued

pytestmark = pytest.mark.django_db
SECRET = "https://timbre.example/speaker#do-not-tell"


class _Refusing(socketserver.StreamRequestHandler):
    """A mail server that rejects every recipient."""

    answers: ClassVar = {
        b"EHLO": b"250 here",
        b"MAIL": b"250 fine",
        b"RCPT": b"550 5.1.1 no such mailbox",
        b"RSET": b"250 fine",
        b"QUIT": b"221 bye",
    }

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            self.wfile.write(self.answers[line[:4].upper()] + b"\r\n")


@pytest.fixture
def refusing_server(settings: Settings) -> Iterator[None]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _deliver_to(settings, server.server_address[1])
        yield
        server.shutdown()


def _deliver_to(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


def _write(*to: str) -> Letter:
    services.write(to=to or ("ada@example.com",), words=lambda: ("Yes or no?", SECRET))
    return Letter.objects.latest("pk")


def test_a_letter_is_gone_from_here_once_it_is_sent() -> None:
    _write()
    [sent] = delivered()
    assert (sent.to, sent.subject, sent.body) == (["ada@example.com"], "Yes or no?", SECRET)
    assert not Letter.objects.exists()


def test_everyone_gets_a_letter_of_their_own() -> None:
    _write("ada@example.com", "bob@example.com")
    assert [letter.to for letter in delivered()] == [["ada@example.com"], ["bob@example.com"]]


def test_what_a_letter_says_is_sealed_while_it_waits() -> None:
    assert SECRET.encode() not in bytes(_write().sealed)


def test_nothing_is_written_of_what_did_not_happen() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _write()
        raise RuntimeError
    assert not Letter.objects.exists()


def test_a_letter_waits_for_a_mail_server_that_is_away(settings: Settings) -> None:
    letter = _write()
    with socketserver.TCPServer(("127.0.0.1", 0), _Refusing) as closed:
        port = closed.server_address[1]
    _deliver_to(settings, port)
    services.send(letter_id=letter.pk)
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("waiting", 1)
    assert letter.next_try_at > timezone.now()
    services.send(letter_id=letter.pk)
    letter.refresh_from_db()
    assert letter.tries == 1
    assert "ConnectionRefusedError" in letter.problem
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert [sent.subject for sent in delivered()] == ["Yes or no?"]


@pytest.mark.usefixtures("refusing_server")
def test_a_mail_server_that_takes_nothing_keeps_nobody_from_signing_up(client: Client) -> None:
    sent = client.post(
        reverse("account_signup"), {"email": "untaken@example.com", "password1": factories.PASSWORD}
    )
    assert sent.status_code == 302
    assert User.objects.filter(email="untaken@example.com").exists()
    letter = Letter.objects.get(email="untaken@example.com")
    services.send(letter_id=letter.pk)
    letter.refresh_from_db()
    assert letter.state == Letter.State.GIVEN_UP


def test_the_letter_of_a_sign_up_holds_the_link_that_confirms_it(client: Client) -> None:
    client.post(
        reverse("account_signup"), {"email": "link@example.com", "password1": factories.PASSWORD}
    )
    [sent] = delivered()
    assert sent.subject == "Confirm your address on Timbre"
    [path] = re.findall(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", sent.body)
    client.post(path)
    assert EmailAddress.objects.get(email="link@example.com").verified


def test_the_letter_of_a_forgotten_password_holds_the_link_to_a_new_one(client: Client) -> None:
    user = factories.make_user()
    client.post(reverse("account_reset_password"), {"email": user.email})
    [sent] = delivered()
    assert sent.subject == "A new password for Timbre"
    [path] = re.findall(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", sent.body)
    form = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "four new words 7", "password2": "four new words 7"})
    user.refresh_from_db()
    assert user.check_password("four new words 7")


@pytest.mark.usefixtures("refusing_server")
def test_an_address_that_does_not_exist_is_given_up_at_once_and_can_be_tried_again() -> None:
    letter = _write()
    services.send(letter_id=letter.pk)
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == ("given_up", 1)
    assert "550" in letter.problem
    services.send(letter_id=letter.pk)
    services.try_again(letter=letter)
    letter.refresh_from_db()
    assert (letter.state, letter.tries, letter.problem) == ("waiting", 0, "")
    with pytest.raises(InvalidTransition):
        services.try_again(letter=letter)


def test_a_letter_whose_task_was_lost_is_queued_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _write()
    do_as_queued(monkeypatch, Work.SEND_LETTER)
    do(Work.SEND_DUE_LETTERS)
    assert len(mail.outbox) == 1
    do(Work.SEND_DUE_LETTERS)
    assert len(mail.outbox) == 1


def test_what_nobody_took_is_forgotten_after_a_month() -> None:
    old, new = _write("ada@example.com"), _write("bob@example.com")
    Letter.objects.update(state=Letter.State.GIVEN_UP)
    Letter.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert services.forget_given_up() == 1
    assert list(Letter.objects.all()) == [new]


@pytest.mark.parametrize("name", ["Kim\r\nBcc: everybody@example.com", "Kim\nX: y", "\u2028Kim\0"])
def test_a_name_with_a_line_break_stops_no_letter_and_adds_no_header(name: str) -> None:
    services.write(to=["a@example.com"], words=lambda: (f"{name} is silent", "It is."))
    services.send(letter_id=Letter.objects.get().pk)
    assert not Letter.objects.exists()
    sent = mail.outbox[-1]
    assert (sent.to, sent.bcc) == (["a@example.com"], [])
    assert sent.subject.startswith("Kim") and "\n" not in sent.subject


def test_a_letter_that_no_header_can_hold_is_given_up_and_not_tried_for_ever() -> None:
    sealed = storage.seal(json.dumps(["two\nlines", "text"]).encode(), services.SEAL)
    letter = Letter.objects.create(email="a@example.com", sealed=sealed, next_try_at=timezone.now())
    services.send(letter_id=letter.pk)
    letter.refresh_from_db()
    assert letter.state == Letter.State.GIVEN_UP


def test_to_what_is_no_address_nothing_is_written() -> None:
    services.write(
        to=["a" * 300 + "@example.com", "a@b.example\r\nBcc: c@d.example"], words=lambda: ("s", "t")
    )
    assert not Letter.objects.exists()


def test_nobody_sends_invitations_without_end_and_nobody_gets_them_without_end() -> None:
    cache.clear()
    owner = factories.make_user()
    team = organizations.create_organization(name="URGENT: call 555", by=owner)
    for number in range(services.FROM_ONE_USER):
        organizations.invite(
            organization=team,
            email=f"p{number}@example.com",
            role=Membership.Role.DEVELOPER,
            by=owner,
        )
    with pytest.raises(Refused) as refusal:
        organizations.invite(
            organization=team, email="q@example.com", role=Membership.Role.DEVELOPER, by=owner
        )
    assert refusal.value.code == "too_many_letters"
    for sender in range(services.TO_ONE_ADDRESS):
        services.require_moderate(by=10**6 + sender, to="victim@example.com")
    with pytest.raises(Refused):
        services.require_moderate(by=10**7, to="Victim@example.com ")


def test_the_subject_of_an_invitation_holds_no_words_of_who_invites() -> None:
    owner = factories.make_user()
    team = organizations.create_organization(name="URGENT: call 555", by=owner)
    organizations.invite(
        organization=team, email="p@example.com", role=Membership.Role.DEVELOPER, by=owner
    )
    services.send(letter_id=Letter.objects.get().pk)
    assert "URGENT" not in mail.outbox[-1].subject


BAIT = "Unlock it at https://unlock.example.com/x"


def test_no_speaker_is_called_by_an_address_in_a_letter_of_ours() -> None:
    voice = factories.make_voice()
    with pytest.raises(Refused) as refusal:
        invitations.invite_speaker(
            voice=voice, legal_name=BAIT, email="p@example.com", by=voice.creator.user
        )
    assert refusal.value.code == "name"
    assert not Letter.objects.exists()
    assert not voice.invitations.exists()


def test_the_letter_to_a_speaker_begins_with_our_words_and_names_nobody_by_an_address() -> None:
    creator = factories.make_creator(BAIT)
    voice = factories.make_voice(creator)
    invitations.invite_speaker(
        voice=voice, legal_name="Call\n\n555 now", email="p@example.com", by=creator.user
    )
    services.send(letter_id=Letter.objects.get().pk)
    body = str(mail.outbox[-1].body)
    assert body.startswith("This e-mail is for the person whose voice is on recordings")
    assert "you are Call 555 now, and asks" in body
    assert "unlock.example.com" not in body


def test_no_team_is_called_by_an_address_and_the_letter_for_an_older_one_leaves_it_out() -> None:
    owner = factories.make_user()
    with pytest.raises(Refused) as refusal:
        organizations.create_organization(name=BAIT, by=owner)
    assert refusal.value.code == "name"
    team = organizations.create_organization(name="Studio", by=owner)
    Organization.objects.filter(pk=team.pk).update(name=BAIT)
    team.refresh_from_db()
    organizations.invite(
        organization=team, email="p@example.com", role=Membership.Role.DEVELOPER, by=owner
    )
    services.send(letter_id=Letter.objects.get().pk)
    body = str(mail.outbox[-1].body)
    assert "to join Unlock it at … as" in body
    assert "unlock.example.com" not in body


@pytest.mark.parametrize(
    "address",
    ["a" * 300 + "@example.com", "a\x01@example.com", "a@b.example\nBcc: c@d.example", ""],
)
def test_an_invitation_to_what_is_no_address_is_refused(address: str) -> None:
    owner = factories.make_user()
    team = organizations.create_organization(name="Team", by=owner)
    voice = factories.make_voice()
    with pytest.raises(Refused, match="not a valid e-mail address"):
        organizations.invite(
            organization=team, email=address, role=Membership.Role.DEVELOPER, by=owner
        )
    with pytest.raises(Refused, match="not a valid e-mail address"):
        invitations.invite_speaker(
            voice=voice, legal_name="Anne Lee", email=address, by=voice.creator.user
        )
    assert not Letter.objects.exists()
