"""Operations on takedowns: a voice uploaded against its speaker's will falls silent for good."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrOrPromise

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent import withdrawal
from marketplace.consent.queries import concerned_by
from marketplace.creators import vault
from marketplace.letters import services as letters
from marketplace.moderation import searches, services
from marketplace.moderation.models import ProtectedVoice, SpeakerSearch, Takedown
from marketplace.queue import Work, at_commit
from marketplace.refusals import InvalidTransition, Refused
from marketplace.voices.models import Voice
from synthesis.verification import encoders

CLAIMANT = {
    Takedown.State.UPHELD: gettext_lazy(
        "The voice that you reported has been taken down: it no longer speaks, and nobody can enrol you "
        "again. The moderator wrote: %(note)s"
    ),
    Takedown.State.REJECTED: gettext_lazy(
        "A moderator compared your reading with the voice that you reported and did not find them to be "
        "the same person. The moderator wrote: %(note)s\n"
        "You can record the statement again and add anything that helps us to decide."
    ),
}
UPLOADER = gettext_lazy(
    "Your voice “%(voice)s” has been taken down: somebody else proved with their own live voice that it is "
    "theirs. It no longer speaks, and its licensees are notified. The moderator wrote: %(note)s\n"
    "If this is wrong, reply to this e-mail."
)


def request_takedown(
    *,
    search: SpeakerSearch,
    voice: Voice,
    said: str = "",
    email: str = "",
    by: User | None = None,
) -> Takedown:
    """Report a voice that a search found; the reading is stored until a moderator has decided.

    by: whoever is signed in, so that they don't decide on their own report; None: nobody is.

    Raises:
        Refused: search_over, not_found, already_reported, email.
    """
    with transaction.atomic():
        search = searches.lock_answer(search)
        match = search.matches.filter(voice=voice).first()
        if match is None:
            raise Refused(
                "not_found", gettext("This voice is not among the matches of your search.")
            )
        if not search.recording_key:
            raise Refused(
                "already_reported", gettext("You have already reported a voice with this reading.")
            )
        takedown = Takedown.objects.create(
            voice=voice,
            score=match.score,
            said=said.strip()[:1000],
            email=letters.checked_address(email) if email.strip() else "",
            reported_by=by,
            embedding=search.embedding,
            recording_key=search.recording_key,
            recording_sha256=search.recording_sha256,
        )
        search.recording_key = ""  # it belongs to the takedown now
        search.save(update_fields=["recording_key"])
        audit.record(actor=None, action="takedown.requested", subject=takedown, score=match.score)
    return takedown


def concerned_by_takedown(takedown: Takedown) -> Concerned:
    """Whom a takedown is about: those of its voice, and whoever asks for it."""
    claimant = Concerned.of(users=[takedown.reported_by_id], emails=[takedown.email])
    return concerned_by(takedown.voice) | claimant


def decide_takedown(*, takedown: Takedown, uphold: bool, note: str, by: User) -> Takedown:
    """Take a voice down for good, or leave it; the reading is erased either way.

    Upheld: the consent is withdrawn for abuse and no notice runs on, so the voice is silent at the
    next request, and the reader is put on the list of those whom nobody may enrol.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing.
        InvalidTransition: it has already been decided.
    """
    if not by.has_perm(services.DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on takedowns."))
    require_impartial(by, concerned_by_takedown(takedown))
    if not note.strip():
        raise Refused(
            "note_missing", gettext("Give your reason in a sentence; it is stored and sent.")
        )
    with transaction.atomic():
        takedown = Takedown.objects.select_for_update(no_key=True).get(pk=takedown.pk)
        if takedown.state != Takedown.State.OPEN:
            raise InvalidTransition(gettext("This takedown has already been decided."))
        embedding, key, address = takedown.embedding, takedown.recording_key, takedown.email
        takedown.note, takedown.decided_by, takedown.decided_at = note.strip(), by, timezone.now()
        takedown.embedding, takedown.recording_key, takedown.email = None, "", ""
        takedown.reported_by = None
        takedown.save()
        takedown.transition(Takedown.State.UPHELD if uphold else Takedown.State.REJECTED)
        audit.record(
            actor=by,
            action=f"takedown.{takedown.state}",
            subject=takedown,
            sealed=vault.seal_details(takedown.voice.creator_id, note=takedown.note),
        )
        if uphold:
            _silence(takedown, list(embedding), by)
        at_commit(Work.DELETE_OBJECT, key)
        if address:
            _write(address, CLAIMANT[Takedown.State(takedown.state)], note=takedown.note)
    return takedown


def _silence(takedown: Takedown, embedding: list[float], by: User) -> None:
    voice = takedown.voice
    withdrawal.silence(voice=voice, by=by, reason="takedown")
    at_commit(Work.FREEZE_PAYOUTS, voice.creator_id)
    services.protect(
        embedding=embedding,
        reason=ProtectedVoice.Reason.TAKEN_DOWN,
        encoder=encoders.GE2E,
        by=by,
        note=f"Takedown of {voice.public_id}",
    )
    _write(voice.creator.user.email, UPLOADER, voice=str(voice), note=takedown.note)


def _write(address: str, text: StrOrPromise, **said: str) -> None:
    def words() -> tuple[str, str]:
        platform = {"platform": settings.PLATFORM_NAME}
        return gettext("About a voice on %(platform)s") % platform, f"{str(text) % said}\n"

    letters.write(to=[address], words=words)
