"""A history of the books: as many entries as asked for, written by set.

A million entries would keep row triggers busy for many minutes. Where the database's role may, they
rest meanwhile; the sums are then filled in as a migration does for books of before, and proved.
"""

from __future__ import annotations

import importlib

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from marketplace.payouts.benchmarks.market import Market
from marketplace.payouts.books import ledger, proof
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.models import LedgerAccount

FILL = importlib.import_module("marketplace.payouts.migrations.0016_running_balances").FILL
ROUND = 6  # entries; each round ends with the balances that it began with
AT_A_TIME = 5_000  # rounds in a statement
UNBALANCED = """
SELECT count(*) FROM (
    SELECT 1 FROM payouts_ledgerline GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0
) AS entry
"""

ENTRIES = """
INSERT INTO payouts_ledgerentry (kind, idempotency_key, provider_reference, at)
SELECT step.kind, 'history-' || number || '-' || step.kind,
       CASE WHEN step.place IN (1, 3, 6) THEN 'history-' || number || '-' || step.place ELSE '' END,
       now() - interval '12 hours' * (number * 7919 %% 1400 + 1)
FROM generate_series(%(first)s, %(last)s) AS number
CROSS JOIN (VALUES ('credit_bought', 1), ('credit_used', 2), ('sale', 3), ('hold_over', 4),
                   ('transfer_begun', 5), ('transfer', 6)) AS step (kind, place)
ORDER BY number, step.place
"""
LINES = """
INSERT INTO payouts_ledgerline (entry_id, account_id, amount_minor, currency)
SELECT entry.id, line.account, line.minor, %(currency)s
FROM payouts_ledgerentry entry
JOIN (VALUES ('credit_bought', %(clearing)s, 100), ('credit_bought', %(credit)s, -100),
             ('credit_used', %(credit)s, 100), ('credit_used', %(commission)s, -15),
             ('credit_used', %(pending)s, -85),
             ('sale', %(clearing)s, 100), ('sale', %(commission)s, -15), ('sale', %(pending)s, -85),
             ('hold_over', %(pending)s, 170), ('hold_over', %(available)s, -170),
             ('transfer_begun', %(available)s, 170), ('transfer_begun', %(transit)s, -170),
             ('transfer', %(transit)s, 170), ('transfer', %(clearing)s, -170)
     ) AS line (kind, account, minor) ON line.kind = entry.kind
WHERE entry.id > %(before)s
ORDER BY entry.id
"""
SALES = """
INSERT INTO payouts_payment (public_id, kind, organization_id, payment_intent, charge, amount_minor,
                             tax_minor, fee_minor, refunded_minor, currency, settles_in, paid_at)
SELECT gen_random_uuid(), 'licence', %(organization)s, provider_reference, provider_reference, 100,
       0, 0, 0, %(currency)s, '', at
FROM payouts_ledgerentry WHERE id > %(before)s AND kind = 'sale' ORDER BY id;

INSERT INTO payouts_earning (creator_id, payment_id, entry_id, source, voice_name, description,
                             state, gross_minor, share_minor, taken_back_minor, owed_minor,
                             settled_minor, transferred_minor, currency, characters, created_at,
                             available_at)
SELECT %(creator)s, payment.id, entry.id, 'licence', %(voice)s, 'Licence ' || entry.id, 'payable',
       100, 85, 0, 0, 0, 85, %(currency)s, 0, entry.at, entry.at
FROM payouts_ledgerentry entry JOIN payouts_payment payment ON payment.charge = provider_reference
WHERE entry.id > %(before)s AND entry.kind = 'sale' ORDER BY entry.id;

INSERT INTO payouts_transfer (public_id, creator_id, parts, amount_minor, reversed_minor, currency,
                              state, provider_id, problem, put_off, created_at, sent_at, paid_at)
SELECT gen_random_uuid(), %(creator)s, '{}', 170, 0, %(currency)s, 'paid', provider_reference, '',
       0, at, at, at
FROM payouts_ledgerentry WHERE id > %(before)s AND kind = 'transfer' ORDER BY id;

INSERT INTO payouts_providerevent (event_id, kind, object_id, received_at, processed_at, error,
                                   waits_for, tries, retry_at)
SELECT 'evt_' || provider_reference, 'charge.updated', provider_reference, at, at, '', '', 0, at
FROM payouts_ledgerentry WHERE id > %(before)s AND provider_reference <> '' ORDER BY id;
"""
USAGE = """
INSERT INTO payouts_earning (creator_id, entry_id, source, voice_name, description, state,
                             gross_minor, share_minor, taken_back_minor, owed_minor, settled_minor,
                             transferred_minor, currency, day, characters, created_at, available_at)
SELECT %(creator)s, min(entry.id), 'usage', %(voice)s, 'Characters beyond a licence', 'payable',
       100 * count(*), 85 * count(*), 0, 0, 0, 85 * count(*), %(currency)s,
       (entry.at AT TIME ZONE 'UTC')::date, 1000 * count(*), min(entry.at), min(entry.at)
FROM payouts_ledgerentry entry
WHERE entry.kind = 'credit_used' GROUP BY (entry.at AT TIME ZONE 'UTC')::date
"""


def write(market: Market, entries: int) -> None:
    """Write a history of about so many entries, all of the busiest seller, over two years."""
    seller, currency = market.busiest, settings.CURRENCY
    names = {"clearing": Kind.STRIPE_CLEARING, "commission": Kind.COMMISSION}
    own = {
        "pending": Kind.CREATOR_PENDING,
        "available": Kind.CREATOR_AVAILABLE,
        "transit": Kind.CREATOR_IN_TRANSIT,
    }
    values = {
        **{name: ledger.account(kind, currency).pk for name, kind in names.items()},
        **{name: ledger.account(kind, currency, seller.creator).pk for name, kind in own.items()},
        "credit": ledger.account(Kind.BUYER_CREDITS, currency, organization=market.organization).pk,
        "organization": market.organization.pk,
        "creator": seller.creator.pk,
        "voice": seller.licence.voice.name,
        "currency": currency,
    }
    rounds = max(1, entries // ROUND)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        resting = bool(cursor.fetchone()[0])
        if resting:
            cursor.execute("SET LOCAL session_replication_role = replica")
        for first in range(1, rounds + 1, AT_A_TIME):
            cursor.execute("SELECT coalesce(max(id), 0) FROM payouts_ledgerentry")
            values["before"] = cursor.fetchone()[0]
            last = min(rounds, first + AT_A_TIME - 1)
            for statement in (ENTRIES, LINES, SALES):
                cursor.execute(statement, {**values, "first": first, "last": last})
        cursor.execute(USAGE, values)
        if resting:
            cursor.execute(FILL)
            cursor.execute("SET LOCAL session_replication_role = origin")
    _prove()


def _prove() -> None:
    """Raises AssertionError if the guards would have refused what was written."""
    with connection.cursor() as cursor:
        cursor.execute(UNBALANCED)
        unbalanced = cursor.fetchone()[0]
    assert unbalanced == 0, unbalanced
    assert proof.differences() == []
    assert not LedgerAccount.objects.filter(
        Q(balance_minor__gt=0, kind__in=LedgerAccount.GUARDED) & ~Q(kind=Kind.CREATOR_DEBT)
    ).exists()


def tidy() -> None:
    """Do at once what the database does by itself while it grows: free dead rows, and learn sizes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
