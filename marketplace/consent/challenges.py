"""Statements to be read aloud, issued afresh to the person whose voice it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent import statement as statements
from marketplace.consent.models import Agreement, Consent, SpeakerInvitation
from marketplace.consent.queries import invitation_of, is_open, is_somebody_elses
from marketplace.consent.replacement import require_not_silenced
from marketplace.dates import years_later
from marketplace.refusals import Refused
from marketplace.visible_text import visible
from marketplace.voices.models import Recording, Voice
from marketplace.voices.uses import SENSITIVE_USES, Use

AGREEMENTS_VERSION = "2026-12-2"
PER_VOICE, PER_PERSON = 10, 20  # statements that are issued in a day
MAX_NAME = 120  # characters of a guardian's, as of a speaker's
_CHOSEN = (
    "voice", "legal_name", "statement_version", "uses", "compared", "invitation", "given_by",
    "representative", "demonstration",
)  # fmt: skip
YEARS = (1, 5, 10)  # that a consent may last; none lasts for ever
ANOTHER_SPEAKER = gettext_noop(
    "Somebody else has consented for this voice, and it has learned from them. Make a new voice for "
    "another person."
)
SANDBOX_ONLY = gettext_noop("Demonstration consents exist only where payments are a sandbox.")


@dataclass(frozen=True)
class Agreements:
    """The boxes that a person ticked."""

    biometric: bool
    replication: bool
    terms: bool


@dataclass(frozen=True)
class Minor:
    """The parent or guardian of a speaker under 18."""

    guardian: str


def require_speaker(voice: Voice, by: User | None, invitation: SpeakerInvitation | None) -> None:
    """Refuse anybody but the person whose voice it is.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, invitation_over.
    """
    expected = invitation_of(voice)
    if expected is not None:
        if invitation is None:
            raise Refused(
                "speaker_elsewhere",
                gettext("This voice is %(speaker)s's. Only they can consent, with their own link.")
                % {"speaker": expected.legal_name},
            )
        if invitation.pk != expected.pk or not is_open(expected):
            raise Refused(
                "invitation_over", gettext("This link is no longer valid. Ask for a new one.")
            )
    elif by is None or voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", gettext("Only the person whose voice it is can consent."))


def issue_challenge(
    *,
    voice: Voice,
    by: User | None,
    uses: Sequence[str],
    agreements: Agreements,
    years: int = 10,
    invitation: SpeakerInvitation | None = None,
    minor: Minor | None = None,
    demonstration: bool = False,
) -> Consent:
    """Issue a statement with a fresh phrase, to be read within ten minutes.

    Until it is read or expires, who asks for the same again gets the same statement, and there are only
    so many in a day: words that are drawn until they suit are not fresh.

    If consent is in force, it stays so until the reading is verified and replaces it, which is how
    a consent is widened or renewed.

    minor: the speaker is under 18; then a moderator decides, whatever the checks say.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, agreement_missing, no_uses, years,
            guardian_missing, guardian_too_long, not_for_minors, no_recordings, another_speaker,
            with_a_moderator, taken_down, too_many_statements, demonstration_not_allowed.
    """
    require_speaker(voice, by, invitation)
    chosen = [str(use) for use in Use if use in uses]
    _require_choices(agreements, chosen, years)
    guardian = None if minor is None else _guardian_of(minor, chosen)
    if demonstration and not settings.PAYMENT_SANDBOX:
        raise Refused("demonstration_not_allowed", gettext(SANDBOX_ONLY))
    with transaction.atomic():
        voice = Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
        _require_ready(voice)
        if is_somebody_elses(voice, invitation):
            raise Refused("another_speaker", gettext(ANOTHER_SPEAKER))
        wanted = _challenge(
            voice,
            chosen,
            years,
            compared=agreements.biometric,
            invitation=invitation,
            guardian=guardian,
            demonstration=demonstration,
        )
        waiting = _same_and_open(wanted)
        if waiting is not None:
            return waiting
        _require_few_today(voice, invitation)
        _store(wanted, agreements, by)
    return wanted


def _store(consent: Consent, agreements: Agreements, by: User | None) -> None:
    consent.save()
    Agreement.objects.bulk_create(
        Agreement(consent=consent, kind=kind, version=AGREEMENTS_VERSION, given=given)
        for kind, given in asdict(agreements).items()
    )
    audit.record(
        actor=by,
        action="consent.challenged",
        subject=consent,
        statement_version=statements.STATEMENT_VERSION,
        agreements=asdict(agreements),
        uses=consent.uses,
        demonstration=consent.demonstration,
    )


def _challenge(
    voice: Voice,
    chosen: Sequence[str],
    years: int,
    *,
    compared: bool,
    invitation: SpeakerInvitation | None,
    guardian: str | None,
    demonstration: bool,
) -> Consent:
    """A consent to be read aloud, not stored yet. guardian: of a minor; None if the speaker is of age."""
    now = timezone.now()
    phrase = statements.fresh_phrase()
    legal_name = invitation.legal_name if invitation else voice.creator.legal_name
    ends_at = years_later(now, years)
    return Consent(
        voice=voice,
        legal_name=legal_name,
        statement_version=statements.STATEMENT_VERSION,
        statement=statements.statement_of(
            name=legal_name,
            now=now,
            uses=chosen,
            ends_at=ends_at,
            phrase=phrase,
            guardian=guardian or "",
        ),
        phrase=phrase,
        expires_at=now + timedelta(seconds=settings.CONSENT_PHRASE_SECONDS),
        uses=chosen,
        ends_at=ends_at,
        compared=compared,
        invitation=invitation,
        given_by=Consent.GivenBy.SPEAKER if guardian is None else Consent.GivenBy.GUARDIAN,
        representative=guardian or "",
        demonstration=demonstration,
    )


def _same_and_open(wanted: Consent) -> Consent | None:
    """The statement that waits to be read and says the same but for its words and its time."""
    assert wanted.ends_at is not None
    a_day = timedelta(days=1)
    return Consent.objects.filter(
        state=Consent.State.CHALLENGED,
        expires_at__gt=timezone.now(),
        ends_at__range=(wanted.ends_at - a_day, wanted.ends_at + a_day),
        **{name: getattr(wanted, name) for name in _CHOSEN},
    ).first()


def _require_few_today(voice: Voice, invitation: SpeakerInvitation | None) -> None:
    """Refuse to draw words again and again for a voice, or for all voices of a creator or a speaker."""
    today = Consent.objects.filter(created_at__gt=timezone.now() - timedelta(days=1))
    drawn = [
        (today.filter(voice=voice), PER_VOICE),
        (today.filter(voice__creator=voice.creator_id), PER_PERSON),
    ]
    if invitation is not None:
        drawn.append((today.filter(invitation__email__iexact=invitation.email), PER_PERSON))
    if any(issued.count() >= most for issued, most in drawn):
        raise Refused(
            "too_many_statements",
            gettext(
                "You asked for many statements today. Read one that is still open, or ask again tomorrow."
            ),
        )


def _require_choices(agreements: Agreements, chosen: Sequence[str], years: int) -> None:
    if not (agreements.replication and agreements.terms):
        raise Refused(
            "agreement_missing",
            gettext("You can only consent if you agree to replication and to the terms."),
        )
    if not chosen:
        raise Refused(
            "no_uses", gettext("Choose at least one use that your voice may be licensed for.")
        )
    if years not in YEARS:
        raise Refused("years", gettext("A consent lasts one, five or ten years."))


def _require_ready(voice: Voice) -> None:
    """Refuse unless a statement for this voice, which the caller has locked, may be read now."""
    require_not_silenced(voice)
    if not voice.recordings.filter(state=Recording.State.ACCEPTED).exists():
        raise Refused(
            "no_recordings", gettext("Add a good recording first: we compare your voice with it.")
        )
    if voice.consents.filter(state__in=Consent.WITH_MODERATORS).exists():
        raise Refused(
            "with_a_moderator",
            gettext("A moderator is listening to your last reading; please wait."),
        )


def _guardian_of(minor: Minor, uses: Sequence[str]) -> str:
    """The name of a minor's guardian, where one may consent to these uses."""
    guardian = " ".join(visible(minor.guardian).split())
    if not guardian:
        raise Refused(
            "guardian_missing", gettext("Give the legal name of your parent or guardian.")
        )
    if len(guardian) > MAX_NAME:
        raise Refused(
            "guardian_too_long",
            gettext("A guardian's name has at most %(most)s characters.") % {"most": MAX_NAME},
        )
    if any(use in SENSITIVE_USES for use in uses):
        raise Refused(
            "not_for_minors",
            gettext(
                "The voice of somebody under 18 is not licensed for advertising, politics, adult "
                "content, advice or training."
            ),
        )
    return guardian
