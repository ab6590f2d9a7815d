"""Speech that broke off and is repeated: each of its characters is paid once, and none is free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import api_keys, credit, key_access, plans, reservations, settlement
from marketplace.licensing.models import (
    ApiKey,
    CreditAccount,
    Generation,
    KeyMonth,
    Licence,
    PlanMonth,
    UsageCharge,
)
from tests import factories

pytestmark = pytest.mark.django_db


def _broke_off(key: ApiKey, slug: str, characters: int, heard: int) -> Generation:
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * characters))
    settlement.settle(generation_id=made.pk, characters=heard, seconds=0.3)
    return made


def _on_the_free_plan(characters: int = 4_000, heard: int = 5) -> tuple[Generation, ApiKey]:
    buyer = factories.make_user()
    key, _ = api_keys.create_key(
        organization=personal_organization(buyer), name="Plan", use="audiobook", by=buyer
    )
    slug = factories.make_listing(in_plans=True).voice.slug
    return _broke_off(key, slug, characters, heard), key


def _beyond_a_licence(heard: int) -> tuple[Generation, ApiKey]:
    """3,000 characters, of which a licence pays 1,000 and credit 2,000 at a tenth of a cent."""
    listing = factories.make_listing(characters=1_000)
    listing.offers.update(overage_minor=100)
    key, _ = factories.make_key(factories.make_licence(listing))
    credit.add(organization=key.organization, minor=1_000, currency="USD")
    return _broke_off(key, listing.voice.slug, 3_000, heard), key


def _month(key: ApiKey) -> PlanMonth:
    return plans.current_month(key.organization)


def test_the_rest_of_a_request_that_broke_off_is_paid_by_the_plan() -> None:
    made, key = _on_the_free_plan()
    assert _month(key).characters_used == 5
    assert reservations.reopen(generation_id=made.pk)
    assert _month(key).characters_used == 4_000
    settlement.settle(generation_id=made.pk, characters=4_000, seconds=200.0)
    assert _month(key).characters_used == 4_000
    assert KeyMonth.objects.get(key=key).characters == 4_000
    assert not reservations.reopen(generation_id=made.pk)
    assert _month(key).characters_used == 4_000


def test_a_repeat_that_breaks_off_too_pays_for_what_was_heard() -> None:
    made, key = _on_the_free_plan()
    assert reservations.reopen(generation_id=made.pk)
    settlement.settle(generation_id=made.pk, characters=900, seconds=40.0)
    assert _month(key).characters_used == 900
    assert KeyMonth.objects.get(key=key).characters == 900


def test_the_rest_is_refused_if_the_plan_has_too_few_characters_left() -> None:
    made, key = _on_the_free_plan()
    PlanMonth.objects.update(characters_used=3_000)
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reopen(generation_id=made.pk)
    assert (refusal.value.status, refusal.value.code) == (402, "quota_exceeded")
    assert _month(key).characters_used == 3_000
    assert Generation.objects.get().state == Generation.State.SETTLED


def test_the_rest_is_refused_when_another_month_of_the_plan_has_begun() -> None:
    made, key = _on_the_free_plan()
    earlier = _month(key)
    PlanMonth.objects.filter(pk=earlier.pk).update(
        starts_at=earlier.starts_at - timedelta(days=40),
        ends_at=earlier.ends_at - timedelta(days=40),
    )
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reopen(generation_id=made.pk)
    assert refusal.value.code == "quota_exceeded"


def test_a_repeat_is_one_of_the_concurrent_requests(settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION = 1
    made, key = _on_the_free_plan(characters=100)
    wanted = factories.wanted(made.voice.slug, "x")
    other = reservations.reserve(key=key, wanted=wanted)
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reopen(generation_id=made.pk)
    assert (refusal.value.status, refusal.value.code) == (429, "too_many_streams")
    settlement.settle(generation_id=other.pk, characters=1, seconds=0.1)
    assert reservations.reopen(generation_id=made.pk)
    with pytest.raises(key_access.SpeechRefused):
        reservations.reserve(key=key, wanted=wanted)


@pytest.mark.parametrize("heard", [5, 1_000, 1_400])
def test_the_rest_of_a_request_beyond_a_licence_is_paid_from_credit(heard: int) -> None:
    made, _ = _beyond_a_licence(heard)
    assert reservations.reopen(generation_id=made.pk)
    account = CreditAccount.objects.get()
    assert account.reserved_micros == (3_000 - max(1_000, heard)) * credit.per_character(100)
    settlement.settle(generation_id=made.pk, characters=3_000, seconds=150.0)
    account.refresh_from_db()
    assert (account.reserved_micros, account.left.minor) == (0, 1_000 - 200)
    assert sum(charge.characters for charge in UsageCharge.objects.all()) == 2_000
    assert Licence.objects.get().characters_used == 1_000


def test_the_rest_is_refused_if_too_little_credit_is_left() -> None:
    made, key = _beyond_a_licence(5)
    assert credit.take(organization=key.organization, at_most=900, currency="USD") == 900
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reopen(generation_id=made.pk)
    assert refusal.value.code == "quota_exceeded"
    assert Licence.objects.get().characters_used == 5
    assert CreditAccount.objects.get().reserved_micros == 0


def test_a_repeat_of_an_hour_ago_is_not_taken_for_abandoned_while_it_is_spoken() -> None:
    made, key = _on_the_free_plan()
    Generation.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert reservations.reopen(generation_id=made.pk)
    assert settlement.release_abandoned() == 0
    Generation.objects.update(reopened_at=timezone.now() - timedelta(hours=1))
    assert settlement.release_abandoned() == 1
    assert _month(key).characters_used == 5
