"""What was accepted is spoken as long as what pays for it stands and its owner isn't stopped."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from marketplace.api import jobs, rate_limit
from marketplace.api.models import SpeechJobItem
from marketplace.licensing import api_keys, reservations
from marketplace.licensing.models import ApiKey, Generation, PlanMonth
from marketplace.listings.models import Listing
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.payouts.models import Dispute, Payment
from marketplace.payouts.returning import disputes
from marketplace.policy.going_on import require_may_go_on_by_now
from marketplace.policy.models import Suspicion
from marketplace.refusals import SpeechRefused
from synthesis.tasks import speaking
from tests import factories
from tests.paid_speech import Subscriber, planned

pytestmark = pytest.mark.django_db
CHARACTERS = 1_000


def _queued(key: ApiKey, listing: Listing) -> SpeechJobItem:
    wanted = factories.wanted(listing.voice.slug, "x" * CHARACTERS)
    return jobs.create_job(key=key, requests=[wanted]).items.get()


def _on_pro() -> tuple[Subscriber, Listing, SpeechJobItem]:
    listing, subscriber = planned(), Subscriber("pro")
    subscriber.pays(timezone.now(), 4_900)
    return subscriber, listing, _queued(subscriber.key, listing)


def _dispute(name: str = "du_1") -> Dispute:
    paid = Payment.objects.get()
    return disputes.open_dispute(
        payment=paid, provider_id=name, amount_minor=paid.amount_minor, fee_minor=0, reason="fraudulent"
    )  # fmt: skip


def _stop(key: ApiKey, **whose: ApiKey) -> None:
    Suspicion.objects.create(
        organization=key.organization, kind=Suspicion.Kind.BURST, state=Suspicion.State.STOPPED,
        evidence={}, seen_at=timezone.now(), **whose,
    )  # fmt: skip


def _refused(item: SpeechJobItem) -> str:
    with pytest.raises(SpeechRefused) as refusal:
        require_may_go_on_by_now(generation_id=item.generation_id)
    return refusal.value.code


def test_a_queued_text_is_not_spoken_by_a_month_whose_payment_is_disputed() -> None:
    _, _, item = _on_pro()
    dispute = _dispute()
    speaking.speak_item(item.pk)
    item.refresh_from_db()
    assert (item.state, item.error_code) == (SpeechJobItem.State.FAILED, "plan_past_due")
    assert PlanMonth.objects.get().characters_used == 0
    disputes.close_dispute(dispute=dispute, won=True)
    assert PlanMonth.objects.get().characters_used == 0


def test_a_queued_text_is_spoken_once_the_dispute_is_won() -> None:
    _, _, item = _on_pro()
    dispute = _dispute()
    assert _refused(item) == "plan_past_due"
    disputes.close_dispute(dispute=dispute, won=True)
    require_may_go_on_by_now(generation_id=item.generation_id)


def test_a_queued_text_of_a_stopped_organization_is_not_spoken() -> None:
    subscriber, _, item = _on_pro()
    _stop(subscriber.key)
    assert _refused(item) == "stopped_for_review"


def test_a_queued_text_by_a_licence_of_a_stopped_organization_is_not_spoken_and_costs_nothing() -> (
    None
):
    key, _ = factories.make_key()
    licence = key.licences.get()
    wanted = factories.wanted(licence.voice.slug, "x" * 100)
    item = jobs.create_job(key=key, requests=[wanted]).items.get()
    _stop(key)
    speaking.speak_item(item.pk)
    item.refresh_from_db()
    licence.refresh_from_db()
    assert (item.error_code, licence.characters_used) == ("stopped_for_review", 0)
    assert item.generation.state == Generation.State.RELEASED


def test_a_stopped_key_stops_no_queued_text_of_another() -> None:
    subscriber, _, item = _on_pro()
    other, _ = api_keys.create_key(
        organization=subscriber.organization, name="Pages", by=subscriber.key.owner
    )
    _stop(subscriber.key, api_key=other)
    require_may_go_on_by_now(generation_id=item.generation_id)


def test_what_was_accepted_of_a_key_is_spoken_after_its_owner_revokes_it() -> None:
    subscriber, _, item = _on_pro()
    api_keys.revoke_key(key=subscriber.key, by=subscriber.key.owner)
    require_may_go_on_by_now(generation_id=item.generation_id)


def test_a_queued_text_is_spoken_although_its_creator_revises_the_listing() -> None:
    _, listing, item = _on_pro()
    draft_listing(
        voice=listing.voice, headline=listing.headline, uses=listing.uses, in_plans=True,
        offers=[OfferDraft("personal", 1_999, 1_000)], by=listing.voice.creator.user,
    )  # fmt: skip
    listing.refresh_from_db()
    assert listing.state != Listing.State.LIVE
    require_may_go_on_by_now(generation_id=item.generation_id)


def test_a_queued_text_is_not_spoken_with_a_voice_that_moderators_suspend() -> None:
    _, _, item = _on_pro()
    Listing.objects.update(state=Listing.State.SUSPENDED)
    assert _refused(item) == "listing_suspended"


def test_who_disputes_a_plan_has_the_streams_of_the_free_one() -> None:
    subscriber, listing, _ = _on_pro()
    _dispute()
    wanted = factories.wanted(listing.voice.slug, "a")
    assert reservations.reserve(key=subscriber.key, wanted=wanted).preview
    with pytest.raises(SpeechRefused) as refusal:
        reservations.reserve(key=subscriber.key, wanted=wanted)
    assert refusal.value.code == "too_many_streams"


def test_who_disputes_a_plan_gets_only_places_that_are_left_for_free_speech(
    settings: Any,
) -> None:
    settings.SPEECH_THREADS = 2
    subscriber, listing, _ = _on_pro()
    _dispute()
    wanted = factories.wanted(listing.voice.slug, "a")
    free = Subscriber()
    free.subscription.delete()
    reservations.reserve(key=free.key, wanted=wanted)
    with pytest.raises(SpeechRefused) as refusal:
        reservations.reserve(key=subscriber.key, wanted=wanted)
    assert refusal.value.code == "system_busy"


def test_who_disputes_a_plan_has_the_requests_a_minute_and_keys_of_the_free_one() -> None:
    subscriber, _, _ = _on_pro()
    assert "q=600;" in rate_limit.count_request(subscriber.key)["RateLimit-Policy"]
    _dispute()
    assert "q=10;" in rate_limit.count_request(subscriber.key)["RateLimit-Policy"]
    assert api_keys.unlimited_keys(subscriber.organization) == 1
