"""A visitor's request waits until they are signed in, and is done only by their own click."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import URLPattern

from marketplace import rate_limit
from marketplace.accounts.models import User
from marketplace.licensing.models import Order, Quote
from marketplace.storefront import intents
from marketplace.storefront.urls import urlpatterns
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
WISH = "An audiobook in twelve parts,\r\nfrom <March> & on."
EXAMPLES = {
    "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
    "slug": "nobody",
    "int": "1",
    "str": "pdf",
}


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


def _address(pattern: URLPattern) -> str:
    """The address of a route, with objects that don't exist."""
    route = re.sub(r"<(\w+):\w+>", lambda found: EXAMPLES[found[1]], str(pattern.pattern))
    return "/" + route


def _routes(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLPattern):
            yield entry
        else:  # included at the root
            yield from _routes(entry.url_patterns)


ADDRESSES = {str(route.name): _address(route) for route in _routes(urlpatterns)}


def _sign_in(client: Client, user: User, **more: str) -> Any:
    return client.post(
        "/accounts/login/", {"login": user.email, "password": factories.PASSWORD, **more}
    )


def _ask(client: Client, message: str = WISH) -> Any:
    """A visitor's enquiry about exclusivity, from the page of a voice."""
    listing = factories.make_listing()
    page = f"/voices/{listing.voice.slug}"
    return client.post(
        f"{page}/exclusive",
        {"message": message, "csrfmiddlewaretoken": "x"},
        headers={"Referer": f"http://testserver{page}"},
    )


