"""Speech paid by credit: charges become ledger entries once they make whole minor units.

A creator's share of them is one earning for each voice and day.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.licensing import plans
from marketplace.licensing.credit import MICROS
from marketplace.licensing.models import UsageCharge
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import CarriedUsage, LedgerEntry


def post_usage(*, charge_id: int) -> None:
    """Post a charge once; fractions of a minor unit are carried over to the creator's next charge."""
    with transaction.atomic():
        charge = (
            UsageCharge.objects.select_for_update(of=("self",), no_key=True)
            .select_related("generation__voice__creator", "organization")
            .get(pk=charge_id)
        )
        if charge.posted_at is not None:
            return
        voice, currency = charge.generation.voice, charge.currency
        creator = voice.creator
        pair: dict[str, Any] = {
            "organization": charge.organization,
            "creator": creator,
            "currency": currency,
        }
        CarriedUsage.objects.get_or_create(**pair)
        carried = CarriedUsage.objects.select_for_update(no_key=True).get(**pair)
        minor, carried.micros = divmod(carried.micros + charge.micros, MICROS)
        carried.save(update_fields=["micros"])
        charge.posted_at = timezone.now()
        charge.save(update_fields=["posted_at"])
        if not minor:
            return
        commission, share = Money(minor, currency).split(charge.commission_bps)
        earnings.lock_day(creator, voice.name, currency)
        entry, _ = ledger.post(
            kind=LedgerEntry.Kind.CREDIT_USED,
            idempotency_key=f"usage-{charge.pk}",
            lines=[
                (
                    ledger.account(Kind.BUYER_CREDITS, currency, organization=charge.organization),
                    minor,
                ),
                (ledger.account(Kind.COMMISSION, currency), -commission.minor),
                (ledger.account(Kind.CREATOR_PENDING, currency, creator), -share.minor),
            ],
        )
        earnings.add_usage(
            creator=creator,
            entry=entry,
            voice_name=voice.name,
            characters=charge.characters,
            gross_minor=minor,
            share_minor=share.minor,
            currency=currency,
        )


def export_usage(*, charge_id: int) -> bool:
    """Report a charge to Stripe's meter, if the settings name one; False if nothing is reported.

    Our meter and ledger remain authoritative: this is a copy, deduplicated by the charge's id.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    if not settings.STRIPE_METER_EVENT:
        return False
    charge = UsageCharge.objects.select_related("organization").get(pk=charge_id)
    subscription = plans.subscription_of(charge.organization)
    if subscription is None:  # Stripe counts usage of its customers only
        return False
    stripe_api.send_meter_event(
        customer=subscription.customer,
        characters=charge.characters,
        identifier=f"usage-{charge.pk}",
    )
    return True
