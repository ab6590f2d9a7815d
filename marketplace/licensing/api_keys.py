"""API keys: created, rotated, limited, revoked."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.licensing import key_secrets, plans
from marketplace.licensing.models import ApiKey, Licence
from marketplace.refusals import Refused
from marketplace.visible_text import visible
from marketplace.voices.uses import Use, told

MAX_KEYS = 25  # active keys per organization
MAX_NETWORKS = 50  # of one key; each of its requests is compared with them
OVERLAPS = {"none": timedelta(0), "hour": timedelta(hours=1), "day": timedelta(days=1),
            "week": timedelta(days=7)}  # fmt: skip
EVERYTHING = (ApiKey.Scope.SPEAK, ApiKey.Scope.READ)


def create_key(
    *,
    organization: Organization,
    name: str,
    by: User,
    licences: Sequence[Licence] = (),
    use: str = "",
    scopes: Sequence[str] = EVERYTHING,
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
    monthly_characters: int | None = None,
) -> tuple[ApiKey, str]:
    """Create a key; returns it with its secret, which is never shown again.

    licences: what it may speak with; empty: everything the organization has, now and later.

    Raises:
        Refused: not_a_member, role_too_small, licence_inactive, use_not_licensed, scopes,
            networks, expiry, monthly_characters, too_many_keys.
    """
    require(by, organization, Right.KEYS)
    _check_use(use, licences)
    if not scopes or set(scopes) - set(ApiKey.Scope.values):
        raise Refused("scopes", gettext("Choose what the key may do: speak, read, or both."))
    if expires_at is not None and expires_at <= timezone.now():
        raise Refused("expiry", gettext("A key must expire in the future."))
    if monthly_characters is not None and monthly_characters < 1:
        raise Refused("monthly_characters", gettext("A spend limit is at least one character."))
    _check_licences(licences, organization)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if _usable(organization).count() >= MAX_KEYS:
            raise Refused(
                "too_many_keys",
                gettext("%(most)s keys is the limit; revoke one first.") % {"most": MAX_KEYS},
            )
        if not licences:
            _require_room(organization)
        key, secret = _make(
            organization=organization,
            owner=by,
            name=visible(name).strip()[:60] or "API key",
            use=use,
            scopes=list(dict.fromkeys(scopes)),
            networks=_networks(networks),
            expires_at=expires_at,
            monthly_characters=monthly_characters,
        )
        key.licences.set(licences)
        audit.record(
            actor=by,
            action="key.created",
            subject=key,
            licences=[licence.number for licence in licences],
        )
    return key, secret


def _check_licences(licences: Sequence[Licence], organization: Organization) -> None:
    """Refuse licences that an organization can't have a key for."""
    for licence in licences:
        if licence.organization_id != organization.pk:
            raise Refused(
                "not_a_member", gettext("A key can use only its own organization's licences.")
            )
        if licence.state != Licence.State.ACTIVE:
            raise Refused(
                "licence_inactive",
                gettext("This licence is not active, so it can't have new keys."),
            )


def _usable(organization: Organization) -> QuerySet[ApiKey]:
    """The keys that work now, those in an overlap among them, but not those of our own pages."""
    return organization.api_keys.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None
    ).exclude(secret_hash=ApiKey.NO_SECRET)


def _require_room(organization: Organization) -> None:
    """Refuse another key that is limited to no licence, beyond the number of those."""
    allowed = unlimited_keys(organization)
    if _usable(organization).filter(licences=None).count() >= allowed:
        raise Refused(
            "too_many_keys",
            gettext(
                "%(n)s key(s) may work with everything you have; revoke one, or make one that is limited to a licence."
            )
            % {"n": allowed},
        )


def unlimited_keys(organization: Organization) -> int:
    """How many keys may work with all that an organization has: as many as any, if it has a licence."""
    if organization.licences.exclude(state__in=Licence.ENDED).exists():
        return MAX_KEYS
    return plans.paying_plan(organization).keys


def _make(**fields: object) -> tuple[ApiKey, str]:
    secret = key_secrets.new_secret()
    key = ApiKey.objects.create(
        prefix=key_secrets.shown_prefix(secret),
        secret_hash=key_secrets.hash_secret(secret),
        **fields,
    )
    return key, secret


def _check_use(use: str, licences: Sequence[Licence]) -> None:
    if use and use not in Use.values:
        raise Refused(
            "use_not_licensed", gettext("%(use)s is not a known use.") % {"use": repr(use)}
        )
    for licence in licences:
        if use and use not in licence.terms["uses"]:
            raise Refused(
                "use_not_licensed",
                gettext("Licence %(number)s does not allow %(use)s.")
                % {"number": licence.number, "use": told(use)},
            )


