"""Verbs on what may be said: check, appeal, decide, forget."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey
from marketplace.policy import patterns
from marketplace.policy.models import Refusal
from marketplace.policy.rules import (
    EXPLANATIONS,
    FORBIDDEN_BY_USE,
    HARD,
    Classifier,
    Classifiers,
    Match,
)
from marketplace.refusals import Refused, SpeechRefused

DECIDE = "policy.decide_refusal"
_SEAL = "refused-text"


@lru_cache(maxsize=4)
def _made(paths: tuple[str, ...]) -> Classifiers:
    return Classifiers([import_string(path)() for path in paths])


def classifier() -> Classifier:
    """Who looks at texts: every classifier of the setting `TEXT_CLASSIFIERS`."""
    return _made(tuple(settings.TEXT_CLASSIFIERS))


def require_allowed(*, key: ApiKey, voice: str, text: str, use: str = "") -> None:
    """Whether a text may be spoken at all, and for the use that was declared.

    Raises:
        SpeechRefused: text_refused (403); what was found is kept, and can be appealed.
            stopped_for_review (403), slowed_for_review (429): see `patterns`.
    """
    patterns.require_trusted(key.organization)
    found = _broken(text, use or key.use)
    if found is None:
        return
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = Refusal.objects.filter(organization=key.organization_id, text_sha256=sha256)
    if known.filter(state=Refusal.State.OVERTURNED).exists():
        return
    refusal = known.filter(rule=found.rule).last() or _refuse(key, voice, text, found, sha256)
    raise SpeechRefused(
        403,
        "text_refused",
        f"{EXPLANATIONS[found.category]} Rule {found.rule}; to have a person look at it, appeal "
        f"refusal {refusal.public_id}.",
    )


def require_fit(text: str) -> None:
    """Whether a text may be spoken for everybody to hear, as a preview.

    Raises:
        Refused: text_refused.
    """
    found = _broken(text, "")
    if found is not None:
        raise Refused("text_refused", EXPLANATIONS[found.category])


def _broken(text: str, use: str) -> Match | None:
    """The gravest thing that stands against a text."""
    matches = classifier().matches(text)
    hard = [match for match in matches if match.category in HARD]
    soft = [
        match for match in matches if match.category in FORBIDDEN_BY_USE and match.category != use
    ]
    return next(iter([*hard, *soft]), None)


def _refuse(key: ApiKey, voice: str, text: str, found: Match, sha256: str) -> Refusal:
    with transaction.atomic():
        refusal = Refusal.objects.create(
            organization=key.organization,
            api_key=key,
            voice=voice[:80],
            category=found.category,
            rule=found.rule,
            text_sha256=sha256,
            sealed_text=storage.seal(text.encode(), _SEAL),
        )
        audit.record(
            actor=None,
            action="text.refused",
            subject=refusal,
            category=found.category,
            rule=found.rule,
            text_sha256=sha256,
        )
    return refusal


def text_of(refusal: Refusal) -> str:
    """A refused text, for those who decide; empty where it is forgotten."""
    sealed = refusal.sealed_text
    return storage.unseal(bytes(sealed), _SEAL).decode() if sealed else ""


def appeal(*, refusal: Refusal, reason: str) -> Refusal:
    """Ask a person to look at a refused text.

    Raises:
        Refused: reason_missing.
        InvalidTransition: somebody looks at it, or has.
    """
    if not reason.strip():
        raise Refused("reason_missing", "Say what the text is for.")
    with transaction.atomic():
        refusal = Refusal.objects.select_for_update().get(pk=refusal.pk)
        refusal.appeal = reason.strip()[:2000]
        refusal.save(update_fields=["appeal"])
        refusal.transition(Refusal.State.APPEALED)
        audit.record(actor=None, action="text.appealed", subject=refusal)
    return refusal


def decide_appeal(*, refusal: Refusal, overturn: bool, note: str, by: User) -> Refusal:
    """Uphold a refusal, or let this organization say this text.

    Raises:
        Refused: not_a_moderator, note_missing.
        InvalidTransition: nobody appealed.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", "Only moderators decide on appeals.")
    if not note.strip():
        raise Refused("note_missing", "Say why in a sentence; it is kept.")
    with transaction.atomic():
        refusal = Refusal.objects.select_for_update().get(pk=refusal.pk)
        refusal.note, refusal.decided_by, refusal.decided_at = note.strip(), by, timezone.now()
        refusal.save(update_fields=["note", "decided_by", "decided_at"])
        refusal.transition(Refusal.State.OVERTURNED if overturn else Refusal.State.UPHELD)
        audit.record(
            actor=by,
            action=f"text.{refusal.state}",
            subject=refusal,
            note_sha256=audit.digest(refusal.note),
        )
    return refusal


def forget_texts() -> int:
    """Erase refused texts that are past their time; returns how many."""
    old = timezone.now() - timedelta(days=settings.REFUSED_TEXT_DAYS)
    return (
        Refusal.objects.filter(sealed_text__isnull=False, created_at__lt=old)
        .exclude(state=Refusal.State.APPEALED)
        .update(sealed_text=None)
    )
