"""Operations on spoken texts: stored sealed for a time, opened for a reason, then erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing.models import Generation, SpokenText
from marketplace.refusals import Refused

OPEN = "licensing.open_spokentext"


def _purpose(generation: Generation) -> str:
    return f"spoken text {generation.public_id}"  # so that each has its own key


def keep_texts(spoken: Iterable[tuple[Generation, str]]) -> None:
    """Store the texts of requests sealed, unless `SPOKEN_TEXT_DAYS` is 0."""
    if settings.SPOKEN_TEXT_DAYS:
        SpokenText.objects.bulk_create(
            SpokenText(
                generation=generation, sealed=storage.seal(text.encode(), _purpose(generation))
            )
            for generation, text in spoken
        )


def open_text(*, generation: Generation, by: User, reason: str) -> str:
    """Open the text of a request for an auditor, and audit the reason.

    Raises:
        Refused: not_allowed, reason_missing, not_found (erased by now, or never stored).
    """
    require_auditor(by, reason)
    stored = SpokenText.objects.filter(generation=generation).first()
    if stored is None:
        raise Refused("not_found", gettext("The text has been erased, or was never stored."))
    audit.record(actor=by, action="speech.text_opened", subject=generation, reason=reason.strip())
    return storage.unseal(bytes(stored.sealed), _purpose(generation)).decode()


def require_auditor(by: User, reason: str) -> None:
    """Refuse whoever may not open what was spoken, or does not say why.

    Raises:
        Refused: not_allowed, reason_missing.
    """
    if not by.has_perm(OPEN):
        raise Refused("not_allowed", gettext("Only auditors can open what was spoken."))
    if not reason.strip():
        raise Refused(
            "reason_missing", gettext("Say why you are opening it; the reason is recorded.")
        )


def forget_texts() -> int:
    """Erase texts whose retention has ended; returns how many."""
    old = timezone.now() - timedelta(days=settings.SPOKEN_TEXT_DAYS)
    count, _ = SpokenText.objects.filter(created_at__lte=old).delete()
    return count
