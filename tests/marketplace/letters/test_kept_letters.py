"""Letters without a mail server are shown on a page, only on this machine or to superusers."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from marketplace.letters import folder, services
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
ELSEWHERE = "203.0.113.7"


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Path:
    """The folder where letters are kept."""
    settings.EMAIL_BACKEND = "marketplace.letters.folder.EmailBackend"
    settings.LETTERS_FOLDER = str(tmp_path / "letters")
    return tmp_path / "letters"


def _send(to: str = "ada@example.com", subject: str = "Grüße", text: str = "Ja?\n") -> None:
    send_mail(subject, text, None, [to])


@pytest.mark.usefixtures("kept")
def test_the_letter_of_a_sign_up_is_found_and_its_link_confirms(client: Client) -> None:
    client.post(
        reverse("account_signup"), {"email": "new@example.com", "password1": factories.PASSWORD}
    )
    delivered()
    home = client.get("/")
    assert 'href="/letters"' in home.text
    [letter] = re.findall(r'href="(/letters/[^"]+)"', client.get("/letters").text)
    [link] = re.findall(
        r'href="https?://[^/"]+(/accounts/confirm-email/[^"]+)"', client.get(letter).text
    )
    client.post(link)
    assert EmailAddress.objects.get(email="new@example.com").verified


def test_only_its_owner_reads_the_files(kept: Path) -> None:
    _send()
    [file] = kept.iterdir()
    assert (kept.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.usefixtures("kept")
def test_a_letter_is_shown_as_it_was_written_and_runs_nothing(client: Client) -> None:
    _send(
        subject="Grüße", text="Ja? <script>alert(1)</script>\n\nÜber https://timbre.example/a?b=1"
    )
    [found] = folder.stored_letters()
    assert (found.to, found.subject) == ("ada@example.com", "Grüße")
    page = client.get(f"/letters/{found.name}").text
    assert "<script>alert" not in page
    assert '<a href="https://timbre.example/a?b=1"' in page


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_reads_them_and_no_cache_keeps_them(client: Client, address: str) -> None:
    _send()
    for path in ("/letters", f"/letters/{folder.stored_letters()[0].name}"):
        page = client.get(path, REMOTE_ADDR=address)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "request_of", [{"REMOTE_ADDR": ELSEWHERE}, {"HTTP_X_FORWARDED_FOR": ELSEWHERE},
                   {"HTTP_FORWARDED": f"for={ELSEWHERE}"}, {"REMOTE_ADDR": ""}],
)  # fmt: skip
def test_from_elsewhere_only_superusers_read_them(
    client: Client, request_of: dict[str, str]
) -> None:
    _send()
    paths = ("/letters", f"/letters/{folder.stored_letters()[0].name}")
    for reader in (factories.make_user(), factories.make_moderator()):
        client.force_login(reader)
        assert [client.get(path, **request_of).status_code for path in paths] == [404, 404]
        assert "/letters" not in client.get("/", **request_of).text
    operator = factories.make_user()
    operator.is_staff = operator.is_superuser = True
    operator.save()
    client.force_login(operator)
    assert [client.get(path, **request_of).status_code for path in paths] == [200, 200]


def test_where_mail_is_sent_there_is_no_such_page(client: Client) -> None:
    assert client.get("/letters").status_code == 404
    assert client.get("/letters/20260101000000000000-00000000").status_code == 404


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", ["20260101000000000000-00000000", "..", "%2e%2e%2fsecrets.env"])
def test_a_letter_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/letters/{name}").status_code == 404


def test_only_the_newest_are_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "KEPT", 3)
    for number in range(5):
        _send(subject=f"Letter {number}")
    assert [letter.subject for letter in folder.stored_letters()] == [
        "Letter 4",
        "Letter 3",
        "Letter 2",
    ]


@pytest.mark.usefixtures("kept")
def test_who_is_forgotten_has_no_letter_kept() -> None:
    _send("Ada@example.com")
    _send("bob@example.com")
    services.forget("ada@example.com")
    assert [letter.to for letter in folder.stored_letters()] == ["bob@example.com"]


@pytest.mark.parametrize(
    ("module", "email_url", "folder_of"),
    [
        ("marketplace.settings.development", "", "/somewhere"),
        ("marketplace.settings.development", "smtp://mail.example", ""),
        ("marketplace.settings.base", "", ""),
    ],
)
def test_letters_are_kept_by_development_settings_without_a_mail_server(
    monkeypatch: pytest.MonkeyPatch, module: str, email_url: str, folder_of: str
) -> None:
    monkeypatch.setenv("TIMBRE_LETTERS", "/somewhere")
    monkeypatch.setitem(os.environ, "EMAIL_URL", email_url or "consolemail://")
    if not email_url:
        monkeypatch.delenv("EMAIL_URL")
    import marketplace.settings.base

    try:
        importlib.reload(marketplace.settings.base)
        loaded = importlib.reload(importlib.import_module(module))
        assert folder_of == loaded.LETTERS_FOLDER
    finally:
        monkeypatch.undo()
        importlib.reload(marketplace.settings.base)
        importlib.reload(importlib.import_module(module))
