"""Batches and lists of jobs cost little, however many texts they have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.organizations import personal_organization
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.api.views import jobs as views
from marketplace.licensing import api_keys, credit, reservations
from marketplace.licensing.models import ApiKey, CreditAccount, Generation, KeyMonth, Licence
from marketplace.refusals import SpeechRefused
from synthesis.text.ssml import MAX_SAID
from tests import factories
from tests.api_client import api_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> tuple[ApiKey, str, str]:
    """A key of a licence for 5,000 characters, its secret, and the voice's slug."""
    licence = factories.make_licence(factories.make_listing(characters=5_000))
    key, secret = factories.make_key(licence)
    return key, secret, licence.voice.slug


def _batch(secret: str, slug: str, texts: list[str], **options: Any) -> Any:
    body = {"voice": slug, "items": [{"input": text} for text in texts], **options}
    return api_client(secret).post("/v1/speech-batches", body, format="json")


def test_a_hundred_texts_are_taken_with_as_few_queries_as_ten(
    buyer: tuple[ApiKey, str, str],
) -> None:
    _, secret, slug = buyer
    _batch(secret, slug, ["a"])
    counts = []
    for number in (10, 100):
        with CaptureQueriesContext(connection) as queries:
            assert _batch(secret, slug, ["a"] * number).status_code == 202
        counts.append(len(queries))
    assert counts[0] == counts[1] < 150
    assert Licence.objects.get().characters_used == 111
    assert KeyMonth.objects.get().characters == 111
    assert Generation.objects.filter(spoken_text__isnull=False).count() == 111


def test_a_batch_that_is_refused_at_its_last_text_has_stored_nothing(
    buyer: tuple[ApiKey, str, str],
) -> None:
    _, secret, slug = buyer
    body = {"voice": slug, "items": [{"input": "a"}] * 9 + [{"input": "a", "use": "political"}]}
    with CaptureQueriesContext(connection) as queries:
        answer = api_client(secret).post("/v1/speech-batches", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "use_not_licensed")
    assert answer.json()["detail"].startswith("Item 9:")
    assert not [each for each in queries if 'INSERT INTO "licensing_generation"' in each["sql"]]
    assert not SpeechJob.objects.exists()
    assert Licence.objects.get().characters_used == 0


def test_a_batch_goes_on_with_the_next_licence_and_then_with_credit() -> None:
    buyer = factories.make_user()
    listing = factories.make_listing()
    first, second = (factories.make_licence(listing, buyer) for _ in range(2))
    Licence.objects.update(characters_included=10)
    Licence.objects.filter(pk=first.pk).update(  # it ends first, so it pays first
        ends_at=second.ends_at - timedelta(days=1), terms={**first.terms, "overage_minor": 1_000}
    )
    key = api_keys.create_key(organization=personal_organization(buyer), name="All", by=buyer)[0]
    credit.add(organization=key.organization, minor=5, currency=second.terms["currency"])
    wanted = factories.wanted(listing.voice.slug, "12345", use=first.terms["uses"][0])
    made = reservations.reserve_each(key=key, requests=[wanted] * 5)
    assert [each.licence_id for each in made] == [first.pk] * 2 + [second.pk] * 2 + [first.pk]
    assert [each.overage_characters for each in made] == [0, 0, 0, 0, 5]
    assert CreditAccount.objects.get().reserved_micros == 5 * credit.per_character(1_000)
    with pytest.raises(SpeechRefused, match="Item 0:"):
        reservations.reserve_each(key=key, requests=[wanted] * 2)
    assert CreditAccount.objects.get().reserved_micros == 5 * credit.per_character(1_000)


def test_a_batch_has_no_more_to_put_into_words_than_one_document(
    buyer: tuple[ApiKey, str, str],
) -> None:
    _, secret, slug = buyer
    one = '<speak><say-as interpret-as="ordinal">5</say-as></speak>'
    many = one.replace("<speak>", "<speak>" + one[7:-8] * (MAX_SAID // 100))
    refused = _batch(secret, slug, [many] * 100)
    assert refused.status_code == 422
    assert "<say-as>" in refused.text
    for inside in (
        "5" * 50,
        "<!--</say-as>-->" + "5" * 50,
        f"<![CDATA[</say-as>{'5' * 50}]]>",
        "&#53;" * 50,
    ):
        long = one.replace(">5<", f">{inside}<")
        refused = _batch(secret, slug, [long] * 100)
        assert (refused.status_code, "<say-as>" in refused.text) == (422, True), inside
    assert _batch(secret, slug, [one] * 10).status_code == 202


def test_a_text_for_a_voice_that_nothing_pays_for_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listing, user = factories.make_listing(), factories.make_user()
    _, secret = api_keys.create_key(organization=personal_organization(user), name="x", by=user)

    def read(*_: object) -> None:
        raise AssertionError("It was read.")

    monkeypatch.setattr("marketplace.api.wordings.read_each", read)
    client = api_client(secret)
    body = {"input": "Hello.", "voice": listing.voice.slug, "use": "audiobook"}
    for path in ("/v1/speech-jobs", "/v1/audio/speech"):
        answer = client.post(path, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "voice_not_licensed")
    unknown = client.post("/v1/speech-jobs", {**body, "voice": "nobody"}, format="json")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "voice_not_found")


def test_a_list_of_jobs_asks_no_query_for_each_and_leaves_many_items_out(
    buyer: tuple[ApiKey, str, str],
) -> None:
    _, secret, slug = buyer
    client = api_client(secret)
    few = _batch(secret, slug, ["a"] * 2).json()
    with CaptureQueriesContext(connection) as queries:
        client.get("/v1/speech-jobs")
    many = [_batch(secret, slug, ["a"] * (views.LISTED_ITEMS + 1)).json() for _ in range(3)]
    with CaptureQueriesContext(connection) as more:
        listed = client.get("/v1/speech-jobs").json()["data"]
    assert len(more) == len(queries)
    assert [job["id"] for job in listed] == [*(job["id"] for job in reversed(many)), few["id"]]
    assert [job["items"] for job in listed[:3]] == [None] * 3
    assert [job["item_count"] for job in listed] == [11, 11, 11, 2]
    assert listed[3]["items"] == few["items"]
    assert [job["queue_position"] for job in reversed(listed)] == [
        1,
        3,
        13,
        23,
    ]  # ten of each go first
    assert client.get(f"/v1/speech-jobs/{many[0]['id']}").json() == many[0]
    SpeechJobItem.objects.filter(position=0).update(progress=1.0)
    assert client.get("/v1/speech-jobs").json()["data"][3]["progress"] == 0.5