def _networks(texts: Sequence[str]) -> list[str]:
    """Networks as they are compared, each once."""
    given = dict.fromkeys(filter(None, (text.strip() for text in texts)))
    if len(given) > MAX_NETWORKS:
        raise Refused(
            "networks",
            gettext(
                "A key can be limited to %(most)s addresses or networks; you gave %(given)s. "
                "Write wider networks, or make several keys."
            )
            % {"most": MAX_NETWORKS, "given": len(given)},
        )
    networks = []
    for text in given:
        try:
            networks.append(str(ipaddress.ip_network(text, strict=False)))
        except ValueError as error:
            raise Refused(
                "networks",
                gettext(
                    "%(text)s is not an address or network; write 203.0.113.7 or 203.0.113.0/24."
                )
                % {"text": repr(text[:50])},
            ) from error
    return list(dict.fromkeys(networks))


def rotate_key(*, key: ApiKey, by: User, overlap: str = "day") -> tuple[ApiKey, str]:
    """Replace a key; returns the new key and its secret. The old key works until the overlap ends.

    Raises:
        Refused: not_a_member, role_too_small, overlap, key_revoked, key_rotated, key_expired,
            overlap_runs, too_many_keys.
    """
    require(by, key.organization, Right.KEYS)
    if overlap not in OVERLAPS:
        raise Refused(
            "overlap", gettext("Choose one of %(overlaps)s.") % {"overlaps": ", ".join(OVERLAPS)}
        )
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=key.organization_id)
        key = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
        _require_rotatable(key)
        if OVERLAPS[overlap]:
            _require_room_to_overlap(key)
        new, secret = _make(
            organization=key.organization,
            owner=by,
            name=key.name,
            use=key.use,
            scopes=key.scopes,
            networks=key.networks,
            origins=key.origins,
            expires_at=None,
            monthly_characters=key.monthly_characters,
            rotated_from=key,
        )
        new.licences.set(key.licences.all())
        ends = timezone.now() + OVERLAPS[overlap]
        key.expires_at = min(ends, key.expires_at) if key.expires_at else ends
        key.save(update_fields=["expires_at"])
        audit.record(actor=by, action="key.rotated", subject=key, to=new.pk, overlap=overlap)
    return new, secret


def _require_rotatable(key: ApiKey) -> None:
    """Refuse a key that doesn't work any more, or whose own predecessor still does."""
    if key.revoked_at is not None:
        raise Refused("key_revoked", gettext("A revoked key can't be rotated; create a new one."))
    if ApiKey.objects.filter(rotated_from=key).exists():
        raise Refused(
            "key_rotated", gettext("This key has already been rotated; rotate the new one.")
        )
    usable = _usable(key.organization)
    if not usable.filter(pk=key.pk).exists():
        raise Refused("key_expired", gettext("An expired key can't be rotated; create a new one."))
    before = usable.filter(pk=key.rotated_from_id or 0).first()
    if before is not None:
        raise Refused(
            "overlap_runs",
            gettext(
                "The key before this one works until %(time)s UTC; wait until then, or revoke it first."
            )
            % {"time": f"{before.expires_at:%-d %B %Y, %H:%M}"},
        )


def _require_room_to_overlap(key: ApiKey) -> None:
    """Refuse more keys than those that are allowed and a predecessor of each."""
    usable = _usable(key.organization)
    unlimited = usable.filter(licences=None).count()
    of_plan = not key.licences.exists() and unlimited >= 2 * unlimited_keys(key.organization)
    if of_plan or usable.count() >= 2 * MAX_KEYS:
        raise Refused(
            "too_many_keys",
            gettext(
                "There are too many keys for an overlap; rotate this one without, or revoke another first."
            ),
        )


def revoke_key(*, key: ApiKey, by: User) -> ApiKey:
    """Stop a key at its next request; a second call changes nothing.

    Raises:
        Refused: not_a_member, role_too_small.
    """
    require(by, key.organization, Right.KEYS)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            audit.record(actor=by, action="key.revoked", subject=key)
    return key


def account_keys(owner: User) -> QuerySet[ApiKey]:
    """The keys in force that copy or erase somebody's account."""
    account = [ApiKey.Scope.ACCOUNT]
    return ApiKey.objects.filter(owner=owner, revoked_at=None, scopes__contains=account)


def end_account_keys(*, owner: User, reason: str) -> int:
    """Stop every key that copies or erases somebody's account, as with a new password; returns how many.

    reason: why, for the audit trail. Whoever was signed in as them for a moment may have made one.
    """
    with transaction.atomic():
        ended = list(
            account_keys(owner).select_for_update(of=("self",), no_key=True).order_by("pk")
        )
        for key in ended:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            audit.record(actor=owner, action="key.revoked", subject=key, reason=reason)
    return len(ended)
