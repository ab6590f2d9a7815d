"""Sales: recorded once, and posted with everyone's share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.billing import invoices
from marketplace.billing.parties import Party
from marketplace.billing.tax import TaxPart
from marketplace.licensing.models import Licence, Order, PlanMonth, PlanYear
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.books import conversions, ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import earnings
from marketplace.payouts.models import Earning, LedgerEntry, Payment


@dataclass(frozen=True)
class Charge:
    """A successful charge as the provider reports it; amount includes tax, of which `taxes` are the parts.

    billed: what the buyer told the provider of themselves; settled: how it reached the balance, None
    while that is not known; from_credit: what the buyer's credit at the provider paid besides, for a
    plan, negative where that credit grew: then `tax` is on both.
    """

    id: str
    payment_intent: str
    amount: Money
    tax: Money
    fee: Money
    billed: Party | None = None
    taxes: tuple[TaxPart, ...] = ()
    settled: stripe_api.Movement | None = None
    from_credit: int = 0

    @property
    def net_minor(self) -> int:
        """All that was paid, with credit at the provider, without tax."""
        return self.amount.minor + self.from_credit - self.tax.minor

    @property
    def tax_charged(self) -> int:
        """The tax on what was charged: its part of the whole, where credit paid the rest."""
        whole = self.amount.minor + self.from_credit
        if whole <= self.amount.minor:  # what a card paid of earlier invoices is taxed there
            return min(max(self.tax.minor, 0), self.amount.minor)
        return earnings.proportion(self.tax.minor, self.amount.minor, whole)

    @classmethod
    def of(cls, paid: stripe_api.Checkout | stripe_api.OffSessionPayment) -> Self:
        """The charge of a payment that was made on a page, or while its buyer was away."""
        return cls(
            id=paid.charge,
            payment_intent=paid.payment_intent,
            amount=paid.amount,
            tax=paid.tax,
            fee=paid.fee,
            billed=paid.billed,
            taxes=paid.taxes,
            settled=paid.settled,
        )

    @property
    def happened_at(self) -> datetime | None:
        return self.settled.at if self.settled else None


def write_invoice(
    payment: Payment,
    *,
    description: str,
    billed: Party | None,
    taxes: tuple[TaxPart, ...],
    supplied: tuple[date, date] | None = None,
    charge: Charge | None = None,
) -> None:
    """Write the invoice of a payment that was just recorded; supplied: days, or None for today's.

    charge: where credit at the provider may have paid a part, which is invoiced too.
    """
    today = timezone.localdate()
    net = payment.net_minor if charge is None else charge.net_minor
    tax = payment.tax_minor if charge is None else charge.tax.minor
    if net + tax > 0:
        invoices.write_invoice(
            organization=payment.organization,
            charge=payment.charge,
            description=description,
            net=Money(net, payment.currency),
            tax_minor=tax,
            taxes=taxes,
            supplied=supplied or (today, today),
            billed=billed,
        )


def post_settlement(
    payment: Payment, fee: Money, settled: stripe_api.Movement | None = None
) -> None:
    """Post the provider's fee, which the platform bears, and its conversion of the payment."""
    if settled is not None and settled.converted is not None:
        payment.settles_in = settled.currency
        payment.save(update_fields=["settles_in"])
        conversions.post_conversion(settled)
    if not fee.minor:
        return
    ledger.post(
        kind=LedgerEntry.Kind.FEE,
        idempotency_key=f"fee-{payment.charge}",
        order=payment.order,
        provider_reference=payment.charge,
        happened_at=settled.at if settled else None,
        lines=[
            (ledger.account(Kind.FEES, fee.currency), fee.minor),
            (ledger.account(Kind.STRIPE_CLEARING, fee.currency), -fee.minor),
        ],
    )


