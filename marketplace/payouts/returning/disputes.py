"""Disputes: a bank takes a payment back at once, and returns it only if the dispute is won."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.licensing import bought, fulfilment, lifecycle, plans
from marketplace.licensing import carried as licensing_carried
from marketplace.licensing.models import Licence, Order, PlanMonth
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import debts, earnings
from marketplace.payouts.incoming import credits, top_ups
from marketplace.payouts.models import Dispute, Earning, LedgerAccount, LedgerEntry, Payment
from marketplace.payouts.returning import carried, dispute_documents, disputed_speech, refunds
from marketplace.queue import Work, at_commit

OFF = "discount"  # in what a dispute took: the platform's part of a price, for a coupon
NOT_AGAIN = "The dispute was won, but what it had ended can't be had again."
RESTORED = ", dispute won"  # ends the description of a share that is given again


def _licence_of(payment: Payment) -> Licence | None:
    """The licence that a payment bought, renewed or upgraded."""
    return payment.order.granted if payment.order is not None else None


def _borne_by(payment: Payment) -> LedgerAccount:
    """What bears the part that nobody earned: the debt to a buyer who paid too late, or costs."""
    owed = payment.kind == Payment.Kind.TOO_LATE
    return ledger.account(Kind.REFUNDS_OWED if owed else Kind.DISPUTE_COSTS, payment.currency)


def _cause(dispute: Dispute) -> str:
    """Names the dispute, since a licence may have several payments, and each several disputes."""
    return f"{lifecycle.DISPUTE}:{dispute.pk}"


def _stop(dispute: Dispute) -> None:
    payment = dispute.payment
    licence = _licence_of(payment)
    if licence is not None:
        lifecycle.suspend_licence(
            licence=licence, reason=gettext_noop("The payment is disputed."), cause=_cause(dispute)
        )
    elif payment.plan_month is not None:
        for month in [payment.plan_month, *carried.months_after(payment.plan_month)]:
            plans.stop_month(month_id=month.pk, reason="A payment for it is disputed.")
    elif payment.plan_year is not None:
        plans.stop_year(year_id=payment.plan_year.pk, reason="Its payment is disputed.")


def _go_on(dispute: Dispute, *, appealed: bool) -> None:
    """Let what a won dispute was about speak again; `carried.tell_licensing` has locked its licence."""
    payment = dispute.payment
    licence = _licence_of(payment)
    gone = payment.disputes.exclude(state=Dispute.State.WON).exists()
    if licence is not None:
        lifecycle.resume_licence(licence=licence, cause=_cause(dispute))
        if not gone:
            _have_again(dispute, appealed=appealed)
    elif payment.plan_month is not None:
        for month in [payment.plan_month, *carried.months_after(payment.plan_month)]:
            if not _is_gone(month):
                plans.resume_month(month_id=month.pk)
    elif payment.plan_year is not None and payment.refundable.minor and not gone:
        plans.resume_year(year_id=payment.plan_year.pk)


def _have_again(dispute: Dispute, *, appealed: bool) -> None:
    """Restore an order that a lost dispute undid; where that can't be, its payment goes back."""
    payment = dispute.payment
    assert payment.order_id is not None  # it paid for a licence
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.order_id)
    left = refunds.left_to_refund(payment).minor
    if not left or not (appealed or order.undone_at):
        return
    problem = fulfilment.why_not_again(order)
    if not problem and bought.restore_order(order, ended=_ended(order), cause=_cause(dispute)):
        return
    refunds.request_refund(payment=payment, amount_minor=left, reason=NOT_AGAIN)


def _ended(order: Order) -> list[str]:
    """The causes of suspension of an order's licence that decided disputes were."""
    orders = licensing_carried.orders_of(order.granted) if order.granted is not None else []
    decided = Dispute.objects.filter(payment__order__in=orders).exclude(state=Dispute.State.OPEN)
    return [_cause(each) for each in decided]


