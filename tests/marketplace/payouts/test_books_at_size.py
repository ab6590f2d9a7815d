"""What people wait for reads and asks as little beside many rows as beside few."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.creators.models import Creator
from marketplace.licensing.models import ApiKey
from marketplace.money import Money
from marketplace.payouts import provider_events
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import earnings, statements, transfers, usage_shares
from marketplace.payouts.models import (
    Earning,
    LedgerAccount,
    Payment,
    PayoutAccount,
    ProviderEvent,
    Transfer,
)
from marketplace.payouts.queries import balances_of, months_with_money, owed_before, statement
from tests import factories
from tests.money import check_now, key_with_credit, owed, refund, sell, usage_charge
from tests.reading import rows_read

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
_numbers = itertools.count()


@pytest.fixture
def key() -> ApiKey:
    """A key to a licence, with credit in the books."""
    return key_with_credit()


def _use(key: ApiKey, minor: int) -> None:
    """A thousand characters beyond the licence, posted."""
    usage_shares.post_usage(charge_id=usage_charge(key, minor).pk)


def _creator(key: ApiKey) -> Creator:
    return key.licences.get().voice.creator


def _many_sold(creator: Creator, count: int) -> None:
    """Payable earnings, each of a payment of its own."""
    first = sell(creator, price=5_000)
    pending = ledger.account(Kind.CREATOR_PENDING, "USD", creator)
    clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
    for _ in range(count - 1):
        number = next(_numbers)
        entry, _ = ledger.post(
            kind="sale",
            idempotency_key=f"many-{number}",
            lines=[(clearing, 4_250), (pending, -4_250)],
        )
        payment = Payment.objects.create(
            kind="licence", organization=first.organization, payment_intent="pi_test",
            charge=f"ch_many_{number}", amount_minor=5_000, currency="USD",
        )  # fmt: skip
        earnings.add_earning(
            creator=creator, entry=entry, source="licence", voice_name="V", description="L",
            gross_minor=5_000, share_minor=4_250, currency="USD", payment=payment,
        )  # fmt: skip
    earnings.release_due(timezone.now() + timedelta(days=60))


def test_usage_of_a_day_is_one_earning_of_each_voice(key: ApiKey) -> None:
    for minor in (100, 50, 7):
        _use(key, minor)
    check_now()
    earning = Earning.objects.get()
    assert (earning.gross_minor, earning.share_minor) == (157, 85 + 42 + 6)
    assert earning.description == "3,000 characters beyond a licence"
    assert owed(_creator(key), Kind.CREATOR_PENDING) == earning.share_minor


def test_usage_of_a_day_is_held_for_the_whole_time_from_its_end(key: ApiKey) -> None:
    before = timezone.now()
    _use(key, 100)
    earning = Earning.objects.get()
    assert earning.day is not None
    held_until = earning.available_at - earnings.hold_of(earning.creator, before)
    assert held_until.date() == earning.day + timedelta(days=1)
    assert held_until > before


def test_usage_that_comes_after_its_day_was_made_payable_begins_another_sum(key: ApiKey) -> None:
    _use(key, 100)
    earnings.release_due(timezone.now() + timedelta(days=60))
    _use(key, 40)
    _use(key, 60)
    check_now()
    states = Earning.objects.order_by("pk").values_list("state", "gross_minor")
    assert list(states) == [("payable", 100), ("held", 100)]


def test_usage_of_another_day_is_another_earning(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(key, 100)
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    _use(key, 100)
    days = Earning.objects.order_by("pk").values_list("day", flat=True)
    assert list(days) == [(tomorrow - timedelta(days=1)).date(), tomorrow.date()]


def test_a_statement_has_one_line_for_a_day_of_usage_and_closes_to_the_cent(key: ApiKey) -> None:
    creator = _creator(key)
    for minor in (100, 51):
        _use(key, minor)
    refund(sell(creator, price=5_000), 1_000)
    now = timezone.now()
    found = statement(creator, now.year, now.month, "USD")
    assert sorted(line.amount.minor for line in found.lines) == [-850, 85 + 43, 4_250]
    usage = next(line for line in found.lines if line.what == "Credit used")
    assert usage.gross is not None and usage.commission is not None
    assert (usage.gross.minor, usage.commission.minor) == (151, 23)
    assert usage.detail.endswith("· 2,000 characters beyond a licence")
    assert found.closing == balances_of(creator)[0].total
    assert str(found.closing.minor) in statements.as_csv(found)


def test_months_and_opening_balance_are_read_without_the_lines(key: ApiKey) -> None:
    creator, now = _creator(key), timezone.now()
    for _ in range(30):
        _use(key, 100)
    month = now.replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    with rows_read("payouts_ledgerline") as rows:
        assert months_with_money(creator) == [(now.year, now.month, "USD")]
        opening = owed_before(creator, following.date(), "USD")
    assert rows.count == 0
    later = statement(creator, following.year, following.month, "USD")
    assert later.opening == opening == Money(30 * 85, "USD")
    assert later.lines == []


def test_the_earnings_page_reads_no_lines_however_many_there_are(
    key: ApiKey, client: Client
) -> None:
    for _ in range(20):
        _use(key, 100)
    client.force_login(_creator(key).user)
    with rows_read("payouts_ledgerline") as rows:
        page = client.get("/studio/earnings").content.decode()
    assert "$17.00" in page
    assert rows.count == 0


def test_claiming_asks_no_more_of_the_database_for_many_earnings_than_for_few() -> None:
    asked = []
    for count in (2, 12):
        creator = factories.make_creator()
        _many_sold(creator, count)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            claimed = transfers.claim_transfers(creator=creator, currency="USD")
        check_now()
        assert len(claimed) == count
        assert owed(creator, Kind.CREATOR_IN_TRANSIT) == 4_250 * count
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_settling_a_debt_asks_no_more_for_many_earnings_than_for_few() -> None:
    asked = []
    for count in (2, 8):
        creator = factories.make_creator()
        payment = sell(creator, price=100_000)
        earnings.release_due(timezone.now() + timedelta(days=60))
        for claimed in transfers.claim_transfers(creator=creator, currency="USD"):
            transfers.record_transfer(transfer_id=claimed.pk, provider_id=f"tr_{claimed.pk}")
        refund(payment, 100_000)
        _many_sold(creator, count)
        with CaptureQueriesContext(connection) as queries:
            assert earnings.settle_debts(creator, "USD") == 4_250 * count
        check_now()
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_payout_run_takes_up_only_creators_with_something_payable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paid, idle = factories.make_creator(), factories.make_creator()
    for creator in (paid, idle):
        PayoutAccount.objects.create(
            creator=creator, provider_id=f"acct_{creator.pk}", transfers_active=True
        )
    _many_sold(paid, 1)
    taken: list[Any] = []
    claim = transfers.claim_transfers
    monkeypatch.setattr(
        transfers, "claim_transfers", lambda **of: (taken.append(of["creator"]), claim(**of))[1]
    )
    assert transfers.begin_payouts() == 1
    assert transfers.begin_payouts() == 0
    assert taken == [paid]
    assert Transfer.objects.count() == 1


def test_earnings_that_were_paid_out_are_not_read_again() -> None:
    creator = factories.make_creator()
    _many_sold(creator, 40)
    transfers.claim_transfers(creator=creator, currency="USD")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payouts_earning")
        cursor.execute("SET LOCAL enable_seqscan = off")
    with rows_read("payouts_earning") as rows:
        assert earnings.payable_earnings(creator, "USD") == []
    assert rows.count < 40


def test_events_that_were_acted_on_are_not_searched_for_those_that_were_not() -> None:
    now = timezone.now()
    ProviderEvent.objects.bulk_create(
        ProviderEvent(
            event_id=f"evt_{number}", kind="charge.updated", object_id="ch", processed_at=now
        )
        for number in range(2_000)
    )
    sell(factories.make_creator())
    for number, charge in enumerate(("ch_unknown", Payment.objects.get().charge)):
        ProviderEvent.objects.create(
            event_id=f"evt_waits_{number}", kind="charge.updated", object_id="ch", waits_for=charge,
            processed_at=now,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payouts_providerevent")
    with rows_read("payouts_providerevent") as rows:
        assert provider_events.requeue_pending() == 1
    assert rows.count < 50
