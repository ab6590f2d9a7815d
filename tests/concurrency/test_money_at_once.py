"""Buyers, banks, finance, webhooks and nightly work at the same moment: the books end as the provider's."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from marketplace.payouts import provider_events, stripe_api
from tests.provider_world import DECISIONS, REFUSALS, World
from tests.sandbox import behave, own_sandbox

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 12  # of each thread
DEADLOCK = "deadlock detected"  # the database ends one of two, which is then done again
Deed = Callable[[World, random.Random], None]


@dataclass(frozen=True)
class Market:
    """What the provider, banks and buyers are like; varies: each of it changes while all the others act."""

    name: str
    behaviours: dict[str, Any] = field(default_factory=dict)
    taxed: bool = False
    varies: bool = False

    def __str__(self) -> str:
        return self.name


PLAIN = Market("plain", {"pending_days": 2})
GERMAN = {"tax_percent": 19, "buyer_country": "DE"}
SLOW = {"asynchronous_payments": True, "off_session": "process", "refunds": "wait"}
OTHERS = (
    Market("settled in euros", {"settles_in": "eur", "pending_days": 2}),
    Market("taxed", GERMAN, taxed=True),
    Market("tax within prices", {**GERMAN, "tax_inclusive": True}, taxed=True),
    Market("slow banks", SLOW),
    Market("owners are asked", {"authentication": True, "off_session": "authenticate"}),
    Market("declined", {"off_session": "decline", "refunds": "fail"}),
    Market("coupons on plans", {"plan_discount": 50}),
    Market("told late", {"late_balance_transactions": True, "renewals_wait": True,
                         "accounts_apart": True}),
    Market("emptied", {"pending_days": 2, "automatic_payouts": True, "group_of_charge": False}),
    Market("all at once", {"settles_in": "eur", "plan_discount": 25, **GERMAN, **SLOW}, taxed=True),
    Market("as it comes", GERMAN, taxed=True, varies=True),
)  # fmt: skip
MARKETS = [
    (PLAIN, 0),
    *(pytest.param(PLAIN, seed, marks=pytest.mark.slow) for seed in range(1, 4)),
    *(pytest.param(each, seed, marks=pytest.mark.slow) for each in OTHERS for seed in range(2)),
]


@pytest.fixture(autouse=True)
def provider() -> Iterator[None]:
    with own_sandbox():
        yield
        behave()


def _buy(world: World, dice: random.Random) -> None:
    deed = dice.choice(["pay", "pay", "expire"])
    who, place = dice.randrange(2), dice.randrange(99)
    dice.choice([
        lambda: world.order(who, deed, dice.choice(["USD", "JPY", "EUR"])),
        lambda: world.order_for_less(who, deed),
        lambda: world.renew_licence(place, deed),
        lambda: world.upgrade_licence(place, deed),
        lambda: world.buy_credit(1_000, deed),
        lambda: world.subscribe("basic", dice.random() < 0.3),
        lambda: world.change_plan("pro"),
        lambda: world.switch_in_the_portal(place, dice.choice(["basic", "pro"])),
        lambda: world.come_back(place),
        lambda: world.take_back(place),
    ])()  # fmt: skip


def _agree_beforehand(world: World, dice: random.Random) -> None:
    """What was agreed to before happens by itself: renewals of licences, and top-ups."""
    dice.choice([
        lambda: world.order_to_renew(dice.randrange(2), "pay"),
        lambda: world.end_a_term(dice.randrange(99)),
        lambda: world.wait_for_renewals(dice.choice([0.5, 3.1, 8.0])),
        world.top_up,
        lambda: world.confirm_by_hand(dice.random() < 0.5),
        world.finish_standing_orders,
    ])()  # fmt: skip


def _decide(world: World, dice: random.Random) -> None:
    """Banks answer, some late and some with no."""
    place, yes = dice.randrange(99), dice.random() < 0.7
    dice.choice([
        lambda: world.settle_session(place, yes),
        lambda: world.settle_off_session(place, yes),
        lambda: world.settle_refund(place, yes),
        lambda: world.authenticate(place, yes),
        lambda: world.collect(place, yes),
        lambda: world.book(place),
    ])()  # fmt: skip


def _take_money_back(world: World, dice: random.Random) -> None:
    """What banks, the provider's own pages and people in finance do."""
    place = dice.randrange(99)
    dice.choice([
        lambda: world.refund(place, dice.choice([1.0, 0.4])),
        lambda: world.refund_at_the_provider(place, dice.choice([1.0, 0.4])),
        lambda: world.dispute(place, dice.random() < 0.5, "needs_response"),
        lambda: world.decide_dispute(place, dice.choice(DECISIONS)),
        lambda: world.decide_refund(place, dice.random() < 0.7),
        lambda: world.renew_plan(place, dice.random() < 0.7),
    ])()  # fmt: skip


def _hear(world: World, dice: random.Random) -> None:
    """All events so far, in any order; each listener hears them, so that each comes several times."""
    events = list(stripe_api.list_events(world.since))
    dice.shuffle(events)
    for event in events[:15]:
        with suppress(*REFUSALS):
            provider_events.process_event(event_pk=provider_events.store_event(*event).pk)


def _work(world: World, dice: random.Random) -> None:
    world.send_what_waits()


def _pay_creators(world: World, dice: random.Random) -> None:
    world.pay_creators(dice.choice([8, 31]))


def _vary(world: World, dice: random.Random) -> None:
    """The provider behaves as in another market, in what may change; the tax stays."""
    behave(**{**dice.choice(OTHERS[:-2]).behaviours, **GERMAN, "settles_in": ""})


PEOPLE: tuple[Deed, ...] = (
    _buy, _buy, _agree_beforehand, _decide, _take_money_back, _hear, _hear, _work, _work, _pay_creators,
)  # fmt: skip


@pytest.mark.parametrize(("market", "seed"), MARKETS, ids=str)
def test_money_that_moves_in_many_threads_at_once_is_booked_as_in_one(
    market: Market, seed: int
) -> None:
    with override_settings(STRIPE_TAX=market.taxed):
        _live_at_once(market, seed)


def _live_at_once(market: Market, seed: int) -> None:
    world, dice = World(), random.Random(seed)
    behave(**market.behaviours)
    for who in (0, 1):
        world.order(who, "pay")
    world.hear(dice, 1.0)
    people = (*PEOPLE, _vary) if market.varies else PEOPLE
    barrier, lost = threading.Barrier(len(people)), []

    def live(number: int) -> None:
        own = random.Random(f"{seed} {number}")
        try:
            barrier.wait(20)
            for _ in range(STEPS):
                try:
                    with suppress(*REFUSALS):
                        people[number](world, own)
                except OperationalError as error:
                    if DEADLOCK not in str(error):
                        raise
                    lost.append(str(error))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(live, range(len(people))))
    behave(settles_in=market.behaviours.get("settles_in", ""))  # so that all comes to rest
    world.come_to_rest(dice)
    world.require_agreement()
    assert not lost, lost
