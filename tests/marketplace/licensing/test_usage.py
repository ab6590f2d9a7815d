"""Who may speak and what it costs: every refusal has a code and consumes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace.consent.withdrawal import revoke
from marketplace.licensing import (
    api_keys,
    key_access,
    key_secrets,
    lifecycle,
    reservations,
    settlement,
)
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.listings.models import Listing
from marketplace.listings.services import OfferDraft, draft_listing, suspend_listing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> ApiKey:
    return factories.make_key()[0]


def _licence(key: ApiKey) -> Licence:
    return key.licences.select_related("voice").get()


def _refused(key: ApiKey, code: str, status: int, *, voice: str = "", text: str = "Hello") -> None:
    slug = voice or _licence(key).voice.slug
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(slug, text))
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert Licence.objects.get(pk=_licence(key).pk).characters_used == 0
    assert not Generation.objects.exists()


def test_speech_costs_its_characters(key: ApiKey) -> None:
    generation = reservations.reserve(
        key=key, wanted=factories.wanted(_licence(key).voice.slug, "Héllo")
    )
    assert Licence.objects.get(pk=_licence(key).pk).characters_used == 5
    settlement.settle(generation_id=generation.pk, characters=5, seconds=1.0)
    settlement.settle(generation_id=generation.pk, characters=0, seconds=9.0)
    generation.refresh_from_db()
    assert (generation.state, generation.characters_spoken) == ("settled", 5)
    assert Licence.objects.get(pk=_licence(key).pk).characters_used == 5


def test_what_was_not_spoken_is_given_back(key: ApiKey) -> None:
    slug = _licence(key).voice.slug
    partly = reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * 100))
    settlement.settle(generation_id=partly.pk, characters=40, seconds=2.0)
    failed = reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * 100))
    settlement.release(generation_id=failed.pk, failure="engine_failed")
    settlement.release(generation_id=failed.pk, failure="engine_failed")
    assert Licence.objects.get(pk=_licence(key).pk).characters_used == 40


def test_an_abandoned_reservation_is_given_back(key: ApiKey) -> None:
    generation = reservations.reserve(
        key=key, wanted=factories.wanted(_licence(key).voice.slug, "Hello")
    )
    assert settlement.release_abandoned() == 0
    Generation.objects.filter(pk=generation.pk).update(
        created_at=timezone.now() - timedelta(hours=1)
    )
    assert settlement.release_abandoned() == 1
    assert Licence.objects.get(pk=_licence(key).pk).characters_used == 0


def test_an_unknown_voice_is_404_and_never_another(key: ApiKey) -> None:
    _refused(key, "voice_not_found", 404, voice="nobody")


def test_a_voice_that_is_only_a_draft_is_404(key: ApiKey) -> None:
    draft = factories.make_listing(state=Listing.State.DRAFT)
    _refused(key, "voice_not_found", 404, voice=draft.voice.slug)


def test_a_voice_without_a_licence_is_refused(key: ApiKey) -> None:
    other = factories.make_listing()
    _refused(key, "voice_not_licensed", 403, voice=other.voice.slug)


def test_more_than_the_quota_is_refused(key: ApiKey) -> None:
    _refused(key, "quota_exceeded", 402, text="x" * 1_001)


def test_a_revoked_key_is_refused_even_when_it_was_read_before(key: ApiKey) -> None:
    api_keys.revoke_key(key=key, by=key.owner)
    _refused(key, "key_revoked", 401)


def test_an_ended_licence_is_refused_before_and_after_the_sweep(key: ApiKey) -> None:
    now = timezone.now()
    Licence.objects.filter(pk=_licence(key).pk).update(
        starts_at=now - timedelta(days=30), ends_at=now - timedelta(seconds=1)
    )
    _refused(key, "licence_expired", 403)
    assert lifecycle.expire_licences() == 1
    _refused(key, "licence_expired", 403)


def test_withdrawn_consent_silences_the_voice(key: ApiKey) -> None:
    voice = _licence(key).voice
    revoke(consent=voice.consents.get(), by=voice.creator.user)
    _refused(key, "consent_withdrawn", 403)


def test_a_suspended_listing_silences_the_voice(key: ApiKey) -> None:
    suspend_listing(
        listing=_licence(key).voice.listing, by=factories.make_moderator(), reason="test"
    )
    _refused(key, "listing_suspended", 403)


def test_a_key_is_recognized_only_by_its_whole_secret() -> None:
    key, secret = factories.make_key()
    assert key_access.recognize_key(secret) == key
    for wrong in ("", "tk_", secret[:-1], secret[:11] + "a" * 24, secret.upper()):
        with pytest.raises(key_access.SpeechRefused):
            key_access.recognize_key(wrong)


def test_a_secret_is_stored_nowhere() -> None:
    key, secret = factories.make_key()
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert secret not in str(row)
    assert key_secrets.hash_secret(secret) == row["secret_hash"]
    assert row["prefix"] == secret[:11]


def test_a_key_of_a_closed_account_is_refused() -> None:
    key, secret = factories.make_key()
    key.owner.is_active = False
    key.owner.save()
    with pytest.raises(key_access.SpeechRefused) as refusal:
        key_access.recognize_key(secret)
    assert refusal.value.code == "account_closed"


def test_the_database_itself_refuses_more_use_than_was_bought(key: ApiKey) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.filter(pk=_licence(key).pk).update(characters_used=1_001)


def test_only_the_buyer_makes_keys() -> None:
    licence = factories.make_licence()
    with pytest.raises(api_keys.Refused):
        api_keys.create_key(
            organization=licence.organization, licences=[licence], name="Mine now",
            by=factories.make_user(),
        )  # fmt: skip
    assert not licence.api_keys.exists()


def test_a_licence_bought_lives_on_while_the_creator_changes_the_listing(key: ApiKey) -> None:
    voice = _licence(key).voice
    draft_listing(
        voice=voice, headline="New words", uses=["game"],
        offers=[OfferDraft("personal", 2500, 1000)], by=voice.creator.user,
    )  # fmt: skip
    assert Listing.objects.get(voice=voice).state == Listing.State.DRAFT
    generation = reservations.reserve(key=key, wanted=factories.wanted(voice.slug, "Hello"))
    assert generation.characters_reserved == 5


def test_speech_that_broke_off_and_is_repeated_is_one_record_paid_once(key: ApiKey) -> None:
    made = reservations.reserve(
        key=key, wanted=factories.wanted(_licence(key).voice.slug, "x" * 100)
    )
    settlement.settle(generation_id=made.pk, characters=40, seconds=2.0)
    assert reservations.reopen(generation_id=made.pk)
    assert _licence(key).characters_used == 100
    settlement.release(generation_id=made.pk, failure="engine_failed")
    assert _licence(key).characters_used == 40
    assert reservations.reopen(generation_id=made.pk)
    settlement.settle(generation_id=made.pk, characters=100, seconds=5.0)
    assert not reservations.reopen(generation_id=made.pk)
    assert _licence(key).characters_used == 100
    assert Generation.objects.get().characters_spoken == 100


@pytest.mark.parametrize(
    ("breaks", "cost"),
    [(0, 3), (1, 3), (6, 3 + 34)],
)
def test_silence_is_not_given_away_by_the_minute(key: ApiKey, breaks: int, cost: int) -> None:
    """Free breaks of five seconds together; each second beyond them costs a character."""
    slow = '<break time="4s"/>' if breaks == 1 else '<break time="6.5s"/>' * breaks
    document = f"<speak>a{slow} b</speak>"
    slug = _licence(key).voice.slug
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, document))
    assert made.characters_reserved == cost
