"""What creators, speakers and licensees are told when a consent is withdrawn, narrowed or about to end."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import dates
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.consent.models import Consent
from marketplace.consent.queries import (
    agreed,
    consents_in_force,
    last_given,
    may_speak,
    taken_out_at,
)
from marketplace.letters import services as letters
from marketplace.licensing import licence_letters, speaking_rights
from marketplace.licensing.models import Licence
from marketplace.listings.models import Notice
from marketplace.listings.queries import notice_of

WARN = timedelta(days=30)  # before a consent ends, or the promised notice if that is longer


def _going_on(voice_id: int) -> models.QuerySet[Licence]:
    licences = Licence.objects.filter(voice=voice_id).exclude(state__in=Licence.ENDED)
    return licences.select_related("voice")


def announce_withdrawal(*, voice_id: int) -> int:
    """Tell each licensee of a withdrawn voice how long it still speaks; returns how many."""
    count = 0
    for licence in _going_on(voice_id):
        if may_speak(licence.voice):
            return 0  # its speaker has consented anew meanwhile
        consent = last_given(licence.voice)
        until = speaking_rights.speaks_until(licence, consent)
        with transaction.atomic():
            audit.record(actor=None, action="licence.withdrawal_announced", subject=licence)
            licence_letters.tell(licence, "withdrawn", until=until)
        count += 1
    return count


def announce_narrowing(*, voice_id: int) -> int:
    """Tell each licensee which uses the speaker took out, and until when it speaks for them.

    A repeat tells nobody again; returns how many were told.
    """
    count = 0
    for pk in list(_going_on(voice_id).values_list("pk", flat=True)):
        with transaction.atomic():
            licence = Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            kept = agreed(licence.voice, licence.terms["uses"])
            gone = {
                use: _end_of_use(licence, use) for use in licence.terms["uses"] if use not in kept
            }
            for until in dict.fromkeys(gone.values()):
                count += _tell_of_uses(licence, [use for use in gone if gone[use] == until], until)
    return count


def _end_of_use(licence: Licence, use: str) -> datetime | None:
    """When a licence speaks for a use no more; None: not even now."""
    until = speaking_rights.speaks_for_until(licence, use)
    return until if until is not None and until > timezone.now() else None


def _tell_of_uses(licence: Licence, uses: list[str], until: datetime | None) -> bool:
    new = [use for use in uses if not _is_told_of_use(licence, use)]
    if new:
        audit.record(actor=None, action="licence.narrowed", subject=licence, uses=new)
        licence_letters.tell(licence, "narrowed", until=until, uses=new)
    return bool(new)


def _is_told_of_use(licence: Licence, use: str) -> bool:
    """Whether a licensee was told since a use was last taken out: it may have been given again between."""
    told, since = _told(licence, "licence.narrowed"), taken_out_at(licence.voice, use)
    told = told.filter(details__uses__contains=[use])
    return (told if since is None else told.filter(at__gte=since)).exists()


def _told(subject: models.Model, action: str) -> models.QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(
        action=action, subject_type=subject._meta.label_lower, subject_id=subject.pk
    )


def warn_of_ends() -> int:
    """Warn each creator, invited speaker and licensee once of a consent that ends; returns how many.

    In time for the longest notice: 30 days before, or the notice that was promised if it is longer.
    """
    now, count = timezone.now(), 0
    longest = max(WARN, timedelta(days=max(Notice.values)))
    ending = consents_in_force().filter(ends_at__lte=now + longest)
    for consent in ending.select_related("voice__creator__user", "invitation"):
        assert consent.ends_at is not None
        left = consent.ends_at - now
        if left <= max(WARN, timedelta(days=notice_of(consent.voice))):
            count += _warn_speaker(consent)
        for licence in _going_on(consent.voice_id):
            if left <= max(WARN, timedelta(days=licence.terms.get("notice_days") or 0)):
                count += _warn_licensee(licence, consent)
    return count


def _warn_licensee(licence: Licence, consent: Consent) -> bool:
    with transaction.atomic():
        licence = Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=licence.pk)
        if _told(licence, "licence.consent_ending").filter(details__consent=consent.pk).exists():
            return False
        assert consent.ends_at is not None
        until = speaking_rights.speaks_until(licence, consent) or min(
            consent.ends_at, licence.ends_at
        )
        audit.record(
            actor=None, action="licence.consent_ending", subject=licence, consent=consent.pk
        )
        licence_letters.tell(licence, "consent_ending", until=until, consent_ends=consent.ends_at)
    return True


def _warn_speaker(consent: Consent) -> bool:
    """Write to the creator, and to the speaker where that is somebody whom they invited."""
    with transaction.atomic():
        consent = Consent.objects.select_for_update(of=("self",), no_key=True).get(pk=consent.pk)
        if _told(consent, "consent.ending").exists():
            return False
        audit.record(actor=None, action="consent.ending", subject=consent)
        creator = consent.voice.creator.user
        letters.write(to=[creator.email], words=partial(_to_creator, consent))
        if consent.invitation is not None and consent.invitation.email != creator.email:
            letters.write(to=[consent.invitation.email], words=partial(_to_speaker, consent))
    return True


def _to_creator(consent: Consent) -> tuple[str, str]:
    said = _said(consent)
    subject = gettext("The consent for %(voice)s ends on %(day)s") % said
    text = gettext(
        "On %(day)s the consent for %(voice)s ends. The voice goes off sale then and is silent; licences "
        "that were sold with a notice period go on through it. No licence is sold or renewed whose term "
        "would go beyond that day, and licensees are told."
    )
    what = (
        gettext("To go on, have the speaker read a new statement: send them another link.")
        if consent.invitation is not None
        else gettext("To go on, read a new statement before that day.")
    )
    page = settings.BASE_URL + reverse("storefront:studio-voice", args=[consent.voice.public_id])
    return subject, f"{text % said} {what}\n\n{page}\n"


def _to_speaker(consent: Consent) -> tuple[str, str]:
    said = _said(consent)
    subject = gettext("Your consent on %(platform)s ends on %(day)s") % said
    text = gettext(
        "On %(day)s your consent to the voice %(voice)s ends. It is silent then, but for licences that were "
        "sold with a notice period, which go on through it. If you want it to speak for longer, ask its "
        "creator for another link; otherwise there is nothing that you need to do."
    )
    return subject, f"{text % said}\n"


def _said(consent: Consent) -> dict[str, str]:
    assert consent.ends_at is not None
    return {
        "voice": consent.voice.name,
        "day": dates.to_the_reader(consent.ends_at),
        "platform": settings.PLATFORM_NAME,
    }
