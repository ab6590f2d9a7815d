"""A market of 10,000 voices on sale, inserted in bulk: for what must stay quick at that size."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.consent.models import Consent
from marketplace.creators.models import Creator
from marketplace.listings.models import Listing, Offer
from marketplace.listings.rating import Rating
from marketplace.voices.models import Enrolment, Preview, Voice, VoiceVersion
from marketplace.voices.uses import ORDINARY_USES
from tests import factories

MANY, CREATORS, CLIPS = 10_000, 200, 3
WORDS = (
    "amber harbour velvet copper meadow river gravel silver evening lantern chapter winter orchard "
    "steady gentle morning harvest thunder pebble willow marble ember canyon prairie"
).split()
SYLLABLES = "ba den fo gri hal jo kem lu mar nor pi quen ros sul tav".split()
_TIERS = {"personal": 1, "commercial": 3, "broadcast": 9}  # and how many times the first price


def fill(many: int = MANY) -> None:
    """Voices of many creators, half of them of people who consent, with clips, offers and stars."""
    chance = random.Random(7)
    listings = _listings(_versions(_voices(many, _creators(), chance), chance), chance)
    Offer.objects.bulk_create(
        Offer(
            listing=listing, tier=tier, price_minor=times * (listing.from_price_minor or 0),
            currency="USD", characters=50_000 * times,
        )
        for listing in listings
        for tier, times in _TIERS.items()
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _creators() -> list[Creator]:
    first = factories.make_creator("Mara Lindqvist")
    users = User.objects.bulk_create(
        User(email=f"many-{n}@example.com", password="!") for n in range(1, CREATORS)
    )
    others = Creator.objects.bulk_create(
        Creator(
            user=user, display_name=f"Studio {n}", legal_name=f"Studio {n}", country="US",
            adult_declared_at=first.adult_declared_at,
        )
        for n, user in enumerate(users)
    )  # fmt: skip
    return [first, *others]


def _text(chance: random.Random, length: int) -> str:
    """Words of which some are in every other text, and most in few."""
    rare = ("".join(chance.choices(SYLLABLES, k=3)) for _ in range(length // 2))
    return " ".join([*chance.choices(WORDS, k=length - length // 2), *rare])


def _voices(many: int, creators: list[Creator], chance: random.Random) -> list[Voice]:
    return Voice.objects.bulk_create(
        Voice(
            creator=creators[n % len(creators)], name=f"{chance.choice(WORDS).title()} {n}",
            slug=f"many-{n}", synthetic=n % 2 == 0, language=chance.choice(Voice.Language.values),
            gender=chance.choice(Voice.Gender.values), age=chance.choice(Voice.Age.values),
            styles=chance.sample(Voice.Style.values, 2), description=_text(chance, 40),
        )
        for n in range(many)
    )  # fmt: skip


def _versions(voices: list[Voice], chance: random.Random) -> list[VoiceVersion]:
    people = [voice for voice in voices if not voice.synthetic]
    now = timezone.now()
    given = Consent.objects.bulk_create(
        Consent(
            voice=voice, state=Consent.State.VERIFIED, legal_name="Kim Doe", statement="I agree.",
            statement_version="test", phrase="amber anchor", expires_at=now, decided_at=now,
            ends_at=now + timedelta(days=chance.randrange(2, 900)),
        )
        for voice in people
    )  # fmt: skip
    consents = {consent.voice_id: consent for consent in given}
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            voice=voice, consent=consents.get(voice.pk), state="done",
            style_mix={"shares": {"jf_alpha": 1.0}},
        )
        for voice in voices
    )  # fmt: skip
    sounds = np.random.default_rng(7).standard_normal((len(voices), 256))
    versions = VoiceVersion.objects.bulk_create(
        VoiceVersion(
            voice=voice, enrolment=enrolment, number=1, engine="kokoro-82m", engine_version="1",
            storage_key=f"templates/many/{voice.pk}", sha256="0" * 64, embedding=sound.tolist(),
            report={"similarity": 0.9},
        )
        for voice, enrolment, sound in zip(voices, enrolments, sounds, strict=True)
    )  # fmt: skip
    Preview.objects.bulk_create(
        Preview(
            version=version, position=place, text="Hello there.", seconds=1.0,
            storage_key=f"previews/many/{version.pk}-{place}", waveform=[0.5] * 72,
        )
        for version in versions
        for place in range(CLIPS)
    )  # fmt: skip
    return versions


def _listings(versions: list[VoiceVersion], chance: random.Random) -> list[Listing]:
    now = timezone.now()
    uses = [str(use) for use in ORDINARY_USES]
    given = [
        [chance.randrange(9) for _ in range(5)] if chance.random() < 0.3 else [] for _ in versions
    ]
    return Listing.objects.bulk_create(
        Listing(
            voice=version.voice, version=version, state="live", headline=_text(chance, 6),
            uses=chance.sample(uses, 3), search_text=f"{version.voice.name} {version.voice.description}",
            from_price_minor=chance.randrange(500, 9000), spoken_week=chance.randrange(10_000),
            spoken_quarter=chance.randrange(100_000), stars=stars, rating_rank=Rating.of(stars).rank,
            published_at=now - timedelta(minutes=chance.randrange(500_000)), in_plans=True,
            first_published_at=now, reviewed={}, reviewed_at=now,
        )
        for version, stars in zip(versions, given, strict=True)
    )  # fmt: skip
