"""Operations on people's own data: request a copy or erasure, and carry it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import storage
from marketplace.accounts import sessions
from marketplace.accounts.models import Membership, User
from marketplace.compliance import audit
from marketplace.consent import invitations, withdrawal
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.creators import vault
from marketplace.creators.models import Creator
from marketplace.letters import services as letters
from marketplace.licensing import standing_renewals
from marketplace.licensing.models import ApiKey, PlanSubscription
from marketplace.listings import plays
from marketplace.listings import services as listings
from marketplace.payouts.incoming import left_plans, top_ups
from marketplace.payouts.models import SavedMethod
from marketplace.payouts.queries import balances_of
from marketplace.privacy import kept_copies
from marketplace.privacy import letters as privacy_letters
from marketplace.privacy.going import require_owners_stay
from marketplace.privacy.grounds import Why
from marketplace.privacy.inventory import PLACES, Place
from marketplace.privacy.models import PrivacyRequest, RetainedRecord
from marketplace.provenance import services as provenance
from marketplace.queue import Work, at_commit, at_once
from marketplace.refusals import Refused
from marketplace.reviews import services as reviews
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion

SILENT_YEARS = 3
# models with measurements or recordings of a voice, and their path to it
_MEASURED: dict[type[Model], str] = {
    Recording: "voice",
    VoiceVersion: "voice",
    Preview: "version__voice",
    Enrolment: "voice",
    Consent: "voice",
}
SEAL = "retained record"
Say = Callable[[str, float], None]


def ask(*, user: User, kind: str) -> PrivacyRequest:
    """Queue a copy or an erasure; one that is already queued is returned.

    Raises:
        Refused: copy_lately (of a copy); earnings_owed, plan_running, last_owner (of an erasure).
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        existing = PrivacyRequest.objects.filter(
            user=user, kind=kind, state=PrivacyRequest.State.QUEUED
        ).first()
        if existing is not None:
            return existing
        if kind == PrivacyRequest.Kind.ERASURE:
            _require_nothing_open(user)
        else:
            kept_copies.require_none_lately(user)
        request = PrivacyRequest.objects.create(user=user, kind=kind)
        audit.record(actor=user, action=f"privacy.{kind}_asked", subject=request)
        at_commit(work_of(kind), request.pk)
    return request


def work_of(kind: str) -> Work:
    """The work that fulfils a request: copies are made beside all else, because they take long."""
    is_copy = kind == PrivacyRequest.Kind.EXPORT
    return Work.MAKE_COPY if is_copy else Work.FULFIL_PRIVACY_REQUEST


def _require_nothing_open(user: User) -> None:
    creator = Creator.objects.filter(user=user).first()
    owed = [str(b.total) for b in balances_of(creator) if b.total.minor] if creator else []
    if owed:
        raise Refused(
            "earnings_owed",
            gettext(
                "You are still owed %(amounts)s. You can withdraw your consents now, and ask for erasure "
                "once this has been paid out."
            )
            % {"amounts": ", ".join(owed)},
        )
    if left_plans.goes_on_charging(user).filter(organization__personal_of=user).exists():
        raise Refused("plan_running", gettext("A plan of yours is still running. Cancel it first."))
    _require_no_team_plan(user)
    require_owners_stay(user)


def _require_no_team_plan(user: User) -> None:
    """Refuse whoever's card goes on paying for a team's plan, or who leaves one to nobody.

    What ends by itself with what is paid does not keep anybody waiting.
    """
    alone = Membership.objects.filter(user=user).exclude(
        Exists(Membership.objects.filter(organization=OuterRef("organization")).exclude(user=user))
    )
    left_to_nobody = PlanSubscription.objects.filter(
        organization__in=alone.values("organization"), cancels=False
    ).exclude(state=PlanSubscription.State.ENDED)
    charged = left_plans.goes_on_charging(user).first() or left_to_nobody.first()
    if charged is not None:
        raise Refused(
            "plan_running",
            gettext(
                "The plan of %(team)s is still running. End it first, on the page of the plans."
            )
            % {"team": charged.organization},
        )


