"""Refunds to buyers: claimed, sent once, posted with everyone's part."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.impartiality import Concerned, require_another, require_impartial
from marketplace.accounts.models import User
from marketplace.billing import invoices
from marketplace.compliance import audit
from marketplace.currencies import about
from marketplace.licensing import bought, plans
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares, year_shares
from marketplace.payouts.incoming import credits, top_ups
from marketplace.payouts.models import LedgerEntry, Payment, Refund
from marketplace.payouts.returning import carried, given_alone
from marketplace.queue import Work, at_commit
from marketplace.refusals import ProviderRefused, Refused
from marketplace.visible_text import visible

POSTED = frozenset({Refund.State.DONE, Refund.State.RETURNED, Refund.State.PAID_ELSEWHERE})
TAKEN_BACK = gettext_noop(
    "Taken back by its buyer; nothing was spoken."
)  # the reason of a buyer's own refund
UPGRADE_STANDS = "What it was credited to was not refunded. Refund that first."


def request_refund(
    *, payment: Payment, amount_minor: int, reason: str, by: User | None = None
) -> Refund:
    """Request a refund of a payment or a part of it; a task moves the money.

    It first waits for a second person where it would bring what `by` gave alone above `REFUND_ALONE_MINOR`:
    of the payment altogether, or to its buyer and their teams lately (`given_alone`).

    by: None where a rule refunds, not a person.

    Raises:
        Refused: own_voice, own_team, nothing_to_refund, given_as_credit, used_for_upgrade, too_much, credit_used.
    """
    if by is not None:
        require_impartial(by, parties_of(payment))
    with transaction.atomic():
        if by is not None:  # one request of a person at a time, else each would miss the other
            User.objects.select_for_update(no_key=True).get(pk=by.pk)
        payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
        waiting = _waiting(payment)
        _require_refundable(payment, waiting, amount_minor)
        tax = _part(payment, payment.tax_minor, payment.refunded_minor + waiting, amount_minor)
        alone = about(amount_minor, payment.currency) + _given_alone(payment, by) if by else 0
        needs_second = alone > settings.REFUND_ALONE_MINOR
        refund = Refund.objects.create(
            payment=payment,
            state=Refund.State.PROPOSED if needs_second else Refund.State.REQUESTED,
            amount_minor=amount_minor,
            held_minor=credits.hold(payment, amount_minor - tax),
            reason=visible(reason)[:200],
            requested_by=by,
        )
        audit.record(
            actor=by,
            action="refund.requested",
            subject=refund,
            minor=amount_minor,
            reason_sha256=audit.digest(refund.reason),
        )
        carried.tell_licensing(payment)
        top_ups.money_goes_back(payment=payment)
        if not needs_second:
            at_commit(Work.SEND_REFUND, refund.pk)
    return refund


def _waiting(payment: Payment) -> int:
    """What is asked back of a payment and not sent yet."""
    asked = payment.refunds.filter(state__in=Refund.WAITING, provider_id=None)
    return sum(refund.amount_minor for refund in asked)


def used_for_another(payment: Payment) -> Money:
    """What of a payment, with its tax, was credited to an upgrade or a dearer plan that stands."""
    with transaction.atomic():
        return Money(carried.kept_back(payment, asked=True), payment.currency)


def left_to_refund(payment: Payment) -> Money:
    """What of a payment may go back, with its tax: neither asked for nor used for another one."""
    left = payment.refundable.minor - _waiting(payment) - used_for_another(payment).minor
    return Money(max(0, left), payment.currency)


def _require_refundable(payment: Payment, waiting: int, minor: int) -> None:
    unasked = payment.refundable.minor - waiting
    if unasked <= 0:
        raise Refused("nothing_to_refund", gettext("This payment has already been refunded in full."))  # fmt: skip
    left = left_to_refund(payment)
    if left.minor < minor <= unasked:
        raise carried.refusal(payment, left)
    if not 0 < minor <= unasked:
        told = gettext("Between 1 and %(most)s minor units can be refunded.")
        raise Refused("too_much", told % {"most": left.minor})


def parties_of(payment: Payment) -> Concerned:
    """The buyer, and the creator whose voice was sold: a refund takes from one for the other."""
    order = payment.order
    return Concerned.of(
        organizations=[payment.organization_id],
        users=[order.offer.listing.voice.creator.user_id] if order is not None else [],
    )


def _given_alone(payment: Payment, by: User) -> int:
    """What a person gave without a second: of a payment ever, and to its buyer lately."""
    buyers = [payment.order.buyer] if payment.order else []
    return given_alone.to_buyer(payment.organization, by, buyers=buyers, payment=payment)


def decide_proposed(*, refund: Refund, approve: bool, by: User) -> Refund:
    """Approve a large refund as the second person, or drop it.

    Raises:
        Refused: not_allowed, own_voice, own_team, second_person.
        InvalidTransition: it does not wait for a second person.
    """
    if not by.has_perm("payouts.refund_payment"):
        raise Refused("not_allowed", gettext("Only finance can approve refunds."))
    require_impartial(by, parties_of(refund.payment))
    with transaction.atomic():
        refund = _lock(refund.pk)
        carried.lock_bought(refund.payment)
        proposed = {Refund.State.PROPOSED}
        if approve:
            require_another(by, refund.requested_by_id)
            refund.transition(Refund.State.REQUESTED, only_from=proposed)
            refund.approved_by = by
            refund.save(update_fields=["approved_by"])
            at_commit(Work.SEND_REFUND, refund.pk)
        else:
            refund.transition(Refund.State.FAILED, only_from=proposed)
            credits.restore_credit(refund.payment, refund.held_minor)
            refund.problem, refund.held_minor = "Dropped before it was sent.", 0
            refund.finished_at = timezone.now()
            refund.save(update_fields=["problem", "held_minor", "finished_at"])
        carried.tell_licensing(refund.payment)
        audit.record(
            actor=by,
            action="refund.approved" if approve else "refund.dropped",
            subject=refund,
            minor=refund.amount_minor,
        )
    return refund


def send_refund(*, refund_id: int) -> Refund:
    """Send a refund to the provider, once: the row's key gives a repeat the same answer.

    Raises:
        PaymentProviderUnavailable: outcome unknown; try again.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != Refund.State.REQUESTED:
        return refund
    if not _is_free(refund.payment, asked=False):
        if _is_free(refund.payment, asked=True):
            return refund  # the sweep sends it when the refund of the upgrade has gone
        return fail_refund(refund_id=refund_id, problem=UPGRADE_STANDS)
    try:
        sent = stripe_api.create_refund(
            payment_intent=refund.payment.payment_intent,
            amount=refund.amount,
            key=f"refund-{refund.public_id}",
            public_id=str(refund.public_id),
            may_exist=timezone.now() - refund.created_at > stripe_api.KEYS_KEPT,
        )
    except ProviderRefused as refusal:
        return fail_refund(refund_id=refund_id, problem=str(refusal))
    if sent.failed:
        return fail_refund(refund_id=refund_id, problem="The buyer's bank refused it.")
    return record_refund(
        payment=refund.payment, provider_id=sent.id, amount_minor=sent.amount.minor, ours=refund
    )


