"""Adjusting entries: written by one person of finance, posted by a second one."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.compliance.models import AuditEvent
from marketplace.payouts.books import adjustments, ledger
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.models import Adjustment, AdjustmentLine, LedgerAccount, LedgerEntry
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.money import check_now

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
CHARGES = (Posting(Kind.OTHER_COSTS, debit_minor=1250), Posting(Kind.BANK, credit_minor=1250))


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _propose(by: User, **changes: Any) -> Adjustment:
    given: dict[str, Any] = {
        "currency": "USD", "dated": _today(), "postings": CHARGES, "reason": "The bank's charges",
        "document": "Statement 11", "by": by, **changes,
    }  # fmt: skip
    return adjustments.propose(**given)


def _bank() -> int:
    return ledger.balance(ledger.account(Kind.BANK, "USD")).minor


def test_an_adjusting_entry_is_posted_by_a_second_person_only() -> None:
    first, second = _finance(), _finance()
    adjustment = _propose(first)
    assert _bank() == 0
    with pytest.raises(Refused, match="somebody else"):
        adjustments.decide(adjustment=adjustment, post=True, by=first)
    assert _bank() == 0
    posted = adjustments.decide(adjustment=adjustment, post=True, by=second)
    check_now()
    assert _bank() == -1250
    assert posted.entry is not None
    assert posted.entry.kind == LedgerEntry.Kind.ADJUSTMENT
    found = AuditEvent.objects.filter(action__startswith="adjustment.").order_by("pk")
    assert [(event.action, event.actor) for event in found] == [
        ("adjustment.proposed", first),
        ("adjustment.posted", second),
    ]


def test_what_was_dropped_or_posted_is_not_posted_again() -> None:
    first, second = _finance(), _finance()
    dropped = adjustments.decide(adjustment=_propose(first), post=False, by=first)
    with pytest.raises(InvalidTransition):
        adjustments.decide(adjustment=dropped, post=True, by=second)
    posted = adjustments.decide(adjustment=_propose(first), post=True, by=second)
    with pytest.raises(InvalidTransition):
        adjustments.decide(adjustment=posted, post=True, by=second)
    assert _bank() == -1250


def test_nobody_but_finance_proposes_or_posts() -> None:
    with pytest.raises(Refused, match="Only finance"):
        _propose(factories.make_moderator())
    adjustment = _propose(_finance())
    with pytest.raises(Refused, match="Only finance"):
        adjustments.decide(adjustment=adjustment, post=True, by=factories.make_moderator())
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(LedgerAccount.ADJUSTABLE)))
def test_accounts_with_rules_of_their_own_are_left_alone(kind: str) -> None:
    postings = [Posting(kind, debit_minor=100), Posting(Kind.BANK, credit_minor=100)]
    with pytest.raises(Refused) as refusal:
        _propose(_finance(), postings=postings)
    assert refusal.value.code == "account_has_rules"
    assert not Adjustment.objects.exists()


def test_the_database_refuses_lines_on_such_accounts_too() -> None:
    adjustment = _propose(_finance())
    with pytest.raises(IntegrityError), transaction.atomic():
        AdjustmentLine.objects.create(
            adjustment=adjustment, account=Kind.CREATOR_AVAILABLE, amount_minor=100
        )


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(Kind.BANK, debit_minor=100)],
        [Posting(Kind.BANK, debit_minor=100), Posting(Kind.TAX, credit_minor=99)],
        [Posting(Kind.BANK, debit_minor=100, credit_minor=100)],
        [Posting(Kind.BANK, debit_minor=-100), Posting(Kind.TAX, credit_minor=-100)],
    ],
)
def test_an_entry_whose_sides_differ_is_refused(postings: list[Posting]) -> None:
    with pytest.raises(Refused) as refusal:
        _propose(_finance(), postings=postings)
    assert refusal.value.code == "unbalanced"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"document": " "}, "document_missing"),
        ({"dated": date(2999, 1, 1)}, "future"),
        ({"dated": date(2019, 1, 1)}, "too_old"),
    ],
)
def test_an_entry_without_reason_or_document_or_of_another_time_is_refused(
    changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        _propose(_finance(), **changes)
    assert refusal.value.code == code


def test_an_entry_is_booked_on_the_day_that_it_belongs_to_while_that_month_is_open() -> None:
    last_month = _today().replace(day=1) - timedelta(days=1)
    adjustment = _propose(_finance(), dated=last_month)
    posted = adjustments.decide(adjustment=adjustment, post=True, by=_finance())
    assert posted.entry is not None
    assert posted.entry.at.astimezone(UTC).date() == last_month


def test_finance_proposes_and_posts_on_its_desk_and_moderators_can_not() -> None:
    page = reverse("storefront:finance-propose")
    first, second, moderator = Client(), Client(), Client()
    first.force_login(_finance(), backend=BACKEND)
    second.force_login(_finance(), backend=BACKEND)
    moderator.force_login(factories.make_moderator(), backend=BACKEND)
    asked = {
        "currency": "USD", "dated": _today().isoformat(), "document": "Statement 11",
        "reason": "The bank's charges", "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
        "lines-0-account": "other_costs", "lines-0-debit": "12.50",
        "lines-1-account": "bank", "lines-1-credit": "12.50",
    }  # fmt: skip
    assert moderator.post(page, asked).status_code == 403
    assert not Adjustment.objects.exists()
    assert "Owed to a creator" not in first.get(page).text
    uneven = first.post(page, {**asked, "lines-1-credit": "12.00"})
    assert "must be equal" in uneven.text
    finer = first.post(page, {**asked, "lines-0-debit": "12.505", "lines-1-credit": "12.505"})
    assert "more decimals" in finer.text
    assert not Adjustment.objects.exists()
    assert first.post(page, asked).status_code == 302
    proposed = Adjustment.objects.get()
    address = reverse("storefront:finance-decide-entry", args=[proposed.public_id])
    chosen = {"decision": "post", "reason": "It is on the statement."}
    assert "somebody else" in first.post(address, chosen, follow=True).text
    assert "Give your reason" in second.post(address, {"decision": "post"}, follow=True).text
    assert _bank() == 0
    assert "Posted." in second.post(address, chosen, follow=True).text
    assert _bank() == -1250
