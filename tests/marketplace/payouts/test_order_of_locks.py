"""Whatever moves credit locks its account before the books, so that no two of them wait for one another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.licensing.models import ApiKey
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import disputes
from tests.money import dispute, refund
from tests.paid_speech import buy_credit, key_with_overage

pytestmark = pytest.mark.django_db


def _steps(does: Callable[[], object]) -> str:
    """In which order an organization's credit ("c") and the books ("b") were locked."""
    with CaptureQueriesContext(connection) as seen:
        does()
    return "".join(
        "b" if 'INSERT INTO "payouts_ledgerline"' in query["sql"] else "c"
        for query in seen.captured_queries
        if 'INSERT INTO "payouts_ledgerline"' in query["sql"]
        or (
            'FROM "licensing_creditaccount"' in query["sql"] and "FOR NO KEY UPDATE" in query["sql"]
        )
    )


def _bought(key: ApiKey) -> Payment:
    buy_credit(key)
    return Payment.objects.get(kind=Payment.Kind.CREDITS)


def test_credit_that_is_bought_is_locked_before_the_books() -> None:
    key = key_with_overage()
    assert _steps(lambda: buy_credit(key)).startswith("cb")


def test_credit_that_is_refunded_is_locked_before_the_books() -> None:
    payment = _bought(key_with_overage())
    assert _steps(lambda: refund(payment, 400)).startswith("cb")


def test_credit_that_is_disputed_and_won_back_is_locked_before_the_books() -> None:
    payment = _bought(key_with_overage())
    assert _steps(lambda: dispute(payment)).startswith("cb")
    opened = payment.disputes.get()
    assert _steps(lambda: disputes.close_dispute(dispute=opened, won=True)).startswith("cb")
