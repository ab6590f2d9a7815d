"""Every letter is in the language of whoever gets it, whoever had it sent."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import translation

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.letters import services
from marketplace.letters.kinds import Kind
from marketplace.licensing import lifecycle
from tests import factories
from tests.mailbox import delivered
from tests.marketplace.letters.every_letter import SENT

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _ in settings.LANGUAGES]
_ENGLISH = re.compile(r"\b(the|your|you|of|has|been|and|for|from|is|it)\b", re.IGNORECASE)


def _reader(language: str) -> Creator:
    creator = factories.make_creator()
    creator.user.language = language
    creator.user.save(update_fields=["language"])
    return creator


def _letter_to(address: str) -> EmailMessage:
    return [letter for letter in delivered() if letter.to == [address]][-1]


def _without_links(text: str) -> str:
    return re.sub(r"\S*(?://|@)\S*", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SENT)
def test_a_letter_is_in_the_language_of_its_reader(name: str, language: str) -> None:
    reader = _reader(language)
    address = reader.user.email
    SENT[name](reader)
    letter = _letter_to(address)
    said = _without_links(f"{letter.subject}\n{letter.body}")
    assert bool(_ENGLISH.search(said)) == (language == "en"), said
    assert bool(re.search(r"[\u4e00-\u9fff]", letter.subject)) == (language == "zh-hans")
    assert not re.search(r"%\(|\{\w*\}", said)
    assert not re.search(r"\b(du|dir|dich|deine?)\b", said)


@pytest.mark.parametrize("asked_in", LANGUAGES)
def test_a_german_reader_gets_german_whoever_had_the_letter_sent(asked_in: str) -> None:
    reader = _reader("de")
    with translation.override(asked_in):
        SENT["team invitation"](reader)
        assert translation.get_language() == asked_in
    assert _letter_to(reader.user.email).subject == "Einladung in ein Team auf Timbre"


def test_an_english_persons_request_sends_a_german_letter(client: Client) -> None:
    reader, owner = _reader("de"), factories.make_user()
    team = organizations.create_organization(name="Voices", by=owner)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    client.post(
        "/teams/invite",
        {"organization": team.public_id, "email": reader.user.email, "role": "developer"},
        headers={"Accept-Language": "en"},
    )
    assert "lädt Sie ein" in _letter_to(reader.user.email).body


@pytest.mark.parametrize("chosen", ["", "xx"])
def test_who_has_chosen_no_language_is_written_to_in_english(chosen: str) -> None:
    reader = _reader(chosen)
    with translation.override("de"):
        SENT["team invitation"](reader)
    assert _letter_to(reader.user.email).subject == "An invitation to a team on Timbre"


def test_an_address_without_an_account_is_written_to_in_english() -> None:
    with translation.override("de"):
        services.write(
            to=["kim@example.com"], words=lambda: (translation.get_language() or "", "-")
        )
    assert _letter_to("kim@example.com").subject == "en"


def test_each_of_several_readers_gets_their_own_language() -> None:
    addresses = {language: _reader(language).user.email for language in LANGUAGES}
    services.write(
        to=[each.upper() for each in addresses.values()],
        words=lambda: (translation.get_language() or "", "-"),
        kind=Kind.INVOICES,
    )
    told = {each.to[0].lower(): each for each in delivered()}
    assert {code: told[each].subject for code, each in addresses.items()} == {
        code: code for code in LANGUAGES
    }
    assert "Rechnungen und Gutschriften" in told[addresses["de"]].body


@pytest.mark.parametrize(
    ("language", "price", "day"),
    [
        ("en", "$1,234.56", "5 March 2031"),
        ("de", "1.234,56\xa0$", "5. März 2031"),
        ("zh-hans", "US$1,234.56", "2031年3月5日"),
    ],
)
def test_a_letter_writes_sums_and_days_as_its_reader_does(
    language: str, price: str, day: str
) -> None:
    reader = _reader(language)
    SENT["renewal announced"](reader)
    letter = _letter_to(reader.user.email)
    assert price in letter.body
    assert day in letter.body


def test_a_confirmation_is_in_the_language_of_the_page_that_somebody_signed_up_on(
    client: Client,
) -> None:
    client.post(
        "/accounts/signup/",
        {"email": "neu@example.com", "password1": factories.PASSWORD},
        headers={"Accept-Language": "de"},
    )
    assert "Wenn Sie das nicht waren" in _letter_to("neu@example.com").body
    assert User.objects.get(email="neu@example.com").language == "de"


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("", "A new password for Timbre"),
        ("de", "Ein neues Passwort für Timbre"),
        ("zh-hans", "重设 Timbre 密码"),
    ],
)
def test_a_new_password_is_offered_in_the_language_of_the_account(
    client: Client, language: str, subject: str
) -> None:
    user = _reader(language).user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post(
        "/accounts/password/reset/", {"email": user.email}, headers={"Accept-Language": "en"}
    )
    assert _letter_to(user.email).subject == subject


def test_a_pause_says_how_long_it_lasts() -> None:
    assert f"after {lifecycle.GRACE.days} days" in lifecycle.UNPAID
