"""Scripts for a running site: how its sales stand, and whether its books match the provider's."""

from __future__ import annotations

STANDING = """
import json
from django.db.models import Sum
from marketplace.licensing.models import Licence, Order
from marketplace.payouts.models import LedgerEntry, LedgerLine, ProviderEvent, Payment
print(json.dumps({
    "licences": Licence.objects.count(), "orders": Order.objects.count(),
    "payments": Payment.objects.count(),
    "sales": LedgerEntry.objects.filter(kind="sale").count(),
    "waiting": ProviderEvent.objects.filter(processed_at=None).count(),
    "errors": ProviderEvent.objects.exclude(error="").count(),
    "sum": LedgerLine.objects.aggregate(t=Sum("amount_minor"))["t"],
}))
"""
RECONCILED = """
from datetime import timedelta
from django.utils import timezone
from marketplace.payouts.books.reconciliation import reconcile
run = reconcile(since=timezone.now() - timedelta(hours=1), until=timezone.now())
print(run.compared, run.differences)
"""
