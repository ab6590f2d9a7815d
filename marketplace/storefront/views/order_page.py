"""The order of a licence as somebody fills it in: what they chose, and the page that shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from marketplace.accounts.models import Organization
from marketplace.accounts.organizations import Right, may, organizations_of
from marketplace.billing import details
from marketplace.consent.queries import consented_until
from marketplace.licensing import terms, terms_text
from marketplace.licensing.models import Licence, Order
from marketplace.listings import prices
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import listing_on_sale
from marketplace.money import Money
from marketplace.refusals import Refused
from marketplace.storefront import intents
from marketplace.storefront.address_forms import OrderBillingForm
from marketplace.storefront.chosen_currency import currency_of
from marketplace.storefront.views.requests import chosen_organization, signed_in_user


@dataclass
class Draft:
    """What somebody chose, and what is wrong with it.

    organization, billing: None for a visitor; waited: whether it was begun before signing in;
    turned_back: whether it comes from the payment page, unpaid; applied: whether the code is one that takes
    `discount_minor` off. currency: of the price that they saw.
    """

    listing: Listing
    offer: Offer
    currency: str
    organization: Organization | None = None
    choices: list[Organization] = field(default_factory=list)
    billing: OrderBillingForm | None = None
    coupon: str = ""
    renews: bool = False
    applied: bool = False
    discount_minor: int = 0
    waited: bool = False
    turned_back: bool = False
    problem: str = ""
    coupon_problem: str = ""

    @property
    def price(self) -> Money:
        """The price of the licence, without tax: in the offer's own currency where it has no other."""
        return prices.shown(self.offer, self.currency)

    @property
    def discount(self) -> Money:
        """What the code takes off."""
        return Money(self.discount_minor, self.price.currency)

    @property
    def due(self) -> Money:
        """What is to be paid, without tax."""
        return self.price - self.discount

    def note(self, refusal: str, code: str = "") -> None:
        """Note a refusal beside what it is about."""
        if code.startswith("coupon") or code == "rate_limited":
            self.coupon_problem = refusal
        else:
            self.problem = refusal


def begin(request: HttpRequest, slug: str) -> Draft:
    """A new order; what was chosen before signing in, or before turning back from payment, is chosen again.

    Raises:
        Http404: the voice, or the tier that is asked for, is not on sale.
    """
    listing = listing_on_sale(slug)
    waiting = intents.pending(request)
    if waiting is not None and waiting.address != request.path:
        waiting = None
    unpaid = _unpaid(request, slug)
    offers = list(listing.offers.all()) if listing else []
    if unpaid is not None and unpaid.offer_id not in {each.pk for each in offers}:
        unpaid = None  # its tier has another price by now, or is sold no more
    wanted = request.GET.get("tier") or (waiting.value("tier") if waiting else "")
    wanted = unpaid.offer.tier if unpaid else wanted
    if not wanted and offers:
        wanted = offers[0].tier
    offer = next((each for each in offers if each.tier == wanted), None)
    if listing is None or offer is None:
        raise Http404
    currency = (waiting.value("currency")[:3] if waiting else "") or currency_of(request)
    draft = Draft(listing, offer, currency, waited=waiting is not None)
    if waiting is not None:
        draft.coupon, draft.renews = waiting.value("coupon"), bool(waiting.value("renews"))
    if unpaid is not None:
        _fill_in(draft, unpaid)
    _add_buyer(request, draft)
    return draft


def _unpaid(request: HttpRequest, slug: str) -> Order | None:
    """The order that the address names, from whose payment page its buyer turned back."""
    try:
        public_id = uuid.UUID(request.GET.get("order", ""))
    except ValueError:
        return None
    if not request.user.is_authenticated:
        return None
    mine = Order.objects.filter(buyer=signed_in_user(request), offer__listing__voice__slug=slug)
    unpaid = mine.filter(state__in=(Order.State.PENDING, Order.State.CANCELLED))
    return unpaid.select_related("offer", "coupon").filter(public_id=public_id).first()


def _fill_in(draft: Draft, unpaid: Order) -> None:
    """Choose again what was ordered."""
    draft.turned_back, draft.waited = True, False
    draft.currency, draft.renews = unpaid.currency, bool(unpaid.renewal_words)
    if unpaid.coupon is not None:
        draft.coupon = unpaid.coupon.code
        draft.applied = draft.price == unpaid.price
        draft.discount_minor = unpaid.discount_minor if draft.applied else 0


def sent(request: HttpRequest, listing: Listing, offer: Offer) -> Draft:
    """An order as its form was sent."""
    currency = (
        request.POST.get("currency", "")[:3] or prices.shown(offer, currency_of(request)).currency
    )
    draft = Draft(listing, offer, currency, coupon=request.POST.get("coupon", "").strip())
    draft.renews = "renews" in request.POST
    _add_buyer(request, draft)
    return draft


def _add_buyer(request: HttpRequest, draft: Draft) -> None:
    """A member's organizations, the chosen one, and its billing details."""
    if not request.user.is_authenticated:
        return
    user = signed_in_user(request)
    draft.organization = chosen_organization(request)
    draft.choices = [each for each in organizations_of(user) if may(user, each, Right.BUY)]
    if draft.organization in draft.choices:
        kept = details.details_of(draft.organization)
        initial = {name: getattr(kept, name) for name in details.FIELDS} if kept else {}
        posted = request.POST if "billing-country" in request.POST else None
        draft.billing = OrderBillingForm(posted, initial=initial, prefix="billing")


def save_billing(request: HttpRequest, draft: Draft) -> None:
    """Save the billing details that were changed on the order.

    Raises:
        Refused: billing; the form says what is wrong.
    """
    form = draft.billing
    if form is None or not form.is_bound or not form.has_changed():
        return
    assert draft.organization is not None
    if form.is_valid():
        try:
            details.save_details(
                organization=draft.organization, by=signed_in_user(request), **form.cleaned_data
            )
            return
        except Refused as refusal:
            form.add_error(refusal.code if refusal.code in form.fields else None, str(refusal))
    raise Refused(
        "billing", gettext("Check the billing details below. Nothing has been ordered yet.")
    )


def page(request: HttpRequest, draft: Draft, status: int = 200) -> HttpResponse:
    """The order page."""
    listing, organization = draft.listing, draft.organization
    owned = organization.licences.filter(voice=listing.voice) if organization else None
    licensee = organization or Organization(name="")
    until = consented_until(listing.voice)
    try:
        frozen = terms.of_offer(draft.offer, licensee, draft.price, until=until)
    except Refused as refusal:  # its speaker took the last use out a moment ago
        raise Http404 from refusal
    try:
        terms.require_within_consent(until, draft.offer.term_months)
    except Refused as refusal:
        draft.note(str(refusal))
    return render(
        request,
        "storefront/order.html",
        {
            "draft": draft,
            "listing": listing,
            "voice": listing.voice,
            "offer": draft.offer,
            "offers": listing.offers.all(),
            "organization": organization,
            "whose": f"&organization={organization.public_id}" if organization else "",
            "owned": owned and owned.exclude(state__in=Licence.ENDED).first(),
            **terms_text.for_page(frozen),
            "forbidden": frozen["forbidden_uses"],
            "consent_ends": until,
            "taxed": settings.STRIPE_TAX,
        },
        status=status,
    )
