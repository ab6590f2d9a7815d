"""Another plan in the shop: what is shown first is what is charged and booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import plan_shares
from marketplace.payouts.incoming import plan_changes, subscriptions
from marketplace.payouts.models import LedgerAccount, Payment, ProviderEvent
from marketplace.payouts.returning import disputes, refunds
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import dispute
from tests.paid_speech import adds_up
from tests.sandbox import behave, follow_events, press, tell

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind
TEN_DAYS = timedelta(days=10)


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _subscribed(plan: str, since: datetime) -> Organization:
    """A subscriber ten days into their first month."""
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    press(subscriptions.begin_plan_checkout(organization=organization, plan=plan, by=buyer))
    follow_events(since)
    subscription = PlanSubscription.objects.get(organization=organization)
    tell(f"subscriptions/{subscription.provider_id}/pass", seconds=TEN_DAYS.total_seconds())
    for month in organization.plan_months.all():
        month.starts_at -= TEN_DAYS
        month.ends_at -= TEN_DAYS
        month.save()
    return organization


def _owner(organization: Organization) -> Any:
    return organization.memberships.get(role="owner").user


def _change(organization: Organization, plan: str) -> plan_changes.PlanChange:
    by = _owner(organization)
    shown = plan_changes.show(organization=organization, plan=plan, by=by)
    return plan_changes.change(
        organization=organization, plan=plan, by=by, at=shown.at,
        shown_minor=shown.cost.total.minor if shown.cost else 0,
    )  # fmt: skip


def _months(organization: Organization) -> list[PlanMonth]:
    return list(organization.plan_months.exclude(invoice=None).order_by("starts_at"))


def test_a_dearer_plan_begins_at_once_and_costs_what_was_shown(since: datetime) -> None:
    organization = _subscribed("basic", since)
    shown = plan_changes.show(organization=organization, plan="pro", by=_owner(organization))
    assert shown.cost is not None
    assert (shown.cost.price, shown.cost.credited) == (Money(4900, "USD"), Money(660, "USD"))
    assert shown.cost.total == Money(4240, "USD")
    assert len(_months(organization)) == 1
    _change(organization, "pro")
    follow_events(since)
    old, new = _months(organization)
    assert Payment.objects.get(plan_month=new).amount_minor == shown.cost.total.minor
    assert (new.plan, new.characters_included, old.ends_at) == ("pro", 550_000, new.starts_at)
    assert plans.plan_of(organization).code == "pro"
    assert plans.current_month(organization) == new
    assert not ProviderEvent.objects.exclude(error="").exists()


def test_the_books_take_the_credit_from_the_earlier_month_alone(since: datetime) -> None:
    organization = _subscribed("basic", since)
    _change(organization, "pro")
    follow_events(since)
    old, new = _months(organization)
    assert (old.share_minor - old.returned_minor, new.share_minor) == (841 - 561, 4165)
    assert -ledger.balance(plan_shares.unshared_account(organization, "USD")).minor == 280 + 4165
    assert -ledger.balance(ledger.account(Kind.DEFERRED, "USD")).minor == 50 + 735
    assert ledger.balance(ledger.account(Kind.PROMOTIONS, "USD")).minor == 0
    assert plan_shares.share_ended_months(timezone.now() + timedelta(days=90)) == 2
    assert ledger.balance(ledger.account(Kind.DEFERRED, "USD")).minor == 0
    adds_up()


def test_tax_is_shown_and_charged_on_the_difference(since: datetime, settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(tax_percent=20)
    organization = _subscribed("basic", since)
    shown = _change(organization, "pro")
    assert shown.cost is not None
    assert (shown.cost.tax, shown.cost.total) == (Money(848, "USD"), Money(5088, "USD"))
    payment = Payment.objects.latest("pk")
    assert (payment.amount_minor, payment.tax_minor) == (5088, 848)
    adds_up()


def test_a_cheaper_plan_begins_with_the_next_month(since: datetime) -> None:
    organization = _subscribed("pro", since)
    shown = _change(organization, "basic")
    follow_events(since)
    month = plans.current_month(organization)
    assert (shown.cost, shown.begins_at) == (None, month.ends_at)
    assert (plans.plan_of(organization).code, month.plan) == ("pro", "pro")
    assert [each.subject for each in delivered()][-1] == "Your plan will be Basic"
    subscription = PlanSubscription.objects.get()
    tell(f"subscriptions/{subscription.provider_id}/renew")
    follow_events(since)
    first, second = _months(organization)
    assert (second.plan, Payment.objects.get(plan_month=second).amount_minor) == ("basic", 990)
    assert second.starts_at >= first.ends_at


def test_a_cheaper_plan_that_has_not_begun_can_be_taken_back(since: datetime) -> None:
    organization = _subscribed("pro", since)
    _change(organization, "basic")
    assert _change(organization, "pro").cost is None
    assert PlanSubscription.objects.get().plan == "pro"
    assert [each.subject for each in delivered()][-1] == "Your plan stays Pro"
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("outcome", "code"), [("decline", "declined"), ("authenticate", "needs_buyer")]
)
def test_a_card_that_refuses_changes_nothing(since: datetime, outcome: str, code: str) -> None:
    organization = _subscribed("basic", since)
    behave(off_session=outcome)
    with pytest.raises(Refused) as refusal:
        _change(organization, "pro")
    assert refusal.value.code == code
    follow_events(since)
    assert plans.plan_of(organization).code == "basic"
    assert len(_months(organization)) == Payment.objects.count() == 1


def test_another_amount_than_was_shown_is_not_charged(since: datetime) -> None:
    organization = _subscribed("basic", since)
    by, at = _owner(organization), int(timezone.now().timestamp())
    for when, shown, code in (
        (at, 1, "other_price"),
        (at - 3_600, 4240, "too_old"),
        (at + 600, 4240, "too_old"),
    ):
        with pytest.raises(Refused) as refusal:
            plan_changes.change(
                organization=organization, plan="pro", by=by, at=when, shown_minor=shown
            )
        assert refusal.value.code == code
    assert Payment.objects.count() == 1


def test_whoever_may_not_buy_or_has_no_plan_changes_nothing(since: datetime) -> None:
    organization = _subscribed("basic", since)
    developer = factories.make_user()
    organization.memberships.create(user=developer, role="developer")
    stranger = factories.make_user()
    for who, whose, plan, code in (
        (developer, organization, "pro", "role_too_small"),
        (stranger, organization, "pro", "not_a_member"),
        (stranger, personal_organization(stranger), "pro", "no_plan"),
        (_owner(organization), organization, "basic", "plan"),
        (_owner(organization), organization, "free", "plan"),
    ):
        with pytest.raises(Refused) as refusal:
            plan_changes.show(organization=whose, plan=plan, by=who)
        assert refusal.value.code == code


def test_the_page_shows_the_amounts_and_its_button_charges_them(
    since: datetime, client: Client
) -> None:
    organization = _subscribed("basic", since)
    owner = _owner(organization)
    client.post("/accounts/login/", {"login": owner.email, "password": factories.PASSWORD})
    page = client.get(f"/plans/change?plan=pro&organization={organization.public_id}")
    for amount in ("$49.00", "$6.60", "$42.40"):
        assert amount in page.text
    shown = page.context["change"]
    form = {"plan": "pro", "organization": organization.public_id, "at": shown.at}
    client.post(reverse("storefront:change-plan"), {**form, "shown": 1})
    assert Payment.objects.count() == 1
    client.post(reverse("storefront:change-plan"), {**form, "shown": shown.cost.total.minor})
    assert Payment.objects.latest("pk").amount_minor == 4240
    assert "Your plan is Pro now. The invoice is among your payments" in client.get("/plans").text


def test_a_month_whose_characters_are_spoken_is_not_credited_by_its_days(since: datetime) -> None:
    organization = _subscribed("basic", since)
    month = _months(organization)[0]
    month.characters_used = month.characters_included
    month.save()
    with pytest.raises(Refused) as refused:
        plan_changes.show(organization=organization, plan="pro", by=_owner(organization))
    assert refused.value.code == "spoken"


def test_a_month_whose_payment_goes_back_is_not_credited(since: datetime) -> None:
    organization = _subscribed("basic", since)
    payment = Payment.objects.get(plan_month=_months(organization)[0])
    found = dispute(payment)
    with pytest.raises(Refused) as refused:
        plan_changes.show(organization=organization, plan="pro", by=_owner(organization))
    assert refused.value.code == "returned"
    disputes.close_dispute(dispute=found, won=True)
    assert plan_changes.show(organization=organization, plan="pro", by=_owner(organization)).cost
    refunds.request_refund(payment=payment, amount_minor=100, reason="asked")
    with pytest.raises(Refused) as refused:
        plan_changes.show(organization=organization, plan="pro", by=_owner(organization))
    assert refused.value.code == "returned"


def _goes_back(payment: Payment) -> None:
    refunds.request_refund(payment=payment, amount_minor=100, reason="asked")


def _waiting_change(since: datetime) -> Organization:
    """A subscriber whose bank wants them to confirm the payment of a dearer plan."""
    organization = _subscribed("basic", since)
    behave(off_session="authenticate")
    with pytest.raises(Refused) as refusal:
        _change(organization, "pro")
    assert refusal.value.code == "needs_buyer"
    behave()
    return organization


def test_a_bank_that_wants_its_customer_gets_them_by_letter_and_the_plan_changes_when_they_confirm(
    since: datetime, client: Client
) -> None:
    organization = _waiting_change(since)
    [letter] = [each for each in delivered() if "Please confirm" in each.subject]
    assert letter.to == [_owner(organization).email]
    path = f"{reverse('storefront:confirm-plan-change')}?organization={organization.public_id}"
    assert path in letter.body
    client.force_login(_owner(organization), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(path)
    assert "Confirm and pay $42.40" in page.text
    assert plans.plan_of(organization).code == "basic"
    with pytest.raises(Refused) as refusal:
        _change(organization, "pro")  # a second click makes no second invoice
    assert refusal.value.code == "needs_buyer"
    press(page.context["pending"].url)
    follow_events(since)
    assert plans.plan_of(organization).code == "pro"
    assert [each.plan for each in _months(organization)] == ["basic", "pro"]
    assert Payment.objects.latest("pk").amount_minor == 4240
    assert "There is nothing to confirm" in client.get(path).text
    assert not ProviderEvent.objects.exclude(error="").exists()
    adds_up()


def test_the_button_of_a_change_leads_to_the_page_where_it_is_confirmed(
    since: datetime, client: Client
) -> None:
    organization = _subscribed("basic", since)
    owner = _owner(organization)
    client.post("/accounts/login/", {"login": owner.email, "password": factories.PASSWORD})
    shown = client.get(f"/plans/change?plan=pro&organization={organization.public_id}").context
    behave(off_session="authenticate")
    form = {"plan": "pro", "organization": organization.public_id, "at": shown["change"].at}
    answer = client.post(
        reverse("storefront:change-plan"), {**form, "shown": shown["change"].cost.total.minor}
    )
    assert answer["Location"].startswith(reverse("storefront:confirm-plan-change"))


def test_a_change_that_nobody_confirms_in_a_day_is_forgotten_and_can_be_made_again(
    since: datetime,
) -> None:
    organization = _waiting_change(since)
    tell(f"subscriptions/{PlanSubscription.objects.get().provider_id}/forget_pending")
    follow_events(since)
    assert plan_changes.pending_of(organization=organization, by=_owner(organization)) is None
    assert (plans.plan_of(organization).code, Payment.objects.count()) == ("basic", 1)
    _change(organization, "pro")
    assert plans.plan_of(organization).code == "pro"


def test_nobody_sees_a_payment_to_be_confirmed_of_somebody_else(since: datetime) -> None:
    organization = _waiting_change(since)
    with pytest.raises(Refused) as refusal:
        plan_changes.pending_of(organization=organization, by=factories.make_user())
    assert refusal.value.code == "not_a_member"


def _is_spoken(payment: Payment) -> None:
    assert payment.plan_month is not None
    payment.plan_month.characters_used = payment.plan_month.characters_included
    payment.plan_month.save()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (dispute, "refunded or disputed before"),
        (_goes_back, "refunded or disputed before"),
        (_is_spoken, "more of its characters were spoken than of its days had passed"),
    ],
)
def test_a_change_confirmed_after_what_it_is_credited_with_is_gone_is_refunded_with_a_letter(
    since: datetime, how: Any, told: str
) -> None:
    organization = _waiting_change(since)
    pending = plan_changes.pending_of(organization=organization, by=_owner(organization))
    assert pending is not None
    how(Payment.objects.get())
    press(pending.url)
    follow_events(since)
    assert [each.plan for each in _months(organization)] == ["basic"]
    late = Payment.objects.get(kind=Payment.Kind.TOO_LATE)
    assert late.refunds.get().amount_minor == late.amount_minor == 4240
    letters = [each for each in delivered() if "is being refunded" in each.subject]
    assert [each.to for each in letters] == [[_owner(organization).email]]
    assert told in letters[0].body
    adds_up()


def test_what_a_speaker_of_every_day_speaks_while_a_change_waits_is_no_reason_to_refund_it(
    since: datetime,
) -> None:
    organization = _waiting_change(since)
    pending = plan_changes.pending_of(organization=organization, by=_owner(organization))
    assert pending is not None
    [month] = _months(organization)
    month.characters_used = month.characters_included * 4 // 10  # ten days of thirty have passed
    month.save()
    press(pending.url)
    follow_events(since)
    assert [each.plan for each in _months(organization)] == ["basic", "pro"]


def test_what_a_dearer_month_was_credited_stays_until_that_month_was_refunded(
    since: datetime,
) -> None:
    organization = _subscribed("basic", since)
    _change(organization, "pro")
    old, new = (each.payment for each in _months(organization))
    assert refunds.used_for_another(old).minor == 660
    with pytest.raises(Refused) as refusal:
        refunds.request_refund(payment=old, amount_minor=331, reason="asked")
    assert refusal.value.code == "used_for_upgrade"
    assert refunds.request_refund(payment=old, amount_minor=330, reason="asked")
    refunds.request_refund(payment=new, amount_minor=new.amount_minor, reason="asked")
    assert refunds.left_to_refund(old).minor == 660


def test_a_dispute_of_a_month_stops_the_dearer_one_that_its_rest_paid_for(since: datetime) -> None:
    organization = _subscribed("basic", since)
    _change(organization, "pro")
    old, new = _months(organization)
    found = dispute(old.payment)
    new.refresh_from_db()
    assert new.stopped_at is not None
    disputes.close_dispute(dispute=found, won=True)
    new.refresh_from_db()
    assert new.stopped_at is None


def test_a_month_that_was_credited_of_one_whose_payment_goes_back_is_credited_no_further(
    since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = _subscribed("basic", since)
    _change(organization, "pro")
    dearest = plans.Plan("studio", "Studio", 9_900, 1_000_000, 15, 600, 25)
    monkeypatch.setitem(plans.PLANS, "studio", dearest)
    by = _owner(organization)
    PlanMonth.objects.filter(plan="pro").update(starts_at=timezone.now() - timedelta(seconds=1))
    PlanMonth.objects.filter(plan="basic").update(
        ends_at=PlanMonth.objects.get(plan="pro").starts_at
    )
    assert plan_changes.show(organization=organization, plan="studio", by=by).cost
    _goes_back(_months(organization)[0].payment)
    with pytest.raises(Refused) as refusal:
        plan_changes.show(organization=organization, plan="studio", by=by)
    assert refusal.value.code == "returned"
