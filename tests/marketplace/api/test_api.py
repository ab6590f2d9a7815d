"""The API beyond speech: who may read what, pagination, shapes, and that the schema is correct."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from rest_framework.test import APIClient
from schemathesis.specs.openapi.checks import positive_data_acceptance

from marketplace.accounts import organizations
from marketplace.api import rate_limit, speaking
from marketplace.api.views import dialogues, elevenlabs, speech
from marketplace.licensing import api_keys, key_access, reservations, settlement
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.refusals import Refused, SpeechRefused
from synthesis.speech_request import SpeechRequest
from tests import factories
from tests.api_client import api_client

pytestmark = pytest.mark.django_db


def test_a_key_reads_its_own_licences_and_no_others() -> None:
    key, secret = factories.make_key()
    other, _ = factories.make_key()
    mine = key.licences.get()
    answer = api_client(secret).get("/v1/licences").json()
    assert [row["number"] for row in answer["data"]] == [mine.number]
    assert answer["data"][0]["rights"]["uses"] == ["audiobook"]
    assert api_client(secret).get(f"/v1/licences/{mine.number}").status_code == 200
    theirs = other.licences.get().number
    refused = api_client(secret).get(f"/v1/licences/{theirs}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert APIClient().get("/v1/licences").json()["code"] == "api_key_missing"


def test_a_key_without_the_scope_reads_nothing() -> None:
    licence = factories.make_licence()
    _, secret = api_keys.create_key(
        organization=licence.organization, licences=[licence], name="Speaks", scopes=["speak"],
        by=licence.buyer,
    )  # fmt: skip
    answer = api_client(secret).get("/v1/usage")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_pages_follow_one_another_to_the_end() -> None:
    buyer = factories.make_user()
    licences = [factories.make_licence(buyer=buyer) for _ in range(5)]
    _, secret = api_keys.create_key(organization=licences[0].organization, name="All", by=buyer)
    seen, cursor = [], ""
    while cursor is not None:
        page = api_client(secret).get(
            "/v1/licences", {"limit": 2, **({"cursor": cursor} if cursor else {})}
        )
        seen += [row["number"] for row in page.json()["data"]]
        cursor = page.json()["next_cursor"]
    assert seen == [licence.number for licence in reversed(licences)]
    assert api_client(secret).get("/v1/licences", {"cursor": "!"}).status_code == 422


def test_every_answer_to_a_key_tells_its_limits(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 10
    _, secret = factories.make_key()
    answers = [api_client(secret).get("/v1/licences") for _ in range(11)]
    assert answers[0]["RateLimit-Policy"] == '"key";q=10;w=60'
    assert answers[0]["RateLimit"].startswith('"key";r=9;')
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "rate_limited"
    assert "Retry-After" in answers[-1]


def test_usage_is_summed_by_what_is_asked_for() -> None:
    key, secret = factories.make_key()
    slug = key.licences.get().voice.slug
    for text in ("Hello", "Good morning"):
        made = reservations.reserve(key=key, wanted=factories.wanted(slug, text))
        settlement.settle(generation_id=made.pk, characters=len(text), seconds=1.5)
    for group in ("day", "month", "licence", "key", "use"):
        answer = api_client(secret).get("/v1/usage", {"group": group}).json()
        assert answer["characters"] == 17
        assert answer["data"][0]["requests"] == 2
    assert api_client(secret).get("/v1/usage", {"group": "mood"}).status_code == 422
    assert api_client(secret).get("/v1/usage", {"from": "yesterday"}).status_code == 422


def test_the_rate_card_says_what_a_voice_costs_and_allows() -> None:
    listing = factories.make_listing()
    card = APIClient().get(f"/v1/voices/{listing.voice.slug}/terms").json()
    assert card["offers"][0]["price_minor"] == 1999
    assert "political" in card["forbidden_uses"]
    assert card["creator_share_bps"] == 8500
    assert APIClient().get("/v1/voices/nobody/terms").status_code == 404


def test_a_key_works_only_from_its_addresses() -> None:
    licence = factories.make_licence()
    _, secret = api_keys.create_key(
        organization=licence.organization, licences=[licence], name="Office",
        networks=["203.0.113.0/24"], by=licence.buyer,
    )  # fmt: skip
    client = api_client(secret)
    assert client.get("/v1/licences", REMOTE_ADDR="203.0.113.9").status_code == 200
    refused = client.get("/v1/licences", REMOTE_ADDR="198.51.100.1")
    assert (refused.status_code, refused.json()["code"]) == (403, "address_not_allowed")
    with pytest.raises(Refused, match="is not an address"):
        api_keys.create_key(
            organization=licence.organization, name="x", networks=["here"], by=licence.buyer
        )


def test_a_rotated_key_works_through_the_overlap_and_no_longer() -> None:
    key, old = factories.make_key()
    new, secret = api_keys.rotate_key(key=key, by=key.owner, overlap="hour")
    assert api_client(old).get("/v1/licences").status_code == 200
    assert api_client(secret).get("/v1/licences").status_code == 200
    assert list(new.licences.all()) == list(key.licences.all())
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api_client(old).get("/v1/licences").json()["code"] == "key_expired"
    with pytest.raises(Refused, match="already"):
        api_keys.rotate_key(key=key, by=key.owner)


def _refused(key: ApiKey, text: str, **more: Any) -> str:
    slug = key.licences.get().voice.slug
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(slug, text, **more))
    return refusal.value.code


def test_a_key_stops_at_its_monthly_limit_and_what_is_given_back_counts() -> None:
    licence = factories.make_licence()
    key, _ = api_keys.create_key(
        organization=licence.organization, licences=[licence], name="Small",
        monthly_characters=10, by=licence.buyer,
    )  # fmt: skip
    first = reservations.reserve(key=key, wanted=factories.wanted(licence.voice.slug, "12345678"))
    assert _refused(key, "123") == "spend_limit"
    settlement.release(generation_id=first.pk, failure="engine_failed")
    reservations.reserve(key=key, wanted=factories.wanted(licence.voice.slug, "1234567890"))
    assert Licence.objects.get().characters_used == 10


def test_a_use_is_declared_and_must_be_licensed() -> None:
    listing = factories.make_listing()
    listing.uses = ["audiobook", "game"]
    listing.save()
    key, _ = factories.make_key(factories.make_licence(listing))
    assert _refused(key, "Hello") == "use_not_declared"
    assert _refused(key, "Hello", use="political") == "use_not_licensed"
    made = reservations.reserve(
        key=key, wanted=factories.wanted(listing.voice.slug, "Hello", use="game")
    )
    assert made.use == "game"
    assert Generation.objects.count() == 1


def test_a_team_shares_licences_by_role() -> None:
    owner, developer, finance = (factories.make_user() for _ in range(3))
    team = organizations.create_organization(name="Studio", by=owner)
    for user, role in ((developer, "developer"), (finance, "finance")):
        team.memberships.create(user=user, role=role)
    licence = factories.make_licence(buyer=owner)
    Licence.objects.filter(pk=licence.pk).update(organization=team)
    licence.refresh_from_db()
    api_keys.create_key(organization=team, licences=[licence], name="Dev", by=developer)
    with pytest.raises(Refused, match="does not allow"):
        api_keys.create_key(organization=team, licences=[licence], name="No", by=finance)
    with pytest.raises(Refused, match="not a member"):
        api_keys.create_key(
            organization=team, licences=[licence], name="No", by=factories.make_user()
        )
    page = f"/licences/{licence.public_id}"
    for user, status in (
        (owner, 200),
        (developer, 200),
        (finance, 200),
        (factories.make_user(), 404),
    ):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(page).status_code == status


def test_errors_have_the_shape_of_the_protocol_that_asked() -> None:
    _, secret = factories.make_key()
    ours = api_client(secret).post("/v1/audio/speech", {"model": "timbre-1"}, format="json")
    assert ours["Content-Type"].startswith("application/problem+json")
    assert ours.json()["error"]["code"] == ours.json()["code"] == "invalid_request"
    client = APIClient(headers={"xi-api-key": secret})
    theirs = client.post("/v1/text-to-speech/nobody", {"text": "Hello"}, format="json")
    assert theirs.status_code == 404
    assert theirs.json()["detail"]["status"] == "voice_not_found"
    wrong = client.post(
        "/v1/text-to-speech/nobody",
        {"text": "Hello", "voice_settings": {"speed": 9}},
        format="json",
    )
    assert (wrong.status_code, wrong.json()["detail"]["code"]) == (422, "invalid_request")
    missing = APIClient().post("/v1/text-to-speech/nobody", {"text": "Hello"}, format="json")
    assert missing.json()["detail"]["status"] == "missing_api_key"


def _operations() -> list[str]:
    from drf_spectacular.generators import SchemaGenerator

    document = SchemaGenerator().get_schema(request=None, public=True)
    return [
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.mark.parametrize(
    "address",
    ["/v1/voices?language=%00", "/v1/voices/a%00b", "/v1/voices/a%00b/terms", "/voices?q=%00",
     "/voices/a%00b", "/v1/licences/%00", "/v1/usage?group=%00", "/v2/voices?search=%00"],
)  # fmt: skip
def test_a_nul_in_an_address_is_refused_at_the_door(address: str) -> None:
    if address.startswith(("/v1/", "/v2/")):
        _, secret = factories.make_key()
        answer = api_client(secret).get(address)
        assert (answer.status_code, answer.json()["code"]) == (400, "null_character")
    else:  # a page, for people
        answer = Client().get(address)
        assert answer.status_code == 400
        assert "A request can&#x27;t hold a NUL character." in answer.text


@cache
def _document() -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", get_wsgi_application())


@pytest.mark.django_db(transaction=True)  # the site answers from another thread
@pytest.mark.parametrize("operation", _operations())
@pytest.mark.parametrize("examples", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_the_openapi_document_is_true(
    operation: str, examples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Schemathesis sends valid and invalid requests, and every answer matches the schema."""
    monkeypatch.setattr(speaking, "begin", _refuse_to_speak)
    for module in (speech, elevenlabs):
        monkeypatch.setattr(module, "begin", _refuse_to_speak)
    monkeypatch.setattr(dialogues, "begin_dialogue", _refuse_a_dialogue)
    monkeypatch.setattr(rate_limit, "count_request", lambda key: {})
    _, secret = factories.make_key()
    method, path = operation.split()
    checked = _document()[path][method]

    @given(case=checked.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Bearer {secret}"},
            excluded_checks=[
                positive_data_acceptance
            ],  # cursors and date ranges have rules of their own
        )

    check()


def _refuse_to_speak(request: Any, wanted: SpeechRequest, lexicons: Any = ()) -> Any:
    """Handle a request as far as possible without an engine."""
    assert wanted.wording.spoken
    raise SpeechRefused(402, "quota_exceeded", "No engine in this test.")


def _refuse_a_dialogue(request: Any, wanted: list[SpeechRequest], lexicons: Any = ()) -> Any:
    """The same for several voices."""
    return _refuse_to_speak(request, wanted[0])
