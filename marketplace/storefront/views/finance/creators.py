"""Creators' money: transfers, balances, freezes, debts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts import reasons
from marketplace.payouts.creators import debts, freezes, seller_numbers
from marketplace.payouts.models import Earning, PayoutAccount, PayoutFreeze, Transfer, WriteOff
from marketplace.payouts.queries import balances_of, transfers_of
from marketplace.payouts.returning import made_whole, silenced_speech
from marketplace.refusals import Refused
from marketplace.storefront.views.finance.desk import act_with_reason, acting, page_of, reading
from marketplace.storefront.views.requests import attempt, signed_in_user


@reading
def transfers(request: HttpRequest) -> HttpResponse:
    """Transfers to creators, newest first, and those that are not sent yet."""
    found = Transfer.objects.select_related("creator")
    state = request.GET.get("state", "")
    if state in Transfer.State.values:
        found = found.filter(state=state)
    context = {"page": page_of(request, found), "state": state, "states": Transfer.State.choices}
    return render(request, "storefront/finance_transfers.html", context)


@reading
def creators(request: HttpRequest) -> HttpResponse:
    """Creators with money here, or with an account for it."""
    words = request.GET.get("q", "")[:120].replace("\0", "")
    own = Q(creator=OuterRef("pk"))
    found = Creator.objects.annotate(
        earns=Exists(Earning.objects.filter(own)),
        has_account=Exists(PayoutAccount.objects.filter(own)),
        frozen=Exists(PayoutFreeze.objects.filter(own, lifted_at=None)),
    ).filter(Q(earns=True) | Q(has_account=True) | Q(frozen=True))
    if words.strip():
        found = found.filter(
            Q(display_name__icontains=words.strip())
            | Q(legal_name__icontains=words.strip())
            | Q(user__email__iexact=words.strip())
            | Q(payout_account__provider_id=words.strip())
            | Q(voices__slug=words.strip())
        ).distinct()
    page = page_of(request, found.select_related("payout_account").order_by("-frozen", "pk"))
    return render(request, "storefront/finance_creators.html", {"page": page, "words": words})


@reading
def creator(request: HttpRequest, pk: int) -> HttpResponse:
    """One creator's balances, transfers and freezes."""
    found = get_object_or_404(Creator.objects.select_related("user"), pk=pk)
    return render(
        request,
        "storefront/finance_creator.html",
        {
            "creator": found,
            "vat_number": seller_numbers.of_creator(found),
            "account": PayoutAccount.objects.filter(creator=found).first(),
            "balances": balances_of(found),
            "owes": any(balance.debt.minor for balance in balances_of(found)),
            "freezes": found.payout_freezes.select_related("frozen_by", "lifted_by"),
            "write_offs": found.write_offs.filter(state=WriteOff.State.PROPOSED).select_related(
                "proposed_by"
            ),
            "is_frozen": freezes.is_frozen(found),
            "transfers": transfers_of(found)[:50],
            "by_plans": silenced_speech.spoken_by_plans(found),
            "credit_waits": silenced_speech.waiting_for_second(found),
            "why_silenced": silenced_speech.REASON,
            "reasons": reasons.reasons_about([found]),
        },
    )


@acting
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze or release a creator's money, refund their buyers, or write off their debt."""
    found = get_object_or_404(Creator.objects.select_related("user"), pk=pk)
    back = reverse("storefront:finance-creator", args=[pk])
    by, why = signed_in_user(request), request.POST.get("reason", "")
    decision = request.POST.get("decision", "")
    if decision == "freeze":  # its reason is the creator's to read, and is kept with it
        return attempt(
            request,
            lambda: freezes.freeze(creator=found, reason=why, by=by),
            back=back,
            done=gettext("Frozen."),
        )
    if decision == "release":
        return attempt(
            request,
            lambda: freezes.lift(creator=found, reason=why, by=by),
            back=back,
            done=gettext("Released."),
        )
    if decision == "refund":
        return act_with_reason(
            request,
            action="buyers.refunded",
            subject=found,
            act=lambda: made_whole.refund_buyers(creator=found, by=by),
            back=back,
            done=gettext(
                "Every buyer of a silenced voice is being refunded, and has their credit again, but for large sums: "
                "those wait for a second person."
            ),
        )
    if decision in ("approve-write-off", "drop-write-off"):
        approve = decision == "approve-write-off"
        return act_with_reason(
            request,
            action="debt.write_off_approved" if approve else "debt.write_off_dropped",
            subject=found,
            act=lambda: _decide_write_offs(found, request, approve=approve, by=by),
            back=back,
            done=gettext("Written off.") if approve else gettext("Dropped."),
        )
    return act_with_reason(
        request,
        action="debt.written_off",
        subject=found,
        act=lambda: _write_off(found, why, request),
        back=back,
        done="",
    )


def _decide_write_offs(creator: Creator, request: HttpRequest, *, approve: bool, by: User) -> None:
    """Decide those that the page showed: another may have been proposed since."""
    shown = set(request.POST.getlist("shown"))
    proposed = creator.write_offs.filter(state=WriteOff.State.PROPOSED)
    waiting = [each for each in proposed if str(each.pk) in shown]
    if not waiting:
        raise Refused("nothing_waits", gettext("Nothing of what you saw waits any more."))
    for each in waiting:
        debts.decide_write_off(write_off=each, approve=approve, by=by)


def _write_off(creator: Creator, why: str, request: HttpRequest) -> None:
    if request.POST.get("decision") != "write-off":
        raise Refused("decision", gettext("Choose what to do."))
    owing = [each.debt for each in balances_of(creator) if each.debt.minor]
    by = signed_in_user(request)
    made = [
        debts.write_off(creator=creator, currency=debt.currency, reason=why, by=by)
        for debt in owing or [Money(0, settings.CURRENCY)]
    ]
    if any(each is not None and each.state == WriteOff.State.PROPOSED for each in made):
        messages.success(request, gettext("It waits for a second person."))
    else:
        messages.success(request, gettext("Written off."))
