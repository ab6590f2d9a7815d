"""The machines notice each of ten rules that is broken on purpose, and nothing where none is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests import broken_rules
from tests.broken_rules import BREAKS, LEDGER, PROVIDER, Break
from tests.marketplace.payouts import test_money_machine, test_provider_machine
from tests.sandbox import own_sandbox

pytestmark = pytest.mark.django_db
MACHINES: dict[str, type[RuleBasedStateMachine]] = {
    LEDGER: test_money_machine.Market,
    PROVIDER: test_provider_machine.Market,
}
SHORT = {LEDGER: (60, 30), PROVIDER: (40, 25)}  # examples, and deeds in each
WRITES = "TIMBRE_TEST_RECORD_BREAKS"
_found: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _own_sandbox() -> Iterator[None]:
    with own_sandbox():
        yield


def _run(machine: str) -> None:
    """A short run, the same each time; a failure is not made smaller, since nobody reads it."""
    examples, steps = SHORT[machine]
    how: Any = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(MACHINES[machine], settings=how)


def test_ten_rules_are_broken_each_in_a_place_of_its_own() -> None:
    assert len({each.rule for each in BREAKS}) == len({each.where for each in BREAKS}) == 10


@pytest.mark.skipif(not broken_rules.RECORD.exists(), reason="it was not written yet")
def test_the_record_says_what_noticed_each() -> None:
    rows = broken_rules.RECORD.read_text(encoding="utf-8").splitlines()
    for each in BREAKS:
        [row] = [row for row in rows if row.startswith(each.row("")[:-3])]
        assert row.split("|")[-2].strip()


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_where_no_rule_is_broken_the_same_run_notices_nothing(machine: str) -> None:
    _run(machine)


@pytest.mark.slow
@pytest.mark.parametrize("broken", BREAKS, ids=str)
def test_a_rule_that_is_broken_is_noticed(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.does(monkeypatch)
    with pytest.raises(Exception) as noticed:
        _run(broken.machine)
    _found[broken.where] = broken_rules.noticed_by(noticed.value)


@pytest.mark.slow
def test_what_was_noticed_is_recorded_where_that_is_asked_for() -> None:
    if not os.environ.get(WRITES):
        pytest.skip(f"{WRITES}=1 writes the record")
    broken_rules.write_record(_found)
