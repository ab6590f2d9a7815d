"""What a key's speech is for where a request doesn't say: clients made for other services can't say it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused
from marketplace.voices.uses import Use


def set_use(*, key: ApiKey, use: str, by: User) -> ApiKey:
    """Choose what a key speaks for where a request doesn't say; empty: each has to.

    Raises:
        Refused: not_a_member, role_too_small, key_revoked, use_not_licensed.
    """
    require(by, key.organization, Right.KEYS)
    if use and use not in Use.values:
        raise Refused(
            "use_not_licensed", gettext("%(use)s is not a known use.") % {"use": repr(use[:40])}
        )
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
        if key.revoked_at is not None:
            raise Refused("key_revoked", gettext("This key is revoked."))
        if key.use != use:
            key.use = use
            key.save(update_fields=["use"])
            audit.record(actor=by, action="key.use", subject=key, use=use)
    return key


def use_among(allowed: Sequence[str], *, asked: str, key: ApiKey) -> str:
    """The use that a request declares, else the key's; of a single one that is allowed, that one.

    Returns "" where neither says one and several are allowed; what is declared may not be allowed.
    """
    if asked:
        return asked
    return allowed[0] if len(allowed) == 1 else key.use
