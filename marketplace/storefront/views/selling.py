"""What a creator decides as a seller: when they are paid, who they are for tax."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.billing import vat_checks
from marketplace.creators.models import Creator
from marketplace.payouts.creators import schedules, self_billing, seller_details, transfers
from marketplace.payouts.models import SellerDetails
from marketplace.refusals import Refused
from marketplace.storefront.address_forms import SellerForm
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.creators_only import creators_only
from marketplace.storefront.views.requests import attempt, signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@require_POST
@authenticate_again
@creators_only
def set_schedule(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Choose when to be paid."""
    return attempt(
        request,
        lambda: schedules.choose(
            creator=creator, rhythm=request.POST.get("rhythm", ""), by=signed_in_user(request)
        ),
        back="storefront:payouts",
        done=gettext("Saved."),
    )


@sign_in_first
@require_POST
@authenticate_again
@creators_only
def pay_now(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Ask for all that is payable."""
    return attempt(
        request,
        lambda: transfers.pay_now(creator=creator, by=signed_in_user(request)),
        back="storefront:payouts",
        done=gettext("It is on its way."),
    )


def _as_typed(details: SellerDetails | None, creator: Creator) -> dict[str, str]:
    """What the form begins with; what is sealed is never shown again."""
    if details is None:
        return {"kind": "person", "name": creator.legal_name, "country": creator.country}
    names = (*seller_details.FIELDS, "kind", "vat_number")
    return {name: getattr(details, name) for name in names}


@sign_in_first
@never_cache
@require_http_methods(["GET", "HEAD"])
@creators_only
def details(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Who the creator is on their documents and in tax reports."""
    stored = seller_details.details_of(creator)
    return _show(request, creator, SellerForm(initial=_as_typed(stored, creator)))


def _show(request: HttpRequest, creator: Creator, form: SellerForm) -> HttpResponse:
    stored = seller_details.details_of(creator)
    return render(
        request,
        "storefront/seller_details.html",
        {
            "form": form,
            "details": stored,
            "vat_check": vat_checks.in_words(stored) if stored and settings.VIES_URL else "",
            "are_numbers_checked": bool(settings.VIES_URL),
            "complete": seller_details.is_complete(stored),
            "agreement": self_billing.agreement_of(creator),
            "words": self_billing.words(),
            "documents": self_billing.documents_of(creator),
        },
    )


@sign_in_first
@require_POST
@authenticate_again
@creators_only
def save_details(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Change who the creator is."""
    form = SellerForm(request.POST)
    if form.is_valid():
        try:
            seller_details.save_details(
                creator=creator, by=signed_in_user(request), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(refusal.code if refusal.code in form.fields else None, str(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("storefront:seller-details")
    return _show(request, creator, form)


@sign_in_first
@require_POST
@authenticate_again
@creators_only
def agree_self_billing(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Agree that the platform writes the creator's invoices, or end that."""
    act = self_billing.end if request.POST.get("end") else self_billing.agree
    return attempt(
        request,
        lambda: act(creator=creator, by=signed_in_user(request)),
        back="storefront:seller-details",
        done=gettext("Saved."),
    )