def _is_gone(month: PlanMonth) -> bool:
    """Whether a month's payment, or one whose rest it was credited, is disputed or wholly refunded."""
    behind = Payment.objects.filter(plan_month__in=[month, *carried.months_before(month)])
    undecided = Dispute.objects.filter(payment__in=behind).exclude(state=Dispute.State.WON)
    return undecided.exists() or any(not payment.refundable.minor for payment in behind)


def _lock(payment: Payment) -> Payment:
    payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
    carried.lock_bought(payment)
    return payment


def open_dispute(
    *,
    payment: Payment,
    provider_id: str,
    amount_minor: int,
    fee_minor: int,
    reason: str,
    fee_currency: str = "",
    happened_at: datetime | None = None,
) -> Dispute:
    """Post what the bank took back, and suspend what it had paid for; a repeat changes nothing.

    Creators return their parts of a licence, of a plan month that is not shared out yet and of credit
    that was used, and get them back if the dispute is won. Unused credit is out of use until then;
    the platform bears a month that was shared out, the fee, and what a refund had given back before.
    fee_currency: in which the payment settled, "" for its own.
    """
    with transaction.atomic():
        payment = _lock(payment)
        existing = Dispute.objects.filter(provider_id=provider_id).first()
        if existing is not None:
            return existing
        currency, whole = payment.currency, payment.amount_minor
        tax = min(earnings.proportion(payment.tax_minor, amount_minor, whole), _tax_left(payment))
        off = _discount_of(payment, amount_minor)
        rest = amount_minor - tax + off
        lines: list[Line] = [
            (ledger.account(Kind.STRIPE_CLEARING, currency), -amount_minor),
            (ledger.account(Kind.TAX, currency), tax),
            (ledger.account(Kind.PROMOTIONS, currency), -off),
            *_fee_lines(fee_minor, fee_currency or currency),
        ]
        unused = credits.take_disputed(payment, rest)
        taken = disputed_speech.take(payment, amount_minor, rest - unused)
        lost = dict(taken.earnings)
        if payment.kind != Payment.Kind.LICENCE:
            lines += _of_speech(payment, rest, [*credits.lines_of(payment, unused), *taken.lines])
            rest = 0
        for earning, part in _parts_of(payment, amount_minor):
            lines += earnings.take_back(earning, part)
            lost[str(earning.pk)] = part
            rest -= part
        commission = min(rest, _commission_left(payment))
        lines.append((ledger.account(Kind.COMMISSION, currency), commission))
        lines.append((ledger.account(Kind.DISPUTE_COSTS, currency), rest - commission))
        dispute = Dispute.objects.create(
            payment=payment,
            provider_id=provider_id,
            amount_minor=amount_minor,
            fee_minor=fee_minor,
            reason=reason[:60],
            reversed_minor=lost,
            tax_minor=tax,
            commission_minor=commission + taken.commission,
            waiting_minor=taken.waiting or ({OFF: off} if off else {}),
            cost_minor=rest - commission,
            credit_minor=unused,
        )
        _begin(dispute, lines, happened_at)
    return dispute


def _begin(dispute: Dispute, lines: list[Line], happened_at: datetime | None) -> None:
    """Post an opened dispute, stop what was paid for, and reclaim what creators were sent."""
    carried.tell_licensing(dispute.payment)
    top_ups.money_goes_back(payment=dispute.payment, why=top_ups.DISPUTED)
    ledger.post(
        kind=LedgerEntry.Kind.DISPUTE,
        idempotency_key=f"dispute-{dispute.provider_id}",
        order=dispute.payment.order,
        provider_reference=dispute.provider_id,
        happened_at=happened_at,
        lines=lines,
    )
    audit.record(actor=None, action="dispute.opened", subject=dispute, provider=dispute.provider_id)
    _stop(dispute)
    at_commit(Work.RECLAIM_TRANSFERS, dispute.payment_id)


