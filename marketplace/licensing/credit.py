"""Prepaid credit as metered: reserved before a word is spoken, charged after.

The row of an account stays locked between each read and write, so parallel requests can't
overdraw it. The ledger (`payouts.usage_shares`) posts each charge once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require, roles_with
from marketplace.compliance import audit
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.licensing.models import CreditAccount, Generation, UsageCharge
from marketplace.money import Money
from marketplace.queue import Work, at_commit
from marketplace.refusals import CreditShort

MICROS = 1_000_000  # in a minor unit


def per_character(minor_per_thousand: int) -> int:
    """The price of one character in micro-units."""
    return minor_per_thousand * MICROS // 1000


def account(organization: Organization, currency: str) -> CreditAccount:
    """An organization's credit account in a currency, created on first use."""
    credit, _ = CreditAccount.objects.get_or_create(organization=organization, currency=currency)
    return credit


def _lock(organization_id: int, currency: str) -> CreditAccount:
    CreditAccount.objects.get_or_create(organization_id=organization_id, currency=currency)
    return CreditAccount.objects.select_for_update(no_key=True).get(
        organization_id=organization_id, currency=currency
    )


def add(*, organization: Organization, minor: int, currency: str) -> None:
    """Add credit that was bought or released, in the caller's transaction."""
    credit = _lock(organization.pk, currency)
    credit.balance_micros += minor * MICROS
    credit.alerted = False
    credit.save(update_fields=["balance_micros", "alerted"])


def take(*, organization: Organization, at_most: int, currency: str) -> int:
    """Take up to `at_most` of unused credit, in the caller's transaction; returns minor units."""
    credit = _lock(organization.pk, currency)
    taken = min(at_most, credit.left.minor)
    credit.balance_micros -= taken * MICROS
    credit.save(update_fields=["balance_micros"])
    return taken


def set_limit(*, organization: Organization, currency: str, minor: int | None, by: User) -> None:
    """Set or lift the monthly spend limit.

    Raises:
        Refused: not_a_member, role_too_small.
    """
    require(by, organization, Right.BUY)
    with transaction.atomic():
        credit = _lock(organization.pk, currency)
        before, credit.monthly_limit_minor = credit.monthly_limit_minor, minor
        credit.save(update_fields=["monthly_limit_minor"])
        audit.record(
            actor=by, action="credit.limit_set", subject=credit, minor=minor, before=before
        )


def reserve(*, organization_id: int, currency: str, micros: int) -> None:
    """Reserve credit, in the caller's transaction.

    Raises:
        CreditShort: too little, or more than may be spent this month.
    """
    credit = lock(organization_id, currency)
    set_aside(credit, micros)
    credit.save(update_fields=["reserved_micros", "month", "month_micros"])


def lock(organization_id: int, currency: str) -> CreditAccount:
    """An organization's credit account, locked until the caller's transaction ends."""
    credit = _lock(organization_id, currency)
    _turn_month(credit)
    return credit


def set_aside(credit: CreditAccount, micros: int) -> None:
    """Reserve credit of a locked account, which the caller saves.

    Raises:
        CreditShort: too little, or more than may be spent this month.
    """
    if micros > credit.balance_micros - credit.reserved_micros:
        raise CreditShort("too little prepaid credit is left; buy more")
    limit = credit.monthly_limit_minor
    if limit is not None and credit.month_micros + credit.reserved_micros + micros > limit * MICROS:
        raise CreditShort("your monthly spend limit is reached; raise it or wait")
    credit.reserved_micros += micros


def _turn_month(credit: CreditAccount) -> None:
    month = timezone.now().date().replace(day=1)
    if credit.month != month:
        credit.month, credit.month_micros = month, 0


def settle(*, generation: Generation, characters: int, currency: str) -> None:
    """Charge speech beyond the licence and release the rest, in the caller's transaction.

    characters: beyond the licence, with those charged before if it broke off and was repeated.
    """
    organization_id = generation.api_key.organization_id
    credit = _lock(organization_id, currency)
    before = charged(generation)
    characters -= before
    micros = characters * generation.overage_micros
    credit.reserved_micros -= (generation.overage_characters - before) * generation.overage_micros
    credit.balance_micros -= micros
    _turn_month(credit)
    credit.month_micros += micros
    low = credit.balance_micros < credit.alert_minor * MICROS
    alert = low and not credit.alerted
    credit.alerted = credit.alerted or low
    credit.save()
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
        _warn(organization_id, credit.left)


def charged(generation: Generation) -> int:
    """The characters of a generation that credit was charged for."""
    return int(generation.charges.aggregate(sum=Sum("characters"))["sum"] or 0)


def _warn(organization_id: int, left: Money) -> None:
    organization = Organization.objects.get(pk=organization_id)
    members = organization.memberships.filter(role__in=roles_with(Right.BUY))

    def words() -> tuple[str, str]:
        said = {"organization": organization, "left": left}
        subject = gettext("%(organization)s: %(left)s of credit left") % said
        text = gettext(
            "You have only %(left)s of prepaid credit left. When it is used up, speech beyond what your "
            "licences include is refused."
        )
        return subject, f"{text % said}\n\n{settings.BASE_URL}/credit\n"

    letters.write(
        to=members.values_list("user__email", flat=True), words=words, kind=Kind.CREDIT_LOW
    )
