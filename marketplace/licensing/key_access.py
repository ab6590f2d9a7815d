"""Authentication of requests: the key behind a secret, and whether it may be used."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, has_kept, may
from marketplace.licensing import key_secrets
from marketplace.licensing.models import ApiKey
from marketplace.refusals import SpeechRefused

LAST_USE_PRECISION = timedelta(minutes=1)


def recognize_key(secret: str) -> ApiKey:
    """The usable key that a secret belongs to.

    Raises:
        SpeechRefused: invalid_api_key, what `require_usable_key` refuses.
    """
    key = (
        ApiKey.objects.select_related("owner", "organization")
        .filter(prefix=key_secrets.shown_prefix(secret))
        .first()
    )
    if key is None or not key_secrets.matches(secret, key.secret_hash):
        raise SpeechRefused(401, "invalid_api_key", "This API key is unknown. Check it.")
    require_usable_key(key, timezone.now())
    return key


def note_use(key: ApiKey, address: str | None) -> None:
    """Note when and whence a key was last used, if it allows that address.

    Raises:
        SpeechRefused: address_not_allowed.
    """
    if key.networks and not _is_within(address, key.networks):
        raise SpeechRefused(
            403, "address_not_allowed", f"This API key does not work from {address}."
        )
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USE_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_used_from=address)


def _is_within(address: str | None, networks: list[str]) -> bool:
    if not address:
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in ipaddress.ip_network(network) for network in networks)


def require_usable_key(key: ApiKey, now: datetime) -> None:
    """Refuse a key that is revoked or expired, or whose maker may make keys no longer.

    Who left and came back, or lost the right and has it again, may use none of their former keys: they
    may have been sent away because of one.

    Raises:
        SpeechRefused: key_revoked, key_expired, account_closed, key_owner_left.
    """
    if key.revoked_at is not None:
        raise SpeechRefused(401, "key_revoked", "This API key was revoked. Create a new one.")
    if key.expires_at is not None and key.expires_at <= now:
        raise SpeechRefused(401, "key_expired", "This API key has expired. Use its successor.")
    if not key.owner.is_active:
        raise SpeechRefused(401, "account_closed", "The account of this API key has been closed.")
    if key.secret_hash == ApiKey.NO_SECRET:  # nobody can have kept it from before
        may_use = may(key.owner, key.organization, Right.KEYS)
    else:
        may_use = has_kept(key.owner, key.organization, Right.KEYS, key.created_at)
    if not may_use:
        raise SpeechRefused(
            401,
            "key_owner_left",
            "Whoever made this API key may make keys here no longer, or could not for a while. "
            "Have a member who may rotate it.",
        )


def require_still_usable(key_pk: int) -> None:
    """Read a key again and refuse one that can't be used any more, as `require_usable_key` does."""
    require_usable_key(_read_again(key_pk), timezone.now())


def require_may_still_read(key_pk: int) -> None:
    """Read a key again and refuse one that can't be used any more, or not to read."""
    key = _read_again(key_pk)
    require_usable_key(key, timezone.now())
    require_scope(key, ApiKey.Scope.READ)


def _read_again(key_pk: int) -> ApiKey:
    return ApiKey.objects.select_related("owner", "organization").get(pk=key_pk)


def require_scope(key: ApiKey, scope: str) -> None:
    """Refuse a key that lacks a scope, or that pages may use unless it is to speak.

    Raises:
        SpeechRefused: scope_missing.
    """
    if key.origins and scope != ApiKey.Scope.SPEAK:
        raise SpeechRefused(
            403,
            "scope_missing",
            "Web pages may use this API key, so it can speak and list voices, and nothing else. "
            "Use a key that no page may use.",
        )
    if scope not in key.scopes:
        raise SpeechRefused(
            403,
            "scope_missing",
            f"This API key lacks the scope {str(scope)!r}; make one that has it.",
        )


def require_person(key: ApiKey) -> User:
    """The person whose own account's key this is, with the scope `account`: it may do what they may.

    Raises:
        SpeechRefused: scope_missing, not_personal.
    """
    require_scope(key, ApiKey.Scope.ACCOUNT)
    person = key.organization.personal_of
    if person is None or person.pk != key.owner_id:
        raise SpeechRefused(
            403, "not_personal", "This is a team's key. Use one of your own account."
        )
    return person
