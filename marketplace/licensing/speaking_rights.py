"""Whether a voice may speak now: licence, consent and its notice, listing, use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.utils import timezone

from marketplace.consent.models import Consent
from marketplace.consent.queries import allows, end_of, last_given, may_speak, taken_out_at
from marketplace.licensing.models import Generation, Licence, PlanMonth
from marketplace.listings.models import Listing
from marketplace.listings.queries import on_sale
from marketplace.refusals import SpeechRefused
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use


def speaks_until(licence: Licence, consent: Consent | None) -> datetime | None:
    """The end of a licence's notice after its consent is withdrawn or ends; None: silent at once."""
    if consent is None or consent.revoked_for_abuse:
        return None
    return _after_notice(licence, end_of(consent))


def speaks_for_until(licence: Licence, use: str) -> datetime | None:
    """The end of a licence's notice for a use that its speaker took out; None: refused at once."""
    return _after_notice(licence, taken_out_at(licence.voice, use))


def _after_notice(licence: Licence, ended: datetime | None) -> datetime | None:
    days = licence.terms.get("notice_days") or 0
    if ended is None or not days:
        return None
    return min(ended + timedelta(days=days), licence.ends_at)


def _require_consent(licence: Licence) -> None:
    if may_speak(licence.voice):
        return
    until = speaks_until(licence, last_given(licence.voice))
    if until is None or until <= timezone.now():
        raise _silent(licence.voice)


def _silent(voice: Voice) -> SpeechRefused:
    consent = last_given(voice)
    withdrawn = consent is None or consent.revoked_at is not None
    why = "speaker withdrew their consent" if withdrawn else "speaker's consent has ended"
    return SpeechRefused(403, "consent_withdrawn", f"The {why}; this voice is silent.")


def _require_listed(voice: Voice) -> None:
    if not Listing.objects.filter(voice=voice).exclude(state=Listing.State.SUSPENDED).exists():
        raise SpeechRefused(
            403, "listing_suspended", "This voice is suspended while moderators look into it."
        )


def require_speakable(licence: Licence) -> None:
    """Refuse a licence that may not speak now.

    Raises:
        SpeechRefused: licence_expired and the like, consent_withdrawn, listing_suspended.
    """
    if licence.state != Licence.State.ACTIVE:
        raise SpeechRefused(
            403, f"licence_{licence.state}", f"Licence {licence.number} is {licence.state}."
        )
    if licence.silent_from <= timezone.now():
        raise SpeechRefused(
            403, "licence_expired", f"Licence {licence.number} ended; renew it to continue."
        )
    _require_consent(licence)
    _require_listed(licence.voice)


def require_still_speakable(generation: Generation) -> None:
    """Repeat the checks for reserved speech at the moment when it is spoken.

    Raises:
        SpeechRefused: reservation_released (410): it waited too long, and what has changed since.
    """
    if generation.state == Generation.State.RELEASED:
        raise SpeechRefused(
            410,
            "reservation_released",
            "It waited for more than a day, so its characters were given back. Send it again.",
        )
    if generation.licence is not None:
        if generation.use:
            _require_agreed(generation.licence, generation.use)
        require_speakable(generation.licence)
        return
    assert generation.plan_month is not None  # the database wants a licence or a plan
    require_going_on(generation.plan_month)
    if generation.use:
        require_consented(generation.voice, generation.use)
    _require_not_silenced(generation.voice)  # its listing may be under revision meanwhile


def require_going_on(month: PlanMonth) -> None:
    """Refuse speech by a month whose payment was refunded or is disputed.

    Raises:
        SpeechRefused: plan_past_due (402).
    """
    if month.stopped_at is not None:
        raise SpeechRefused(
            402, "plan_past_due", "The plan's payment was refunded, or is disputed."
        )


def _require_not_silenced(voice: Voice) -> None:
    """Refuse a voice without consent, or that moderators suspended, whatever is said of it now."""
    if not may_speak(voice):
        raise _silent(voice)
    _require_listed(voice)


def require_planned(voice: Voice) -> Listing:
    """The listing of a voice that plans may speak with now.

    Raises:
        SpeechRefused: consent_withdrawn, listing_suspended, voice_not_licensed.
    """
    _require_not_silenced(voice)
    listing = on_sale().filter(voice=voice, in_plans=True).first()
    if listing is None:
        raise not_licensed(voice.slug)
    return cast(Listing, listing)


def require_use(licence: Licence, use: str) -> str:
    """The declared use, if the licence allows it.

    Raises:
        SpeechRefused: use_not_declared, use_not_licensed, use_not_consented.
    """
    uses = licence.terms["uses"]
    if not use:
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
    _require_agreed(licence, use)
    return use


def _require_agreed(licence: Licence, use: str) -> None:
    """Refuse a use that the speaker took out, once the licence's notice is over."""
    if allows(licence.voice, use):
        return
    until = speaks_for_until(licence, use)
    if until is None or until <= timezone.now():
        raise _not_consented(use)


def require_consented(voice: Voice, use: str) -> None:
    """Refuse a use that the speaker's consent does not cover.

    Raises:
        SpeechRefused: use_not_consented.
    """
    if not allows(voice, use):
        raise _not_consented(use)


def _not_consented(use: str) -> SpeechRefused:
    return SpeechRefused(
        403,
        "use_not_consented",
        f"The speaker does not allow {Use(use).label.lower()} with their voice.",
    )


def unknown(slug: str) -> SpeechRefused:
    """The refusal of a voice that isn't there."""
    return SpeechRefused(
        404,
        "voice_not_found",
        f"There is no voice called {slug!r}. A voice is named by its id, as GET /v1/audio/voices lists them; "
        "GET /v1/licences says which ones you have licensed.",
    )


def not_licensed(slug: str) -> SpeechRefused:
    """The refusal when nothing pays for a voice."""
    return SpeechRefused(
        403,
        "voice_not_licensed",
        f"This key has no licence for {slug!r}, and your plan does not cover it; buy a licence to "
        "speak as that voice.",
    )
