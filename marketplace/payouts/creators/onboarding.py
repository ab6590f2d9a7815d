"""A creator's account at the provider."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts import stripe_api
from marketplace.payouts.models import PayoutAccount


def begin_onboarding(*, creator: Creator, by: User) -> str:
    """The page where a creator sets up payouts; creates their account on first use, safe to repeat.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: the provider doesn't serve them; the message says why.
    """
    account = PayoutAccount.objects.filter(creator=creator).first()
    if account is None:
        made = stripe_api.create_account(
            email=creator.user.email,
            name=creator.display_name,
            country=creator.country,
            key=f"creator-{creator.pk}",
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
        account = PayoutAccount.objects.select_for_update().get(pk=account.pk)
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
