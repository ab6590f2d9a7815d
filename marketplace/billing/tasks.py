"""Background work on documents."""

from __future__ import annotations

from celery import shared_task

from marketplace.billing import invoices, vat_checks
from marketplace.billing.models import BillingDetails
from marketplace.queue import Work
from marketplace.refusals import RegisterUnavailable


@shared_task
def number_invoices() -> None:
    """Give every waiting document its number; whatever was lost is done at the next run."""
    while invoices.number_documents() == invoices.AT_ONCE:
        pass


@shared_task(
    autoretry_for=(RegisterUnavailable,), retry_backoff=30, retry_backoff_max=3600, max_retries=8
)
def check_vat_number(details_id: int) -> None:
    """Ask the register about a VAT number; while it is away, the number stays unchecked."""
    vat_checks.check(details_id=details_id)


@shared_task
def check_waiting_vat_numbers() -> None:
    """Queue the checks of numbers that nobody checked."""
    vat_checks.queue_waiting(BillingDetails.objects.all(), Work.CHECK_VAT_NUMBER)