def post_late_settlement(*, payment: Payment, settled: stripe_api.Movement) -> None:
    """Post what was not known when the payment was recorded; a repeat changes nothing."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
        if payment.fee_minor:
            return
        payment.fee_minor = settled.fee.minor
        payment.save(update_fields=["fee_minor"])
        post_settlement(payment, settled.fee, settled)


def _payment(order: Order, charge: Charge, kind: str, tax: Money) -> tuple[Payment, bool]:
    return Payment.objects.get_or_create(
        charge=charge.id,
        defaults={
            "kind": kind,
            "organization": order.organization,
            "order": order,
            "payment_intent": charge.payment_intent,
            "amount_minor": charge.amount.minor,
            "tax_minor": tax.minor,
            "fee_minor": charge.fee.minor,
            "currency": order.currency,
        },
    )


def plan_payment(
    charge: Charge,
    *,
    kind: str,
    organization: Organization,
    plan_month: PlanMonth | None = None,
    plan_year: PlanYear | None = None,
) -> Payment:
    """The row of a charge for a month or a year of a plan."""
    return Payment.objects.create(
        kind=kind,
        organization=organization,
        plan_month=plan_month,
        plan_year=plan_year,
        payment_intent=charge.payment_intent,
        charge=charge.id,
        amount_minor=charge.amount.minor,
        tax_minor=charge.tax_charged,
        fee_minor=charge.fee.minor,
        currency=charge.amount.currency,
    )


def record_late_payment(*, order: Order, charge: Charge) -> tuple[Payment, bool]:
    """Post a payment that bought nothing: all of it, with tax, is owed to the buyer.

    A repeat changes nothing and returns False beside the payment.
    """
    with transaction.atomic():
        payment, created = _payment(
            order, charge, Payment.Kind.TOO_LATE, Money(0, charge.amount.currency)
        )
        if created:
            _post_owed(payment, charge, f"late-{order.public_id}")
    return payment, created


def record_surplus_payment(*, organization: Organization, charge: Charge) -> tuple[Payment, bool]:
    """The same for a payment without an order of ours, as for a second plan, or of one that was paid."""
    with transaction.atomic():
        payment, created = Payment.objects.get_or_create(
            charge=charge.id,
            defaults={
                "kind": Payment.Kind.TOO_LATE,
                "organization": organization,
                "payment_intent": charge.payment_intent,
                "amount_minor": charge.amount.minor,
                "fee_minor": charge.fee.minor,
                "currency": charge.amount.currency,
            },
        )
        if created:
            _post_owed(payment, charge, f"surplus-{charge.id}")
    return payment, created


def _post_owed(payment: Payment, charge: Charge, key: str) -> None:
    currency = payment.currency
    ledger.post(
        kind=LedgerEntry.Kind.TOO_LATE,
        idempotency_key=key,
        order=payment.order,
        provider_reference=charge.id,
        happened_at=charge.happened_at,
        lines=[
            (ledger.account(Kind.STRIPE_CLEARING, currency), charge.amount.minor),
            (ledger.account(Kind.REFUNDS_OWED, currency), -charge.amount.minor),
        ],
    )
    post_settlement(payment, charge.fee, charge.settled)


def record_sale(*, order: Order, licence: Licence, charge: Charge) -> Payment:
    """Post a paid order: its full amount, split into tax, commission and the creator's share.

    Commission and share are of the price without tax and before a coupon, which the platform pays
    for; the commission is rounded half up, the creator gets the rest, held at first. A repeat changes
    nothing.
    """
    currency = order.currency
    with transaction.atomic():
        payment, created = _payment(order, charge, Payment.Kind.LICENCE, charge.tax)
        if not created:
            return payment
        discount = Money(order.discount_minor, currency)
        price = charge.amount - charge.tax + discount
        commission, share = price.split(order.commission_bps)
        creator = licence.voice.creator
        entry, _ = ledger.post(
            kind=LedgerEntry.Kind.SALE,
            idempotency_key=f"sale-{order.public_id}",
            order=order,
            provider_reference=charge.id,
            happened_at=charge.happened_at,
            lines=[
                (ledger.account(Kind.STRIPE_CLEARING, currency), charge.amount.minor),
                (ledger.account(Kind.PROMOTIONS, currency), discount.minor),
                (ledger.account(Kind.TAX, currency), -charge.tax.minor),
                (ledger.account(Kind.COMMISSION, currency), -commission.minor),
                (ledger.account(Kind.CREATOR_PENDING, currency, creator), -share.minor),
            ],
        )
        earnings.add_earning(
            creator=creator,
            entry=entry,
            source=Earning.Source.LICENCE,
            voice_name=order.terms["voice_name"],
            description=f"Licence {licence.number}",
            gross_minor=price.minor,
            share_minor=share.minor,
            currency=currency,
            payment=payment,
        )
        post_settlement(payment, charge.fee, charge.settled)
        write_invoice(
            payment,
            description=f"{order.get_kind_display()} {licence.number}, {order.terms['voice_name']}",
            billed=charge.billed,
            taxes=charge.taxes,
        )
    return payment
