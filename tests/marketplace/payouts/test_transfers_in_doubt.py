"""Transfers whose outcome is unknown, that the platform can't fund, or that must not be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.compliance.models import AuditEvent
from marketplace.consent import withdrawal
from marketplace.creators.models import Creator
from marketplace.payouts import stripe_api, tasks
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import earnings, freezes, transfers
from marketplace.payouts.models import Earning, LedgerAccount, PayoutAccount, PayoutFreeze, Transfer
from marketplace.payouts.returning import made_whole, refunds
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from tests import factories
from tests.mailbox import delivered
from tests.money import check_now, owed, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


class Provider:
    """Stripe's transfers, as far as `transfers` sees them: a tied one takes its charge's group."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}
        self.keys: list[str] = []
        self.loses_answers = False
        self.refusal: ProviderRefused | None = None

    def create_transfer(self, **asked: Any) -> str:
        self.keys.append(asked["key"])
        if self.refusal is not None:
            raise self.refusal
        if asked["charge"] in {each["charge"] for each in self.sent.values()}:
            raise ProviderRefused("Transfers using this transaction exceed its amount.", "")
        provider_id = f"tr_{len(self.sent)}"
        self.sent[provider_id] = {**asked, "transfer_group": asked["charge"]}
        if self.loses_answers:
            raise PaymentProviderUnavailable("no answer")
        return provider_id

    def find_transfer(self, group: str, *, account: str, since: Any) -> str | None:
        found = [i for i, each in self.sent.items() if each["group"] == group]
        assert since <= timezone.now()
        return found[0] if found else None


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    fake = Provider()
    for name in ("create_transfer", "find_transfer"):
        monkeypatch.setattr(stripe_api, name, getattr(fake, name))
    return fake


