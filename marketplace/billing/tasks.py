"""Background work on documents."""

from __future__ import annotations

from celery import shared_task

from marketplace.billing import invoices


@shared_task
def number_invoices() -> None:
    """Give every waiting document its number; whatever was lost is done at the next run."""
    while invoices.number_documents() == invoices.AT_ONCE:
        pass
