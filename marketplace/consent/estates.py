"""The voices of people who have died: an estate consents through moderators who saw its documents."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent import statement as statements
from marketplace.consent.challenges import ANOTHER_SPEAKER, YEARS
from marketplace.consent.models import Consent
from marketplace.consent.queries import (
    concerned_by,
    consent_in_force,
    invitation_of,
    is_somebody_elses,
)
from marketplace.consent.readings import DECIDE
from marketplace.consent.replacement import lock_voice, require_not_silenced
from marketplace.creators import vault
from marketplace.dates import years_later
from marketplace.refusals import Refused
from marketplace.visible_text import visible
from marketplace.voices.models import Voice
from marketplace.voices.uses import SENSITIVE_USES, Use

STATEMENT = (
    "For the estate of {name}, {representative} agreed on {date} that {platform} may make a "
    "synthetic version of this voice and license it for {uses}, until {end}."
)


def vouch_for_estate(
    *,
    voice: Voice,
    legal_name: str,
    representative: str,
    uses: Sequence[str],
    years: int,
    note: str,
    by: User,
) -> Consent:
    """Propose an estate's consent in a moderator's name, since nobody can read a statement.

    It counts once a second moderator, who has seen the documents too, approves it as they would a
    reading.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing, name_missing, no_uses, years,
            speaker_lives, another_speaker, already_consented, with_a_moderator, taken_down.
    """
    _require_moderator(voice, by, note)
    name, speaks = visible(legal_name).strip(), visible(representative).strip()
    chosen = [str(use) for use in Use if use in uses and use not in SENSITIVE_USES]
    _require_answers(voice, name, speaks, chosen, years)
    now = timezone.now()
    ends_at = years_later(now, years)
    with transaction.atomic():
        voice = lock_voice(voice.pk)
        _require_free(voice, name)
        consent = Consent.objects.create(
            voice=voice,
            state=Consent.State.SECOND,
            given_by=Consent.GivenBy.ESTATE,
            representative=speaks,
            legal_name=name,
            statement_version=statements.STATEMENT_VERSION,
            statement=STATEMENT.format(
                name=name,
                representative=speaks,
                date=statements.day(now),
                platform=settings.PLATFORM_NAME,
                uses=statements.uses_as_read(chosen),
                end=statements.day(ends_at),
            ),
            expires_at=now,
            uses=chosen,
            ends_at=ends_at,
            compared=False,
            first_approved_by=by,
            first_note=note.strip(),
            first_approved_at=now,
        )
        audit.record(
            actor=by,
            action="consent.estate",
            subject=consent,
            uses=chosen,
            sealed=vault.seal_details(voice.creator_id, note=note.strip()),
        )
    return consent


def _require_free(voice: Voice, name: str) -> None:
    require_not_silenced(voice)
    if is_somebody_elses(voice, None, estate_of=name):
        raise Refused("another_speaker", gettext(ANOTHER_SPEAKER))
    if consent_in_force(voice) is not None:
        raise Refused("already_consented", gettext("This voice already has a consent."))
    if voice.consents.filter(state__in=Consent.WITH_MODERATORS).exists():
        raise Refused("with_a_moderator", gettext("Decide first on what waits for this voice."))


def _require_answers(
    voice: Voice, name: str, speaks: str, chosen: Sequence[str], years: int
) -> None:
    if not name or not speaks:
        raise Refused(
            "name_missing",
            gettext("Give both names: the person whose voice it was, and their representative."),
        )
    if not chosen:
        raise Refused("no_uses", gettext("Choose at least one use that is not sensitive."))
    if years not in YEARS:
        raise Refused("years", gettext("A consent lasts one, five or ten years."))
    if invitation_of(voice) is not None:
        raise Refused(
            "speaker_lives", gettext("The speaker of this voice was invited with their own link.")
        )


def _require_moderator(voice: Voice, by: User, note: str) -> None:
    if not by.has_perm(DECIDE):
        raise Refused(
            "not_a_moderator", gettext("Only moderators record what an estate agreed to.")
        )
    require_impartial(by, concerned_by(voice))
    if not note.strip():
        raise Refused("note_missing", gettext("Say which documents you saw; your note is stored."))
