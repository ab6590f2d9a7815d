"""Licensed speech: who may speak, what it costs, what was used.

Characters are reserved before the first byte leaves and settled at the end, under a lock on the
licence, so that parallel requests can't overrun it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from marketplace.consent.models import Consent
from marketplace.consent.queries import latest_consent, may_speak
from marketplace.licensing import keys
from marketplace.licensing.models import ApiKey, Generation, KeyMonth, Licence
from marketplace.listings.models import Listing, Use

ABANDONED_AFTER = timedelta(minutes=10)  # a reservation whose server died is given back
LAST_USE_PRECISION = timedelta(minutes=1)


class SpeechRefused(Exception):
    """A request for speech that the rules don't allow; nothing is recorded as used.

    status: HTTP; code: stable; the message says what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def recognize_key(secret: str, address: str | None = None) -> ApiKey:
    """The living key a secret belongs to, where it is used from an address that it allows.

    Raises:
        SpeechRefused: invalid_api_key, key_revoked, key_expired, account_closed,
            address_not_allowed.
    """
    key = (
        ApiKey.objects.select_related("owner", "organization")
        .filter(prefix=keys.shown_prefix(secret))
        .first()
    )
    if key is None or not keys.matches(secret, key.secret_hash):
        raise SpeechRefused(401, "invalid_api_key", "This API key is not known. Check it.")
    now = timezone.now()
    _require_living(key, now)
    if not key.owner.is_active:
        raise SpeechRefused(401, "account_closed", "The account of this API key is closed.")
    if key.networks and not _is_within(address, key.networks):
        raise SpeechRefused(
            403, "address_not_allowed", f"This API key does not work from {address}."
        )
    if key.last_used_at is None or key.last_used_at < now - LAST_USE_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_used_from=address)
    return key


def _is_within(address: str | None, networks: list[str]) -> bool:
    if not address:
        return False
    found = ipaddress.ip_address(address)
    return any(found in ipaddress.ip_network(network) for network in networks)


