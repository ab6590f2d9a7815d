"""Keys without a secret: what members speak on our own pages is charged to one, and nobody can send it."""

from __future__ import annotations

import uuid

from django.db import transaction

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing.models import ApiKey, Licence

NAME = "On this site"


def page_key(*, licence: Licence, by: User) -> ApiKey:
    """The key by which a member speaks with one licence on our pages, made when it is first needed.

    Raises:
        Refused: not_a_member, role_too_small.
    """
    require(by, licence.organization, Right.KEYS)
    with transaction.atomic():  # one key of two at once; locked as wherever keys are made
        Organization.objects.select_for_update(no_key=True).get(pk=licence.organization_id)
        found = ApiKey.objects.select_related("owner", "organization")
        key = found.filter(secret_hash=ApiKey.NO_SECRET, owner=by, licences=licence).first()
        if key is not None:
            return key
        key = ApiKey.objects.create(
            organization=licence.organization,
            owner=by,
            name=NAME,
            prefix=f"page-{uuid.uuid4().hex[:11]}",
            secret_hash=ApiKey.NO_SECRET,
            scopes=[ApiKey.Scope.SPEAK],
        )
        key.licences.set([licence])
        audit.record(actor=by, action="key.created", subject=key, licences=[licence.number])
    return key
