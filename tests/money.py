"""Sales, refunds, disputes and payouts, as tests make them."""

from __future__ import annotations

import itertools
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from marketplace.creators.models import Creator
from marketplace.licensing.models import ApiKey, Generation, Licence, UsageCharge
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import earnings, transfers
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import (
    Dispute,
    LedgerAccount,
    Payment,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.returning import disputes, refunds
from tests import factories

_numbers = itertools.count()


def check_now() -> None:
    """Run the database's deferred checks, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def charge(identifier: str, amount: int, *, tax: int = 0, fee: int = 0) -> Charge:
    """A charge in dollars as the provider reports it; amount: with its tax."""
    return Charge(identifier, "pi_test", Money(amount, "USD"), Money(tax, "USD"), Money(fee, "USD"))


def sell(creator: Creator, price: int = 1999, tax: int = 0, fee: int = 88) -> Payment:
    """A licence of one of the creator's voices, paid."""
    listing = factories.make_listing(factories.make_voice(creator), price=price)
    return _paid(factories.make_licence(listing), price, tax, fee)


def buy_another(payment: Payment, price: int = 1999) -> Payment:
    """A licence of another voice of the same creator, paid by the same buyer."""
    assert payment.order is not None and payment.order.granted is not None
    listing = factories.make_listing(
        factories.make_voice(payment.order.granted.voice.creator), price=price
    )
    return _paid(factories.make_licence(listing, payment.order.buyer), price, 0, 88)


def _paid(licence: Licence, price: int, tax: int, fee: int) -> Payment:
    paid = charge(f"ch_{next(_numbers)}", price + tax, tax=tax, fee=fee)
    return record_sale(order=licence.order, licence=licence, charge=paid)


def refund(payment: Payment, minor: int) -> None:
    refunds.record_refund(payment=payment, provider_id=f"re_{next(_numbers)}", amount_minor=minor)


def dispute(payment: Payment, *, whole: bool = False) -> Dispute:
    """whole: of what was paid, although a part of it was refunded."""
    return disputes.open_dispute(
        payment=payment,
        provider_id=f"du_{next(_numbers)}",
        amount_minor=payment.amount_minor if whole else payment.refundable.minor,
        fee_minor=1500,
        reason="fraudulent",
    )


def pay_everything(creator: Creator) -> list[Transfer]:
    earnings.release_due(timezone.now() + timedelta(days=60))
    claimed = transfers.claim_transfers(creator=creator, currency="USD")
    return [transfers.record_transfer(transfer_id=t.pk, provider_id=f"tr_{t.pk}") for t in claimed]


def open_debt(creator: Creator, currency: str) -> int:
    """What a creator owes, less what is being asked back of their transfers; minor units."""
    asked = TransferReversal.objects.filter(
        transfer__creator=creator, transfer__currency=currency, state="requested"
    )
    asked_minor = sum(each.amount_minor for each in asked)
    return owed(creator, LedgerAccount.Kind.CREATOR_DEBT, currency) - asked_minor


def owed(creator: Creator, kind: str, currency: str = "USD") -> int:
    return ledger.owed_to(creator, kind, currency).minor


def key_with_credit() -> ApiKey:
    """A key to a licence of an organization that has credit in the books."""
    key, _ = factories.make_key()
    kinds = LedgerAccount.Kind
    ledger.post(
        kind="credit_bought",
        idempotency_key=f"credit-{key.pk}",
        lines=[
            (ledger.account(kinds.STRIPE_CLEARING, "USD"), 100_000),
            (ledger.account(kinds.BUYER_CREDITS, "USD", organization=key.organization), -100_000),
        ],
    )
    return key


def usage_charge(key: ApiKey, minor: int) -> UsageCharge:
    """What a thousand characters beyond the licence cost, not posted yet."""
    licence = key.licences.get()
    spoken = Generation.objects.create(
        licence=licence, voice=licence.voice, voice_version=licence.voice_version, api_key=key,
        state="settled", characters_reserved=1_000, characters_spoken=1_000, text_sha256="0" * 64,
        audio_format="mp3",
    )  # fmt: skip
    return UsageCharge.objects.create(
        generation=spoken, organization=key.organization, characters=1_000,
        micros=minor * 1_000_000, commission_bps=1_500, currency="USD",
    )  # fmt: skip
