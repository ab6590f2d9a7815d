"""The key that comes with a purchase, so that a buyer's first program speaks at once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, may
from marketplace.licensing import api_keys
from marketplace.licensing.models import Licence
from marketplace.licensing.queries import keys_speaking_with
from marketplace.refusals import Refused

AFTER_PURCHASE = timedelta(hours=1)  # later, a page that is opened again makes no key


def first_key(*, licence: Licence, by: User) -> str:
    """The secret of a key to all that the organization has, if none speaks with the licence; else "".

    Of two pages that are opened at once, one makes it. Who may make no keys gets none, and neither
    does an organization that has as many as it may.
    """
    with transaction.atomic():  # the organization first, as wherever both are locked
        Organization.objects.select_for_update(no_key=True).get(pk=licence.organization_id)
        licence = Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=licence.pk)
        is_recent = licence.starts_at > timezone.now() - AFTER_PURCHASE
        is_due = is_recent and may(by, licence.organization, Right.KEYS)
        if not is_due or keys_speaking_with(licence).exists():
            return ""
        try:
            _, secret = api_keys.create_key(
                organization=licence.organization,
                name=licence.terms["voice_name"],
                use=licence.terms["uses"][
                    0
                ],  # for clients that can't say; its page lets it be changed
                by=by,
            )
        except Refused:
            return ""
    return secret