def _form(page: str) -> tuple[str, dict[str, str]]:
    """The address and fields of a page's main form."""
    form = re.search(r'<form class="actions"[^>]*action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    assert form is not None, page
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    fields.pop("csrfmiddlewaretoken", None)
    return unescape(form[1]), {name: unescape(value) for name, value in fields.items()}


def test_what_was_typed_is_asked_once_more_after_signing_in() -> None:
    client, user = Client(), factories.make_user()
    answer = _ask(client)
    assert answer["Location"] == "/accounts/login/?next=/go-on"
    assert "what an exclusive licence of" in client.get(answer["Location"]).text
    assert _sign_in(client, user, next="/go-on")["Location"] == "/go-on"
    page = client.get("/go-on").text
    assert "from &lt;March&gt; &amp; on." in page
    assert not Quote.objects.exists()
    address, fields = _form(page)
    assert fields == {"message": WISH}
    assert client.post(address, fields)["Location"] == "/quotes"
    assert Quote.objects.get().message == WISH.replace("\r\n", "\n")
    assert client.get("/go-on").status_code == 410


def test_a_purchase_waits_with_its_price_and_is_not_made_by_a_redirect() -> None:
    client, user = Client(), factories.make_user()
    voice = factories.make_listing(price=4999).voice
    client.post(f"/voices/{voice.slug}/buy", {"tier": "personal"})
    _sign_in(client, user)
    page = client.get("/go-on", follow=True).text
    assert f"buy the personal licence of {voice.name}" in page
    assert "Pay $49.99" in page
    assert not Order.objects.exists()
    paid = client.post(f"/voices/{voice.slug}/buy", {"tier": "personal"})
    assert "/c/pay/cs_test_" in paid["Location"]


def test_a_plan_waits_through_signing_up() -> None:
    client = Client()
    client.post("/plans/subscribe", {"plan": "pro"})
    signup = re.search(
        r'href="(/accounts/signup/\?[^"]*)"[^>]*>Sign up',
        client.get("/accounts/login/?next=/go-on").text,
    )
    assert signup is not None
    page = client.get(signup[1]).text
    assert "subscribe to the plan Pro" in page
    next_page = re.search(r'name="next" value="([^"]+)"', page)
    assert next_page is not None
    form = {"email": "new@example.com", "password1": factories.PASSWORD, "next": next_page[1]}
    assert client.post("/accounts/signup/", form)["Location"] == "/go-on"
    page = client.get("/go-on").text
    assert "Subscribe for $" in page
    address, fields = _form(page)
    assert client.post(address, fields)["Location"].startswith("http")


def test_it_waits_through_the_letter_where_addresses_must_be_confirmed(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    _ask(client)
    form = {"email": "new@example.com", "password1": factories.PASSWORD}
    sent = client.post("/accounts/signup/", form, follow=True).text
    assert "We sent an e-mail to new@example.com." in sent
    link = re.search(r"/accounts/confirm-email/\S+", str(delivered()[-1].body))
    assert link is not None
    assert client.post(link[0])["Location"] == "/go-on"
    assert "An audiobook in twelve parts" in client.get("/go-on").text


def test_after_signing_up_the_letter_is_named_and_found(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    form = {"email": "found@example.com", "password1": factories.PASSWORD}
    settings.LETTERS_FOLDER = str(tmp_path)
    page = client.post("/accounts/signup/", form, follow=True).text
    assert "We sent an e-mail to found@example.com." in page
    assert '<a href="/letters">e-mails are here</a>' in page
    settings.LETTERS_FOLDER = ""
    other = Client().post("/accounts/signup/", {**form, "email": "x@example.com"}, follow=True).text
    assert "We sent an e-mail to x@example.com." in other
    assert "/letters" not in other


def test_an_intent_is_over_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    _ask(client)
    _sign_in(client, factories.make_user())
    assert client.get("/go-on").status_code == 200
    later = time.time() + 3601
    monkeypatch.setattr(intents.time, "time", lambda: later)
    assert client.get("/go-on").status_code == 410
    assert intents.SESSION_KEY not in client.session


def test_an_intent_belongs_to_its_session_alone() -> None:
    client, other, user = Client(), Client(), factories.make_user()
    _ask(client)
    _sign_in(other, user)
    assert other.get("/go-on").status_code == 410
    _sign_in(client, user)
    client.post("/accounts/logout/")
    assert _sign_in(client, user)["Location"] == "/"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/voices?q=calm", "/voices?q=calm"),
        ("https://evil.example/voices", None),
        ("http://testserver//evil.example/", None),
        ("http://testserver/\\evil.example", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_the_way_back_stays_on_this_site(referer: str, back: str | None) -> None:
    client = Client()
    slug = factories.make_listing().voice.slug
    client.post(f"/voices/{slug}/exclusive", {"message": WISH}, headers={"Referer": referer})
    _sign_in(client, factories.make_user())
    found = re.search(r'href="([^"]+)">Not now', client.get("/go-on").text)
    assert found is not None
    assert found[1] == (back or f"/voices/{slug}")


def test_signing_in_leads_to_no_other_site() -> None:
    client = Client()
    _ask(client)
    answer = _sign_in(client, factories.make_user(), next="https://evil.example/")
    assert answer["Location"] == "/go-on"


def test_a_lost_file_is_said_and_nothing_is_sent_without_it() -> None:
    voice = factories.make_voice()
    client = Client()
    file = SimpleUploadedFile("take one.wav", b"RIFF")
    client.post(
        f"/studio/voices/{voice.public_id}/recordings", {"files": file, "transcripts": "Hi."}
    )
    _sign_in(client, voice.creator.user)
    page = client.get("/go-on").text
    assert "take one.wav could not be kept" in page
    assert "Hi." in page
    assert '<form class="actions"' not in page
    assert f'href="/studio/voices/{voice.public_id}">Back to the page' in page


def test_secrets_are_never_kept() -> None:
    client = Client()
    client.post("/teams", {"name": "Us", "token": "invitation-secret", "password": "hunter2"})
    assert "invitation-secret" not in str(dict(client.session.items()))
    assert "hunter2" not in str(dict(client.session.items()))
    _sign_in(client, factories.make_user())
    page = client.get("/go-on").text
    assert "Passwords and tokens are never kept" in page
    assert '<form class="actions"' not in page


def test_what_is_kept_is_bounded() -> None:
    for form in ({"message": "x" * 20_001}, {f"field{n}": "" for n in range(201)}):
        client = Client()
        client.post("/voices/any/exclusive", form)
        assert len(str(dict(client.session.items()))) < 1_000
        _sign_in(client, factories.make_user())
        assert "too long to be kept" in client.get("/go-on").text


def test_a_form_without_its_token_is_not_kept() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/plans/subscribe", {"plan": "pro"}).status_code == 403
    assert intents.SESSION_KEY not in client.session


def test_another_form_leaves_what_waits_where_it_is() -> None:
    client = Client()
    _ask(client)
    _sign_in(client, factories.make_user())
    client.post("/teams", {"name": "A team"})
    assert client.get("/go-on").status_code == 200


def test_scripts_are_told_that_they_are_signed_out() -> None:
    voice = factories.make_voice()
    client = Client()
    url = f"/studio/voices/{voice.public_id}/recordings"
    answer = client.post(url, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert intents.SESSION_KEY not in client.session


def test_opening_a_private_page_leads_back_to_it(client: Client) -> None:
    assert (
        client.get("/credit?organization=x")["Location"]
        == "/accounts/login/?next=/credit%3Forganization%3Dx"
    )


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_form_for_members_waits_in_words(name: str) -> None:
    """Whatever a member can send, a visitor finds again after signing in."""
    address, user = ADDRESSES[name], factories.make_user()
    member = Client()
    member.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    opened = member.get(address)
    assert opened.status_code != 405 or "It only takes what a form" in opened.text
    client = Client()
    sent = client.post(address, {"note": "Words that I typed."})
    if not sent.headers.get("Location", "").startswith("/accounts/login/"):
        return  # open to everybody
    if intents.SESSION_KEY not in client.session:
        assert opened.status_code != 405, f"{address} takes a form, and has no words for it"
        return
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/go-on").text
    assert "You were about to <strong>" in page
    assert "Words that I typed." in page
    assert _form(page)[0] == address


def test_of_a_visitors_form_no_more_than_four_kilobytes_are_kept() -> None:
    client = Client()
    _ask(client, "字" * 1_400)
    assert client.session[intents.SESSION_KEY]["too_long"]
    assert client.session[intents.SESSION_KEY]["fields"] == []
    _ask(client, "字" * 1_300)
    assert not client.session[intents.SESSION_KEY]["too_long"]


def test_a_visitor_with_an_endless_address_leaves_nothing() -> None:
    answer = Client().post(f"/voices/nobody/buy?{'x' * 2_000}", {"tier": "personal"})
    assert "next=/voices/nobody" in answer["Location"]
    assert not Session.objects.exists()


def test_visitors_of_one_network_leave_few_forms_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.time, "time", lambda: 60.0)  # no minute ends in between
    answers = [
        Client().post("/voices/nobody/buy", {"tier": "personal"})
        for _ in range(intents.PER_MINUTE + 5)
    ]
    assert Session.objects.count() == intents.PER_MINUTE
    assert answers[-1]["Location"].endswith("next=/voices/nobody")
    other = Client(REMOTE_ADDR="203.0.113.9").post("/voices/nobody/buy", {"tier": "personal"})
    assert other["Location"].endswith("next=/go-on")


def test_whoever_is_signed_in_has_no_limit_of_visitors() -> None:
    user = factories.make_user()
    for _ in range(intents.PER_MINUTE + 1):
        request = RequestFactory().post("/teams", {"name": "x" * 5_000})
        request.user, request.session = user, {}  # type: ignore[assignment]
        assert intents.keep(request)
    assert not request.session[intents.SESSION_KEY]["too_long"]
