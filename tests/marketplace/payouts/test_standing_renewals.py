"""Licences that renew by themselves: agreed to, announced, charged while their buyer is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.consent.withdrawal import revoke
from marketplace.licensing import (
    bought,
    lifecycle,
    renewals,
    speaking_rights,
    standing_renewals,
)
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Licence, Order, RenewalRound, StandingRenewal
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Listing
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import checkout, saved_methods, top_ups
from marketplace.payouts.incoming import standing_renewals as charging
from marketplace.payouts.models import LedgerEntry, Payment, Refund, SavedMethod
from marketplace.refusals import PaymentProviderUnavailable, Refused, SpeechRefused
from tests import factories
from tests.mailbox import delivered
from tests.paid_speech import adds_up
from tests.sandbox import behave, follow_events, pay, press, tell

pytestmark = pytest.mark.django_db
Round = RenewalRound.State
On = StandingRenewal.State


@pytest.fixture(autouse=True)
def since() -> Iterator[datetime]:
    yield timezone.now() - timedelta(seconds=1)
    behave()


def _bought(**fields: Any) -> Licence:
    """A licence that was bought with the box ticked."""
    listing, buyer = factories.make_listing(**fields), factories.make_user("buyer")
    offer = listing.offers.get()
    words = standing_renewals.words_for(offer.price, offer.term_months)
    order = place_order(buyer=buyer, offer=offer, renewal_words=words)
    pay(order)
    licence = checkout.confirm_payment(order=order)
    assert licence is not None
    return licence


def _near_its_end(licence: Licence, days: float) -> Licence:
    """The same licence of a year, so many days before (after: negative) its end."""
    ends = timezone.now() + timedelta(days=days)
    Licence.objects.filter(pk=licence.pk).update(starts_at=ends - timedelta(days=365), ends_at=ends)
    licence.refresh_from_db()
    return licence


def _pass(days: float) -> None:
    """Let days pass for whatever is announced."""
    back = timedelta(days=days)
    for licence in Licence.objects.all():
        licence.starts_at -= back
        licence.ends_at -= back
        licence.grace_ends_at = licence.grace_ends_at and licence.grace_ends_at - back
        licence.save()
    for found in RenewalRound.objects.all():
        found.term_ends_at -= back
        found.charge_at = found.charge_at and found.charge_at - back
        found.save()


def _announced(licence: Licence) -> RenewalRound:
    _near_its_end(licence, 16)
    assert standing_renewals.announce() == 1
    return RenewalRound.objects.get(state=Round.ANNOUNCED)


def _charged(licence: Licence) -> RenewalRound:
    """The round of a licence whose charge was attempted."""
    found = _announced(licence)
    _pass(14.1)
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    licence.refresh_from_db()
    return found


def test_a_box_ticked_at_checkout_saves_the_card_and_switches_renewals_on() -> None:
    licence = _bought()
    standing = licence.standing_renewal
    assert standing.state == On.ON
    assert "$19.99, plus any tax" in standing.words
    saved = SavedMethod.objects.get(organization=licence.organization)
    assert (saved.name, bool(saved.method), bool(saved.customer)) == (
        "Visa ending in 4242",
        True,
        True,
    )
    [letter] = [each for each in delivered() if "now renews automatically" in each.subject]
    assert standing.words in letter.body


def test_without_the_box_nothing_is_saved() -> None:
    order = factories.make_order()
    pay(order)
    licence = checkout.confirm_payment(order=order)
    assert not SavedMethod.objects.exists()
    assert not StandingRenewal.objects.filter(licence=licence).exists()


def test_the_letter_names_price_and_day_two_weeks_before_a_year_is_charged() -> None:
    licence = _near_its_end(_bought(), 18.1)
    assert standing_renewals.announce() == 0
    _near_its_end(licence, 17.9)
    assert (standing_renewals.announce(), standing_renewals.announce()) == (1, 0)
    found = RenewalRound.objects.get()
    assert found.charge_at is not None
    assert found.charge_at - found.announced_at >= timedelta(days=14)
    [letter] = [each for each in delivered() if "will be renewed" in each.subject]
    assert "$19.99" in letter.subject
    assert "Don't renew" in letter.body
    assert standing_renewals.due() == []
    assert renewals.remind() == 0


def test_the_charge_renews_the_licence_once_and_the_books_hold_a_sale() -> None:
    licence = _bought()
    ends = _announced(licence).term_ends_at
    found = RenewalRound.objects.get()
    _pass(14.1)
    assert standing_renewals.due() == [found.pk]
    charging.charge_renewal(round_id=found.pk)
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    licence.refresh_from_db()
    assert (found.state, found.tries, licence.grace_ends_at) == (Round.PAID, 1, None)
    assert 360 < (licence.ends_at - (ends - timedelta(days=14.1))).days < 370
    assert licence.characters_included == 2_000
    payments = Payment.objects.filter(order__kind=Order.Kind.RENEWAL)
    assert [payment.amount_minor for payment in payments] == [1999]
    sale = LedgerEntry.objects.get(kind="sale", order=found.order)
    assert sorted(line.amount_minor for line in sale.lines.all()) == [-1699, -300, 1999]
    assert standing_renewals.announce() == 0
    adds_up()


def test_the_price_is_the_licences_whatever_the_listing_asks_now() -> None:
    licence = _bought()
    offer = licence.order.offer
    offer.price_minor = 9_999
    offer.save()
    assert _charged(licence).state == Round.PAID
    assert Payment.objects.latest("pk").amount_minor == 1999


def test_tax_is_charged_on_top_and_booked_as_tax(settings: Any) -> None:
    settings.STRIPE_TAX = True
    behave(tax_percent=20, buyer_country="DE", buyer_name="Kim Doe")
    licence = _bought()
    assert _charged(licence).state == Round.PAID
    payment = Payment.objects.get(order__kind=Order.Kind.RENEWAL)
    assert (payment.amount_minor, payment.tax_minor) == (2399, 400)
    adds_up()


def test_speech_goes_on_in_the_grace_and_the_next_term_begins_where_the_last_one_ended() -> None:
    licence = _bought()
    behave(off_session="decline")
    found = _charged(licence)
    assert (found.state, found.problem) == (Round.DUE, "card_declined")
    [letter] = [each for each in delivered() if "declined" in each.subject]
    assert "We will try again" in letter.body
    _pass(4)
    lifecycle.expire_licences()
    licence.refresh_from_db()
    ended = licence.ends_at
    assert ended < timezone.now()
    speaking_rights.require_speakable(licence)
    behave()
    charging.charge_renewal(round_id=found.pk)
    licence.refresh_from_db()
    assert licence.state == Licence.State.ACTIVE
    assert 360 < (licence.ends_at - ended).days < 367
    assert Order.objects.filter(kind=Order.Kind.RENEWAL).count() == 1


def test_after_the_grace_the_licence_ends_as_it_would_have() -> None:
    licence = _bought()
    behave(off_session="decline")
    found = _charged(licence)
    _pass(10)
    assert charging.renew_due() == 0
    lifecycle.expire_licences()
    licence.refresh_from_db()
    found.refresh_from_db()
    assert (licence.state, found.state) == (Licence.State.EXPIRED, Round.DROPPED)
    assert licence.standing_renewal.state == On.OFF
    with pytest.raises(SpeechRefused):
        speaking_rights.require_speakable(licence)
    assert [each for each in delivered() if "was not renewed" in each.subject]
    assert not Payment.objects.filter(order__kind=Order.Kind.RENEWAL).exists()


def test_a_bank_that_wants_its_customer_gets_a_page_where_they_finish() -> None:
    licence = _bought()
    behave(off_session="authenticate")
    found = _charged(licence)
    assert (found.state, found.charge_at) == (Round.DUE, None)
    [letter] = [each for each in delivered() if "confirm the payment" in each.subject]
    assert f"/licences/{licence.public_id}" in letter.body
    page = charging.begin_due_checkout(licence=licence, by=licence.buyer)
    assert charging.begin_due_checkout(licence=licence, by=licence.buyer) == page
    press(page)
    client = Client()
    client.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    assert (
        client.get(reverse("storefront:renewal-saved", args=[licence.public_id])).status_code == 302
    )
    found.refresh_from_db()
    assert found.state == Round.PAID
    with pytest.raises(Refused) as refusal:
        charging.begin_due_checkout(licence=licence, by=licence.buyer)
    assert refusal.value.code == "nothing_due"
    adds_up()


def test_a_retry_closes_the_page_that_was_open_so_that_nobody_pays_twice() -> None:
    licence = _bought()
    behave(off_session="decline")
    found = _charged(licence)
    page = charging.begin_due_checkout(licence=licence, by=licence.buyer)
    behave()
    _pass(3.1)
    charging.charge_renewal(round_id=found.pk)
    press(page)
    session = Order.objects.get(pk=found.order_id or RenewalRound.objects.get().order_id)
    assert stripe_api.fetch_checkout(session.checkout_session).expired
    assert Payment.objects.filter(order__kind=Order.Kind.RENEWAL).count() == 1


def test_a_page_paid_just_before_a_retry_is_all_that_is_paid() -> None:
    licence = _bought()
    behave(off_session="decline")
    found = _charged(licence)
    press(charging.begin_due_checkout(licence=licence, by=licence.buyer))
    _pass(3.1)
    behave()
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    assert found.state == Round.PAID
    assert Payment.objects.filter(order__kind=Order.Kind.RENEWAL).count() == 1


def test_a_charge_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    licence = _bought()
    found = _announced(licence)
    _pass(14.1)
    tell("faults", fail_after=5, only="/v1/payment_intents")
    with pytest.raises(PaymentProviderUnavailable):
        charging.charge_renewal(round_id=found.pk)
    tell("faults")
    tell("forget")
    RenewalRound.objects.filter(pk=found.pk).update(
        claimed_at=timezone.now() - timedelta(minutes=21)
    )
    assert standing_renewals.due() == [found.pk]
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    assert (found.state, found.tries) == (Round.PAID, 1)
    assert Payment.objects.filter(order__kind=Order.Kind.RENEWAL).count() == 1


def test_the_provider_s_event_is_enough(since: datetime) -> None:
    licence = _bought()
    found = _announced(licence)
    _pass(14.1)
    behave(off_session="process")
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    assert found.state == Round.CHARGING
    with pytest.raises(Refused) as refusal:
        standing_renewals.switch_off(licence=licence, by=licence.buyer)
    assert refusal.value.code == "being_charged"
    order = Order.objects.get(pk=found.order_id)
    saved = SavedMethod.objects.get()
    made = stripe_api.find_off_session(
        customer=saved.customer, reference=str(order.public_id), attempt=1, since=since
    )
    assert made is not None
    tell(f"payment_intents/{made.id}/settle")
    follow_events(since)
    found.refresh_from_db()
    assert found.state == Round.PAID


def test_a_licence_that_was_renewed_by_hand_meanwhile_is_not_charged_again() -> None:
    licence = _bought()
    found = _announced(licence)
    pay(order := renewals.order_renewal(licence=licence, by=licence.buyer))
    assert checkout.confirm_payment(order=order) is not None
    found.refresh_from_db()
    licence.refresh_from_db()
    assert (found.state, licence.grace_ends_at) == (Round.DROPPED, None)
    assert licence.standing_renewal.state == On.ON
    _pass(14.1)
    charging.charge_renewal(round_id=found.pk)
    assert Payment.objects.filter(order__kind=Order.Kind.RENEWAL).count() == 1


def test_a_charge_that_crosses_a_renewal_by_hand_goes_back(since: datetime) -> None:
    licence = _bought()
    found = _announced(licence)
    _pass(14.1)
    behave(off_session="process")
    charging.charge_renewal(round_id=found.pk)
    pay(order := renewals.order_renewal(licence=licence, by=licence.buyer))
    assert checkout.confirm_payment(order=order) is not None
    made = stripe_api.find_off_session(
        customer=SavedMethod.objects.get().customer, attempt=1, since=since,
        reference=str(Order.objects.exclude(pk=order.pk).get(kind="renewal").public_id),
    )  # fmt: skip
    assert made is not None
    tell(f"payment_intents/{made.id}/settle")
    follow_events(since)
    found.refresh_from_db()
    assert found.state == Round.DROPPED
    licence.refresh_from_db()
    assert licence.characters_included == 2_000
    assert Refund.objects.get().payment.kind == Payment.Kind.TOO_LATE


def _withdraw(licence: Licence) -> None:
    revoke(consent=licence.voice.consents.get(), by=licence.voice.creator.user, reason="No more.")


def _suspend_listing(licence: Licence) -> None:
    Listing.objects.filter(voice=licence.voice).update(state=Listing.State.SUSPENDED)


def _suspend(licence: Licence) -> None:
    lifecycle.suspend_licence(licence=licence, reason="A dispute.")


def _sell_exclusively(licence: Licence) -> None:
    Listing.objects.filter(voice=licence.voice).update(state=Listing.State.EXCLUSIVE)


def _leave(licence: Licence) -> None:
    licence.organization.memberships.all().delete()


@pytest.mark.parametrize(
    ("change", "announced"),
    [
        (_withdraw, True),
        (_withdraw, False),
        (_suspend_listing, True),
        (_suspend, True),
        (_sell_exclusively, False),
        (_leave, True),
    ],
)
def test_what_may_not_go_on_is_not_renewed_and_its_buyer_told(change: Any, announced: bool) -> None:
    licence = _bought()
    if announced:
        found = _announced(licence)
        change(licence)
        _pass(14.1)
        charging.charge_renewal(round_id=found.pk)
    else:
        change(licence)
        _near_its_end(licence, 10)
        assert standing_renewals.announce() == 0
    standing = StandingRenewal.objects.get()
    assert standing.state == On.OFF
    assert standing.why_off
    assert [each for each in delivered() if "was not renewed" in each.subject]
    licence.refresh_from_db()
    assert licence.grace_ends_at is None
    assert not Payment.objects.filter(order__kind=Order.Kind.RENEWAL).exists()


def test_switched_off_after_the_letter_nothing_is_charged() -> None:
    licence = _bought()
    found = _announced(licence)
    standing_renewals.switch_off(licence=licence, by=licence.buyer)
    _pass(20)
    charging.charge_renewal(round_id=found.pk)
    lifecycle.expire_licences()
    licence.refresh_from_db()
    assert licence.state == Licence.State.EXPIRED
    assert not Payment.objects.filter(order__kind=Order.Kind.RENEWAL).exists()


def test_after_the_last_day_that_was_chosen_no_term_begins() -> None:
    licence = factories.make_licence()
    standing_renewals.ask(
        licence=licence, by=licence.buyer, agreed=True,
        until=licence.ends_at.date() + timedelta(days=30), has_method=True,
    )  # fmt: skip
    StandingRenewal.objects.update(until=timezone.localdate() + timedelta(days=5))
    _near_its_end(licence, 10)
    assert standing_renewals.announce() == 0
    assert StandingRenewal.objects.get().state == On.OFF


def test_a_term_that_ends_too_soon_for_its_letter_is_renewed_by_hand() -> None:
    licence = _near_its_end(factories.make_licence(), 5)
    with pytest.raises(Refused) as refusal:
        standing_renewals.ask(
            licence=licence, by=licence.buyer, agreed=True, until=None, has_method=True
        )
    assert refusal.value.code == "too_late"
    assert not StandingRenewal.objects.exists()


def test_nothing_is_switched_on_without_agreement_or_the_right_to_buy() -> None:
    licence = factories.make_licence()
    with pytest.raises(Refused) as refusal:
        standing_renewals.ask(
            licence=licence, by=licence.buyer, agreed=False, until=None, has_method=True
        )
    assert refusal.value.code == "not_agreed"
    developer = factories.make_user()
    licence.organization.memberships.create(user=developer, role="developer")
    with pytest.raises(Refused) as refusal:
        standing_renewals.ask(
            licence=licence, by=developer, agreed=True, until=None, has_method=True
        )
    assert refusal.value.code == "role_too_small"
    assert not StandingRenewal.objects.exists()


def test_an_upgraded_licence_is_not_charged_a_price_that_nobody_agreed_to() -> None:
    licence = _bought()
    found = _announced(licence)
    dearer = licence.order.offer.listing.offers.create(
        tier="commercial", price_minor=10_000, currency="USD", characters=50_000, term_months=12
    )
    pay(order := renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer))
    assert checkout.confirm_payment(order=order) is not None
    found.refresh_from_db()
    licence.refresh_from_db()
    assert (found.state, licence.grace_ends_at) == (Round.DROPPED, None)
    assert StandingRenewal.objects.get().state == On.OFF
    [letter] = [each for each in delivered() if "no longer renews" in each.subject]
    assert "another price" in letter.body
    StandingRenewal.objects.update(state=On.ON)
    _near_its_end(licence, 10)
    assert standing_renewals.announce() == 0
    assert StandingRenewal.objects.get().why_off


def test_a_second_click_finds_the_page_of_the_first_although_a_card_was_saved_meanwhile() -> None:
    licence = _bought()
    listing = factories.make_listing()
    offer = listing.offers.get()
    words = standing_renewals.words_for(offer.price, offer.term_months)
    order = place_order(buyer=licence.buyer, offer=offer, renewal_words=words)
    saved = SavedMethod.objects.get()
    SavedMethod.objects.update(customer="")
    page = checkout.begin_checkout(order=order)
    SavedMethod.objects.update(customer=saved.customer)
    order.refresh_from_db()
    assert checkout.begin_checkout(order=order) == page


def test_a_refunded_renewal_is_the_last_one() -> None:
    licence = _bought()
    found = _charged(licence)
    assert found.order is not None
    bought.undo_order(Order.objects.get(pk=found.order_id))
    assert StandingRenewal.objects.get().state == On.OFF
    _near_its_end(licence, 10)
    assert standing_renewals.announce() == 0


def test_the_pages_switch_it_on_with_a_card_and_off_again(since: datetime, client: Client) -> None:
    licence = factories.make_licence()
    buyer = licence.buyer
    client.post("/accounts/login/", {"login": buyer.email, "password": factories.PASSWORD})
    page = reverse("storefront:licence", args=[licence.public_id])
    words = standing_renewals.words_for_licence(licence)
    assert words in client.get(page).text.replace("&#x27;", "'")
    asked = client.post(
        reverse("storefront:renewal-on", args=[licence.public_id]), {"agreed": "on"}
    )
    assert asked["Location"].startswith(settings.STRIPE_API_BASE)
    assert StandingRenewal.objects.get().state == On.WAITING
    press(asked["Location"])
    follow_events(since)
    assert StandingRenewal.objects.get().state == On.ON
    assert (
        client.get(reverse("storefront:renewal-saved", args=[licence.public_id]))["Location"]
        == page
    )
    shown = client.get(page).text
    assert "Visa ending in 4242" in shown
    client.post(reverse("storefront:renewal-off", args=[licence.public_id]))
    assert StandingRenewal.objects.get().state == On.OFF
    assert "Renews automatically" not in client.get(page).text


def test_the_box_on_an_order_orders_with_the_words_that_stand_there(client: Client) -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    slug = listing.voice.slug
    offer = listing.offers.get()
    words = standing_renewals.words_for(offer.price, offer.term_months)
    assert words in client.get(f"/voices/{slug}/buy").text.replace("&#x27;", "'")
    client.post(f"/voices/{slug}/buy", {"tier": "personal", "renews": "on"})
    client.post(f"/voices/{slug}/buy", {"tier": "personal"})
    plain, renewing = Order.objects.order_by("renewal_words")
    assert (plain.renewal_words, renewing.renewal_words) == ("", words)


def test_a_card_is_forgotten_here_and_at_the_provider_once_nothing_needs_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    licence = _bought()
    method = SavedMethod.objects.get().method
    assert saved_methods.forget_unused() == 0
    standing_renewals.switch_off(licence=licence, by=licence.buyer)
    with django_capture_on_commit_callbacks(execute=True):
        assert saved_methods.forget_unused() == 1
    assert saved_methods.method_of(licence.organization) is None
    assert saved_methods.customer_of(licence.organization)
    stripe_api.detach_method(method)
    stripe_api.detach_method(method)
    assert saved_methods.forget_unused() == 0


def test_somebody_who_is_erased_is_charged_no_more() -> None:
    licence = _bought()
    standing_renewals.end_all(agreed_by=licence.buyer)
    assert StandingRenewal.objects.get().state == On.OFF


def test_a_card_that_was_forgotten_is_declined_with_a_letter() -> None:
    licence = _bought()
    found = _announced(licence)
    SavedMethod.objects.update(method="")
    _pass(14.1)
    charging.charge_renewal(round_id=found.pk)
    found.refresh_from_db()
    assert (found.state, found.problem) == (Round.DUE, charging.NO_METHOD)


def test_nothing_is_charged_to_a_saved_card_for_a_team() -> None:
    owner = factories.make_user()
    team = organizations.create_organization(name="Studio", by=owner)
    offer = factories.make_listing().offers.get()
    with pytest.raises(Refused) as refused:
        place_order(buyer=owner, offer=offer, organization=team, renewal_words="I agree.")
    assert refused.value.code == "team_card"
    licence = fulfil_order(
        order_id=place_order(buyer=owner, offer=offer, organization=team).pk, payment_intent="pi_1"
    )
    assert licence is not None
    with pytest.raises(Refused) as refused:
        standing_renewals.ask(licence=licence, by=owner, agreed=True, until=None, has_method=True)
    assert refused.value.code == "team_card"
    with pytest.raises(Refused) as refused:
        top_ups.ask(
            organization=team, by=owner, agreed=True, amount_minor=2_500, below_minor=500,
            monthly_minor=10_000, has_method=True,
        )  # fmt: skip
    assert refused.value.code == "team_card"


def _being_paid_by_a_slow_bank() -> tuple[Licence, RenewalRound]:
    """A renewal whose card was declined, and that its buyer then paid on the page."""
    licence = _bought()
    behave(off_session="decline")
    found = _charged(licence)
    behave(asynchronous_payments=True)
    press(charging.begin_due_checkout(licence=licence, by=licence.buyer))
    behave()
    return licence, found


def test_a_card_is_not_charged_while_a_bank_is_sending_the_same_payment() -> None:
    licence, found = _being_paid_by_a_slow_bank()
    _pass(3.1)
    charging.charge_renewal(round_id=found.pk)
    assert not Payment.objects.exclude(order=licence.order).exists()
    found.refresh_from_db()
    assert found.state == Round.DUE
    order = Order.objects.get(pk=found.order_id)
    tell(f"sessions/{order.checkout_session}/settle", paid=True)
    follow_events()
    assert Payment.objects.exclude(order=licence.order).get().kind == Payment.Kind.LICENCE


def test_a_card_is_charged_again_once_the_bank_has_refused() -> None:
    licence, found = _being_paid_by_a_slow_bank()
    order = Order.objects.get(pk=RenewalRound.objects.get().order_id)
    tell(f"sessions/{order.checkout_session}/settle", paid=False)
    follow_events()
    _pass(3.1)
    charging.charge_renewal(round_id=found.pk)
    assert Payment.objects.exclude(order=licence.order).count() == 1


def test_no_second_page_is_opened_while_a_bank_is_sending_the_payment_of_a_renewal() -> None:
    licence, _ = _being_paid_by_a_slow_bank()
    with pytest.raises(Refused) as refusal:
        charging.begin_due_checkout(licence=licence, by=licence.buyer)
    assert refusal.value.code == "being_paid"


def test_a_page_paid_after_the_card_was_charged_goes_back() -> None:
    licence, found = _being_paid_by_a_slow_bank()
    order = Order.objects.get(pk=RenewalRound.objects.get().order_id)
    page = order.checkout_session
    Order.objects.filter(pk=order.pk).update(checkout_session="")  # the answer was lost
    _pass(3.1)
    charging.charge_renewal(round_id=found.pk)
    tell(f"sessions/{page}/settle", paid=True)
    follow_events()
    paid = Payment.objects.exclude(order=licence.order)
    assert sorted(each.kind for each in paid) == ["licence", "too_late"]
    second = paid.get(kind=Payment.Kind.TOO_LATE)
    assert second.refunds.get().amount_minor == second.amount_minor
    adds_up()
