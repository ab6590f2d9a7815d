"""Verbs on licences and keys; buying is in `orders.py`, speaking in `usage.py`."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import keys
from marketplace.licensing.models import ApiKey, Licence
from marketplace.refusals import Refused

MOST_KEYS = 10  # living ones a licence


def create_key(*, licence: Licence, name: str, by: User) -> tuple[ApiKey, str]:
    """A new key for a licence and its secret, which is never to be seen again.

    Raises:
        Refused: not_the_buyer, licence_inactive, too_many_keys.
    """
    if licence.buyer_id != by.pk:
        raise Refused("not_the_buyer", "Only the buyer of a licence makes keys for it.")
    secret = keys.new_secret()
    with transaction.atomic():
        licence = Licence.objects.select_for_update().get(pk=licence.pk)
        if licence.state != Licence.State.ACTIVE:
            raise Refused("licence_inactive", "This licence is not active, so it has no new keys.")
        if licence.api_keys.filter(revoked_at=None).count() >= MOST_KEYS:
            raise Refused("too_many_keys", f"{MOST_KEYS} keys is the limit; revoke one first.")
        key = ApiKey.objects.create(
            owner=by,
            licence=licence,
            name=name.strip()[:60] or "API key",
            prefix=keys.shown_prefix(secret),
            secret_hash=keys.hash_secret(secret),
        )
        audit.record(actor=by, action="key.created", subject=key, licence=licence.number)
    return key, secret


def revoke_key(*, key: ApiKey, by: User) -> ApiKey:
    """Stop a key at its next request; a second call changes nothing."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key.pk)
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            audit.record(actor=by, action="key.revoked", subject=key)
    return key


def expire_licences() -> int:
    """End licences whose term is over; returns how many."""
    count = 0
    for pk in Licence.objects.filter(
        state=Licence.State.ACTIVE, ends_at__lte=timezone.now()
    ).values_list("pk", flat=True):
        with transaction.atomic():
            licence = Licence.objects.select_for_update().get(pk=pk)
            if licence.state == Licence.State.ACTIVE:
                licence.transition(Licence.State.EXPIRED, allowed_from={Licence.State.ACTIVE})
                audit.record(actor=None, action="licence.expired", subject=licence)
                count += 1
    return count
