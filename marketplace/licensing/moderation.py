"""What moderators do with a licence whose buyer breaks its terms."""

from __future__ import annotations

from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.consent.queries import concerned_by
from marketplace.licensing import lifecycle
from marketplace.licensing.models import Licence
from marketplace.refusals import Refused

DECIDE = "licensing.moderate_licence"


def moderate_licence(*, licence: Licence, decision: str, reason: str, by: User) -> Licence:
    """Suspend, resume or revoke a licence.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing, decision.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on licences."))
    buyer = Concerned.of(users=[licence.buyer_id], organizations=[licence.organization_id])
    require_impartial(by, buyer | concerned_by(licence.voice))
    if not reason.strip():
        raise Refused(
            "note_missing", gettext("Give your reason in a sentence; the buyer will read it.")
        )
    cause = lifecycle.MODERATION
    if decision == "suspend":
        return lifecycle.suspend_licence(licence=licence, reason=reason, cause=cause, by=by)
    if decision == "resume":
        return lifecycle.resume_licence(licence=licence, cause=cause, by=by)
    if decision == "revoke":
        return lifecycle.revoke_licence(licence=licence, reason=reason, by=by)
    raise Refused("decision", gettext("Choose what to do with the licence."))
