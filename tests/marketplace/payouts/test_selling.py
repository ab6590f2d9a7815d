"""What a creator decides as a seller: when they are paid, who they are for tax."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.payouts import stripe_api
from marketplace.payouts.creators import (
    earnings,
    freezes,
    holds,
    onboarding,
    schedules,
    seller_details,
    transfers,
)
from marketplace.payouts.models import PayoutAccount, PayoutSchedule, SellerDetails, Transfer
from marketplace.refusals import Refused
from marketplace.storefront.forms import OffersForm
from tests import factories
from tests.money import sell

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
COMPANY = {
    "kind": "company", "name": "Stimmen", "form": "GmbH", "street": "Hauptstr. 1", "city": "Bonn",
    "country": "DE", "vat_number": "DE 136 695 976", "tax_number": "12/345", "registration": "HRB 7",
}  # fmt: skip


def _payable(price: int = 10_000) -> Creator:
    """A creator who can be paid, with the share of a sale that is payable."""
    creator = factories.make_creator()
    sell(creator, price=price)
    earnings.release_due(timezone.now() + timedelta(days=60))
    PayoutAccount.objects.create(
        creator=creator, provider_id=f"acct_{creator.pk}", transfers_active=True
    )
    return creator


def _choose(creator: Creator, rhythm: str) -> PayoutSchedule:
    return schedules.choose(creator=creator, rhythm=rhythm, by=creator.user)


def test_without_a_choice_a_creator_is_paid_at_once() -> None:
    _payable()
    assert transfers.begin_payouts() == 1


@pytest.mark.parametrize("rhythm", ["weekly", "monthly"])
def test_a_rhythm_is_waited_for_and_then_the_next_day_is_set(rhythm: str) -> None:
    creator = _payable()
    first = _choose(creator, rhythm).next_on
    assert first is not None and first > schedules.today()
    assert transfers.begin_payouts() == 0
    PayoutSchedule.objects.update(next_on=schedules.today())
    assert transfers.begin_payouts() == 1
    following = PayoutSchedule.objects.get().next_on
    assert following is not None and following > schedules.today()


def test_the_days_of_a_rhythm() -> None:
    assert schedules.next_day("weekly", date(2026, 11, 29)) == date(2026, 11, 30)
    assert schedules.next_day("weekly", date(2026, 11, 30)) == date(2026, 12, 7)
    assert schedules.next_day("monthly", date(2026, 12, 31)) == date(2027, 1, 1)
    assert schedules.next_day("by_hand", date(2026, 12, 31)) is None


def test_by_hand_nothing_is_sent_until_the_creator_presses_the_button(client: Client) -> None:
    creator = _payable()
    client.force_login(creator.user, backend=BACKEND)
    client.post(reverse("storefront:set-payout-schedule"), {"rhythm": "by_hand"})
    assert transfers.begin_payouts() == 0
    page = client.get(reverse("storefront:payouts")).text
    assert "use the button" in page
    done = client.post(reverse("storefront:pay-now"), follow=True).text
    assert "It is on its way." in done
    assert Transfer.objects.get().amount_minor == 8500
    again = client.post(reverse("storefront:pay-now"), follow=True).text
    assert "is payable so far" in again


def test_the_button_does_not_pass_a_freeze_and_nobody_else_presses_it() -> None:
    creator = _payable()
    _choose(creator, "by_hand")
    with pytest.raises(Refused) as stranger:
        transfers.pay_now(creator=creator, by=factories.make_user())
    assert stranger.value.code == "not_allowed"
    finance = appoint_finance(user=factories.make_user())
    freezes.freeze(creator=creator, reason="A bank asked.", by=finance)
    with pytest.raises(Refused) as frozen:
        transfers.pay_now(creator=creator, by=creator.user)
    assert frozen.value.code == "frozen"
    assert not Transfer.objects.exists()


def test_every_hold_is_told_in_words_with_the_day_it_ends(settings: Any) -> None:
    creator = factories.make_creator()
    Creator.objects.filter(pk=creator.pk).update(created_at=timezone.now() - timedelta(days=200))
    creator.refresh_from_db()
    sell(creator, price=10_000)
    [held] = holds.holds_of(creator)
    assert held.amount.minor == 8500
    assert "held for 14 days" in held.why
    assert held.until == (timezone.now() + timedelta(days=14)).date()


def test_a_newcomer_is_told_that_their_sales_are_held_longer() -> None:
    creator = factories.make_creator()
    sell(creator)
    [held] = holds.holds_of(creator)
    assert "first 90 days" in held.why and "30 days" in held.why


def test_what_is_payable_says_what_it_waits_for() -> None:
    creator = _payable()
    _choose(creator, "monthly")
    [hold] = holds.holds_of(creator)
    assert hold.until == PayoutSchedule.objects.get().next_on
    assert "first of the month" in hold.why
    freezes.freeze(
        creator=creator, reason="A bank asked.", by=appoint_finance(user=factories.make_user())
    )
    [hold] = holds.holds_of(creator)
    assert "A bank asked." in hold.why
    PayoutAccount.objects.all().delete()
    freezes.lift(creator=creator, reason="x", by=appoint_finance(user=factories.make_user()))
    [hold] = holds.holds_of(creator)
    assert "Set up payouts" in hold.why


def test_little_waits_for_the_minimum() -> None:
    [hold] = holds.holds_of(_payable(price=1_000))
    assert "once it reaches $25.00" in hold.why


def test_a_company_has_an_account_of_a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    creator = factories.make_creator()
    details = seller_details.save_details(creator=creator, by=creator.user, **COMPANY)
    assert details.vat_number == "DE136695976"
    asked: dict[str, Any] = {}

    def create(**what: Any) -> stripe_api.ConnectedAccount:
        asked.update(what)
        return stripe_api.ConnectedAccount("acct_1", False, [])

    monkeypatch.setattr(stripe_api, "create_account", create)
    monkeypatch.setattr(stripe_api, "onboarding_link", lambda **_: "https://example.com")
    onboarding.begin_onboarding(creator=creator, by=creator.user)
    assert (asked["company"], asked["country"]) == ("Stimmen GmbH", "DE")
    with pytest.raises(Refused) as refusal:
        seller_details.save_details(
            creator=creator, by=creator.user, **{**COMPANY, "kind": "person"}
        )
    assert refusal.value.code == "account_exists"


def test_the_provider_takes_a_company() -> None:
    made = stripe_api.create_account(
        email="a@example.com", name="Stimmen", country="DE", key="c-1", company="Stimmen GmbH"
    )
    assert made.id.startswith("acct_")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"form": ""}, "missing"),
        ({"country": "XX"}, "country"),
        ({"vat_number": "DE 136 695 977"}, "vat_number"),
        ({"kind": "cat"}, "kind"),
        ({"city": ""}, "missing"),
    ],
)
def test_details_that_can_not_be_are_refused(changes: dict[str, str], code: str) -> None:
    creator = factories.make_creator()
    with pytest.raises(Refused) as refusal:
        seller_details.save_details(creator=creator, by=creator.user, **{**COMPANY, **changes})
    assert refusal.value.code == code
    assert not SellerDetails.objects.exists()


def test_numbers_are_sealed_and_stay_when_they_are_left_empty(client: Client) -> None:
    creator = factories.make_creator()
    client.force_login(creator.user, backend=BACKEND)
    form = {
        "kind": "person", "name": "Ada", "street": "1 Main St", "city": "London", "country": "GB",
        "tax_number": "SECRET-77", "born_on": "1990-12-10",
    }  # fmt: skip
    client.post(reverse("storefront:save-seller-details"), form)
    details = SellerDetails.objects.get()
    assert (details.tax_number, details.born_on) == ("SECRET-77", date(1990, 12, 10))
    assert seller_details.is_complete(details)
    row = SellerDetails.objects.values().get()
    assert "SECRET-77" not in str(row) and "1990" not in str(row)
    assert "SECRET-77" not in client.get(reverse("storefront:seller-details")).text
    client.post(
        reverse("storefront:save-seller-details"), {**form, "tax_number": "", "city": "Leeds"}
    )
    details.refresh_from_db()
    assert (details.city, details.tax_number) == ("Leeds", "SECRET-77")


def test_beside_every_price_stands_what_the_script_needs_to_say_what_is_earned() -> None:
    prices = [name for name in OffersForm().fields if name.endswith("_price")]
    assert len(prices) == 4
    for name in prices:
        assert 'data-commission-bps="1500"' in str(OffersForm()[name])
