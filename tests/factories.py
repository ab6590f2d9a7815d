"""Rows in the states that tests need, created through the services where that is quick."""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.consent import readings
from marketplace.consent.models import Consent
from marketplace.creators import vault
from marketplace.creators.models import Creator
from marketplace.creators.services import become_creator
from marketplace.licensing import api_keys as licensing
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import ApiKey, Licence, Order
from marketplace.licensing.orders import place_order
from marketplace.listings.facts import facts_of
from marketplace.listings.models import Listing
from marketplace.listings.queries import public_offers
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion
from marketplace.voices.services import create_voice
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording
from synthesis.verification.cohort import SAME_SPEAKER, ge2e_cohort, likeness

_numbers = itertools.count(1)
_embeddings: dict[int, list[float]] = {}  # by seed, in order of creation
PASSWORD = "a-long-test-password"


def make_user(name: str = "user") -> User:
    return User.objects.create_user(f"{name}-{next(_numbers)}@example.com", PASSWORD)


def make_moderator() -> User:
    return appoint_moderator(user=make_user("moderator"))


def approve(consent: Consent, note: str = "It is them.") -> Consent:
    """Have moderators approve a reading: one, or two where a check failed."""
    while consent.state in Consent.WITH_MODERATORS:
        consent = readings.approve(consent=consent, by=make_moderator(), note=note)
    return consent


def make_creator(name: str = "Kim Doe") -> Creator:
    return become_creator(
        user=make_user("creator"), display_name=name, legal_name=name, country="US"
    )


def make_voice(creator: Creator | None = None, **fields: object) -> Voice:
    details = {
        "name": f"Voice {next(_numbers)}",
        "language": "en-US",
        "gender": "feminine",
        "age": "middle",
        "styles": ["calm"],
        **fields,
    }
    return create_voice(creator=creator or make_creator(), **details)  # type: ignore[arg-type]


def make_recording(voice: Voice, speech_seconds: float = 60.0) -> Recording:
    number = next(_numbers)
    return Recording.objects.create(
        voice=voice,
        file_name=f"take-{number}.wav",
        storage_key=f"recordings/test/{number}",
        sha256=f"{number:064d}",
        bytes=1,
        state=Recording.State.ACCEPTED,
        quality={"speech_seconds": speech_seconds, "waveform": [0.5] * 8},
    )


def record(recording: Recording, data: bytes) -> Recording:
    """Store these bytes as a recording."""
    recording.sha256 = vault.put(recording.voice.creator_id, recording.storage_key, data)
    recording.save(update_fields=["sha256"])
    return recording


def make_consent(voice: Voice, state: str = Consent.State.VERIFIED, **fields: object) -> Consent:
    details = {
        "legal_name": "Kim Doe",
        "statement_version": "test",
        "statement": "I agree.",
        "phrase": "amber anchor apple autumn basket beacon bridge butter",
        "expires_at": timezone.now() + timedelta(minutes=10),
        "decided_at": timezone.now(),
        **fields,
    }
    return Consent.objects.create(voice=voice, state=state, **details)


def _somebody(seed: int, attempt: int) -> list[float]:
    spread = np.exp(np.random.default_rng([seed, attempt]).standard_normal(256))
    embedding = ge2e_cohort().mean * spread
    return (embedding / np.linalg.norm(embedding)).tolist()  # type: ignore[no-any-return]


def make_embedding(seed: int) -> list[float]:
    """A GE2E embedding of a made-up person, spread around the cohort's mean like people's.

    One in fifty would be taken for somebody else by chance, so none is like the last fifty made.
    """
    if seed not in _embeddings:
        recent = [*_embeddings.values()][-50:]
        draws = (_somebody(seed, attempt) for attempt in itertools.count())
        _embeddings[seed] = next(
            drawn
            for drawn in draws
            if all(likeness(drawn, other) < SAME_SPEAKER for other in recent)
        )
    return list(_embeddings[seed])


def make_version(voice: Voice, consent: Consent | None, seed: int | None = None) -> VoiceVersion:
    number = next(_numbers)
    enrolment = Enrolment.objects.create(
        voice=voice,
        consent=consent,
        style_mix=None if consent else {"shares": {"jf_alpha": 1.0}},
        state=Enrolment.State.DONE,
    )
    version = VoiceVersion.objects.create(
        voice=voice,
        enrolment=enrolment,
        number=voice.versions.count() + 1,
        engine="kokoro-82m",
        engine_version="1",
        storage_key=f"templates/test/{number}",
        sha256="0" * 64,
        embedding=make_embedding(100_000 + number if seed is None else seed),
        report={"similarity": 0.9},
    )
    Preview.objects.create(
        version=version, position=0, text="Hello there.", storage_key=f"previews/{number}",
        seconds=1.0, waveform=[0.5] * 8,
    )  # fmt: skip
    return version


def make_listing(
    voice: Voice | None = None, *, state: str = Listing.State.LIVE, price: int = 1999,
    characters: int = 1_000, consent: bool = True, also: dict[str, int | None] | None = None,
    **fields: object,
) -> Listing:  # fmt: skip
    """A listing with a consented, enrolled voice and one personal offer."""
    voice = voice or make_voice()
    given = make_consent(voice) if consent else None
    version = make_version(voice, given)
    listing = draft_listing(
        voice=voice,
        headline="A voice for tests",
        uses=["audiobook"],
        offers=[OfferDraft("personal", price, characters, also=also or {})],
        by=voice.creator.user,
    )
    was_live = state in (Listing.State.LIVE, Listing.State.SUSPENDED)
    published = timezone.now() if was_live else None
    Listing.objects.filter(pk=listing.pk).update(
        state=state, version=version, published_at=published, **fields
    )
    listing.refresh_from_db()
    if was_live:
        listing.reviewed, listing.reviewed_at = facts_of(listing), published
        listing.save(update_fields=["reviewed", "reviewed_at"])
    return listing


def make_order(listing: Listing | None = None, buyer: User | None = None) -> Order:
    listing = listing or make_listing()
    offer = public_offers(listing).get()
    return place_order(buyer=buyer or make_user("buyer"), offer=offer)


def make_licence(listing: Listing | None = None, buyer: User | None = None) -> Licence:
    licence = fulfil_order(order_id=make_order(listing, buyer).pk, payment_intent="pi_test")
    assert licence is not None
    return licence


def make_key(licence: Licence | None = None) -> tuple[ApiKey, str]:
    licence = licence or make_licence()
    return licensing.create_key(
        organization=licence.organization, licences=[licence], name="Test", by=licence.buyer
    )


def wanted(
    voice: str, text: str, *, audio_format: str = "mp3", use: str = "", **more: object
) -> SpeechRequest:
    """A request for speech, as a view builds it."""
    return SpeechRequest(Wording.of(text), voice, audio_format, use=use, **more)  # type: ignore[arg-type]
