"""Prepaid credit as the meter sees it: reserved before a word is spoken, charged after.

The row of an account is locked in between each look and write, so parallel requests can't
overdraw it. The ledger (`payouts.usage_shares`) takes each charge up once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, roles_with
from marketplace.letters import services as letters
from marketplace.licensing.models import CreditAccount, Generation, UsageCharge
from marketplace.queue import Work, at_commit
from marketplace.refusals import CreditShort

MICROS = 1_000_000  # in a minor unit


def per_character(minor_per_thousand: int) -> int:
    """Micro-units of one character."""
    return minor_per_thousand * MICROS // 1000


def account(organization: Organization, currency: str) -> CreditAccount:
    """The credit of an organization in a currency, made on first use."""
    found, _ = CreditAccount.objects.get_or_create(organization=organization, currency=currency)
    return found


def _locked(organization_id: int, currency: str) -> CreditAccount:
    CreditAccount.objects.get_or_create(organization_id=organization_id, currency=currency)
    return CreditAccount.objects.select_for_update().get(
        organization_id=organization_id, currency=currency
    )


def add(*, organization: Organization, minor: int, currency: str) -> None:
    """Credit that was bought, or can be used again, in the caller's transaction."""
    found = _locked(organization.pk, currency)
    found.balance_micros += minor * MICROS
    found.alerted = False
    found.save(update_fields=["balance_micros", "alerted"])


def take(*, organization: Organization, at_most: int, currency: str) -> int:
    """Take unused credit away, as much as there is, in the caller's transaction; minor units."""
    found = _locked(organization.pk, currency)
    taken = min(at_most, found.left.minor)
    found.balance_micros -= taken * MICROS
    found.save(update_fields=["balance_micros"])
    return taken


def set_limit(*, organization: Organization, currency: str, minor: int | None) -> None:
    """Set or lift what may be spent in a month."""
    with transaction.atomic():
        found = _locked(organization.pk, currency)
        found.monthly_limit_minor = minor
        found.save(update_fields=["monthly_limit_minor"])


def reserve(*, organization_id: int, currency: str, micros: int) -> None:
    """Set credit aside, in the caller's transaction.

    Raises:
        CreditShort: too little, or more than may be spent this month.
    """
    found = _locked(organization_id, currency)
    _turn_month(found)
    if micros > found.balance_micros - found.reserved_micros:
        raise CreditShort("too little prepaid credit is left; buy more")
    limit = found.monthly_limit_minor
    if limit is not None and found.month_micros + found.reserved_micros + micros > limit * MICROS:
        raise CreditShort("your monthly spend limit is reached; raise it or wait")
    found.reserved_micros += micros
    found.save(update_fields=["reserved_micros", "month", "month_micros"])


def _turn_month(found: CreditAccount) -> None:
    month = timezone.now().date().replace(day=1)
    if found.month != month:
        found.month, found.month_micros = month, 0


def settle(*, generation: Generation, characters: int, currency: str) -> None:
    """Charge what was spoken beyond the licence, give the rest back, in the caller's transaction."""
    organization_id = generation.api_key.organization_id
    found = _locked(organization_id, currency)
    micros = characters * generation.overage_micros
    found.reserved_micros -= generation.overage_characters * generation.overage_micros
    found.balance_micros -= micros
    _turn_month(found)
    found.month_micros += micros
    low = found.balance_micros < found.alert_minor * MICROS
    alert = low and not found.alerted
    found.alerted = found.alerted or low
    found.save()
    if micros:
        charge = UsageCharge.objects.create(
            generation=generation,
            organization_id=organization_id,
            characters=characters,
            micros=micros,
            commission_bps=settings.COMMISSION_BPS,
            currency=currency,
        )
        at_commit(Work.POST_USAGE, charge.pk)
    if alert:
        _warn(organization_id, str(found.left))


def _warn(organization_id: int, left: str) -> None:
    organization = Organization.objects.get(pk=organization_id)
    members = organization.memberships.filter(role__in=roles_with(Right.BUY))
    letters.write(
        to=members.values_list("user__email", flat=True),
        subject=f"{organization}: {left} of credit left",
        text=f"Only {left} of prepaid credit is left. When it is used up, speech beyond what your "
        f"licences include is refused.\n\n{settings.BASE_URL}/credit\n",
    )
