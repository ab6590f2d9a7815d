"""What ended or silenced a licence is not undone by a step beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.consent import withdrawal
from marketplace.licensing import (
    bought,
    exclusivity,
    fulfilment,
    lifecycle,
    moderation,
    quotes,
    renewals,
    reservations,
    settlement,
)
from marketplace.licensing.models import Generation, Licence, Order, Quote
from marketplace.licensing.speaking_rights import require_still_speakable
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import disputes
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.sandbox import buy

pytestmark = pytest.mark.django_db
State = Licence.State


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


def _run_out(licence: Licence) -> None:
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=timezone.now() - timedelta(days=400),
        ends_at=timezone.now() - timedelta(minutes=1),
    )
    lifecycle.expire_licences()
    exclusivity.end_exclusivities()
    licence.refresh_from_db()


def test_an_offer_for_one_licence_buys_no_second_when_the_first_has_ended() -> None:
    listing = factories.make_listing()
    buyer = factories.make_user("exclusive")
    quote = quotes.ask(
        listing=listing, organization=organizations.personal_organization(buyer),
        message="The one voice of our new assistant.", by=buyer,
    )  # fmt: skip
    quotes.offer(
        quote=quote, price_minor=10_000, characters=10_000, term_months=1,
        by=listing.voice.creator.user,
    )  # fmt: skip
    licence = _pay(quotes.accept(quote=quote, by=buyer))
    assert licence is not None
    _run_out(licence)
    with pytest.raises(Refused) as refusal:
        quotes.accept(quote=Quote.objects.get(pk=quote.pk), by=buyer)
    assert refusal.value.code == "quote_used"


def test_a_licence_that_moderators_suspended_is_not_renewed_after_its_term() -> None:
    licence = factories.make_licence()
    moderator = factories.make_moderator()
    moderation.moderate_licence(
        licence=licence, decision="suspend", reason="Impersonation.", by=moderator
    )
    _run_out(licence)
    with pytest.raises(Refused):
        renewals.order_renewal(licence=licence, by=licence.buyer)
    moderation.moderate_licence(
        licence=licence, decision="resume", reason="A mistake of ours.", by=moderator
    )
    licence.refresh_from_db()
    assert licence.state == State.EXPIRED


@pytest.mark.parametrize("first", ["dispute", "moderation"])
def test_a_licence_that_is_suspended_for_two_causes_waits_for_both(first: str) -> None:
    licence = factories.make_licence()
    lifecycle.suspend_licence(licence=licence, reason="The payment is disputed.")
    moderation.moderate_licence(
        licence=licence, decision="suspend", reason="Impersonation.", by=factories.make_moderator()
    )
    causes = [first, "moderation" if first == "dispute" else "dispute"]
    lifecycle.resume_licence(licence=licence, cause=causes[0])
    licence.refresh_from_db()
    assert (licence.state, licence.cause) == (State.SUSPENDED, causes[1])
    lifecycle.resume_licence(licence=licence, cause=causes[1])
    licence.refresh_from_db()
    assert (licence.state, licence.cause) == (State.ACTIVE, "")


DISPUTE = f"{lifecycle.DISPUTE}:7"


def _charged_back() -> Licence:
    """A licence that a lost dispute revoked, and an appeal may bring back."""
    licence = factories.make_licence()
    lifecycle.suspend_licence(licence=licence, reason="The payment is disputed.", cause=DISPUTE)
    bought.undo_order(licence.order, by_bank=True)
    licence.refresh_from_db()
    assert licence.state == State.REVOKED
    return licence


def _decide(licence: Licence, *decisions: str) -> None:
    for decision in decisions:
        moderation.moderate_licence(
            licence=licence, decision=decision, reason="Misuse.", by=factories.make_moderator()
        )


def _after_the_appeal(licence: Licence) -> str:
    order = Order.objects.get(pk=licence.order_id)
    assert bought.restore_order(order, ended=[DISPUTE], cause=DISPUTE)
    licence.refresh_from_db()
    return licence.state


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ((), State.ACTIVE),
        (("revoke",), State.REVOKED),
        (("suspend",), State.SUSPENDED),
        (("suspend", "resume"), State.ACTIVE),
        (("suspend", "revoke"), State.REVOKED),
    ],
)
def test_what_a_moderator_decided_meanwhile_outlasts_an_appeal(
    decisions: tuple[str, ...], state: str
) -> None:
    licence = _charged_back()
    _decide(licence, *decisions)
    licence.refresh_from_db()
    assert licence.state == State.REVOKED
    assert _after_the_appeal(licence) == state


def test_a_suspension_that_outlasted_an_appeal_is_ended_by_the_moderators() -> None:
    licence = _charged_back()
    _decide(licence, "suspend")
    assert _after_the_appeal(licence) == State.SUSPENDED
    _decide(licence, "resume")
    licence.refresh_from_db()
    assert licence.state == State.ACTIVE


def test_what_was_charged_back_after_the_term_is_not_had_again_by_a_renewal() -> None:
    licence = buy()
    payment = Payment.objects.get()
    _run_out(licence)
    dispute = disputes.open_dispute(
        payment=payment, provider_id="du_1", amount_minor=payment.amount_minor, fee_minor=1_500,
        reason="fraudulent",
    )  # fmt: skip
    licence.refresh_from_db()
    with pytest.raises(Refused):
        renewals.order_renewal(licence=licence, by=licence.buyer)
    disputes.close_dispute(dispute=dispute, won=False)
    licence.refresh_from_db()
    assert licence.state == State.REVOKED


@pytest.fixture
def narrowed() -> Generation:
    """Speech for a use that its speaker has taken out since."""
    listing = factories.make_listing(characters=10_000)
    listing.voice.consents.update(uses=["audiobook", "game"])
    key, _ = factories.make_key(factories.make_licence(listing))
    wanted = factories.wanted(listing.voice.slug, "x" * 1_000, use="audiobook")
    made = reservations.reserve(key=key, wanted=wanted)
    withdrawal.narrow(
        consent=listing.voice.consents.get(), uses=["game"], by=listing.voice.creator.user
    )
    return Generation.objects.get(pk=made.pk)


def test_what_waits_is_not_spoken_once_its_use_is_taken_out(narrowed: Generation) -> None:
    with pytest.raises(SpeechRefused) as refusal:
        require_still_speakable(narrowed)
    assert refusal.value.code == "use_not_consented"


def test_what_broke_off_is_not_spoken_on_once_its_use_is_taken_out(narrowed: Generation) -> None:
    settlement.settle(generation_id=narrowed.pk, characters=5, seconds=0.1)
    with pytest.raises(SpeechRefused) as refusal:
        reservations.reopen(generation_id=narrowed.pk)
    assert refusal.value.code == "use_not_consented"


def test_a_use_that_was_taken_out_does_not_come_back_with_the_notice(narrowed: Generation) -> None:
    licence = narrowed.licence
    assert licence is not None
    licence.terms |= {"uses": ["audiobook", "game"], "notice_days": 365}
    licence.save()
    long_ago = (timezone.now() - timedelta(days=366)).isoformat()  # its own notice is over
    narrowed.voice.consents.update(taken_out={"audiobook": long_ago})
    withdrawal.revoke(consent=narrowed.voice.consents.get(), by=narrowed.voice.creator.user)
    key, slug = narrowed.api_key, narrowed.voice.slug
    reservations.reserve(key=key, wanted=factories.wanted(slug, "Hello.", use="game"))
    with pytest.raises(SpeechRefused) as refusal:
        reservations.reserve(key=key, wanted=factories.wanted(slug, "Hello.", use="audiobook"))
    assert refusal.value.code == "use_not_consented"
    narrowed.refresh_from_db()
    with pytest.raises(SpeechRefused) as refusal:
        require_still_speakable(narrowed)
    assert refusal.value.code == "use_not_consented"


def test_an_old_price_is_not_had_long_after_the_term() -> None:
    licence = factories.make_licence()
    _run_out(licence)
    assert renewals.is_renewable(licence)
    Licence.objects.update(ends_at=timezone.now() - timedelta(days=31))
    licence.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        renewals.order_renewal(licence=licence, by=licence.buyer)
    assert refusal.value.code == "not_renewable"
