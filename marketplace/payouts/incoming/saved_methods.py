"""Payment methods that organizations save, to be charged while nobody is at the screen."""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.compliance import audit
from marketplace.licensing import standing_renewals
from marketplace.licensing.models import StandingRenewal
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import top_ups
from marketplace.payouts.models import SavedMethod, StandingTopUp
from marketplace.queue import Work, at_commit


def method_of(organization: Organization) -> SavedMethod | None:
    """The saved payment method of an organization; None if it has none."""
    return SavedMethod.objects.filter(organization=organization).exclude(method="").first()


def customer_of(organization: Organization) -> str:
    """The provider's customer for whom an organization's method is saved; "" if it has none yet."""
    found = SavedMethod.objects.filter(organization=organization).first()
    return found.customer if found else ""


def begin_setup(*, organization: Organization, by: User, words: str, back: str, cancel: str) -> str:
    """The page where a buyer saves a payment method without paying.

    words: what they agreed to; back, cancel: addresses.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    page = stripe_api.create_setup(
        reference=str(organization.public_id),
        email=by.email,
        customer=customer_of(organization),
        saves=words,
        success_url=back,
        cancel_url=cancel,
        key=f"setup-{uuid4()}",
    )
    SavedMethod.objects.update_or_create(
        organization=organization, defaults={"setup_session": page.id}
    )
    assert page.url is not None
    return page.url


def confirm_setup(*, saved: SavedMethod) -> bool:
    """Keep the method that was saved on a page without paying, once; False if none was.

    An event of the page that comes again must not bring back a method that was replaced since.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    session = saved.setup_session
    page = stripe_api.fetch_checkout(session)
    with transaction.atomic():
        is_kept = keep(organization=saved.organization, paid=page)
        if is_kept:
            pages = SavedMethod.objects.filter(pk=saved.pk, setup_session=session)
            pages.update(setup_session="")
    return is_kept


def keep(*, organization: Organization, paid: stripe_api.Checkout) -> bool:
    """Keep the method that a page saved, in place of an earlier one; False if it saved none.

    What waited for one is switched on.
    """
    if not paid.method or organization.personal_of_id is None:
        return False
    with transaction.atomic():
        saved, _ = SavedMethod.objects.select_for_update(no_key=True).get_or_create(
            organization=organization
        )
        if saved.method != paid.method:
            saved.customer, saved.method, saved.name = paid.customer, paid.method, paid.card
            saved.saved_at = timezone.now()
            saved.save()
            audit.record(actor=None, action="payment_method.saved", subject=saved)
        standing_renewals.method_saved(organization=organization)
        top_ups.method_saved(organization=organization)
    return True


def forget_unused() -> int:
    """Forget every method that nothing is charged to any more, also at the provider; returns how many."""
    count = 0
    for pk in list(SavedMethod.objects.exclude(method="").values_list("pk", flat=True)):
        with transaction.atomic():
            saved = SavedMethod.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            if saved.method and not _is_needed(saved.organization_id):
                at_commit(Work.FORGET_METHOD, saved.method)
                saved.method, saved.name, saved.saved_at = "", "", None
                saved.save(update_fields=["method", "name", "saved_at"])
                audit.record(actor=None, action="payment_method.forgotten", subject=saved)
                count += 1
    return count


def _is_needed(organization_id: int) -> bool:
    renewals = StandingRenewal.objects.filter(licence__organization=organization_id)
    top_up = StandingTopUp.objects.filter(organization=organization_id)
    return (
        renewals.exclude(state=StandingRenewal.State.OFF).exists()
        or top_up.exclude(state=StandingTopUp.State.OFF).exists()
    )