def erase(*, request: PrivacyRequest, say: Say) -> dict[str, Any]:
    """Erase a person from every store; returns what was erased, and what is retained and why.

    Rows go in one transaction and objects after it; the objects are unreadable as soon as their
    creator's key is destroyed. Safe to repeat.
    """
    user = request.user
    address, language = user.email, user.language  # gone once the account is erased
    report: dict[str, Any] = {"erased": {}, "kept": {}, "objects": 0}
    keys: list[str] = []
    voices = list(Voice.objects.filter(creator__user=user).values_list("pk", flat=True))
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        if request.state != PrivacyRequest.State.QUEUED:
            return dict(request.report)
        _silence(user)
        reviewed = reviews.lock_reviewed_by(user)
        for number, place in enumerate(PLACES):
            say(f"Erasing {place.model._meta.verbose_name_plural}", number / len(PLACES))
            keys += _erase_place(place, user, report)
        for voice_id in reviewed:
            reviews.recount(voice_id)
        creator = Creator.objects.filter(user=user).first()
        if creator is not None:
            vault.destroy_key(creator=creator)
        keys += kept_copies.forget_all(user)
        sessions.delete_sessions(user=user)
        report["objects"] = len(keys)
        request.report, request.finished_at = report, timezone.now()
        request.stage, request.progress = "", 1.0
        request.save(update_fields=["report", "finished_at", "stage", "progress"])
        request.transition(PrivacyRequest.State.DONE)
        audit.record(actor=None, action="privacy.erased", subject=request, report=report)
        transaction.on_commit(partial(_erase_stores, keys, voices))
        link = f"{settings.BASE_URL}/privacy/{request.public_id}"
        privacy_letters.tell_of_erasure(address, language, link)
    return report


