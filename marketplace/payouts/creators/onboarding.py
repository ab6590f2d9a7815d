"""A creator's account at the provider."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts import stripe_api
from marketplace.payouts.creators import seller_details
from marketplace.payouts.models import PayoutAccount, SellerDetails
from marketplace.refusals import ProviderRefused

_log = logging.getLogger(__name__)


def begin_onboarding(*, creator: Creator, by: User) -> str:
    """The page where a creator sets up payouts; creates their account on first use, safe to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: the provider doesn't serve them; the message says why.
    """
    account = PayoutAccount.objects.filter(creator=creator).first()
    if account is None:
        details = seller_details.details_of(creator)
        company = str(details) if details and details.kind == SellerDetails.Kind.COMPANY else ""
        made = stripe_api.create_account(
            email=creator.user.email,
            name=company or creator.display_name,
            country=details.country if details and company else creator.country,
            key=f"creator-{creator.pk}-company" if company else f"creator-{creator.pk}",
            company=company,
        )
        with transaction.atomic():
            account, created = PayoutAccount.objects.get_or_create(
                creator=creator, defaults={"provider_id": made.id}
            )
            if created:
                audit.record(actor=by, action="payout_account.created", subject=account)
    page = settings.BASE_URL + reverse("storefront:payouts")
    return stripe_api.onboarding_link(
        account_id=account.provider_id,
        return_url=page,
        refresh_url=settings.BASE_URL + reverse("storefront:payout-onboarding-again"),
    )


def refresh(provider_id: str) -> None:
    """Refresh an account from the provider; accounts that are not ours are ignored.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    account = PayoutAccount.objects.filter(provider_id=provider_id).first()
    if account is None:
        return
    provider_account = stripe_api.fetch_account(provider_id)
    with transaction.atomic():
        account = PayoutAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if account.transfers_active != provider_account.transfers_active:
            audit.record(
                actor=None,
                action="payout_account.changed",
                subject=account,
                transfers_active=provider_account.transfers_active,
            )
        account.transfers_active = provider_account.transfers_active
        account.requirements = provider_account.requirements
        account.checked_at = timezone.now()
        account.save(update_fields=["transfers_active", "requirements", "checked_at"])


def refresh_all(unchecked_since: datetime | None = None) -> int:
    """Refresh creators' accounts from the provider, the longest unchecked first; returns how many.

    unchecked_since: leaves out those that were checked since then.

    Raises:
        PaymentProviderUnavailable: try again; what was refreshed stays so.
    """
    accounts = PayoutAccount.objects.order_by(F("checked_at").asc(nulls_first=True))
    if unchecked_since is not None:
        accounts = accounts.filter(Q(checked_at=None) | Q(checked_at__lt=unchecked_since))
    count = 0
    for provider_id in list(accounts.values_list("provider_id", flat=True)):
        try:
            refresh(provider_id)
            count += 1
        except ProviderRefused:  # it may be closed; the others are checked all the same
            _log.exception("account not found", extra={"fields": {"account": provider_id}})
    return count
