"""Freezes: nothing is sent to a creator until somebody has looked into their money."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts.models import PayoutFreeze
from marketplace.refusals import Refused

DECIDE = "payouts.freeze_payouts"
MAX_REASON = 500


def is_frozen(creator: Creator) -> bool:
    """Whether a creator's money stays here for now."""
    return PayoutFreeze.objects.filter(creator=creator, lifted_at=None).exists()


def freeze(*, creator: Creator, reason: str, by: User | None = None) -> PayoutFreeze:
    """Freeze a creator's money; a repeat returns the freeze that there is.

    by: None where an upheld takedown freezes it.

    Raises:
        Refused: not_allowed, own_voice, own_team, reason_missing.
    """
    if by is not None:
        _require_allowed(creator, by)
    reason = _clean(reason)
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(
            pk=creator.pk
        )  # as `claim_transfers` does
        freeze_, created = PayoutFreeze.objects.get_or_create(
            creator=creator, lifted_at=None, defaults={"reason": reason, "frozen_by": by}
        )
        if created:
            audit.record(
                actor=by,
                action="payouts.frozen",
                subject=creator,
                reason_sha256=audit.digest(reason),
            )
    return freeze_


def lift(*, creator: Creator, reason: str, by: User) -> None:
    """Lift the freeze of a creator's money; without one, nothing changes.

    Raises:
        Refused: not_allowed, own_voice, own_team, reason_missing.
    """
    _require_allowed(creator, by)
    reason = _clean(reason)
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        freeze_ = PayoutFreeze.objects.filter(creator=creator, lifted_at=None).first()
        if freeze_ is None:
            return
        freeze_.lifted_at, freeze_.lifted_by, freeze_.lift_reason = timezone.now(), by, reason
        freeze_.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        audit.record(
            actor=by,
            action="payouts.unfrozen",
            subject=creator,
            reason_sha256=audit.digest(reason),
        )


def _require_allowed(creator: Creator, by: User) -> None:
    if not by.has_perm(DECIDE):
        raise Refused(
            "not_allowed",
            gettext("Only finance and moderators can freeze or release a creator's money."),
        )
    require_impartial(by, Concerned.of(users=[creator.user_id]))


def _clean(reason: str) -> str:
    reason = reason.strip()[:MAX_REASON]
    if not reason:
        raise Refused("reason_missing", gettext("Give your reason in a sentence."))
    return reason