def follow_fee(*, dispute: Dispute, fee_minor: int, fee_currency: str = "") -> None:
    """Post what the provider changed of a dispute's fee: it may come later, double, or be given back.

    fee_currency: in which the payment settled, "" for its own. A repeat changes nothing.
    """
    with transaction.atomic():
        rows = Dispute.objects.select_for_update(of=("self",), no_key=True).select_related(
            "payment__order"
        )
        dispute = rows.get(pk=dispute.pk)
        more = fee_minor - dispute.fee_minor
        if not more:
            return
        dispute.fee_minor = fee_minor
        dispute.save(update_fields=["fee_minor"])
        before = LedgerEntry.objects.filter(provider_reference=dispute.provider_id).count()
        ledger.post(
            kind=LedgerEntry.Kind.DISPUTE,
            idempotency_key=f"dispute-fee-{dispute.provider_id}-{before}",
            order=dispute.payment.order,
            provider_reference=dispute.provider_id,
            lines=_fee_lines(more, fee_currency or dispute.payment.currency),
        )


def _of_speech(payment: Payment, rest: int, taken: list[Line]) -> list[Line]:
    """What is taken of a payment for speech, and who bears the rest."""
    return [*taken, (_borne_by(payment), rest - sum(minor for _, minor in taken))]


def _fee_lines(minor: int, currency: str) -> list[Line]:
    return [
        (ledger.account(Kind.STRIPE_CLEARING, currency), -minor),
        (ledger.account(Kind.DISPUTE_COSTS, currency), minor),
    ]


def _parts_of(payment: Payment, amount_minor: int) -> Iterator[tuple[Earning, int]]:
    """What a creator returns of each earning, at most what refunds have left of it."""
    found = earnings.lock_earnings(payment)
    share = earnings.whole_share(found)
    return earnings.spread(found, earnings.proportion(share, amount_minor, payment.amount_minor))


def _share_of_refunds(payment: Payment, of: int) -> int:
    """What the payment's refunds took of a part of it."""
    return earnings.proportion(of, payment.refunded_minor, payment.amount_minor)


def _discount(payment: Payment) -> int:
    """What the platform paid of a licence's price for a coupon."""
    order = payment.order
    return order.discount_minor if order and payment.kind == Payment.Kind.LICENCE else 0


def _discount_of(payment: Payment, amount_minor: int) -> int:
    """What the platform has again of it, at most what refunds have left."""
    whole = _discount(payment)
    part = earnings.proportion(whole, amount_minor, payment.amount_minor)
    return max(0, min(part, whole - _share_of_refunds(payment, whole)))


def _tax_left(payment: Payment) -> int:
    """The tax that neither refunds nor other disputes have given back."""
    disputed = payment.disputes.exclude(state=Dispute.State.WON).aggregate(t=Sum("tax_minor"))
    back = _share_of_refunds(payment, payment.tax_minor) + (disputed["t"] or 0)
    return max(0, payment.tax_minor - back)


def _commission_left(payment: Payment) -> int:
    """The commission of a licence that neither refunds nor other disputes have given back."""
    shares = payment.earnings.exclude(source=Earning.Source.DISPUTE).aggregate(t=Sum("share_minor"))
    commission = payment.net_minor + _discount(payment) - (shares["t"] or 0)
    disputed = payment.disputes.exclude(state=Dispute.State.WON).aggregate(
        t=Sum("commission_minor")
    )
    back = _share_of_refunds(payment, commission) + (disputed["t"] or 0)
    return max(0, commission - back)