def _is_free(payment: Payment, *, asked: bool) -> bool:
    """Whether what is asked back of a payment was credited to nothing that stands."""
    with transaction.atomic():
        kept = carried.kept_back(payment, asked=asked)
        return not kept or _waiting(payment) <= payment.refundable.minor - kept


def _lock(refund_id: int) -> Refund:
    return (
        Refund.objects.select_for_update(of=("self",), no_key=True)
        .select_related("payment")
        .get(pk=refund_id)
    )


def fail_refund(*, refund_id: int, problem: str) -> Refund:
    """Fail a refund that the provider refuses, and release the credit it held."""
    with transaction.atomic():
        refund = _lock(refund_id)
        if refund.state == Refund.State.REQUESTED:
            carried.lock_bought(refund.payment)
            credits.restore_credit(refund.payment, refund.held_minor)
            refund.problem, refund.finished_at, refund.held_minor = problem[:200], timezone.now(), 0
            refund.save(update_fields=["problem", "finished_at", "held_minor"])
            refund.transition(Refund.State.FAILED)
            carried.tell_licensing(refund.payment)
            audit.record(actor=None, action="refund.failed", subject=refund)
            order = refund.payment.order
            if order is not None and refund.reason == TAKEN_BACK:  # its buyer has it again
                bought.have_again(order)
    return refund


def record_refund(
    *,
    payment: Payment,
    provider_id: str,
    amount_minor: int,
    ours: Refund | None = None,
    happened_at: datetime | None = None,
) -> Refund:
    """Post a refund that the provider made, whoever requested it; a repeat changes nothing.

    Everyone returns their part of the price in proportion; rounding is over the sum of all
    refunds of the payment, so that full refunds return exactly everything.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.pk)
        existing = Refund.objects.filter(provider_id=provider_id).first()
        if existing is not None and existing.state in POSTED:
            return existing
        refund = (
            Refund.objects.select_for_update(no_key=True).get(pk=ours.pk)
            if ours is not None
            else existing or Refund(payment=payment, amount_minor=amount_minor)
        )
        if refund.state in POSTED:
            return refund
        carried.lock_bought(payment)
        refund.provider_id, refund.finished_at = provider_id, timezone.now()
        refund.save()
        _post(payment, refund, happened_at)
        if ours is None:  # else it was asked for here
            top_ups.money_goes_back(payment=payment)
        refund.transition(Refund.State.DONE)
        carried.tell_licensing(payment)
        audit.record(
            actor=refund.requested_by,
            action="refund.done",
            subject=refund,
            minor=amount_minor,
            provider=provider_id,
        )
        if payment.refunded_minor == payment.amount_minor:
            _undo(payment)
        at_commit(Work.RECLAIM_TRANSFERS, payment.pk)
    return refund


def record_return(*, refund_id: int) -> Refund:
    """Record once that a bank sent a refund back: the buyer is owed it, and nobody's part is restored."""
    with transaction.atomic():
        refund = _lock(refund_id)
        if refund.state != Refund.State.DONE:
            return refund
        _move_owed(refund, LedgerEntry.Kind.REFUND_RETURNED, Kind.STRIPE_CLEARING)
        refund.problem = "The buyer's bank sent it back. Pay it another way."
        refund.save(update_fields=["problem"])
        refund.transition(Refund.State.RETURNED)
        audit.record(
            actor=None, action="refund.returned", subject=refund, minor=refund.amount_minor
        )
    return refund


