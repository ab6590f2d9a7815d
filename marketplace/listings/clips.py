"""Operations on what a listing's clips say: whatever changes is reviewed before it is heard."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.queries import may_speak
from marketplace.enrolment import previews
from marketplace.listings.models import Listing
from marketplace.listings.services import reopen
from marketplace.refusals import Refused
from marketplace.voices.models import Preview, Voice, VoiceVersion


def choose_preview(*, version: VoiceVersion, text: str, by: User, use: str = "") -> Preview:
    """Queue a clip of the creator's own words; a listing that shows the clips is reviewed again.

    Raises:
        Refused: consent_missing, preview_text, clip_use, exclusive.
    """
    with transaction.atomic():
        _open(version, by)
        return previews.set_own_preview(version=version, text=text, use=use, by=by)


def choose_scripts(*, version: VoiceVersion, keys: Sequence[str], by: User) -> None:
    """Queue clips of the scripts that the creator chose; a listing that shows them is reviewed again.

    The same choice as before changes nothing.

    Raises:
        Refused: consent_missing, scripts, exclusive.
    """
    lines = previews.chosen_lines(keys, version.voice.language)
    with transaction.atomic():
        if lines == previews.lines_said(version):
            return
        _open(version, by)
        previews.replace_lines(version=version, lines=lines, by=by)


def _open(version: VoiceVersion, by: User) -> None:
    """Lock a voice that may speak and what shows this version of it, and take that back to a draft."""
    if not may_speak(Voice.objects.select_for_update(no_key=True).get(pk=version.voice_id)):
        raise Refused(
            "consent_missing", gettext("This voice is silent: there is no consent in force.")
        )
    listing = Listing.objects.select_for_update(no_key=True).filter(version=version).first()
    if listing is not None:
        reopen(listing)
        audit.record(actor=by, action="listing.clip_changed", subject=listing)