def _silence(user: User) -> None:
    """Stop all their voices, keys, renewals and plans, and have their payment methods forgotten."""
    for voice in Voice.objects.filter(creator__user=user):
        _silence_voice(voice, by=user)
    ApiKey.objects.filter(organization__personal_of=user, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    standing_renewals.end_all(agreed_by=user)
    top_ups.end_all(agreed_by=user)
    at_commit(Work.END_PLANS)  # one that was begun since they asked
    saved = SavedMethod.objects.filter(organization__personal_of=user).exclude(method="")
    for method in saved.values_list("method", flat=True):
        at_commit(Work.FORGET_METHOD, method)


def erase_speaker(*, invitation: SpeakerInvitation) -> dict[str, Any]:
    """Erase everything uploaded, recorded or measured of a speaker, on request by their own link.

    The voice is silent for everyone at once and for good. Its name and terms belong to its
    uploader and its sales to the accounts, so they remain. Safe to repeat.

    Raises:
        Refused: invitation_over; another link was sent since, and nobody consented with this one.
    """
    report: dict[str, Any] = {"erased": {}, "kept": {}}
    with transaction.atomic():
        voice = Voice.objects.select_for_update(no_key=True).get(pk=invitation.voice_id)
        invitation = SpeakerInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
        if invitation.erased_at is not None:
            return report
        invitations.require_current(invitation)
        _silence_voice(voice)
        keys = _erase_measured(voice, report)
        letters.forget(invitation.email)
        # the uploader's copy holds the recordings
        keys += kept_copies.forget_all(voice.creator.user)
        place = next(place for place in PLACES if place.model is SpeakerInvitation)
        _erase_rows(place, list(voice.invitations.all()), report)
        now = timezone.now()
        voice.invitations.filter(declined_at=None).update(declined_at=now)
        voice.invitations.update(erased_at=now)
        audit.record(actor=None, action="privacy.speaker_erased", subject=invitation, report=report)
        transaction.on_commit(partial(_erase_stores, keys, [voice.pk]))
        privacy_letters.tell_of_erased_speaker(voice)
    return report


def _silence_voice(voice: Voice, by: User | None = None) -> None:
    withdrawal.silence(voice=voice, by=by, reason="erasure")
    listings.close_listing(voice=voice, by=by, reason="erasure")


def _erase_measured(voice: Voice, report: dict[str, Any]) -> list[str]:
    """Erase the measurements and recordings of a voice; returns the keys of its objects."""
    keys: list[str] = []
    for place in PLACES:
        if place.model in _MEASURED:
            rows = place.model._default_manager.filter(**{_MEASURED[place.model]: voice})
            keys += _erase_rows(place, list(rows), report)
    return keys


def _erase_place(place: Place, user: User, report: dict[str, Any]) -> list[str]:
    return _erase_rows(place, list(place.rows(user)), report)


def _erase_rows(place: Place, rows: list[Any], report: dict[str, Any]) -> list[str]:
    keys = [str(getattr(row, column)) for row in rows for column in place.objects]
    if not rows:
        return []
    if place.deleted:
        place.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    elif place.blanked:
        for row in rows:
            if _blank(place, row) and place.kept is not None:
                report["kept"][place.name] = place.kept.code
    if place.deleted or place.blanked:
        report["erased"][place.name] = report["erased"].get(place.name, 0) + len(rows)
    return [key for key in keys if key]


def _blank(place: Place, row: Any) -> bool:
    """Blank a row; returns whether its former values are retained, sealed."""
    is_retained = place.is_kept(row)
    if is_retained and place.kept is not None:
        former = {name: getattr(row, name) for name in place.blanked}
        _retain(place, row, former, place.kept)
    for name, value in place.blanked.items():
        setattr(row, name, value(row) if callable(value) else value)
    row.save(update_fields=[*place.blanked])
    return is_retained


def _retain(place: Place, row: Any, former: dict[str, Any], why: Why) -> None:
    plain = json.dumps(former, cls=DjangoJSONEncoder).encode()
    RetainedRecord.objects.create(
        subject_type=place.name,
        subject_id=row.pk,
        reason=why.code,
        sealed=storage.seal(plain, SEAL),
        until=(timezone.now() + timedelta(days=366 * why.years)).date(),
    )


def _erase_stores(keys: list[str], voices: list[int]) -> None:
    for key in keys:
        cache.delete(f"preview:{key}")
        at_once(Work.DELETE_OBJECT, key)
    for voice in voices:
        at_once(Work.FORGET_AUDIO, voice)


def report_progress(*, request_id: int, stage: str, progress: float) -> None:
    """Record the progress of a request."""
    PrivacyRequest.objects.filter(pk=request_id, state=PrivacyRequest.State.QUEUED).update(
        stage=stage, progress=progress
    )


def open_retained(*, record: RetainedRecord, by: User, reason: str) -> dict[str, Any]:
    """Open the former values of an erased row for an auditor, and audit it.

    Raises:
        Refused: not_allowed, reason_missing.
    """
    if not by.has_perm("privacy.open_retained"):
        raise Refused("not_allowed", "Only auditors can open what the law makes us keep.")
    if not reason.strip():
        raise Refused("reason_missing", "Say why you are opening it; the reason is recorded.")
    audit.record(actor=by, action="retained.opened", subject=record, reason=reason.strip())
    contents: dict[str, Any] = json.loads(storage.unseal(bytes(record.sealed), SEAL))
    return contents


def forget_silent_voices() -> int:
    """Erase measurements and recordings of voices whose consent ended three years ago (740
    ILCS 14/15(a)); returns how many voices. Names, terms and accounts remain.
    """
    over = timezone.now() - timedelta(days=365 * SILENT_YEARS)
    ended = Q(consents__revoked_at__lt=over) | Q(consents__ends_at__lt=over)
    given = (Consent.State.VERIFIED, Consent.State.REVOKED)
    in_force = Consent.objects.filter(voice=OuterRef("pk"), state__in=given).filter(
        Q(revoked_at=None) | Q(revoked_at__gte=over), Q(ends_at=None) | Q(ends_at__gte=over)
    )
    templates = VoiceVersion.objects.filter(voice=OuterRef("pk")).exclude(storage_key="")
    silent = Voice.objects.filter(ended, Exists(templates)).exclude(Exists(in_force)).distinct()
    for voice in silent:
        with transaction.atomic():
            keys = _erase_measured(voice, {"erased": {}, "kept": {}})
            audit.record(actor=None, action="privacy.silent_voice_erased", subject=voice)
            transaction.on_commit(partial(_erase_stores, keys, [voice.pk]))
    return len(silent)


def forget_what_is_over() -> dict[str, int]:
    """Delete copies older than a week, retained records that are due, sessions that are over, old plays,
    and old results of examinations.
    """
    copies, played = kept_copies.forget_old(), plays.forget_old()
    examined = provenance.forget_results()
    call_command("clearsessions")
    records, _ = RetainedRecord.objects.filter(until__lte=timezone.now().date()).delete()
    return {"copies": copies, "records": records, "plays": played, "examinations": examined}
