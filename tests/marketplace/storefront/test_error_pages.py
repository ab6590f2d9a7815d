"""What people and programs are told when something is refused or broken."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from marketplace.api.views import catalogue
from marketplace.storefront.views import errors
from tests import factories

pytestmark = pytest.mark.django_db
NOBODYS = "198.51.100.9"  # else the next tests on this machine could not sign in


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any) -> None:
    settings.DEBUG = False


def _member(**options: Any) -> Client:
    client = Client(**options)
    client.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _is_ours(answer: Any) -> bool:
    return all(
        part in answer.text
        for part in ('<header class="site">', "css/base.css", '<footer class="site">', "<h1>")
    )


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("broken for the test")


def _no_database(*_: object) -> None:
    raise AssertionError("the database was asked")


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/voices/harbour/exclusive", "/voices/harbour"),
        ("/plans/subscribe", "/plans"),
        ("/moderation/cases/00000000-0000-4000-8000-000000000000", "/moderation"),
        ("/webhooks/messages/1/replay", "/webhooks"),
    ],
)
def test_opening_the_address_of_a_form_leads_to_its_page(path: str, back: str) -> None:
    client = _member()
    answer = client.get(path)
    if answer.status_code == 403:  # for moderators only, and refused before its method is checked
        assert _is_ours(answer)
        return
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert _is_ours(answer)
    assert f'<a class="button" href="{back}">To the page it belongs to</a>' in answer.text
    assert "Sign out" in answer.text


def test_posting_to_a_page_that_takes_no_form_is_a_page_too(client: Client) -> None:
    answer = client.post("/plans")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert _is_ours(answer)


def test_a_refused_page_says_what_to_do() -> None:
    answer = _member().get("/moderation")
    assert answer.status_code == 403
    assert _is_ours(answer)
    assert "sign out and sign in with it" in answer.text


def test_a_missing_page_is_ours(client: Client) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert _is_ours(answer)


def test_an_outdated_form_says_what_to_do_without_the_database() -> None:
    client = _member(enforce_csrf_checks=True)
    with connection.execute_wrapper(_no_database):
        answer = client.post("/plans/subscribe", {"plan": "pro"})
    assert answer.status_code == 403
    assert _is_ours(answer)
    assert "Nothing was done." in answer.text
    assert "Go back, reload the page, and send it again." in answer.text


def test_too_much_at_once_is_413(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = Client().post("/voices/any/exclusive", {"message": "x" * 2_000})
    assert answer.status_code == 413
    assert _is_ours(answer)
    _, secret = factories.make_key()
    answer = Client().post(
        "/v1/audio/speech",
        {"input": "x" * 2_000},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_request_that_cannot_be_read_is_400() -> None:
    answer = Client().get("/voices", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert _is_ours(answer)
    assert "evil.example" not in answer.text
    answer = Client().get("/v1/voices", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_what_broke_is_told_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _member(raise_request_exception=False)
    monkeypatch.setattr("marketplace.storefront.views.plans.Money", _broken)
    with connection.execute_wrapper(_no_database):
        answer = client.get("/plans")
    assert answer.status_code == 500
    assert _is_ours(answer)
    assert answer["X-Request-Id"] in answer.text
    assert "broken for the test" not in answer.text


def test_what_broke_is_told_even_where_pages_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "render_to_string", _broken)
    answer = errors.server_error(RequestFactory().get("/plans"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_signing_in_too_often_says_to_wait(client: Client) -> None:
    form = {"login": "nobody@example.com", "password": "wrong"}
    answers = [client.post("/accounts/login/", form, REMOTE_ADDR=NOBODYS) for _ in range(40)]
    assert answers[-1].status_code == 429
    assert _is_ours(answers[-1])
    assert "Wait a few minutes" in answers[-1].text


def test_programs_are_told_as_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    monkeypatch.setattr(catalogue, "find", _broken)
    request = RequestFactory().get("/v1/anything")
    told = {
        404: client.get("/v1/nothing"),
        405: client.post("/v1/models"),
        500: client.get("/v1/voices"),
    }
    assert client.post("/v2/voices").json()["code"] == "method_not_allowed"
    for status, answer in told.items():
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer["Content-Type"] == "application/problem+json"
    for answer in (
        errors.csrf_failure(request),
        errors.forbidden(request, PermissionError()),
        errors.bad_request(request, ValueError("of the request")),
        errors.method_not_allowed(request),
        errors.not_found(request, ValueError()),
    ):
        assert answer["Content-Type"] == "application/problem+json"
