"""Verbs on consent: challenge, record, decide, revoke."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.models import Consent
from marketplace.refusals import Refused
from marketplace.voices.models import Recording, Voice
from synthesis import tasks

STATEMENT_VERSION = "2026-11"
STATEMENT = (
    "I, {name}, agree on {date} that {platform} may make a synthetic version of my voice "
    "and license it. My words are: {phrase}."
)
PHRASE_WORDS = 8
WORDS = [
    "amber",
    "anchor",
    "apple",
    "autumn",
    "basket",
    "beacon",
    "bridge",
    "butter",
    "button",
    "candle",
    "canyon",
    "carpet",
    "castle",
    "cherry",
    "circle",
    "clover",
    "cobalt",
    "copper",
    "cotton",
    "cradle",
    "crystal",
    "dancer",
    "desert",
    "dragon",
    "eagle",
    "ember",
    "engine",
    "fabric",
    "falcon",
    "feather",
    "forest",
    "garden",
    "ginger",
    "glacier",
    "golden",
    "hammer",
    "harbor",
    "hazel",
    "island",
    "ivory",
    "jacket",
    "jasmine",
    "jungle",
    "kettle",
    "ladder",
    "lantern",
    "lemon",
    "linen",
    "magnet",
    "maple",
    "marble",
    "meadow",
    "mirror",
    "morning",
    "mountain",
    "needle",
    "ocean",
    "olive",
    "orange",
    "orchard",
    "paper",
    "pepper",
    "picture",
    "planet",
    "pocket",
    "purple",
    "rabbit",
    "ribbon",
    "river",
    "rocket",
    "saddle",
    "salmon",
    "shadow",
    "silver",
    "spider",
    "spring",
    "summer",
    "sunset",
    "table",
    "temple",
    "thunder",
    "tiger",
    "timber",
    "tunnel",
    "valley",
    "velvet",
    "village",
    "violet",
    "walnut",
    "water",
    "willow",
    "window",
    "winter",
    "wonder",
    "yellow",
]


def fresh_phrase() -> str:
    """Random words nobody could have recorded before."""
    return " ".join(secrets.SystemRandom().sample(WORDS, PHRASE_WORDS))


def issue_challenge(*, voice: Voice, by: User, demonstration: bool = False) -> Consent:
    """A statement with a fresh phrase, to be read within ten minutes.

    Raises:
        Refused: not_the_creator, no_recordings, already_consented, too_many_tries,
            demonstration_not_allowed.
    """
    if voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", "Only the person whose voice it is can consent.")
    if demonstration and not settings.PAYMENT_SANDBOX:
        raise Refused(
            "demonstration_not_allowed",
            "Demonstration consents exist only where payments are a sandbox.",
        )
    now = timezone.now()
    with transaction.atomic():
        voice = Voice.objects.select_for_update().get(pk=voice.pk)
        if not voice.recordings.filter(state=Recording.State.ACCEPTED).exists():
            raise Refused(
                "no_recordings", "Add a good recording first: we compare your voice with it."
            )
        if voice.consents.filter(state=Consent.State.VERIFIED).exists():
            raise Refused("already_consented", "You have already given your consent.")
        tried = voice.consents.filter(
            recorded_at__gt=now - timedelta(days=1), state=Consent.State.REFUSED
        ).count()
        if tried >= settings.CONSENT_TRIES_PER_DAY:
            raise Refused(
                "too_many_tries",
                f"{tried} tries in a day is the limit. Try again tomorrow, or write to support.",
            )
        phrase = fresh_phrase()
        legal_name = voice.creator.legal_name
        consent = Consent.objects.create(
            voice=voice,
            legal_name=legal_name,
            statement_version=STATEMENT_VERSION,
            statement=STATEMENT.format(
                name=legal_name,
                date=f"{now:%B} {now.day}, {now.year}",
                platform=settings.PLATFORM_NAME,
                phrase=", ".join(phrase.split()),
            ),
            phrase=phrase,
            expires_at=now + timedelta(seconds=settings.CONSENT_PHRASE_SECONDS),
            demonstration=demonstration,
        )
        audit.record(
            actor=by,
            action="consent.challenged",
            subject=consent,
            statement_version=STATEMENT_VERSION,
            demonstration=demonstration,
        )
    return consent


def record_statement(*, consent: Consent, data: bytes, by: User) -> Consent:
    """Keep the reading and have it checked.

    Raises:
        Refused: not_the_creator, challenge_used, challenge_expired.
        StorageUnavailable: try again.
    """
    if consent.voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", "Only the person whose voice it is can consent.")
    if consent.state != Consent.State.CHALLENGED:
        raise Refused("challenge_used", "This statement was read already. Ask for a new one.")
    if timezone.now() > consent.expires_at:
        raise Refused(
            "challenge_expired", "The words were valid for ten minutes. Ask for new ones."
        )
    key = f"consents/{consent.voice.public_id}/{consent.public_id}"
    sha256 = storage.put(key, data)
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        if consent.state != Consent.State.CHALLENGED:
            raise Refused("challenge_used", "This statement was read already. Ask for a new one.")
        consent.recording_key, consent.recording_sha256 = key, sha256
        consent.recorded_at = timezone.now()
        consent.save(update_fields=["recording_key", "recording_sha256", "recorded_at"])
        consent.transition(Consent.State.CHECKING, allowed_from={Consent.State.CHALLENGED})
        audit.record(actor=by, action="consent.recorded", subject=consent, sha256=sha256)
        transaction.on_commit(partial(tasks.verify_consent.delay, consent.pk))
    return consent


def decide(
    *,
    consent_id: int,
    transcript: str,
    scores: dict[str, Any],
    reason_code: str = "",
    reason: str = "",
) -> Consent:
    """Verify or refuse a reading; transcript and scores are kept either way. Once."""
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent_id)
        if consent.state != Consent.State.CHECKING:
            return consent
        consent.transcript, consent.scores = transcript, scores
        consent.reason_code, consent.reason = reason_code, reason
        consent.decided_at = timezone.now()
        consent.save(update_fields=["transcript", "scores", "reason_code", "reason", "decided_at"])
        to = Consent.State.REFUSED if reason_code else Consent.State.VERIFIED
        consent.transition(to, allowed_from={Consent.State.CHECKING})
        audit.record(
            actor=None, action=f"consent.{to}", subject=consent, scores=scores, reason=reason_code
        )
    return consent


def revoke(*, consent: Consent, by: User, reason: str = "", for_abuse: bool = False) -> Consent:
    """Withdraw a consent: the voice goes off sale and is silent at the next request, cached or not.

    Licences sold with a notice period speak on through it, unless the withdrawal is for abuse.

    Raises:
        InvalidTransition: it was never verified, or is withdrawn already.
    """
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        consent.revoked_at, consent.revoked_for_abuse = timezone.now(), for_abuse
        consent.transition(Consent.State.REVOKED, allowed_from={Consent.State.VERIFIED})
        consent.save(update_fields=["revoked_at", "revoked_for_abuse"])
        audit.record(
            actor=by, action="consent.revoked", subject=consent, reason=reason, abuse=for_abuse
        )
        transaction.on_commit(partial(tasks.forget_audio.delay, consent.voice_id))
        transaction.on_commit(
            partial(
                current_app.send_task,
                "marketplace.licensing.tasks.announce_withdrawal",
                [consent.voice_id],
            )
        )
    return consent
