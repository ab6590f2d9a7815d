"""Who charges back what paid for speech does not leave an accomplice paid by the platform."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.api import jobs
from marketplace.creators.models import Creator
from marketplace.licensing.models import CreditAccount, Generation
from marketplace.payouts.creators import earnings, plan_shares
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import disputes
from tests import factories
from tests.money import dispute, owed, refund
from tests.paid_speech import Subscriber, adds_up, buy_credit, key_with_overage, planned, speak

pytestmark = pytest.mark.django_db


def _month_spoken(amount: int = 990) -> tuple[Payment, Creator]:
    """A month's payment, and the creator whose voice alone was heard in it."""
    subscriber, listing = Subscriber(), planned()
    month = subscriber.pays(timezone.now() - timedelta(days=1), amount)
    subscriber.speaks(listing, 10)
    return Payment.objects.get(plan_month=month), listing.voice.creator


def _shared_out(payment: Payment) -> None:
    assert payment.plan_month is not None
    plan_shares.share_ended_months(payment.plan_month.ends_at + timedelta(days=40))
    earnings.release_due(timezone.now() + timedelta(days=90))


@pytest.mark.parametrize("amount", [990, 700])  # a coupon's month costs less than it shares
def test_a_month_that_was_charged_back_pays_nobody(amount: int) -> None:
    payment, creator = _month_spoken(amount=amount)
    opened = dispute(payment)
    disputes.close_dispute(dispute=opened, won=False)
    _shared_out(payment)
    assert owed(creator, "creator_available") == 0
    adds_up()


def test_a_month_is_not_shared_out_while_its_payment_is_disputed() -> None:
    payment, creator = _month_spoken()
    opened = dispute(payment)
    _shared_out(payment)
    assert payment.plan_month is not None
    payment.plan_month.refresh_from_db()
    assert payment.plan_month.shared_at is None
    disputes.close_dispute(dispute=opened, won=True)
    _shared_out(payment)
    assert owed(creator, "creator_available") == 841
    adds_up()


def test_what_is_left_after_a_refund_is_charged_back_from_what_waits() -> None:
    payment, creator = _month_spoken()
    refund(payment, 495)
    payment.refresh_from_db()
    disputes.close_dispute(dispute=dispute(payment), won=False)
    _shared_out(payment)
    assert owed(creator, "creator_available") <= 1
    adds_up()


def test_credit_that_was_spoken_away_and_charged_back_is_returned_by_the_creator() -> None:
    key = key_with_overage(100)
    buy_credit(key, 10_000)
    voice = key.licences.get().voice
    speak(key, voice.slug, 1_000)
    speak(key, voice.slug, 10_000)  # 1,000 minor units beyond the licence
    assert owed(voice.creator, "creator_pending") > 800
    payment = Payment.objects.get(kind="credits")
    opened = dispute(payment)
    assert owed(voice.creator, "creator_pending") == 0
    adds_up()
    disputes.close_dispute(dispute=opened, won=True)
    assert owed(voice.creator, "creator_available") == 850
    adds_up()


def test_of_a_days_sum_only_the_buyers_own_speech_is_taken_and_only_once() -> None:
    keys = [key_with_overage(100)]
    voice = keys[0].licences.get().voice
    listing = keys[0].licences.get().order.offer.listing
    keys.append(factories.make_key(factories.make_licence(listing))[0])
    for key in keys:
        buy_credit(key, 1_000)
        speak(key, voice.slug, 1_000)
        speak(key, voice.slug, 10_000)
    buy_credit(keys[0], 1_000)
    assert owed(voice.creator, "creator_pending") == 1_700
    speaking = Payment.objects.filter(kind="credits", organization=keys[0].organization)
    dispute(speaking.order_by("pk")[0])
    dispute(speaking.order_by("pk")[1])
    assert owed(voice.creator, "creator_pending") == 850  # the other buyer's
    adds_up()


def test_a_month_that_was_lost_and_is_won_on_appeal_pays_whom_it_was_heard_of() -> None:
    payment, creator = _month_spoken()
    opened = dispute(payment)
    disputes.close_dispute(dispute=opened, won=False)
    _shared_out(payment)
    disputes.close_dispute(dispute=opened, won=True)
    _shared_out(payment)
    assert owed(creator, "creator_available") == 841
    adds_up()


def test_a_silent_month_that_was_disputed_after_it_was_carried_waits_again_where_it_went() -> None:
    subscriber, listing = Subscriber(), planned()
    silent = subscriber.pays(timezone.now() - timedelta(days=31))
    subscriber.pays(timezone.now() - timedelta(days=1))
    subscriber.speaks(listing, 10)
    plan_shares.share_month(month_id=silent.pk)
    opened = dispute(Payment.objects.get(plan_month=silent))
    disputes.close_dispute(dispute=opened, won=True)
    following = subscriber.organization.plan_months.latest("starts_at")
    assert following.carried_minor == 841
    adds_up()


def test_the_sale_of_a_licence_is_not_taken_back_with_disputed_credit() -> None:
    key = key_with_overage(100)
    licence = key.licences.get()
    before = owed(licence.voice.creator, "creator_pending")
    buy_credit(key, 1_000)
    dispute(Payment.objects.get(kind="credits"))
    assert owed(licence.voice.creator, "creator_pending") == before
    adds_up()


@pytest.mark.parametrize(("bought", "spoken"), [(1, False), (2, True)])
def test_texts_that_wait_for_credit_are_spoken_only_by_what_its_dispute_leaves(
    bought: int, spoken: bool
) -> None:
    key = key_with_overage(100)
    for _ in range(bought):
        buy_credit(key, 1_000)
    slug = key.licences.get().voice.slug
    speak(key, slug, 1_000)
    texts = [factories.wanted(slug, "x" * 5_000)] * 2  # 1,000 minor units beyond the licence
    job = jobs.create_job(key=key, requests=texts)
    opened = dispute(Payment.objects.filter(kind="credits").order_by("pk")[0])
    states = {item.generation.state for item in job.items.select_related("generation")}
    assert states == {Generation.State.RESERVED if spoken else Generation.State.RELEASED}
    assert opened.credit_minor == 1_000
    assert CreditAccount.objects.get().left.minor == 0
    adds_up()
    disputes.close_dispute(dispute=opened, won=True)
    assert CreditAccount.objects.get().left.minor == 1_000
    adds_up()
