"""Automatic payouts to the platform's bank: told of where creators are to be paid from the balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.payouts import stripe_api
from marketplace.payouts.books import bank_payouts
from marketplace.payouts.books.reconciliation import reconcile
from marketplace.payouts.waiting import what_waits
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused
from tests import factories
from tests.money import sell
from tests.sandbox import behave, own_sandbox, tell

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True, scope="module")
def _own_sandbox() -> Iterator[None]:
    with own_sandbox():
        yield


@pytest.fixture(autouse=True)
def _emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    tell("clear")
    monkeypatch.setattr(settings, "CURRENCIES", [])


def _choose(**payouts: Any) -> None:
    form = {f"payments[payouts]{name}": str(value) for name, value in payouts.items()}
    answer = httpx.post(
        f"{settings.STRIPE_API_BASE}/v1/balance_settings",
        data=form,
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    )
    answer.raise_for_status()


def _by_hand() -> None:
    _choose(**{"[schedule][interval]": "manual"})


def _keep(minor: int, currency: str = "usd") -> None:
    _choose(**{f"[minimum_balance_by_currency][{currency}]": minor})


def _shortages() -> list[tuple[str, int, int]]:
    found = bank_payouts.read_settings()
    assert found is not None
    return [
        (each.interval, each.left.minor, each.needed.minor)
        for each in bank_payouts.shortages(found)
    ]


def test_a_balance_that_is_emptied_every_day_is_told_of_before_anybody_has_earned() -> None:
    assert _shortages() == [("daily", 0, 0)]


def test_what_is_paid_out_by_hand_is_left_alone() -> None:
    _by_hand()
    sell(factories.make_creator(), price=10_000)
    assert _shortages() == []


def test_a_minimum_balance_is_enough_up_to_what_creators_are_owed() -> None:
    _keep(8_499)
    assert _shortages() == []
    sell(factories.make_creator(), price=10_000)
    assert _shortages() == [("daily", 8_499, 8_500)]
    _keep(8_500)
    assert _shortages() == []


def test_a_minimum_in_another_currency_is_none() -> None:
    _keep(100_000, "eur")
    assert _shortages() == [("daily", 0, 0)]


def test_the_sandbox_leaves_the_minimum_when_it_pays_out() -> None:
    _keep(300)
    behave(automatic_payouts=True)
    tell("balance/top_up", amount=1_000, currency="usd")
    shown = tell("balance/pay_out")
    behave()
    assert [each["amount"] for each in shown["available"]] == [300]


def _compare() -> None:
    now = timezone.now()
    reconcile(since=now - timedelta(days=2), until=now)


def test_the_desk_warns_until_a_comparison_finds_it_mended(client: Client) -> None:
    client.force_login(appoint_finance(user=factories.make_user()), backend=BACKEND)
    desk = reverse("storefront:finance")
    assert "sends the balance to your bank" not in client.get(desk).text
    sell(factories.make_creator(), price=10_000)
    _compare()
    assert not what_waits().is_empty
    page = client.get(desk).text
    assert "sends the balance to your bank every day" in page
    assert "owed $85.00" in page
    _by_hand()
    _compare()
    assert "sends the balance to your bank" not in client.get(desk).text


def test_the_setup_command_warns_whoever_sets_up(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_up_webhooks", url="https://timbre.example/hook")
    assert "sends the balance to your bank every day" in capsys.readouterr().err
    _by_hand()
    call_command("set_up_webhooks", url="https://timbre.example/hook")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "error", [ProviderRefused("This key may not.", ""), PaymentProviderUnavailable("It may not.")]
)
def test_a_key_that_may_not_read_the_settings_stops_nothing_and_is_told_of(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> stripe_api.PayoutSettings:
        raise error

    monkeypatch.setattr(stripe_api, "payout_settings", refused)
    _compare()
    assert bank_payouts.last_known() == []
    call_command("set_up_webhooks", url="https://timbre.example/hook")
    assert "could not be read" in capsys.readouterr().err
