"""Buyers who spoke by credit or by a plan with a voice that was somebody else's are made whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.licensing import credit
from marketplace.licensing.models import ApiKey
from marketplace.money import Money
from marketplace.payouts.models import LedgerAccount, Payment, PayoutAccount, Refund
from marketplace.payouts.returning import made_whole, refunds, silenced_speech
from marketplace.refusals import Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import open_debt, owed, pay_everything
from tests.paid_speech import Subscriber, adds_up, buy_credit, key_with_overage, planned, speak

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind


@pytest.fixture
def finance() -> User:
    return appoint_finance(user=factories.make_user())


def _left(key: ApiKey) -> int:
    return credit.account(key.organization, "USD").left.minor


def _spoken_by_credit(cost: int = 50) -> tuple[ApiKey, Creator]:
    """A buyer who spent some of a hundred dollars on a voice that was then silenced."""
    key = key_with_overage(cost)
    buy_credit(key, 10_000)
    licence = key.licences.get()
    speak(key, licence.voice.slug, 2_000)
    assert _left(key) == 10_000 - cost
    creator = licence.voice.creator
    creator.voices.update(silenced_at=timezone.now())
    return key, creator


def test_credit_that_was_spent_on_a_silenced_voice_is_given_back_once(finance: User) -> None:
    key, creator = _spoken_by_credit()
    other = key_with_overage()
    buy_credit(other)
    speak(other, other.licences.get().voice.slug, 2_000)
    for _ in range(2):
        made_whole.refund_buyers(creator=creator, by=finance)
        assert (_left(key), _left(other)) == (10_000, 950)
        assert owed(creator, Kind.CREATOR_PENDING) == 0
    letters = [each for each in delivered() if "credit given back" in each.subject]
    assert [each.to for each in letters] == [[key.owner.email]]
    adds_up()


def test_one_person_alone_gives_no_large_credit_back(
    finance: User, client: Client, settings: Any
) -> None:
    settings.REFUND_ALONE_MINOR = 40
    key, creator = _spoken_by_credit()
    for _ in range(2):
        made_whole.refund_buyers(creator=creator, by=finance)
        assert _left(key) == 9_950
        assert owed(creator, Kind.CREATOR_PENDING) > 0
    [waiting] = silenced_speech.waiting_for_second(creator)
    assert (waiting.organization, waiting.by) == (key.organization, finance)
    assert waiting.amount == Money(50, "USD")
    second = appoint_finance(user=factories.make_user("second"))
    client.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:finance-creator", args=[creator.pk])).text
    assert "$0.50 of credit waits to be given back" in " ".join(page.split())
    made_whole.refund_buyers(creator=creator, by=second)
    assert _left(key) == 10_000
    assert silenced_speech.waiting_for_second(creator) == []
    adds_up()


def test_what_one_person_gave_a_buyer_alone_is_added_up(finance: User, settings: Any) -> None:
    settings.REFUND_ALONE_MINOR = 60
    key, creator = _spoken_by_credit()
    made_whole.refund_buyers(creator=creator, by=finance)
    assert _left(key) == 10_000
    payment = Payment.objects.get(kind=Payment.Kind.CREDITS)
    refund = refunds.request_refund(payment=payment, amount_minor=20, reason="Asked.", by=finance)
    assert refund.state == Refund.State.PROPOSED


def test_who_asked_for_less_is_no_first_person_for_more(finance: User, settings: Any) -> None:
    settings.REFUND_ALONE_MINOR = 40
    key, creator = _spoken_by_credit()
    made_whole.refund_buyers(creator=creator, by=finance)
    creator.voices.update(silenced_at=None)
    speak(key, key.licences.get().voice.slug, 1_000)
    creator.voices.update(silenced_at=timezone.now())
    second = appoint_finance(user=factories.make_user("second"))
    made_whole.refund_buyers(creator=creator, by=second)
    assert _left(key) == 9_900
    made_whole.refund_buyers(creator=creator, by=finance)
    assert _left(key) == 10_000


def test_a_creator_who_was_paid_for_it_owes_it(finance: User, settings: Any) -> None:
    settings.REFUND_ALONE_MINOR = 5_000
    key, creator = _spoken_by_credit(cost=5_000)
    share = owed(creator, Kind.CREATOR_PENDING)
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    pay_everything(creator)
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 0
    made_whole.refund_buyers(creator=creator, by=finance)
    assert (_left(key), open_debt(creator, "USD")) == (10_000, share)
    adds_up()


def test_nobody_in_finance_gives_credit_back_to_their_own_team(finance: User) -> None:
    key, creator = _spoken_by_credit()
    key.organization.memberships.create(user=finance, role="developer")
    with pytest.raises(Refused) as refusal:
        made_whole.refund_buyers(creator=creator, by=finance)
    assert refusal.value.code == "own_team"
    assert _left(key) == 9_950


def test_months_of_plans_are_listed_for_finance_with_the_part_that_the_voice_took(
    finance: User, client: Client
) -> None:
    subscriber, stolen, honest = Subscriber(), planned(), planned()
    month = subscriber.pays(timezone.now() - timedelta(days=1))
    subscriber.speaks(stolen, 300)
    subscriber.speaks(honest, 100)
    creator = stolen.voice.creator
    assert silenced_speech.spoken_by_plans(creator) == []
    creator.voices.update(silenced_at=timezone.now())
    [found] = silenced_speech.spoken_by_plans(creator)
    assert (found.payment, found.amount) == (month.payment, Money(743, "USD"))
    client.force_login(finance, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("storefront:finance-creator", args=[creator.pk]))
    assert "Refund $7.43" in page.text
    form = {"amount": "7.43", "reason": page.context["why_silenced"]}
    address = reverse("storefront:finance-refund", args=[month.payment.public_id])
    assert "Refund $7.43?" in client.post(address, form).text
    assert not Refund.objects.exists()
    client.post(address, {**form, "confirmed": "yes"})
    assert Refund.objects.get().amount_minor == 743
    assert silenced_speech.spoken_by_plans(creator) == []
