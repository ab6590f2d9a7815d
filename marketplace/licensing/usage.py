"""Licensed speech: who may speak, what it costs, what was used.

Characters are reserved before the first byte leaves and settled at the end, under a lock on the
licence, so that parallel requests can't overrun it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from marketplace.consent.queries import may_speak
from marketplace.licensing import keys
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.listings.models import Listing

ABANDONED_AFTER = timedelta(minutes=10)  # a reservation whose server died is given back
LAST_USE_PRECISION = timedelta(minutes=1)


class SpeechRefused(Exception):
    """A request for speech that the rules don't allow; nothing is recorded as used.

    status: HTTP; code: stable; the message says what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def recognize_key(secret: str) -> ApiKey:
    """The living key a secret belongs to.

    Raises:
        SpeechRefused: invalid_api_key, key_revoked.
    """
    key = (
        ApiKey.objects.select_related("owner", "licence__voice")
        .filter(prefix=keys.shown_prefix(secret))
        .first()
    )
    if key is None or not keys.matches(secret, key.secret_hash):
        raise SpeechRefused(401, "invalid_api_key", "This API key is not known. Check it.")
    if key.revoked_at is not None:
        raise SpeechRefused(401, "key_revoked", "This API key was revoked. Make a new one.")
    if not key.owner.is_active:
        raise SpeechRefused(401, "account_closed", "The account of this API key is closed.")
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USE_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def characters_of(text: str) -> int:
    """What a text costs: Unicode code points after NFC."""
    return len(unicodedata.normalize("NFC", text))


def _require_own_voice(key: ApiKey, voice_slug: str) -> None:
    """The key's own voice, or what is wrong: a voice nobody ever published does not exist."""
    own = key.licence.voice
    if own.slug == voice_slug:
        return
    if not Listing.objects.filter(voice__slug=voice_slug, published_at__isnull=False).exists():
        raise SpeechRefused(404, "voice_not_found", f"There is no voice called {voice_slug!r}.")
    raise SpeechRefused(
        403,
        "voice_not_licensed",
        f"This key belongs to a licence for {own.slug!r}; "
        f"buy one for {voice_slug!r} to speak as that voice.",
    )


def require_speakable(licence: Licence) -> None:
    """Whether a licence may speak at this moment.

    Raises:
        SpeechRefused: licence_expired and its like, consent_withdrawn, listing_suspended.
    """
    if licence.state != Licence.State.ACTIVE:
        raise SpeechRefused(
            403, f"licence_{licence.state}", f"Licence {licence.number} is {licence.state}."
        )
    if licence.ends_at <= timezone.now():
        raise SpeechRefused(
            403, "licence_expired", f"Licence {licence.number} ended; renew it to go on."
        )
    if not may_speak(licence.voice):
        raise SpeechRefused(
            403, "consent_withdrawn", "The speaker withdrew their consent; this voice is silent."
        )
    if (
        not Listing.objects.filter(voice=licence.voice_id)
        .exclude(state=Listing.State.SUSPENDED)
        .exists()
    ):
        raise SpeechRefused(
            403, "listing_suspended", "This voice is suspended while moderators look into it."
        )


def reserve(
    *, key: ApiKey, voice_slug: str, text: str, audio_format: str, request_id: str = ""
) -> Generation:
    """Check everything under the lock on the licence and set the characters aside.

    Raises:
        SpeechRefused: voice_not_found (404), voice_not_licensed, what `require_speakable`
            refuses, key_revoked, quota_exceeded (402).
    """
    cost = characters_of(text)
    _require_own_voice(key, voice_slug)
    with transaction.atomic():
        licence = (
            Licence.objects.select_for_update(of=("self",))
            .select_related("voice")
            .get(pk=key.licence_id)
        )
        require_speakable(licence)
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=False).exists():
            raise SpeechRefused(401, "key_revoked", "This API key was revoked. Make a new one.")
        if cost > licence.characters_left:
            raise SpeechRefused(
                402,
                "quota_exceeded",
                f"The text has {cost} characters; licence {licence.number} has "
                f"{licence.characters_left} of {licence.characters_included} left.",
            )
        Licence.objects.filter(pk=licence.pk).update(characters_used=F("characters_used") + cost)
        return Generation.objects.create(
            licence=licence,
            api_key=key,
            characters_reserved=cost,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            audio_format=audio_format,
            request_id=request_id,
        )


def settle(
    *, generation_id: int, characters: int, seconds: float, from_cache: bool = False
) -> None:
    """Keep what was spoken, give the rest back; once."""
    _finish(
        generation_id,
        Generation.State.SETTLED,
        characters,
        seconds=seconds,
        from_cache=from_cache,
    )


def release(*, generation_id: int, failure: str) -> None:
    """Give everything back: nothing was delivered; once."""
    _finish(generation_id, Generation.State.RELEASED, 0, failure=failure)


def _finish(
    generation_id: int,
    state: str,
    characters: int,
    *,
    seconds: float = 0.0,
    from_cache: bool = False,
    failure: str = "",
) -> None:
    with transaction.atomic():
        generation = Generation.objects.select_for_update().get(pk=generation_id)
        if generation.state != Generation.State.RESERVED:
            return
        spoken = min(characters, generation.characters_reserved)
        unused = generation.characters_reserved - spoken
        if unused:
            Licence.objects.select_for_update().filter(pk=generation.licence_id).update(
                characters_used=F("characters_used") - unused
            )
        generation.characters_spoken, generation.seconds = spoken, seconds
        generation.from_cache, generation.failure = from_cache, failure
        generation.finished_at = timezone.now()
        generation.save(
            update_fields=["characters_spoken", "seconds", "from_cache", "failure", "finished_at"]
        )
        generation.transition(state, allowed_from={Generation.State.RESERVED})


def release_abandoned() -> int:
    """Give back reservations that nobody settled; returns how many."""
    stale = Generation.objects.filter(
        state=Generation.State.RESERVED, created_at__lt=timezone.now() - ABANDONED_AFTER
    ).values_list("pk", flat=True)
    for pk in list(stale):
        release(generation_id=pk, failure="abandoned")
    return len(stale)