def close_dispute(*, dispute: Dispute, won: bool) -> Dispute:
    """Restore everyone's part if the dispute is won, else undo what was paid for; a repeat changes nothing.

    An order is undone as its refund would undo it: what other payments of the licence bought stands. A
    lost dispute may be won on appeal: then the order is had again, or its payment refunded where the voice
    may not be sold any more. What is lost has a credit note, and what an appeal brings back an invoice
    again.
    """
    with transaction.atomic():
        dispute = (
            Dispute.objects.select_for_update(of=("self",), no_key=True)
            .select_related("payment")
            .get(pk=dispute.pk)
        )
        appealed = dispute.state == Dispute.State.LOST and won
        if dispute.state != Dispute.State.OPEN and not appealed:
            return dispute
        carried.lock_bought(dispute.payment)
        dispute.closed_at = timezone.now()
        dispute.save(update_fields=["closed_at"])
        if won:
            _restore(dispute)
            dispute.transition(Dispute.State.WON)
            if appealed:
                dispute_documents.bring_back(dispute)
            carried.tell_licensing(dispute.payment)
            _go_on(dispute, appealed=appealed)
        else:
            dispute.transition(Dispute.State.LOST)
            dispute_documents.take_back(dispute)
            carried.tell_licensing(dispute.payment)
            _undo(dispute)
        audit.record(actor=None, action=f"dispute.{dispute.state}", subject=dispute)
    return dispute


def _undo(dispute: Dispute) -> None:
    """End what a lost dispute was about, and let the rest of its licence speak again."""
    licence = _licence_of(dispute.payment)
    if licence is not None and dispute.payment.order_id is not None:
        order = Order.objects.select_for_update(of=("self",), no_key=True).get(
            pk=dispute.payment.order_id
        )
        bought.undo_order(order, by_bank=True)
        lifecycle.resume_licence(licence=licence, cause=_cause(dispute))


def _restore(dispute: Dispute) -> None:
    """Restore the creators' parts as earnings payable at once, since they were already held.

    What was written off of their debts meanwhile is made good first.
    """
    payment, currency = dispute.payment, dispute.payment.currency
    before = {
        earning.pk: earning
        for earning in Earning.objects.select_related("creator").filter(
            pk__in=[int(pk) for pk in dispute.reversed_minor]
        )
    }
    shares = [(before[int(pk)], minor) for pk, minor in dispute.reversed_minor.items() if minor]
    lines: list[Line] = [
        (ledger.account(Kind.STRIPE_CLEARING, currency), dispute.amount_minor),
        (ledger.account(Kind.TAX, currency), -dispute.tax_minor),
        (ledger.account(Kind.COMMISSION, currency), -dispute.commission_minor),
        (ledger.account(Kind.DISPUTE_COSTS, currency), -dispute.cost_minor),
    ]
    if OFF in dispute.waiting_minor:
        lines.append((ledger.account(Kind.PROMOTIONS, currency), dispute.waiting_minor[OFF]))
    if payment.kind != Payment.Kind.LICENCE:
        credits.restore_credit(payment, dispute.credit_minor)
        lines += credits.lines_of(payment, -dispute.credit_minor)
        again = disputed_speech.give_back(dispute)
        lines += again
        costs = dispute.amount_minor - dispute.tax_minor - dispute.credit_minor
        costs -= dispute.commission_minor + sum(minor for _, minor in shares)
        costs += sum(minor for _, minor in again)
        lines.append((_borne_by(payment), -costs))
    lines += [
        (ledger.account(Kind.CREATOR_AVAILABLE, currency, earning.creator), -minor)
        for earning, minor in shares
    ]
    entry, _ = ledger.post(
        kind=LedgerEntry.Kind.DISPUTE_WON,
        idempotency_key=f"dispute-won-{dispute.provider_id}",
        order=payment.order,
        provider_reference=dispute.provider_id,
        lines=lines,
    )
    for earning, minor in shares:
        creator: Creator = earning.creator
        restored = earnings.add_earning(
            creator=creator,
            entry=entry,
            source=Earning.Source.DISPUTE,
            voice_name=earning.voice_name,
            description=f"{earning.description.removesuffix(RESTORED)}{RESTORED}",
            gross_minor=minor,
            share_minor=minor,
            currency=currency,
            payment=payment,
            payable=True,
        )
        debts.make_good(restored, since=dispute.created_at)
