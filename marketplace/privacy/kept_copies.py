"""The copies of their data that people have: one for each, for a week."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import dates, storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.privacy import letters
from marketplace.privacy.models import PrivacyRequest
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.sealed_files import SealedFile, open_sealed

DAYS = 7  # that a copy can be downloaded
AGAIN_AFTER = timedelta(days=1)  # since the one before was asked for


def require_none_lately(user: User) -> None:
    """Refuse a second copy within a day: it may be of gigabytes, and nearly the same.

    Raises:
        Refused: copy_lately.
    """
    asked = PrivacyRequest.objects.filter(user=user, kind=PrivacyRequest.Kind.EXPORT).first()
    again = asked.created_at + AGAIN_AFTER if asked else timezone.now()
    if again > timezone.now():
        raise Refused(
            "copy_lately",
            gettext("You can ask for one copy a day; for the next from %(time)s.")
            % {"time": dates.in_words_with_time(again)},
        )


def keep(*, request_id: int, file: IO[bytes]) -> PrivacyRequest:
    """Store a person's copy, encrypted, for a week, in place of the one before.

    A repeat changes nothing, and of a copy that was forgotten meanwhile nothing stays.
    """
    key = f"copies/{storage.random_name()}"
    sha256 = storage.put_encrypted_file(key, file)
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update(no_key=True).get(pk=request_id)
        if request.state != PrivacyRequest.State.QUEUED:
            at_commit(Work.DELETE_OBJECT, key)
            return request
        for former in forget_all(request.user, but=request):
            at_commit(Work.DELETE_OBJECT, former)
        request.storage_key, request.sha256 = key, sha256
        request.report = {"bytes": file.seek(0, os.SEEK_END)}
        request.finished_at, request.stage, request.progress = timezone.now(), "", 1.0
        request.save()
        request.transition(PrivacyRequest.State.DONE)
        audit.record(actor=None, action="privacy.copied", subject=request)
        letters.tell_of_copy(request.user, DAYS)
    return request


def copy_of(*, request: PrivacyRequest, by: User) -> SealedFile:
    """The copy that a person requested, for them alone, read from the store as it is sent.

    Raises:
        Refused: not_found.
        StorageUnavailable: try again.
    """
    if request.user_id != by.pk or not request.storage_key:
        raise Refused(
            "not_found",
            gettext("There is no such copy, or it was deleted: after a week, or for a newer one."),
        )
    audit.record(actor=by, action="privacy.copy_taken", subject=request)
    return open_sealed(request.storage_key, request.sha256)


def forget_old() -> int:
    """Delete the copies older than a week; returns how many."""
    old = PrivacyRequest.objects.filter(
        kind=PrivacyRequest.Kind.EXPORT,
        state=PrivacyRequest.State.DONE,
        finished_at__lt=timezone.now() - timedelta(days=DAYS),
    )
    copies = 0
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            request = PrivacyRequest.objects.select_for_update(no_key=True).get(pk=pk)
            if request.storage_key:
                at_commit(Work.DELETE_OBJECT, request.storage_key)
            _forget(request)
            copies += 1
    return copies


def forget_all(user: User, but: PrivacyRequest | None = None) -> list[str]:
    """Forget a person's copies, even one that is being made; returns the keys of their objects."""
    copies = PrivacyRequest.objects.select_for_update(no_key=True).filter(
        user=user, kind=PrivacyRequest.Kind.EXPORT
    )
    keys = []
    for request in copies.exclude(state=PrivacyRequest.State.FORGOTTEN):
        if request != but:
            keys.append(request.storage_key)
            _forget(request)
    return [key for key in keys if key]


def _forget(request: PrivacyRequest) -> None:
    """Note that a copy is no more, which the caller has locked and whose object the caller deletes."""
    request.storage_key = ""
    request.save(update_fields=["storage_key"])
    request.transition(PrivacyRequest.State.FORGOTTEN)
