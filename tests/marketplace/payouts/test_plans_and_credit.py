"""Prepaid credit and the platform's plans: what is refused, what is charged, who is paid."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import (
    api_keys,
    credit,
    key_access,
    plan_letters,
    plans,
    reservations,
    settlement,
)
from marketplace.licensing.models import (
    ApiKey,
    CreditAccount,
    Licence,
    PlanMonth,
    PlanSubscription,
    UsageCharge,
)
from marketplace.listings.models import Listing
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import plan_shares, share_weights, usage_shares
from marketplace.payouts.incoming import plan_months, subscriptions
from marketplace.payouts.models import Earning, LedgerAccount, LedgerLine, Payment
from marketplace.payouts.returning import disputes, refunds
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import charge
from tests.paid_speech import adds_up, buy_credit, key_with_overage, speak
from tests.sandbox import follow_events, http, tell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


def _balance(kind: str, key: ApiKey) -> int:
    return -ledger.balance(ledger.account(kind, "USD", organization=key.organization)).minor


def test_speech_beyond_a_licence_is_paid_from_credit_and_the_creator_gets_85_percent() -> None:
    key = key_with_overage()
    buy_credit(key)
    licence = key.licences.get()
    speak(key, licence.voice.slug, 3_000)
    licence.refresh_from_db()
    assert licence.characters_used == 1_000
    assert _balance(Kind.BUYER_CREDITS, key) == 900
    assert credit.account(key.organization, "USD").left.minor == 900
    assert ledger.owed_to(licence.voice.creator, Kind.CREATOR_PENDING, "USD").minor == 85
    adds_up()


def test_without_credit_or_where_no_more_is_sold_the_quota_is_the_end() -> None:
    for price in (50, None):
        key = key_with_overage()
        Licence.objects.all().update()
        if price is None:
            licence = key.licences.get()
            licence.terms["overage_minor"] = None
            licence.save()
            buy_credit(key)
        with pytest.raises(key_access.SpeechRefused) as refusal:
            reservations.reserve(
                key=key, wanted=factories.wanted(key.licences.get().voice.slug, "x" * 1_001)
            )
        assert refusal.value.code == "quota_exceeded"
        assert key.licences.get().characters_used == 0


def test_what_was_not_spoken_is_not_charged() -> None:
    key = key_with_overage()
    buy_credit(key)
    slug = key.licences.get().voice.slug
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * 2_000))
    account = CreditAccount.objects.get()
    assert account.reserved_micros == 50 * credit.MICROS
    settlement.settle(generation_id=made.pk, characters=600, seconds=1.0)
    account.refresh_from_db()
    assert (account.reserved_micros, account.balance_micros) == (0, 1_000 * credit.MICROS)
    assert key.licences.get().characters_used == 600


def test_fractions_of_a_cent_are_carried_and_nothing_is_lost() -> None:
    key = key_with_overage(minor_per_thousand=7)
    buy_credit(key)
    slug = key.licences.get().voice.slug
    speak(key, slug, 1_000)
    for _ in range(30):
        speak(key, slug, 33)  # 0.231 cents each
    assert _balance(Kind.BUYER_CREDITS, key) == 1_000 - 6  # 6.93 cents, of which 6 are charged
    micros = CreditAccount.objects.get().balance_micros
    assert micros == 1_000 * credit.MICROS - 30 * 33 * 7 * 1_000
    adds_up()


def test_a_monthly_limit_stops_spending() -> None:
    key = key_with_overage()
    buy_credit(key)
    CreditAccount.objects.update(monthly_limit_minor=60)
    slug = key.licences.get().voice.slug
    speak(key, slug, 2_000)
    with pytest.raises(key_access.SpeechRefused, match="monthly spend limit"):
        reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * 1_000))


def test_only_unused_credit_is_refunded() -> None:
    key = key_with_overage()
    buy_credit(key)
    speak(key, key.licences.get().voice.slug, 3_000)
    payment = Payment.objects.get(kind="credits")
    with pytest.raises(Refused, match="unused"):
        refunds.request_refund(
            payment=payment, amount_minor=901, reason="", by=factories.make_user()
        )
    refund = refunds.request_refund(
        payment=payment, amount_minor=900, reason="", by=factories.make_user()
    )
    refunds.send_refund(refund_id=refund.pk)
    assert _balance(Kind.BUYER_CREDITS, key) == 0
    assert CreditAccount.objects.get().balance_micros == 0
    adds_up()


def test_credit_that_is_to_be_refunded_cannot_be_spoken_meanwhile() -> None:
    key = key_with_overage()
    buy_credit(key)
    slug = key.licences.get().voice.slug
    payment = Payment.objects.get(kind="credits")
    refund = refunds.request_refund(
        payment=payment, amount_minor=950, reason="", by=factories.make_user()
    )
    with pytest.raises(key_access.SpeechRefused):
        reservations.reserve(key=key, wanted=factories.wanted(slug, "x" * 3_000))
    refunds.fail_refund(refund_id=refund.pk, problem="The card is closed.")
    speak(key, slug, 3_000)
    assert _balance(Kind.BUYER_CREDITS, key) == 900
    adds_up()


def test_used_credit_refunded_at_the_provider_is_the_platforms_loss() -> None:
    key = key_with_overage()
    buy_credit(key)
    speak(key, key.licences.get().voice.slug, 3_000)
    payment = Payment.objects.get(kind="credits")
    refunds.record_refund(payment=payment, provider_id="re_desk", amount_minor=1_000)
    assert _balance(Kind.BUYER_CREDITS, key) == 0
    assert CreditAccount.objects.get().balance_micros == 0
    assert ledger.balance(ledger.account(Kind.COMMISSION, "USD")).minor == 100 - 15
    adds_up()


@pytest.mark.parametrize("won", [True, False])
def test_disputed_credit_is_out_of_use_until_the_dispute_is_won(won: bool) -> None:
    key = key_with_overage()
    buy_credit(key)
    slug = key.licences.get().voice.slug
    speak(key, slug, 3_000)
    found = disputes.open_dispute(
        payment=Payment.objects.get(kind="credits"), provider_id="du_1", amount_minor=1_000,
        fee_minor=1_500, reason="fraudulent",
    )  # fmt: skip
    assert (found.credit_minor, _balance(Kind.BUYER_CREDITS, key)) == (900, 0)
    with pytest.raises(key_access.SpeechRefused):
        reservations.reserve(key=key, wanted=factories.wanted(slug, "Hello."))
    disputes.close_dispute(dispute=found, won=won)
    assert _balance(Kind.BUYER_CREDITS, key) == (900 if won else 0)
    assert CreditAccount.objects.get().left.minor == (900 if won else 0)
    adds_up()


def _subscriber() -> ApiKey:
    buyer = factories.make_user()
    return api_keys.create_key(
        organization=personal_organization(buyer), name="Plan", use="audiobook", by=buyer
    )[0]


def planned(rate: float = 1, **fields: object) -> Listing:
    return factories.make_listing(factories.make_voice(), in_plans=True, plan_rate=rate, **fields)


def _subscribe(key: ApiKey, plan: str = "basic") -> PlanMonth:
    url = subscriptions.begin_plan_checkout(organization=key.organization, plan=plan, by=key.owner)
    assert http.post(url).status_code == 303
    follow_events()
    return PlanMonth.objects.get(organization=key.organization, plan=plan)


def _owed(listing: Listing) -> int:
    return ledger.owed_to(listing.voice.creator, Kind.CREATOR_PENDING, "USD").minor


def test_a_subscription_grants_its_characters_on_voices_that_joined() -> None:
    key, listing, outside = _subscriber(), planned(), factories.make_listing()
    month = _subscribe(key)
    assert (month.characters_included, month.share_minor) == (100_000, 841)
    speak(key, listing.voice.slug, 400)
    month.refresh_from_db()
    assert month.characters_used == 400
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(outside.voice.slug, "Hi"))
    assert refusal.value.code == "voice_not_licensed"
    adds_up()


def test_a_subscribers_payment_goes_to_the_voices_that_they_used() -> None:
    key, first, second, silent = _subscriber(), planned(), planned(rate=2), planned()
    month = _subscribe(key)
    other = _subscriber()
    _subscribe(other)
    speak(key, first.voice.slug, 3_000)
    speak(key, second.voice.slug, 1_500)
    plan_shares.share_ended_months(month.ends_at + timedelta(days=5))
    assert (_owed(first), _owed(second), _owed(silent)) == (421, 420, 0)
    assert plan_shares.share_ended_months(month.ends_at + timedelta(days=5)) == 0
    adds_up()


def test_own_voices_earn_nothing_from_their_own_creator() -> None:
    listing, other = planned(), planned()
    creator = listing.voice.creator
    key, _ = api_keys.create_key(
        organization=personal_organization(creator.user), name="Own", use="audiobook",
        by=creator.user,
    )  # fmt: skip
    month = _subscribe(key)
    speak(key, listing.voice.slug, 9_000)
    speak(key, other.voice.slug, 10)
    plan_shares.share_month(month_id=month.pk)
    assert (_owed(listing), _owed(other)) == (0, 841)


def test_a_silent_month_is_held_once_and_then_shared_by_licences() -> None:
    key = _subscriber()
    listing = factories.make_listing()
    factories.make_licence(listing, key.owner)
    month = _subscribe(key)
    subscription = PlanSubscription.objects.get(organization=key.organization)
    tell(f"subscriptions/{subscription.provider_id}/renew")
    follow_events()
    following = PlanMonth.objects.filter(organization=key.organization).exclude(pk=month.pk).get()
    plan_shares.share_month(month_id=month.pk)
    following.refresh_from_db()
    assert (following.carried_minor, _owed(listing)) == (841, 0)
    plan_shares.share_month(month_id=following.pk)
    assert _owed(listing) == 2 * 841
    adds_up()


def test_a_month_whose_payment_is_disputed_speaks_again_only_if_it_is_won() -> None:
    key, listing = _subscriber(), planned()
    _subscribe(key)
    payment = Payment.objects.get(kind="plan")
    found = disputes.open_dispute(
        payment=payment, provider_id="du_1", amount_minor=payment.amount_minor, fee_minor=1_500,
        reason="fraudulent",
    )  # fmt: skip
    assert speak(key, listing.voice.slug, 10).preview  # as on the free plan
    disputes.close_dispute(dispute=found, won=True)
    assert not speak(key, listing.voice.slug, 10).preview


def test_a_month_that_was_refunded_whole_speaks_no_more_and_in_part_it_does() -> None:
    key, listing = _subscriber(), planned()
    month = _subscribe(key)
    payment = Payment.objects.get(kind="plan")
    refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=100)
    assert not speak(key, listing.voice.slug, 10).preview
    refunds.record_refund(
        payment=payment, provider_id="re_2", amount_minor=payment.amount_minor - 100
    )
    assert speak(key, listing.voice.slug, 10).preview
    plan_shares.share_month(month_id=month.pk)
    assert _owed(listing) == 0
    adds_up()


def test_a_changed_commission_changes_nothing_of_a_month_that_is_posted(settings: Any) -> None:
    key, listing = _subscriber(), planned()
    month = _subscribe(key)
    settings.COMMISSION_BPS = 5_000
    payment = Payment.objects.get(kind="plan")
    refunds.record_refund(payment=payment, provider_id="re_1", amount_minor=100)
    assert _balance(Kind.PLAN_SHARES, key) == 841 - 85
    speak(key, listing.voice.slug, 10)
    plan_shares.share_month(month_id=month.pk)
    earning = Earning.objects.get()
    assert (earning.share_minor, earning.gross_minor) == (756, 889)
    adds_up()


def test_a_failed_renewal_stops_the_plan_until_it_is_paid() -> None:
    key, listing = _subscriber(), planned()
    _subscribe(key)
    subscription = PlanSubscription.objects.get(organization=key.organization)
    tell(f"subscriptions/{subscription.provider_id}/renew", paid=False)
    follow_events()
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "Hi"))
    assert (refusal.value.status, refusal.value.code) == (402, "plan_past_due")


@pytest.mark.parametrize("letter", plan_letters.LETTERS)
def test_each_change_of_a_plan_is_told_to_who_subscribed(
    letter: str,
) -> None:
    key = _subscriber()
    _subscribe(key)
    subscription = PlanSubscription.objects.get(organization=key.organization)
    plan_letters.tell(subscription, letter)
    told = delivered()[-1]
    assert told.to == [subscription.buyer.email]
    assert "{" not in told.subject + told.body


def test_a_plan_writes_when_it_begins_fails_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(plan_letters, "tell", lambda _, letter, **__: sent.append(letter))
    key = _subscriber()
    _subscribe(key)
    subscription = PlanSubscription.objects.get(organization=key.organization)
    for status, cancels in (("past_due", False), ("active", True), ("canceled", True)):
        plans.apply_subscription(
            provider_id=subscription.provider_id, status=status, cancels=cancels, plan="basic"
        )
    assert sent == ["begun", "past_due", "cancelled", "active", "ended"]


def test_the_free_plan_speaks_marked_previews_up_to_its_characters() -> None:
    key, listing = _subscriber(), planned()
    made = speak(key, listing.voice.slug, 5_000)
    assert made.preview
    with pytest.raises(key_access.SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(listing.voice.slug, "x"))
    assert refusal.value.code == "quota_exceeded"
    plan_shares.share_ended_months(timezone.now() + timedelta(days=60))
    assert _owed(listing) == 0


def test_a_discount_is_paid_by_the_platform() -> None:
    key = _subscriber()

    subscription = plans.begin_subscription(
        organization=key.organization, buyer_id=key.owner_id, plan="pro", provider_id="sub_1",
        customer="cus_1",
    )  # fmt: skip
    month = plan_months.grant_month(
        subscription=subscription, invoice="in_1", charge=charge("ch_discount", 2450, fee=101),
        starts_at=timezone.now(), ends_at=timezone.now() + timedelta(days=30),
    )  # fmt: skip
    assert month.share_minor == 4165
    assert ledger.balance(ledger.account(Kind.PROMOTIONS, "USD")).minor == 2450
    assert not LedgerLine.objects.aggregate(total=Sum("amount_minor"))["total"]
    adds_up()


def test_usage_is_copied_to_a_meter_where_the_settings_name_one(settings: Any) -> None:
    key = key_with_overage()
    buy_credit(key)
    _subscribe(key)
    speak(key, key.licences.get().voice.slug, 2_000)
    charge = UsageCharge.objects.get()
    assert not usage_shares.export_usage(charge_id=charge.pk)
    settings.STRIPE_METER_EVENT = "characters"
    for _ in range(2):
        assert usage_shares.export_usage(charge_id=charge.pk)


def test_the_free_plan_has_one_key_and_licences_have_their_own() -> None:
    key = _subscriber()
    with pytest.raises(Refused, match="1 key"):
        api_keys.create_key(organization=key.organization, name="Second", by=key.owner)
    licence = factories.make_licence(buyer=key.owner)
    api_keys.create_key(
        organization=key.organization, licences=[licence], name="Its own", by=key.owner
    )


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_parts_are_in_proportion_and_sum_to_the_whole(pot: int, weights: list[int]) -> None:
    parts = share_weights.largest_remainder(pot, [Fraction(w) for w in weights])
    assert sum(parts) == pot
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(pot * weight, sum(weights))) < 1


def test_the_cost_of_each_plan_is_printed_and_covered(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("plan_costs")
    printed = capsys.readouterr().out
    assert "Basic" in printed
    assert "NOT COVERED" not in printed
