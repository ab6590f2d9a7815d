"""What the provider moves of its own accord: booked by itself, or a difference until finance books it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.payouts import stripe_api
from marketplace.payouts.books import adjustments, differences, ledger, reconciliation
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.models import Adjustment, LedgerAccount, LedgerEntry, Reconciliation
from marketplace.payouts.stripe_api import balance
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import check_now
from tests.sandbox import own_sandbox, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
LISTS = (balance.OF_OBJECTS, balance.WITH_THE_BANK, balance.PROVIDER_FEES, balance.HELD_BACK,
         balance.FOR_FINANCE)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _own_sandbox() -> Iterator[None]:
    with own_sandbox():
        yield


@pytest.fixture(autouse=True)
def _emptied() -> None:
    tell("clear")


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _correct(kind: str, amount: int, currency: str = "usd") -> str:
    made: str = tell("balance/correct", type=kind, amount=amount, currency=currency)["id"]
    return made


def _compare(days: float = 2) -> list[differences.Difference]:
    """The nightly comparison, some days later: what happened until now is older than it looks back."""
    until = timezone.now() + timedelta(seconds=2) + timedelta(days=days - 2)
    reconciliation.reconcile(since=until - timedelta(days=2), until=until)
    return differences.last_found()


def _balance(kind: str) -> int:
    return ledger.balance(ledger.account(kind, "USD")).minor


def _propose(
    found: differences.Difference, by: User, account: str = Kind.OTHER_COSTS
) -> Adjustment:
    minor = found.missing.minor
    return adjustments.propose(
        currency="USD", dated=timezone.now().date(), document="Letter of 3 May", difference=found,
        postings=[Posting(account, max(0, -minor), max(0, minor))], reason="A correction", by=by,
    )  # fmt: skip


def test_each_kind_of_movement_that_the_client_knows_is_in_one_list() -> None:
    hints = typing.get_args(stripe_type_hint())
    known = {name for hint in hints for name in typing.get_args(hint)}
    assert len(known) > 40
    assert {name: sum(name in kinds for kinds in LISTS) for name in known} == dict.fromkeys(
        known, 1
    )


def stripe_type_hint() -> object:
    import stripe

    return stripe.BalanceTransaction.__annotations__["type"]


@pytest.mark.parametrize("kind", sorted(balance.HELD_BACK))
def test_what_the_provider_holds_back_is_booked_until_it_releases_it(kind: str) -> None:
    _correct(kind, -500)
    assert _compare() == []
    assert (_balance(Kind.RESERVE), _balance(Kind.STRIPE_CLEARING)) == (500, -500)
    _correct(kind, 500)
    assert _compare() == []
    assert (_balance(Kind.RESERVE), _balance(Kind.STRIPE_CLEARING)) == (0, 0)
    check_now()
    [report] = finance_report(timezone.now().year, timezone.now().month)
    assert report.adds_up, report.proofs


@pytest.mark.parametrize("kind", [*sorted(balance.FOR_FINANCE), "adjustment", "never_heard_of"])
def test_what_is_about_no_object_of_ours_is_a_difference_for_as_long_as_nobody_books_it(
    kind: str,
) -> None:
    moved = _correct(kind, -700)
    for days in (2, 9, 40):
        [found] = _compare(days)
        assert (found.source, found.kind, found.missing.minor) == (moved, kind, -700)
        assert found.since == timezone.now().date()
    assert not LedgerEntry.objects.exists()


def test_a_second_person_books_a_difference_and_then_there_is_none() -> None:
    _correct("adjustment", -700)
    [found] = _compare()
    first, second = _finance(), _finance()
    adjustment = _propose(found, first)
    assert differences.standing() == [found]
    with pytest.raises(Refused, match="somebody else"):
        adjustments.decide(adjustment=adjustment, post=True, by=first)
    assert not LedgerEntry.objects.exists()
    adjustments.decide(adjustment=adjustment, post=True, by=second)
    check_now()
    assert differences.standing() == []
    assert _compare() == []
    assert (_balance(Kind.OTHER_COSTS), _balance(Kind.STRIPE_CLEARING)) == (700, -700)
    [report] = finance_report(timezone.now().year, timezone.now().month)
    assert report.adds_up, report.proofs


def test_money_that_the_provider_gives_is_booked_the_other_way() -> None:
    _correct("connect_collection_transfer", 300)
    [found] = _compare()
    adjustments.decide(
        adjustment=_propose(found, _finance(), Kind.BAD_DEBTS), post=True, by=_finance()
    )
    assert (_balance(Kind.BAD_DEBTS), _balance(Kind.STRIPE_CLEARING)) == (-300, 300)
    assert _compare() == []


def test_a_difference_is_booked_once() -> None:
    _correct("adjustment", -700)
    [found] = _compare()
    first, second = _finance(), _finance()
    adjustment = _propose(found, first)
    with pytest.raises(Refused) as refusal:
        _propose(found, second)
    assert refusal.value.code == "already_proposed"
    adjustments.decide(adjustment=adjustment, post=True, by=second)
    again = _propose(found, first)  # from a page that was opened before
    with pytest.raises(Refused) as refusal:
        adjustments.decide(adjustment=again, post=True, by=second)
    assert refusal.value.code == "difference_changed"
    assert _balance(Kind.STRIPE_CLEARING) == -700


def test_a_difference_is_booked_whole_or_not_at_all() -> None:
    _correct("adjustment", -700)
    [found] = _compare()
    with pytest.raises(Refused) as refusal:
        adjustments.propose(
            currency="USD", dated=timezone.now().date(), document="x", difference=found,
            postings=[Posting(Kind.OTHER_COSTS, debit_minor=699)], reason="x", by=_finance(),
        )  # fmt: skip
    assert refusal.value.code == "unbalanced"


def test_no_entry_touches_the_money_at_the_provider_without_a_difference() -> None:
    adjustment = _propose_plain()
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=adjustment.pk).update(provider_minor=100)


def _propose_plain() -> Adjustment:
    return adjustments.propose(
        currency="USD", dated=timezone.now().date(), document="x", reason="x", by=_finance(),
        postings=[Posting(Kind.OTHER_COSTS, debit_minor=1), Posting(Kind.BANK, credit_minor=1)],
    )  # fmt: skip


def test_nights_without_a_comparison_are_made_up_for() -> None:
    now = timezone.now()
    assert reconciliation.overdue_since() > now - timedelta(days=3)
    Reconciliation.objects.create(
        since=now - timedelta(days=11), until=now - timedelta(days=9), compared=0
    )
    assert reconciliation.overdue_since() == now - timedelta(days=9)
    by_hand = {"since": now - timedelta(days=3), "until": now - timedelta(days=1)}
    Reconciliation.objects.create(**by_hand, compared=0)
    assert reconciliation.overdue_since() == now - timedelta(
        days=9
    )  # the days between are not compared


def test_finance_is_told_of_a_difference_every_night_and_where_to_book_it() -> None:
    _finance()
    moved = _correct("adjustment", -700)
    for days in (2, 5):
        _compare(days)
        assert moved in delivered()[-1].body
        assert "/finance/differences" in delivered()[-1].body
    assert len(delivered()) == 2


def test_finance_books_a_difference_on_its_desk_and_moderators_can_not() -> None:
    moved = _correct("adjustment", -700)
    _compare()
    first, second, moderator = Client(), Client(), Client()
    first.force_login(_finance(), backend=BACKEND)
    second.force_login(_finance(), backend=BACKEND)
    moderator.force_login(factories.make_moderator(), backend=BACKEND)
    desk = reverse("storefront:finance-differences")
    page = reverse("storefront:finance-book-difference", args=[moved, "USD"])
    assert moderator.get(page).status_code == 403
    assert page in first.get(desk).text
    assert "-$7.00" in first.get(page).text
    asked = {
        "account": "other_costs", "dated": timezone.now().date().isoformat(),
        "document": "Letter of 3 May", "reason": "A correction of theirs",
    }  # fmt: skip
    assert "required" in first.post(page, {**asked, "reason": ""}).text
    assert not Adjustment.objects.exists()
    assert first.post(page, asked).status_code == 302
    assert "Waits for a second person" in first.get(desk).text
    proposed = Adjustment.objects.get()
    assert f"credit Money at the payment provider $7.00 ({moved})" in proposed.in_words
    address = reverse("storefront:finance-decide-entry", args=[proposed.public_id])
    told = second.post(address, {"decision": "post", "reason": "It is right."}, follow=True).text
    assert "Posted." in told
    assert moved not in first.get(desk).text.partition("<h2>Comparisons</h2>")[0]
    assert first.get(page).status_code == 404


def test_the_kind_of_a_movement_without_an_object_is_fetched_by_its_own_id() -> None:
    moved = _correct("contribution", -40)
    [movement] = stripe_api.movements_of(moved)
    assert (movement.kind, movement.source, movement.net_minor) == ("contribution", moved, -40)
