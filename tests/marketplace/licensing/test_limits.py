"""Limits of plans and licences, and reservations that lasted too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.api import jobs, rate_limit
from marketplace.licensing import (
    api_keys,
    key_access,
    key_origins,
    plans,
    reservations,
    settlement,
)
from marketplace.licensing.models import ApiKey, Generation, KeyMonth
from marketplace.listings.models import Listing
from marketplace.refusals import Refused
from synthesis.tasks import speaking
from tests import factories
from tests.api_client import api_client
from tests.paid_speech import subscribe

pytestmark = pytest.mark.django_db


def _key(buyer: Any = None) -> ApiKey:
    buyer = buyer or factories.make_user()
    return api_keys.create_key(
        organization=personal_organization(buyer), name="All", use="audiobook", by=buyer
    )[0]


def _planned() -> Listing:
    return factories.make_listing(factories.make_voice(), in_plans=True)


def test_the_free_plan_speaks_one_request_at_a_time() -> None:
    key, listing = _key(), _planned()
    reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "x"))
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "x"))
    assert refusal.value.code == "too_many_streams"


def test_what_a_licence_pays_has_the_operators_limit_whatever_the_plan(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION = 3
    licence = factories.make_licence()
    key, planned = _key(licence.buyer), _planned()
    wanted = factories.wanted(licence.voice.slug, "x", use="audiobook")
    reservations.reserve(key=key, wanted=factories.wanted(planned.voice.slug, "x"))
    for _ in range(2):
        reservations.reserve(key=key, wanted=wanted)
    with pytest.raises(key_access.SpeechRefused, match="3 concurrent"):
        reservations.reserve(key=key, wanted=wanted)


def _refused(key: ApiKey, slug: str) -> str:
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(slug, "x"))
    assert refusal.value.code == "too_many_streams"
    return str(refusal.value)


def test_nobody_gets_more_than_half_of_what_is_spoken_at_once_whatever_pays(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION, settings.SPEECH_THREADS = 32, 4
    licence, planned = factories.make_licence(), _planned()
    key = _key(licence.buyer)
    subscribe(key, "pro")
    for slug in (licence.voice.slug, planned.voice.slug):
        reservations.reserve(key=key, wanted=factories.wanted(slug, "x"))
    for slug in (licence.voice.slug, planned.voice.slug):
        assert _refused(key, slug).startswith("2 concurrent")
    other, _ = factories.make_key()
    wanted = factories.wanted(other.licences.get().voice.slug, "x")
    assert reservations.reserve(key=other, wanted=wanted)


def test_keys_of_pages_leave_half_of_the_streams_to_their_owners_programs(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION = 4
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    wanted = factories.wanted(slug, "x", use="audiobook")
    of_page = key_origins.set_origins(key=key, origins=["https://app.example.com"], by=key.owner)
    for _ in range(2):
        reservations.reserve(key=of_page, wanted=wanted)
    assert _refused(of_page, slug).startswith("2 concurrent")
    own = _key(key.owner)
    for _ in range(2):
        reservations.reserve(key=own, wanted=wanted)
    assert _refused(own, slug).startswith("4 concurrent")


def test_what_is_still_spoken_after_ten_minutes_is_one_of_the_streams(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION = 1
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "x"))
    Generation.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert settlement.note_heard(generation_id=made.pk)
    _refused(key, slug)
    Generation.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    assert reservations.reserve(key=key, wanted=factories.wanted(slug, "x"))


@pytest.mark.parametrize(("plan", "requests"), [("", 10), ("basic", 120), ("pro", 600)])
def test_a_key_without_licences_has_its_plans_requests_a_minute(plan: str, requests: int) -> None:
    key = _key()
    if plan:
        subscribe(key, plan)
    assert f"q={requests};" in rate_limit.count_request(key)["RateLimit-Policy"]


def test_a_buyer_of_a_licence_has_the_operators_requests_a_minute(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 77
    key, _ = factories.make_key()
    assert "q=77;" in rate_limit.count_request(key)["RateLimit-Policy"]


def test_a_key_has_no_more_networks_than_each_request_can_be_compared_with() -> None:
    licence = factories.make_licence()

    def create(networks: list[str]) -> ApiKey:
        return api_keys.create_key(
            organization=licence.organization, licences=[licence], name="Office",
            networks=networks, by=licence.buyer,
        )[0]  # fmt: skip

    many = [f"203.0.{number}.0/24" for number in range(api_keys.MAX_NETWORKS + 1)]
    with pytest.raises(
        Refused, match="limited to 50 addresses or networks; you gave 51"
    ) as refusal:
        create(many)
    assert refusal.value.code == "networks"
    assert not ApiKey.objects.exists()
    assert create(many[:-1]).networks == many[:-1]
    assert create(["203.0.113.7", "203.0.113.7/32"] * 60_000).networks == ["203.0.113.7/32"]


def test_a_request_from_an_address_that_a_key_does_not_allow_counts_against_its_limit(
    settings: Any,
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    key, secret = factories.make_key()
    ApiKey.objects.filter(pk=key.pk).update(networks=["203.0.113.0/24"])
    client = api_client(secret)

    def status() -> int:
        return client.get("/v1/licences", REMOTE_ADDR="198.51.100.1").status_code

    plans_limit = max(3, plans.plan_of(key.organization).requests)
    assert [status() for _ in range(plans_limit + 2)][-3:] == [403, 429, 429]
    key.refresh_from_db()
    assert key.last_used_at is None


def test_usage_and_subscription_tell_of_plans() -> None:
    buyer, listing = factories.make_user(), _planned()
    key, secret = api_keys.create_key(
        organization=personal_organization(buyer), name="All", use="audiobook", by=buyer
    )
    made = reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "x" * 40))
    settlement.settle(generation_id=made.pk, characters=40, seconds=2.0)
    client = api_client(secret)
    usage = client.get("/v1/usage", {"group": "plan"}).json()
    assert usage["data"] == [{"plan": "free", "characters": 40, "seconds": 2.0, "requests": 1}]
    told = client.get("/v1/user/subscription").json()
    assert (told["tier"], told["status"]) == ("free", "free")
    assert (told["character_count"], told["character_limit"]) == (40, 5_000)
    subscribe(key, "pro")
    assert client.get("/v1/user/subscription").json()["tier"] == "pro"


def test_a_key_that_is_limited_to_a_licence_sees_nothing_of_the_plan() -> None:
    licence = factories.make_licence()
    key, secret = factories.make_key(licence)
    other = _key(licence.buyer)
    made = reservations.reserve(key=other, wanted=factories.wanted(_planned().voice.slug, "x"))
    settlement.settle(generation_id=made.pk, characters=1, seconds=1.0)
    client = api_client(secret)
    assert client.get("/v1/usage").json()["data"] == []
    assert client.get("/v1/user/subscription").json()["tier"] == "licences"
    assert key.licences.count() == 1


def test_a_text_of_a_job_whose_reservation_was_released_is_not_spoken_free() -> None:
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    job = jobs.create_job(key=key, requests=[factories.wanted(slug, "Good evening.")])
    Generation.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert settlement.release_abandoned() == 1
    speaking.speak_item(job.items.get().pk)
    item = job.items.get()
    assert (item.state, item.error_code, item.storage_key) == ("failed", "reservation_released", "")


def test_a_reservation_that_was_released_while_it_was_spoken_is_not_settled() -> None:
    key, _ = factories.make_key()
    wanted = factories.wanted(key.licences.get().voice.slug, "x")
    made = reservations.reserve(key=key, wanted=wanted, background=True)
    settlement.release(generation_id=made.pk, failure="abandoned")
    assert not settlement.settle(generation_id=made.pk, characters=1, seconds=1.0)
    other = reservations.reserve(key=key, wanted=wanted, background=True)
    for _ in range(2):
        assert settlement.settle(generation_id=other.pk, characters=1, seconds=1.0)


def test_one_reservation_that_can_not_be_released_does_not_keep_the_others() -> None:
    (poisoned, _), (fine, _) = factories.make_key(), factories.make_key()
    for key in (poisoned, fine):
        wanted = factories.wanted(key.licences.get().voice.slug, "x" * 10)
        reservations.reserve(key=key, wanted=wanted)
    hour_ago = timezone.now() - timedelta(hours=1)  # which may be another month
    KeyMonth.objects.update(month=hour_ago.date().replace(day=1))
    KeyMonth.objects.filter(key=poisoned).update(characters=0)
    Generation.objects.update(created_at=hour_ago)
    assert settlement.release_abandoned() == 1
    assert Generation.objects.get(api_key=fine).state == Generation.State.RELEASED


def test_a_job_locks_all_that_pays_in_one_order_before_it_counts_against_its_key() -> None:
    buyer = factories.make_user()
    licences = [factories.make_licence(buyer=buyer) for _ in range(2)]
    key, planned = _key(buyer), _planned()
    voices = [licences[1].voice.slug, planned.voice.slug, licences[0].voice.slug]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        jobs.create_job(
            key=key,
            requests=[factories.wanted(slug, "x") for slug in voices],
        )
    locks = [
        query["sql"].split('FROM "')[1].split('"')[0]
        for query in queries.captured_queries
        if "FOR NO KEY UPDATE" in query["sql"]
    ]
    first_key = locks.index("licensing_keymonth")
    assert locks[:first_key].count("licensing_licence") >= 1
    assert "licensing_planmonth" in locks[:first_key]
    ordered = next(q["sql"] for q in queries.captured_queries if "FOR NO KEY UPDATE" in q["sql"])
    assert 'ORDER BY "licensing_licence"."id"' in ordered


def test_all_free_plans_together_leave_half_of_what_is_spoken_at_once_to_who_pays(
    settings: Any,
) -> None:
    settings.SPEECH_THREADS = 4
    slug = _planned().voice.slug
    for _ in range(2):
        reservations.reserve(key=_key(factories.make_user()), wanted=factories.wanted(slug, "x"))
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=_key(factories.make_user()), wanted=factories.wanted(slug, "x"))
    assert (refusal.value.status, refusal.value.code) == (503, "system_busy")
    payer = _key(factories.make_user())
    subscribe(payer, "basic")
    assert reservations.reserve(key=payer, wanted=factories.wanted(slug, "x"))
    other, _ = factories.make_key()
    licensed = other.licences.get().voice.slug
    assert reservations.reserve(key=other, wanted=factories.wanted(licensed, "x"))
