"""Buyers, banks, finance, webhooks and nightly work at the same moment: the books end as the provider's."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import OperationalError, connection

from marketplace.payouts import provider_events, stripe_api
from tests.provider_world import DECISIONS, REFUSALS, World
from tests.sandbox import behave, own_sandbox

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 12  # of each thread
DEADLOCK = "deadlock detected"  # the database ends one of two, which is then done again
Deed = Callable[[World, random.Random], None]


@pytest.fixture(autouse=True)
def provider() -> Iterator[None]:
    with own_sandbox():
        behave(pending_days=2)
        yield
        behave()


def _buy(world: World, dice: random.Random) -> None:
    deed = dice.choice(["pay", "pay", "expire"])
    who, place = dice.randrange(2), dice.randrange(99)
    dice.choice([
        lambda: world.order(who, deed),
        lambda: world.order_for_less(who, deed),
        lambda: world.renew_licence(place, deed),
        lambda: world.upgrade_licence(place, deed),
        lambda: world.buy_credit(1_000, deed),
        lambda: world.subscribe("basic"),
        lambda: world.change_plan("pro"),
        lambda: world.switch_in_the_portal(place, dice.choice(["basic", "pro"])),
        lambda: world.come_back(place),
        lambda: world.take_back(place),
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


PEOPLE: tuple[Deed, ...] = (
    _buy, _buy, _take_money_back, _hear, _hear, _work, _work, _pay_creators,
)  # fmt: skip


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
def test_money_that_moves_in_many_threads_at_once_is_booked_as_in_one(seed: int) -> None:
    world, dice = World(), random.Random(seed)
    for who in (0, 1):
        world.order(who, "pay")
    world.hear(dice, 1.0)
    barrier, lost = threading.Barrier(len(PEOPLE)), []

    def live(number: int) -> None:
        own = random.Random(f"{seed} {number}")
        try:
            barrier.wait(20)
            for _ in range(STEPS):
                try:
                    with suppress(*REFUSALS):
                        PEOPLE[number](world, own)
                except OperationalError as error:
                    if DEADLOCK not in str(error):
                        raise
                    lost.append(str(error))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        list(pool.map(live, range(len(PEOPLE))))
    world.come_to_rest(dice)
    world.require_agreement()
    assert not lost, lost
