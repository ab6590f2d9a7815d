"""E-mail and titles are spelled in one way, also in what Django and django-allauth say on our pages."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from marketplace.storefront import catalogs
from tests import factories

pytestmark = pytest.mark.django_db
OTHER = re.compile(r"(?<![\w@/.-])[Ee]mails?\b(?![@.]\w)")
PAGES = (
    "/accounts/signup/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/none/",
    "/accounts/email/",
    "/account/letters",
    "/privacy",
)


def _visible(client: Client, address: str, **form: str) -> str:
    answer = client.post(address, form) if form else client.get(address)
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    shown = re.findall(r'placeholder="([^"]*)"', main)
    return unescape(" ".join([re.sub(r"<[^>]+>", " ", main), *shown]))


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("signed_in", [False, True])
def test_pages_say_e_mail(address: str, signed_in: bool) -> None:
    client = Client()
    if signed_in:
        client.force_login(
            factories.make_user(), backend="django.contrib.auth.backends.ModelBackend"
        )
    answer = client.get(address, follow=True)
    shown = _visible(client, answer.redirect_chain[-1][0] if answer.redirect_chain else address)
    assert OTHER.findall(shown) == []


def test_a_form_with_no_address_in_it_is_told_so_in_our_spelling() -> None:
    shown = _visible(Client(), "/accounts/password/reset/", email="nobody")
    assert "Enter a valid e-mail address." in shown


@pytest.mark.parametrize("address", PAGES)
def test_titles_and_buttons_have_one_capital(address: str) -> None:
    shown = _visible(Client(), Client().get(address, follow=True).request["PATH_INFO"])
    assert re.findall(r"\b(?:Sign|Reset|Forgot|Remember|Confirm|Add) [A-Z]\w+", shown) == []


def test_titles_of_others_keep_abbreviations_and_places() -> None:
    said = {message.id: message.string for message in catalogs.respelt() if message.id}
    assert said["Sign In"] == "Sign in"
    assert said["IP Address"] == "IP address"
    assert said["TOTP Authenticator"] == "TOTP authenticator"
    assert said["Sign In Via %(provider)s"] == "Sign in via %(provider)s"


def test_what_others_say_of_e_mail_is_respelt_and_keeps_its_places() -> None:
    said = {message.id: message.string for message in catalogs.respelt() if message.id}
    assert said["Add Email Address"] == "Add e-mail address"
    assert said["You cannot remove your primary email address (%(email)s)."] == (
        "You cannot remove your primary e-mail address (%(email)s)."
    )
    assert [
        each for each in said.values() if OTHER.search(re.sub(r"<[^>]+>|%\(\w+\)s", "", each))
    ] == []
    places = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")
    assert {k: v for k, v in said.items() if places.findall(k) != places.findall(v)} == {}


def test_the_catalog_of_english_is_up_to_date_and_in_force() -> None:
    path = catalogs.catalog_path("en")
    stale = "manage.py update_catalogs was not run after Django or django-allauth changed"
    assert catalogs.as_po(catalogs.respelt()) == path.read_bytes(), stale
    assert catalogs.as_mo(catalogs.respelt()) == path.with_suffix(".mo").read_bytes(), stale
    with override("en"):
        assert gettext("Email address") == "E-mail address"