def _claimed(creator: Creator) -> Transfer:
    PayoutAccount.objects.create(
        creator=creator, provider_id=f"acct_{creator.pk}", transfers_active=True
    )
    sell(creator, price=10_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    [transfer] = transfers.claim_transfers(creator=creator, currency="USD")
    return transfer


def _send(transfer: Transfer) -> Transfer:
    return transfers.send_transfer(transfer_id=transfer.pk)


def test_a_transfer_whose_answer_was_lost_is_found_though_its_group_is_the_charges(
    provider: Provider,
) -> None:
    creator = factories.make_creator()
    transfer = _claimed(creator)
    provider.loses_answers = True
    with pytest.raises(PaymentProviderUnavailable):
        _send(transfer)
    assert _send(transfer).state == Transfer.State.PAID
    assert len(provider.sent) == 1
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 0
    assert creator.payout_account.transfers_active


def test_the_provider_is_asked_by_account_and_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Listed:
        id, metadata = "tr_tied", {"group": "transfer-1"}

    class Page:
        def auto_paging_iter(self) -> list[Any]:
            return [type("Other", (), {"id": "tr_other", "metadata": {}})(), Listed()]

    class Client:
        class v1:  # noqa: N801 - as Stripe's client calls it
            class transfers:  # noqa: N801
                @staticmethod
                def list(params: dict[str, Any]) -> Page:
                    asked.append(params)
                    return Page()

    monkeypatch.setattr("marketplace.payouts.stripe_api.connect.client", Client)
    found = stripe_api.find_transfer("transfer-1", account="acct_1", since=timezone.now())
    assert found == "tr_tied"
    assert asked[0]["destination"] == "acct_1"
    assert "transfer_group" not in asked[0]


def test_a_refusal_after_a_lost_answer_is_checked_before_the_money_is_free_again(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    creator = factories.make_creator()
    transfer = _claimed(creator)
    provider.loses_answers = True
    with pytest.raises(PaymentProviderUnavailable):
        _send(transfer)
    asked: list[str] = []

    def find_late(group: str, **where: Any) -> str | None:
        """The provider's list is a moment behind."""
        asked.append(group)
        return None if len(asked) == 1 else provider.find_transfer(group, **where)

    monkeypatch.setattr(stripe_api, "find_transfer", find_late)
    assert _send(transfer).state == Transfer.State.PAID
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 0


def test_the_platforms_own_shortage_puts_a_transfer_off_and_tells_finance_once(
    provider: Provider, django_capture_on_commit_callbacks: Any
) -> None:
    finance = appoint_finance(user=factories.make_user())
    creator = factories.make_creator()
    transfer = _claimed(creator)
    provider.refusal = ProviderRefused("You have insufficient funds.", "balance_insufficient")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            put_off = _send(transfer)
            Transfer.objects.filter(pk=transfer.pk).update(retry_at=timezone.now())
    assert (put_off.state, put_off.put_off) == (Transfer.State.SENDING, 2)
    assert PayoutAccount.objects.get().transfers_active
    assert owed(creator, Kind.CREATOR_IN_TRANSIT) == 8500
    assert [letter.to for letter in delivered()].count([finance.email]) == 1
    provider.refusal = None
    assert _send(transfer).state == Transfer.State.PAID
    assert len(set(provider.keys)) == 3  # the provider repeats its refusal to the same key


def test_what_was_put_off_is_not_tried_before_its_time(provider: Provider) -> None:
    transfer = _claimed(factories.make_creator())
    provider.refusal = ProviderRefused("You have insufficient funds.", "balance_insufficient")
    for _ in range(3):
        _send(transfer)
    assert len(provider.keys) == 1


def test_one_creator_whose_rows_are_inconsistent_does_not_stop_the_others(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = transfers._claim
    monkeypatch.setattr(transfers, "_claim", lambda *a: (claim(*a), check_now())[0])
    finance = appoint_finance(user=factories.make_user())
    broken, fine = factories.make_creator(), factories.make_creator()
    for creator in (broken, fine):
        PayoutAccount.objects.create(
            creator=creator, provider_id=f"acct_{creator.pk}", transfers_active=True
        )
        sell(creator, price=10_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    # more earned than the ledger owes them
    Earning.objects.filter(creator=broken).update(share_minor=99_999, gross_minor=99_999)
    with django_capture_on_commit_callbacks(execute=True):
        assert transfers.begin_payouts() >= 1
    assert Transfer.objects.filter(creator=fine).count() == 1
    assert not Transfer.objects.filter(creator=broken).exists()
    assert finance.email in [letter.to[0] for letter in delivered()]


def test_a_frozen_creator_is_paid_nothing_until_the_freeze_is_lifted(provider: Provider) -> None:
    finance = appoint_finance(user=factories.make_user())
    creator = factories.make_creator()
    claimed = _claimed(creator)
    freezes.freeze(creator=creator, reason="A bank asked about it.", by=finance)
    sell(creator, price=10_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    assert transfers.begin_payouts() == 0
    assert _send(claimed).state == Transfer.State.READY
    assert provider.sent == {}
    freezes.lift(creator=creator, reason="The bank is content.", by=finance)
    assert _send(claimed).state == Transfer.State.PAID
    assert transfers.begin_payouts() == 1
    actions = AuditEvent.objects.filter(action__startswith="payouts.").order_by("pk")
    assert [(event.action, event.actor) for event in actions] == [
        ("payouts.frozen", finance),
        ("payouts.unfrozen", finance),
    ]


def test_only_finance_and_moderators_freeze_with_a_reason_and_nobody_their_own() -> None:
    creator = factories.make_creator()
    with pytest.raises(Refused) as refusal:
        freezes.freeze(creator=creator, reason="Why not.", by=factories.make_user())
    assert refusal.value.code == "not_allowed"
    with pytest.raises(Refused) as refusal:
        freezes.freeze(creator=creator, reason="  ", by=factories.make_moderator())
    assert refusal.value.code == "reason_missing"
    own = appoint_finance(user=creator.user)
    with pytest.raises(Refused) as refusal:
        freezes.freeze(creator=creator, reason="Mine.", by=own)
    assert refusal.value.code == "own_voice"
    assert not PayoutFreeze.objects.exists()


def test_an_upheld_takedown_freezes_the_creators_money() -> None:
    creator = factories.make_creator()
    for _ in range(2):
        tasks.freeze_payouts(creator.pk)
    assert PayoutFreeze.objects.get().creator == creator


def test_a_moderator_freezes_at_the_desk_and_the_creator_reads_why() -> None:
    voice = factories.make_listing().voice
    desk, studio = Client(), Client()
    desk.force_login(
        factories.make_moderator(), backend="django.contrib.auth.backends.ModelBackend"
    )
    studio.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"voice": voice.slug, "note": "Two people claim this voice.", "decision": "freeze"}
    assert "A creator’s money" in desk.get(reverse("storefront:moderation")).text
    desk.post(reverse("storefront:freeze-payouts"), asked)
    assert freezes.is_frozen(voice.creator)
    assert "Two people claim this voice." in studio.get(reverse("storefront:payouts")).text
    desk.post(reverse("storefront:freeze-payouts"), {**asked, "decision": "release"})
    assert not freezes.is_frozen(voice.creator)


def test_finance_freezes_on_its_desk() -> None:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1")
    client = Client()
    client.force_login(
        appoint_finance(user=factories.make_user()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    address = reverse("storefront:finance-decide-creator", args=[creator.pk])
    assert "Give your reason" in client.post(address, {"decision": "freeze"}, follow=True).text
    client.post(address, {"decision": "freeze", "reason": "A bank asked."})
    assert freezes.is_frozen(creator)
    assert client.get(reverse("admin:payouts_payoutfreeze_changelist")).status_code == 200


def test_the_ledger_agrees_after_a_transfer_was_put_off(provider: Provider) -> None:
    creator = factories.make_creator()
    transfer = _claimed(creator)
    provider.refusal = ProviderRefused("You have insufficient funds.", "balance_insufficient")
    _send(transfer)
    clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
    before = ledger.balance(clearing).minor
    provider.refusal = None
    Transfer.objects.filter(pk=transfer.pk).update(retry_at=None)
    _send(transfer)
    assert before - ledger.balance(clearing).minor == 8500


def test_buyers_of_a_voice_that_was_taken_down_get_their_money_back_and_others_do_not() -> None:
    finance = appoint_finance(user=factories.make_user())
    creator = factories.make_creator()
    stolen, own = sell(creator), sell(creator)
    assert stolen.order is not None
    voice = stolen.order.granted.voice
    withdrawal.silence(voice=voice, by=factories.make_moderator(), reason="takedown")
    with pytest.raises(Refused):
        made_whole.refund_buyers(creator=creator, by=factories.make_user())
    [made] = made_whole.refund_buyers(creator=creator, by=finance)
    assert (made.payment, made.amount_minor) == (stolen, stolen.amount_minor)
    assert made_whole.refund_buyers(creator=creator, by=finance) == []
    refunds.record_refund(payment=stolen, provider_id="re_1", amount_minor=1999, ours=made)
    assert owed(creator, Kind.CREATOR_PENDING) == own.earnings.get().share_minor
