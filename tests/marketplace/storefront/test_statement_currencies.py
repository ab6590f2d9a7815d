"""A statement is of a currency in which its creator has money, whatever its address asks for."""

from __future__ import annotations

import pytest
from django.test import Client

from marketplace.payouts.books import ledger
from marketplace.payouts.models import LedgerAccount
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def creators_browser() -> Client:
    creator = factories.make_creator()
    ledger.account(LedgerAccount.Kind.CREATOR_PENDING, "EUR", creator)
    client = Client()
    client.force_login(creator.user, backend=BACKEND)
    return client


@pytest.mark.parametrize(
    "currency", ["%0d%0a", "%22;a", "zzz", "%F0%9F%92%B6", "u%20s", "USDX", ""]
)
@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_there_is_no_statement_in_what_is_no_currency_of_the_creator(
    creators_browser: Client, kind: str, currency: str
) -> None:
    address = f"/studio/statements/2026-11.{kind}?currency={currency}"
    assert creators_browser.get(address).status_code == 404


@pytest.mark.parametrize(
    ("query", "currency"), [("", "USD"), ("?currency=usd", "USD"), ("?currency=EUR", "EUR")]
)
def test_a_statement_is_named_by_its_month_and_currency(
    creators_browser: Client, query: str, currency: str
) -> None:
    answer = creators_browser.get(f"/studio/statements/2026-11.csv{query}")
    named = f'attachment; filename="statement-2026-11-{currency}.csv"'
    assert answer["Content-Disposition"] == named