def _require_living(key: ApiKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise SpeechRefused(401, "key_revoked", "This API key was revoked. Make a new one.")
    if key.expires_at is not None and key.expires_at <= now:
        raise SpeechRefused(401, "key_expired", "This API key has expired. Use its successor.")


def require_scope(key: ApiKey, scope: str) -> None:
    """Whether a key may do this kind of thing.

    Raises:
        SpeechRefused: scope_missing.
    """
    if scope not in key.scopes:
        raise SpeechRefused(
            403, "scope_missing", f"This API key lacks the scope {scope!r}; make one that has it."
        )


def characters_of(text: str) -> int:
    """What a text costs: Unicode code points after NFC."""
    return len(unicodedata.normalize("NFC", text))


def speaks_until(licence: Licence, consent: Consent | None) -> datetime | None:
    """The end of the notice that a licence has after its speaker withdrew; None: silent at once."""
    days = licence.terms.get("notice_days") or 0
    if consent is None or consent.revoked_at is None or consent.revoked_for_abuse or not days:
        return None
    return min(consent.revoked_at + timedelta(days=days), licence.ends_at)


def _require_consent(licence: Licence) -> None:
    if may_speak(licence.voice):
        return
    until = speaks_until(licence, latest_consent(licence.voice))
    if until is None or until <= timezone.now():
        raise SpeechRefused(
            403, "consent_withdrawn", "The speaker withdrew their consent; this voice is silent."
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
    now = timezone.now()
    if licence.ends_at <= now:
        raise SpeechRefused(
            403, "licence_expired", f"Licence {licence.number} ended; renew it to go on."
        )
    _require_consent(licence)
    if (
        not Listing.objects.filter(voice=licence.voice_id)
        .exclude(state=Listing.State.SUSPENDED)
        .exists()
    ):
        raise SpeechRefused(
            403, "listing_suspended", "This voice is suspended while moderators look into it."
        )


def _require_use(licence: Licence, use: str) -> str:
    """The declared use, where the licence allows it; a licence for one use needs no declaration."""
    uses = licence.terms["uses"]
    if not use:
        if len(uses) == 1:
            return str(uses[0])
        raise SpeechRefused(
            422,
            "use_not_declared",
            f"Say what the speech is for: set the key's use, or send `use` with one of "
            f"{', '.join(uses)}.",
        )
    if use not in uses:
        label = Use(use).label if use in Use.values else repr(use)
        raise SpeechRefused(
            403,
            "use_not_licensed",
            f"Licence {licence.number} does not allow {label}; it allows {', '.join(uses)}.",
        )
    return use


def licences_of(key: ApiKey, voice_slug: str) -> list[Licence]:
    """A key's licences for a voice, those that can speak first, the soonest to end before others.

    Raises:
        SpeechRefused: voice_not_found (404) for one that nobody ever published,
            voice_not_licensed.
    """
    usable = key.organization.licences.select_related("voice").filter(voice__slug=voice_slug)
    if key.licences.exists():
        usable = usable.filter(api_keys=key)
    found = sorted(
        usable,
        key=lambda licence: (
            licence.state != Licence.State.ACTIVE,
            not licence.characters_left,
            licence.ends_at,
        ),
    )
    if found:
        return found
    if not Listing.objects.filter(voice__slug=voice_slug, published_at__isnull=False).exists():
        raise SpeechRefused(404, "voice_not_found", f"There is no voice called {voice_slug!r}.")
    raise SpeechRefused(
        403,
        "voice_not_licensed",
        f"This key has no licence for {voice_slug!r}; buy one to speak as that voice.",
    )


def reserve(
    *,
    key: ApiKey,
    voice_slug: str,
    text: str,
    audio_format: str,
    use: str = "",
    request_id: str = "",
) -> Generation:
    """Check everything under the lock on the licence and set the characters aside.

    Raises:
        SpeechRefused: voice_not_found (404), voice_not_licensed, what `require_speakable`
            refuses, use_not_declared, use_not_licensed, key_revoked, key_expired,
            scope_missing, quota_exceeded (402), spend_limit (402).
    """
    cost = characters_of(text)
    require_scope(key, ApiKey.Scope.SPEAK)
    chosen = licences_of(key, voice_slug)[0]
    with transaction.atomic():
        licence = (
            Licence.objects.select_for_update(of=("self",))
            .select_related("voice")
            .get(pk=chosen.pk)
        )
        require_speakable(licence)
        declared = _require_use(licence, use or key.use)
        _require_living(ApiKey.objects.get(pk=key.pk), timezone.now())
        if cost > licence.characters_left:
            raise SpeechRefused(
                402,
                "quota_exceeded",
                f"The text has {cost} characters; licence {licence.number} has "
                f"{licence.characters_left} of {licence.characters_included} left.",
            )
        _spend(key, cost)
        Licence.objects.filter(pk=licence.pk).update(characters_used=F("characters_used") + cost)
        return Generation.objects.create(
            licence=licence,
            api_key=key,
            use=declared,
            characters_reserved=cost,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            audio_format=audio_format,
            request_id=request_id,
        )


def _spend(key: ApiKey, cost: int) -> None:
    """Count a cost against the key's month, under a lock on that row."""
    month = timezone.now().date().replace(day=1)
    KeyMonth.objects.get_or_create(key=key, month=month)
    row = KeyMonth.objects.select_for_update().get(key=key, month=month)
    limit = key.monthly_characters
    if limit is not None and row.characters + cost > limit:
        raise SpeechRefused(
            402,
            "spend_limit",
            f"This API key may spend {limit:,} characters a month and has "
            f"{max(0, limit - row.characters):,} left; raise its limit or wait.",
        )
    row.characters += cost
    row.save(update_fields=["characters"])


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


def reopen(*, generation_id: int) -> bool:
    """Reserve again what of a settled generation was not spoken; False where all of it was.

    For a request that broke off and is repeated: it stays one record, paid at most once.

    Raises:
        SpeechRefused: quota_exceeded (402), what `require_speakable` refuses.
    """
    with transaction.atomic():
        generation = Generation.objects.select_for_update().get(pk=generation_id)
        licence = (
            Licence.objects.select_for_update(of=("self",))
            .select_related("voice")
            .get(pk=generation.licence_id)
        )
        require_speakable(licence)
        missing = generation.characters_reserved - generation.characters_spoken
        if not missing or generation.state != Generation.State.SETTLED:
            return False
        if missing > licence.characters_left:
            raise SpeechRefused(
                402, "quota_exceeded", f"Licence {licence.number} has too few characters left."
            )
        _spend(generation.api_key, missing)
        Licence.objects.filter(pk=licence.pk).update(characters_used=F("characters_used") + missing)
        generation.transition(Generation.State.RESERVED, allowed_from={Generation.State.SETTLED})
    return True


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
        licence_id = Generation.objects.values_list("licence_id", flat=True).get(pk=generation_id)
        Licence.objects.select_for_update().get(pk=licence_id)  # first, as `reserve` does
        generation = Generation.objects.select_for_update().get(pk=generation_id)
        if generation.state != Generation.State.RESERVED:
            return
        spoken = min(characters, generation.characters_reserved)
        unused = generation.characters_reserved - spoken
        if unused:
            Licence.objects.filter(pk=licence_id).update(
                characters_used=F("characters_used") - unused
            )
            KeyMonth.objects.filter(
                key=generation.api_key_id, month=generation.created_at.date().replace(day=1)
            ).update(characters=F("characters") - unused)
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
