"""Queries on consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone

from marketplace.accounts.impartiality import Concerned
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.voices.models import Recording, Voice
from marketplace.voices.queries import first_accepted

TO_HEAR = 3  # recordings that moderators compare with a reading


def consents_in_force() -> QuerySet[Consent]:
    """Consents in force now."""
    return Consent.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now()), state=Consent.State.VERIFIED
    )


def consent_in_force(voice: Voice) -> Consent | None:
    """The verified consent of a voice; None if there is none or it has ended."""
    return consents_in_force().filter(voice=voice).first()


def latest_consent(voice: Voice) -> Consent | None:
    """The newest consent of any state."""
    return voice.consents.first()


def readings_with_moderators() -> QuerySet[Consent]:
    """Those of a voice that moderators listen to, for a query of voices."""
    return Consent.objects.filter(voice=OuterRef("pk"), state__in=Consent.WITH_MODERATORS)


def last_given(voice: Voice) -> Consent | None:
    """The newest consent that was given and not replaced, even if it has ended or was withdrawn."""
    given = (Consent.State.VERIFIED, Consent.State.REVOKED)
    return voice.consents.filter(state__in=given).first()


def consented_until(voice: Voice) -> datetime | None:
    """When the consent in force ends; None: it has no end, or there is none."""
    consent = None if voice.synthetic else consent_in_force(voice)
    return consent.ends_at if consent is not None else None


def end_of(consent: Consent) -> datetime | None:
    """When a consent that was given was withdrawn, or else ends or ended; None: it has no end."""
    return min((at for at in (consent.revoked_at, consent.ends_at) if at is not None), default=None)


def taken_out_at(voice: Voice, use: str) -> datetime | None:
    """When a speaker ceased to allow a use, by narrowing their consent or by a statement without it.

    None: they allow it, never allowed it, or withdrew because of abuse, after which no notice holds.
    """
    states = (Consent.State.VERIFIED, Consent.State.REVOKED, Consent.State.REPLACED)
    newer: Consent | None = None
    for consent in voice.consents.filter(state__in=states):
        if consent.revoked_for_abuse:
            return None
        if use in consent.taken_out:
            return datetime.fromisoformat(consent.taken_out[use])
        if not consent.uses or use in consent.uses:
            if newer is None:
                return None
            ends = (end_of(consent), newer.decided_at)
            return min((at for at in ends if at is not None), default=None)
        newer = consent
    return None


def may_speak(voice: Voice) -> bool:
    """Whether consent allows speech now; a synthetic voice needs no consent."""
    if voice.synthetic:
        return True
    return voice.silenced_at is None and consent_in_force(voice) is not None


def allows(voice: Voice, use: str) -> bool:
    """Whether the speaker agreed to a use; a missing consent is checked elsewhere.

    During a licence's notice none is in force: the one that was withdrawn still says for what.
    """
    return use in agreed(voice, [use])


def agreed(voice: Voice, uses: Sequence[str]) -> list[str]:
    """Of these uses, those that the speaker agreed to, as `allows` says; one query for all."""
    if voice.synthetic:
        return list(uses)
    consent = consent_in_force(voice) or last_given(voice)
    return [use for use in uses if consent is None or not consent.uses or use in consent.uses]


def recordings_to_hear(consents: Sequence[Consent]) -> dict[int, list[Recording]]:
    """By the key of each consent, the recordings that moderators compare with its reading: some of those
    that were there then.
    """
    named = Recording.objects.filter(
        state=Recording.State.ACCEPTED,
        voice__in=[consent.voice_id for consent in consents],
        sha256__in=[sha256 for consent in consents for sha256 in consent.to_hear],
    )
    then: dict[int, list[Recording]] = {}
    for recording in named:
        then.setdefault(recording.voice_id, []).append(recording)
    first = first_accepted([each.voice_id for each in consents if not each.to_hear], TO_HEAR)
    return {
        each.pk: [one for one in then.get(each.voice_id, []) if one.sha256 in each.to_hear]
        if each.to_hear
        else first.get(each.voice_id, [])
        for each in consents
    }


def in_force_of(voices: Collection[Voice]) -> dict[int, Consent]:
    """By the key of each voice, the consent that is in force, if there is one; see `consent_in_force`."""
    found: dict[int, Consent] = {}
    for consent in consents_in_force().filter(voice__in=voices):
        found.setdefault(consent.voice_id, consent)
    return found


def invitation_of(voice: Voice) -> SpeakerInvitation | None:
    """The newest invitation of the speaker, where a voice was uploaded for somebody else.

    It remains theirs after the link expires: the uploader can send another, but never consent.
    """
    return voice.invitations.first()


def is_somebody_elses(
    voice: Voice, invitation: SpeakerInvitation | None, *, estate_of: str = ""
) -> bool:
    """Whether there is a consent for a voice from another person than an invited one, or than the
    one whose estate consents (neither: its creator).

    What the voice has learned is then that person's, whatever recordings it has later.
    """
    own = _whose(Consent.GivenBy.ESTATE if estate_of else "", estate_of, invitation)
    given = voice.consents.exclude(state__in=(*Consent.UNDECIDED, Consent.State.REFUSED))
    return any(
        _whose(each.given_by, each.legal_name, each.invitation) != own
        for each in given.select_related("invitation")
    )


def _whose(given_by: str, legal_name: str, invitation: SpeakerInvitation | None) -> tuple[str, str]:
    """Tells the people apart who consent for one voice: the dead by name, the invited by address."""
    if given_by == Consent.GivenBy.ESTATE:
        return "estate of", " ".join(legal_name.split()).casefold()
    return "invited", invitation.email.lower() if invitation else ""


def concerned_by(voice: Voice) -> Concerned:
    """Whom a decision about a voice is about: its creator, and the speakers who were invited."""
    addresses = voice.invitations.values_list("email", flat=True)
    return Concerned.of(users=[voice.creator.user_id], emails=addresses)


def is_open(invitation: SpeakerInvitation) -> bool:
    """Whether the speaker may still consent with it."""
    return invitation.declined_at is None and invitation.expires_at > timezone.now()


def is_superseded(invitation: SpeakerInvitation) -> bool:
    """Whether another link was sent since (the first may have gone to the wrong person) and nobody
    consented with this one; asking for a statement, or a reading that was refused, is no consent.
    """
    newest = invitation.voice.invitations.order_by("-id").values_list("pk", flat=True)[0]
    read = Consent.objects.filter(invitation=invitation).exclude(
        state__in=(Consent.State.CHALLENGED, Consent.State.REFUSED)
    )
    return newest != invitation.pk and not read.exists()


def years_of(consent: Consent | None) -> int:
    """How long a consent lasts from its statement, in whole years."""
    if consent is None or consent.ends_at is None:
        return 10
    return round((consent.ends_at - consent.created_at).days / 365)
