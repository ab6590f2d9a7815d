"""Whatever the provider, buyers and banks do, in any order and heard in any order, our books are its books."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from marketplace.licensing.models import PlanMonth, RenewalRound
from marketplace.payouts.incoming.credits import PACKS_MINOR
from marketplace.payouts.models import Payment
from tests.money import check_now
from tests.provider_world import DECISIONS, REFUSALS, World
from tests.sandbox import behave, own_sandbox, tell

WHO, PLACE, YES = st.integers(0, 1), st.integers(0, 99), st.booleans()
IN = st.sampled_from(["USD", "USD", "JPY", "EUR"])
PLAN = st.sampled_from(["basic", "pro"])
SHARE = st.sampled_from([1.0, 0.5, 0.33, 0.01])
AT_THE_PAGE = st.sampled_from(["pay", "pay", "pay", "leave", "expire"])
PATHS = st.sampled_from(["", "/v1/refunds", "/v1/transfers", "/v1/checkout/sessions"])
BEHAVIOURS = st.fixed_dictionaries(
    {},
    optional={
        "tax_percent": st.sampled_from([0, 8, 19]),
        "tax_inclusive": YES,
        "asynchronous_payments": YES,
        "authentication": YES,
        "off_session": st.sampled_from(["succeed", "decline", "authenticate", "process"]),
        "taxability": st.sampled_from(["standard_rated", "reverse_charge", "zero_rated"]),
        "late_balance_transactions": YES,
        "pending_days": st.sampled_from([0, 2]),
        "automatic_payouts": YES,
        "group_of_charge": YES,
        "plan_discount": st.sampled_from([0, 25, 50]),
        "renewals_wait": YES,
        "refunds": st.sampled_from(["succeed", "wait", "fail"]),
        "accounts_apart": YES,
    },
)


class Market(RuleBasedStateMachine):
    """People, banks and the provider do things; some of the events are heard, some answers are lost."""

    def __init__(self) -> None:
        super().__init__()
        self._example = transaction.atomic()  # rolled back, so that examples are independent
        self._example._from_testcase = True  # type: ignore[attr-defined]  # durable blocks may begin in it
        self._example.__enter__()
        self.world = World()
        self.dice = random.Random(1)

    def teardown(self) -> None:
        try:
            self.world.come_to_rest(self.dice)
            check_now()
            self.world.require_agreement()
        finally:
            tell("faults")
            behave()
            self._taxed.disable()
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    def _try(self, deed: str, *arguments: Any) -> None:
        with suppress(*REFUSALS):
            getattr(self.world, deed)(*arguments)

    @initialize(seed=st.integers(0, 999), settles_in=st.sampled_from(["", "", "eur"]), taxed=YES)
    def two_licences_are_sold(self, seed: int, settles_in: str, taxed: bool) -> None:
        self.dice = random.Random(seed)
        self._taxed = override_settings(STRIPE_TAX=taxed)
        self._taxed.enable()
        self.settles_in = settles_in
        behave(settles_in=settles_in)
        for who, currency in product((0, 1), ("USD", "JPY")):
            self.world.order(who, "pay", currency)
        self.world.hear(self.dice, 1.0)

    @rule(how=BEHAVIOURS)
    def the_provider_behaves_otherwise(self, how: dict[str, Any]) -> None:
        behave(settles_in=self.settles_in, **how)

    @rule(kind=st.sampled_from(["fail_before", "fail_after"]), times=st.integers(1, 4), only=PATHS)
    def answers_are_lost(self, kind: str, times: int, only: str) -> None:
        tell("faults", **{kind: times, "only": only})

    @rule(share=st.sampled_from([1.0, 0.5, 0.2]))
    def events_are_heard(self, share: float) -> None:
        self.world.hear(self.dice, share)

    @rule()
    def the_workers_work(self) -> None:
        self.world.send_what_waits()

    @rule(days=st.sampled_from([1, 8, 31]))
    def creators_are_paid(self, days: int) -> None:
        with suppress(*REFUSALS):
            self.world.pay_creators(days, alone=True)
        self.world.send_what_waits()

    @rule()
    def the_answer_of_a_payout_is_lost(self) -> None:
        self._try("lose_a_payouts_answer")

    @rule(who=WHO, deed=AT_THE_PAGE, currency=IN)
    def a_licence_is_ordered(self, who: int, deed: str, currency: str) -> None:
        self._try("order", who, deed, currency)

    @rule(who=WHO)
    def a_voice_leaves_while_its_licence_is_paid(self, who: int) -> None:
        """Few examples come to that by themselves."""
        self._try("pay_while_the_voice_leaves", who, self.dice)

    @rule(place=PLACE, deed=AT_THE_PAGE)
    def a_licence_is_renewed(self, place: int, deed: str) -> None:
        self._try("renew_licence", place, deed)

    @rule(who=WHO, deed=AT_THE_PAGE)
    def a_licence_is_ordered_for_less(self, who: int, deed: str) -> None:
        self._try("order_for_less", who, deed)

    @rule(place=PLACE, deed=AT_THE_PAGE)
    def a_licence_is_upgraded(self, place: int, deed: str) -> None:
        self._try("upgrade_licence", place, deed)

    @rule(place=PLACE)
    def a_payment_is_taken_back(self, place: int) -> None:
        self._try("take_back", place)

    @rule(minor=st.sampled_from(PACKS_MINOR), deed=AT_THE_PAGE)
    def credit_is_bought(self, minor: int, deed: str) -> None:
        self._try("buy_credit", minor, deed)

    @rule(plan=PLAN, yearly=YES)
    def a_plan_is_subscribed_to(self, plan: str, yearly: bool) -> None:
        self._try("subscribe", plan, yearly)

    @rule(who=WHO, deed=AT_THE_PAGE)
    def a_licence_is_ordered_that_renews_by_itself(self, who: int, deed: str) -> None:
        self._try("order_to_renew", who, deed)

    @rule(place=PLACE)
    def a_term_ends(self, place: int) -> None:
        self._try("end_a_term", place)

    @rule(days=st.sampled_from([0.5, 3.1, 8.0]))
    def a_renewal_waits(self, days: float) -> None:
        self._try("wait_for_renewals", days)

    @rule()
    def credit_is_bought_by_itself(self) -> None:
        self._try("top_up")

    @rule(renewal=YES)
    def a_buyer_confirms_what_their_bank_asked(self, renewal: bool) -> None:
        self._try("confirm_by_hand", renewal)

    @rule(plan=PLAN)
    def a_plan_is_changed_in_the_shop(self, plan: str) -> None:
        self._try("change_plan", plan)

    @rule(place=PLACE, plan=PLAN)
    def a_price_is_switched_in_the_providers_portal(self, place: int, plan: str) -> None:
        self._try("switch_in_the_portal", place, plan)

    @rule(renewals=st.integers(0, 5))
    def a_dearer_plan_becomes_a_cheaper_one_in_the_portal(self, renewals: int) -> None:
        self._try("go_to_a_cheaper_plan_in_the_portal", self.dice, renewals)

    @rule(place=PLACE)
    def a_buyer_comes_back(self, place: int) -> None:
        self._try("come_back", place)

    @rule(place=PLACE, yes=YES, what=st.sampled_from(
        ["settle_session", "authenticate", "renew_plan", "collect", "settle_refund", "decide_refund",
         "settle_off_session"]))  # fmt: skip
    def what_waits_is_decided(self, place: int, yes: bool, what: str) -> None:
        self._try(what, place, yes)

    @rule(place=PLACE, share=SHARE, ours=YES)
    def a_payment_is_refunded(self, place: int, share: float, ours: bool) -> None:
        self._try("refund" if ours else "refund_at_the_provider", place, share)

    @rule(place=PLACE, whole=YES, status=st.sampled_from(
        ["needs_response", "needs_response", "warning_needs_response", "prevented"]))  # fmt: skip
    def a_bank_disputes(self, place: int, whole: bool, status: str) -> None:
        self._try("dispute", place, whole, status)

    @rule(place=PLACE, decision=st.sampled_from(DECISIONS))
    def a_dispute_moves_on(self, place: int, decision: str) -> None:
        self._try("decide_dispute", place, decision)

    @rule(place=PLACE)
    def a_dispute_is_won(self, place: int) -> None:
        self._try("win_a_dispute", place, self.dice)

    @rule(who=WHO)
    def a_fee_is_told_after_the_sale_was_booked(self, who: int) -> None:
        """Few examples come to that by themselves."""
        behave(settles_in=self.settles_in, late_balance_transactions=True)
        self._try("order", who, "pay")
        self.world.hear(self.dice, 1.0)
        self._try("book", 0)

    @rule(place=PLACE)
    def a_charge_is_booked_late(self, place: int) -> None:
        self._try("book", place)

    @rule(place=PLACE, minor=st.sampled_from([500, -200, 7_000]))
    def credit_is_given_by_hand_in_the_dashboard(self, place: int, minor: int) -> None:
        self._try("give_credit_by_hand", place, minor)

    @rule(kind=st.sampled_from(["adjustment", "reserve_hold", "stripe_fee", "contribution"]),
          minor=st.sampled_from([-700, 300]))  # fmt: skip
    def the_provider_corrects_the_balance(self, kind: str, minor: int) -> None:
        self._try("correct_the_balance", kind, minor)

    @rule()
    def days_pass_at_the_provider(self) -> None:
        self.world.days_pass_at_the_provider()

    @rule(who=WHO, restricted=YES)
    def a_creators_account_changes(self, who: int, restricted: bool) -> None:
        self._try("restrict", who, restricted)


@pytest.fixture(scope="class", autouse=True)
def _own_sandbox() -> Iterator[None]:
    with own_sandbox():
        yield


class TestMarket(Market.TestCase):  # type: ignore[misc, name-defined]
    """As many examples as a unit test has time for."""

    pytestmark: ClassVar = [pytest.mark.django_db]
    settings = settings(
        max_examples=4,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


class TestMarketForLong(Market.TestCase):  # type: ignore[misc, name-defined]
    """Many more, for `make test-all`."""

    pytestmark: ClassVar = [pytest.mark.django_db, pytest.mark.slow]
    settings = settings(
        derandomize=False,
        max_examples=500,
        stateful_step_count=80,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@pytest.mark.django_db
def test_what_happens_by_itself_does_happen_in_that_market() -> None:
    dice = random.Random(1)
    behave()
    world = World()
    world.order_to_renew(0, "pay")
    world.hear(dice, 1.0)
    behave(off_session="process")
    world.end_a_term(0)
    assert RenewalRound.objects.get().state == RenewalRound.State.CHARGING
    world.settle_off_session(0, paid=False)
    world.hear(dice, 1.0)
    assert RenewalRound.objects.get().state == RenewalRound.State.DUE
    behave()
    world.wait_for_renewals(3.1)
    assert RenewalRound.objects.get().state == RenewalRound.State.PAID
    behave(off_session="authenticate")
    world.top_up()
    assert not Payment.objects.filter(kind=Payment.Kind.CREDITS).exists()
    world.confirm_by_hand(renewal=False)
    world.subscribe("basic", yearly=True)
    world.hear(dice, 1.0)
    kinds = sorted(Payment.objects.values_list("kind", flat=True))
    assert kinds == ["credits", "licence", "licence", "plan_year"]
    world.pay_creators(63)  # more than any two months in a row
    assert PlanMonth.objects.exclude(year=None).count() == 3
    behave()
    world.come_to_rest(dice)
    world.require_agreement()


@pytest.mark.django_db
@pytest.mark.parametrize("taxed", [False, True])
def test_that_markets_books_agree_after_a_cheaper_price_in_the_portal_and_renewals(
    taxed: bool,
) -> None:
    with override_settings(STRIPE_TAX=taxed):
        dice, world = random.Random(1), World()
        behave(tax_percent=19)
        world.go_to_a_cheaper_plan_in_the_portal(dice, 1)
        world.hear(dice, 1.0)
        assert Payment.objects.filter(amount_minor=0).count() == 1
        for _ in range(4):
            world.renew_plan(0, True)
        world.come_to_rest(dice)
        world.require_agreement()