def record_paid_elsewhere(*, refund: Refund, reference: str, by: User) -> Refund:
    """Record that finance paid a returned refund from the platform's own bank account.

    Raises:
        Refused: not_allowed, own_voice, own_team, reference_missing.
        InvalidTransition: no bank sent it back, or it has already been paid.
    """
    if not by.has_perm("payouts.refund_payment"):
        raise Refused("not_allowed", gettext("Only finance can pay refunds."))
    require_impartial(by, parties_of(refund.payment))
    if not reference.strip():
        raise Refused("reference_missing", gettext("Give the reference of the bank transfer."))
    with transaction.atomic():
        refund = _lock(refund.pk)
        refund.transition(Refund.State.PAID_ELSEWHERE)
        refund.problem = f"Paid another way: {reference.strip()}"[:200]
        refund.save(update_fields=["problem"])
        _move_owed(refund, LedgerEntry.Kind.REFUND_PAID, Kind.BANK)
        audit.record(
            actor=by, action="refund.paid_elsewhere", subject=refund, minor=refund.amount_minor
        )
    return refund


def _move_owed(refund: Refund, entry: str, other: str) -> None:
    """Post what is owed for a returned refund: more when it comes back, none when it is paid."""
    currency, returned = refund.payment.currency, entry == LedgerEntry.Kind.REFUND_RETURNED
    minor = refund.amount_minor if returned else -refund.amount_minor
    ledger.post(
        kind=entry,
        idempotency_key=f"{entry}-{refund.public_id}",
        order=refund.payment.order,
        provider_reference=(refund.provider_id or "") if returned else "",
        lines=[
            (ledger.account(other, currency), minor),
            (ledger.account(Kind.REFUNDS_OWED, currency), -minor),
        ],
    )


def _undo(payment: Payment) -> None:
    """End what a fully refunded payment bought."""
    if payment.order is not None:
        bought.undo_order(payment.order)
    elif payment.plan_month is not None:
        plans.stop_month(month_id=payment.plan_month.pk, reason="Its payment was refunded.")
    elif payment.plan_year is not None:
        plans.stop_year(year_id=payment.plan_year.pk, reason="Its payment was refunded.")


def _part(payment: Payment, of: int, before: int, minor: int) -> int:
    """The portion of a part of the payment that a refund of `minor` units takes, after `before` others."""
    whole = payment.amount_minor
    return earnings.proportion(of, before + minor, whole) - earnings.proportion(of, before, whole)


def _post(payment: Payment, refund: Refund, happened_at: datetime | None) -> None:
    before, amount = payment.refunded_minor, refund.amount_minor
    payment.refunded_minor = before + amount
    payment.save(update_fields=["refunded_minor"])
    currency = payment.currency
    tax = _part(payment, payment.tax_minor, before, amount)
    lines: list[Line] = [
        (ledger.account(Kind.STRIPE_CLEARING, currency), -amount),
        (ledger.account(Kind.TAX, currency), tax),
    ]
    rest = amount - tax
    invoices.write_credit_note(
        charge=payment.charge,
        refund=refund.provider_id or f"refund-{refund.public_id}",
        net_minor=rest,
        tax_minor=tax,
    )
    unspent: list[Line] = []
    if payment.kind == Payment.Kind.CREDITS:
        unspent = credits.take_back(payment, rest, refund.held_minor)
    elif payment.kind == Payment.Kind.PLAN:
        unspent = plan_shares.refund_lines(payment, before, amount)
        unspent += plan_shares.unearned_lines(payment, rest - sum(minor for _, minor in unspent))
    elif payment.kind == Payment.Kind.PLAN_YEAR:
        unspent = year_shares.refund_lines(payment, before, amount, rest)
    elif payment.kind == Payment.Kind.TOO_LATE:
        unspent = [(ledger.account(Kind.REFUNDS_OWED, currency), rest)]
    elif payment.order is not None and payment.order.discount_minor:
        off = _part(payment, payment.order.discount_minor, before, amount)
        unspent = [(ledger.account(Kind.PROMOTIONS, currency), -off)]
    lines += unspent
    rest -= sum(minor for _, minor in unspent)
    found = earnings.lock_earnings(payment)
    wanted = _part(payment, earnings.whole_share(found), before, amount)
    for earning, share in earnings.spread(found, wanted):
        lines += earnings.take_back(earning, share)
        rest -= share
    lines.append((ledger.account(Kind.COMMISSION, currency), rest))
    ledger.post(
        kind=LedgerEntry.Kind.REFUND,
        idempotency_key=f"refund-{refund.provider_id}",
        order=payment.order,
        provider_reference=refund.provider_id or "",
        happened_at=happened_at,
        lines=lines,
    )
