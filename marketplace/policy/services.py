"""Operations on texts: check, appeal, decide, erase."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import chain

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from marketplace import storage
from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey
from marketplace.policy.models import Refusal
from marketplace.policy.patience import Patience
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
def _build(paths: tuple[str, ...]) -> Classifiers:
    return Classifiers([import_string(path)() for path in paths])


def classifier() -> Classifier:
    """The classifiers that the setting `TEXT_CLASSIFIERS` names."""
    return _build(tuple(settings.TEXT_CLASSIFIERS))


@dataclass(frozen=True)
class Objection:
    """Why a text may not be spoken; text: what would be heard."""

    text: str
    sha256: str
    match: Match


def objection_to(
    *,
    key: ApiKey,
    text: str,
    use: str = "",
    heard: Iterable[str] = (),
    patience: Patience | None = None,
) -> Objection | None:
    """What speaks against a text, for the declared use or at all; None if it may be spoken.

    heard: what else a listener may hear in it; see `sounds`. Working it out takes time, too, so it is
        asked for one by one. patience: what working it out shares with judging.

    Raises:
        SpeechRefused: text_unjudged (422).
    """
    patience = patience or Patience()
    for each in chain((text,), heard):
        match = _gravest_match(each, use or key.use)
        if match is not None:
            # who decides on an appeal must see what would be heard
            told = text if each == text else f"{text}\n[heard as: {each}]"
            sha256 = hashlib.sha256(told.encode()).hexdigest()
            if not _overturned(key, sha256):
                return Objection(told, sha256, match)
        patience.require()
    return None


def _overturned(key: ApiKey, sha256: str) -> bool:
    """Whether a moderator has allowed its organization this text, heard in this way."""
    return Refusal.objects.filter(
        organization=key.organization_id, text_sha256=sha256, state=Refusal.State.OVERTURNED
    ).exists()


def refuse(*, key: ApiKey, voice: str, objection: Objection) -> Refusal:
    """Store the refusal of a text, which can be appealed; the same text again is the same refusal."""
    match = objection.match
    earlier = Refusal.objects.filter(
        organization=key.organization_id, text_sha256=objection.sha256, rule=match.rule
    )
    return earlier.last() or _refuse(key, voice, objection.text, match, objection.sha256)


def explained(refusal: Refusal) -> SpeechRefused:
    """The answer to who asked for a refused text: text_refused (403)."""
    return SpeechRefused(
        403,
        "text_refused",
        gettext("%(why)s Rule %(rule)s; to have a person review it, appeal refusal %(refusal)s.")
        % {
            "why": gettext(EXPLANATIONS[refusal.category]),
            "rule": refusal.rule,
            "refusal": refusal.public_id,
        },
    )


def require_licensable(text: str) -> None:
    """Refuse a text that may not be spoken under any licence.

    Raises:
        Refused: text_refused.
    """
    for match in classifier().matches(text):
        if match.category in HARD:
            raise Refused("text_refused", gettext(EXPLANATIONS[match.category]))


def require_fit(
    text: str, heard: Iterable[str] = (), explanations: Mapping[str, str] = EXPLANATIONS
) -> None:
    """Refuse a plain text that may not be spoken in a public preview.

    heard: what else a listener may hear in it; see `sounds`. explanations: a sentence for each category.

    Raises:
        Refused: text_refused.
    """
    for each in chain((text,), heard):
        match = _gravest_match(each, "")
        if match is not None:
            raise Refused("text_refused", gettext(explanations[match.category]))


def _gravest_match(text: str, use: str) -> Match | None:
    """The gravest match that forbids a text."""
    matches = classifier().matches(text)
    hard = [match for match in matches if match.category in HARD]
    soft = [
        match for match in matches if match.category in FORBIDDEN_BY_USE and match.category != use
    ]
    return next(iter([*hard, *soft]), None)


def _refuse(key: ApiKey, voice: str, text: str, match: Match, sha256: str) -> Refusal:
    with transaction.atomic():
        refusal = Refusal.objects.create(
            organization=key.organization,
            api_key=key,
            voice=voice[:80],
            category=match.category,
            rule=match.rule,
            text_sha256=sha256,
            sealed_text=storage.seal(text.encode(), _SEAL),
        )
        audit.record(
            actor=None,
            action="text.refused",
            subject=refusal,
            category=match.category,
            rule=match.rule,
            text_sha256=sha256,
        )
    return refusal


def text_of(refusal: Refusal) -> str:
    """A refused text, for those who decide; empty if it has been erased."""
    sealed = refusal.sealed_text
    return storage.unseal(bytes(sealed), _SEAL).decode() if sealed else ""


def appeal(*, refusal: Refusal, reason: str) -> Refusal:
    """Ask a person to review a refused text.

    Raises:
        Refused: reason_missing.
        InvalidTransition: it has already been appealed or decided.
    """
    if not reason.strip():
        raise Refused("reason_missing", gettext("Say what the text is for."))
    with transaction.atomic():
        refusal = Refusal.objects.select_for_update(no_key=True).get(pk=refusal.pk)
        refusal.appeal = reason.strip()[:2000]
        refusal.save(update_fields=["appeal"])
        refusal.transition(Refusal.State.APPEALED)
        audit.record(actor=None, action="text.appealed", subject=refusal)
    return refusal


def decide_appeal(*, refusal: Refusal, overturn: bool, note: str, by: User) -> Refusal:
    """Uphold a refusal, or allow this organization this text.

    Raises:
        Refused: not_a_moderator, own_team, note_missing.
        InvalidTransition: nobody appealed.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on appeals."))
    require_impartial(by, Concerned.of(organizations=[refusal.organization_id]))
    if not note.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; it is stored."))
    with transaction.atomic():
        refusal = Refusal.objects.select_for_update(no_key=True).get(pk=refusal.pk)
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
    """Erase refused texts whose retention has ended; returns how many."""
    old = timezone.now() - timedelta(days=settings.REFUSED_TEXT_DAYS)
    return (
        Refusal.objects.filter(sealed_text__isnull=False, created_at__lt=old)
        .exclude(state=Refusal.State.APPEALED)
        .update(sealed_text=None)
    )
