"""Whatever finance does on its desk has a reason: the words here, their hash in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.payouts.models import Reason
from marketplace.refusals import Refused

MOST = 500  # characters


def require(words: str) -> str:
    """A reason without what is around it.

    Raises:
        Refused: reason_missing.
    """
    words = words.strip()[:MOST]
    if not words:
        raise Refused("reason_missing", gettext("Give your reason in a sentence."))
    return words


def note(*, action: str, subject: Model, words: str, by: User) -> Reason:
    """Keep why somebody did something to a row, in the transaction in which they do it.

    Raises:
        Refused: reason_missing.
    """
    words = require(words)
    with transaction.atomic():
        reason = Reason.objects.create(
            action=action,
            subject_type=subject._meta.label_lower,
            subject_id=subject.pk,
            words=words,
            by=by,
        )
        audit.record(
            actor=by,
            action="finance.reason",
            subject=subject,
            of=action,
            reason_sha256=audit.digest(words),
        )
    return reason


def reasons_about(subjects: Iterable[Model]) -> QuerySet[Reason]:
    """What was written about some rows, newest first."""
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    return Reason.objects.filter(wanted).select_related("by")
