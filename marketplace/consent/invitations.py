"""Operations on invitations: somebody else consents to their voice in person, on their own device."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.consent.queries import consent_in_force, is_superseded
from marketplace.consent.replacement import lock_voice, refuse_readings
from marketplace.letters import services as letters
from marketplace.refusals import Refused
from marketplace.visible_text import has_address, visible, without_addresses
from marketplace.voices.models import Voice

DAYS = 14  # that a link is valid for consenting
LETTER = gettext_lazy(  # it begins with our words, so that nobody's name passes for a letter of ours
    "This e-mail is for the person whose voice is on recordings that were uploaded to %(platform)s. %(by)s, "
    "who uploaded them, says that you are %(name)s, and asks whether a synthetic version of your voice may "
    "be made and licensed. Nobody can agree to that but you.\n\n"
    "Open this link on your own device within %(days)s days, alone, with a microphone; no account is "
    "needed. You choose what your voice may be used for and read a short statement, or you say no:\n"
    "%(link)s\n\n"
    "With the same link you can withdraw your consent on any later day. Whoever has the link can act as "
    "you: don't pass it on."
)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite_speaker(*, voice: Voice, legal_name: str, email: str, by: User) -> SpeakerInvitation:
    """Send the person whose voice it is their own link; with older ones they can only say no.

    From now on nobody else can consent for this voice.

    Raises:
        Refused: not_the_creator, own_address, name_missing, name, already_consented, reading_undecided,
            speaker_declined, email, too_many_letters.
    """
    if voice.creator.user_id != by.pk:
        raise Refused(
            "not_the_creator",
            gettext("Only the person who uploaded a voice can invite its speaker."),
        )
    name, address = " ".join(visible(legal_name).split()), letters.checked_address(email)
    if not name:
        raise Refused("name_missing", gettext("Give the speaker's legal name; they say it aloud."))
    if has_address(name):
        raise Refused(
            "name",
            gettext("Leave e-mail and web addresses out of the name: it is written in an e-mail."),
        )
    if address.lower() == by.email.lower():
        raise Refused(
            "own_address", gettext("This is your own address. For your own voice, consent here.")
        )
    letters.require_moderate(by=by.pk, to=address)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        voice = Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
        if consent_in_force(voice) is not None:
            raise Refused(
                "already_consented", gettext("This voice already has its speaker's consent.")
            )
        if voice.consents.filter(state__in=Consent.READ).exists():
            raise Refused(
                "reading_undecided",
                gettext(
                    "A reading for this voice is being checked. Wait for the answer before you invite anybody."
                ),
            )
        if voice.invitations.exclude(declined_at=None).exists():
            raise Refused(
                "speaker_declined", gettext("The speaker said no. Their answer is final.")
            )
        voice.invitations.filter(expires_at__gt=timezone.now()).update(expires_at=timezone.now())
        invitation = SpeakerInvitation.objects.create(
            voice=voice,
            legal_name=name,
            email=address,
            token_sha256=_digest(token),
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=DAYS),
        )
        audit.record(actor=by, action="speaker.invited", subject=invitation)
        link = f"{settings.BASE_URL}/speaker#{token}"  # after '#': not sent, so in no log
        by_whom = without_addresses(voice.creator.display_name)
        said = {"name": name, "by": by_whom, "days": DAYS, "link": link}
        letters.write(to=[address], words=partial(_words, said))
    return invitation


def _words(said: dict[str, object]) -> tuple[str, str]:
    platform = {"platform": settings.PLATFORM_NAME}
    subject = gettext("Your voice on %(platform)s: yes or no?") % platform
    return subject, f"{str(LETTER) % (said | platform)}\n"


def invitation_by(token: str) -> SpeakerInvitation:
    """The invitation of a link, open or not; a speaker also withdraws with it later.

    Raises:
        Refused: invitation_unknown.
    """
    invitation = SpeakerInvitation.objects.filter(token_sha256=_digest(token.strip())).first()
    if invitation is None:
        raise Refused("invitation_unknown", gettext("This link is not valid. Ask for a new one."))
    return invitation


def require_current(invitation: SpeakerInvitation) -> None:
    """Refuse a superseded link, which may have been sent to the wrong person.

    Raises:
        Refused: invitation_over; another was sent since, and nobody consented with this one.
    """
    if is_superseded(invitation):
        raise Refused("invitation_over", gettext("A newer link has been sent. Use that one."))


def decline(*, invitation: SpeakerInvitation) -> None:
    """Record the speaker's no, so that nobody can ask again for this voice; a repeat changes nothing.

    A superseded link still says no, to every link: the newer one may be the uploader's own, sent so
    that whoever is recorded can't answer. Readings that are not decided yet are refused.

    Raises:
        Refused: already_consented, consented_elsewhere.
    """
    with transaction.atomic():
        voice = lock_voice(invitation.voice_id)
        invitation = SpeakerInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
        if invitation.declined_at is not None:
            return
        if consent_in_force(voice) is not None:
            raise _consented_already(invitation)
        voice.invitations.filter(declined_at=None).update(declined_at=timezone.now())
        refuse_readings(voice, why="The speaker said no.")
        audit.record(actor=None, action="speaker.declined", subject=invitation)


def _consented_already(invitation: SpeakerInvitation) -> Refused:
    if is_superseded(invitation):
        return Refused(
            "consented_elsewhere",
            gettext(
                "Somebody consented with a newer link. If these recordings are of you, have the voice taken down."
            ),
        )
    return Refused(
        "already_consented", gettext("You have consented. Withdraw your consent instead.")
    )
