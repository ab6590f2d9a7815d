"""Exclusive licences on request: asked for, priced by the creator, ordered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from marketplace import currencies, dates
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.consent.queries import consented_until
from marketplace.licensing import exclusivity, orders, quote_letters, terms
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.listings import alike
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import on_sale
from marketplace.money import Money
from marketplace.refusals import Refused
from marketplace.visible_text import visible

MAX_PRICE_MINOR = 999_999_99  # what the payment provider takes at once


def ask(
    *, listing: Listing, organization: Organization, message: str, by: User, currency: str = ""
) -> Quote:
    """Ask a creator what an exclusive licence would cost, in a currency; empty: the platform's own.

    Raises:
        Refused: not_a_member, role_too_small, not_on_sale, own_voice, message, currency, already_asked.
    """
    require(by, organization, Right.BUY)
    if not on_sale().filter(pk=listing.pk).exists():
        raise Refused("not_on_sale", gettext("This voice is no longer on sale."))
    if organization.memberships.filter(user=listing.voice.creator.user_id).exists():
        raise Refused("own_voice", gettext("This is your own voice."))
    currency = currency or settings.CURRENCY
    if currency not in currencies.sold_in():
        raise Refused(
            "currency",
            gettext("Licences are not sold in %(currency)s here.") % {"currency": currency},
        )
    message = visible(message).strip()
    if not 10 <= len(message) <= 1000:
        raise Refused(
            "message", gettext("Say in 10 to 1,000 characters what you need the voice for.")
        )
    with transaction.atomic():
        Listing.objects.select_for_update(no_key=True).get(pk=listing.pk)
        if Quote.objects.filter(
            listing=listing,
            organization=organization,
            state__in=[Quote.State.ASKED, Quote.State.OFFERED],
        ).exists():
            raise Refused(
                "already_asked", gettext("You have already asked; the creator will answer.")
            )
        quote = Quote.objects.create(
            listing=listing,
            organization=organization,
            buyer=by,
            message=message,
            currency=currency,
        )
        audit.record(actor=by, action="quote.asked", subject=quote)
        quote_letters.tell_creator(quote)
    return quote


def _of_creator(quote: Quote, by: User) -> None:
    if quote.listing.voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", gettext("Only the creator of the voice can answer this."))


def offer(*, quote: Quote, price_minor: int, characters: int, term_months: int, by: User) -> Quote:
    """Offer a price, with the characters and the term it includes.

    Raises:
        Refused: not_the_creator, price, characters, term, consent_ends, sold_exclusively, same_voice_on_sale.
        InvalidTransition: it has already been answered.
    """
    _of_creator(quote, by)
    lowest, highest = currencies.min_price(quote.currency), Money(MAX_PRICE_MINOR, quote.currency)
    if not lowest.minor <= price_minor <= highest.minor:
        raise Refused(
            "price",
            gettext("A price must be between %(lowest)s and %(highest)s.")
            % {"lowest": lowest, "highest": highest},
        )
    if not 1_000 <= characters <= 2_000_000_000:
        raise Refused("characters", gettext("A licence includes at least 1,000 characters."))
    if not 1 <= term_months <= 120:
        raise Refused("term", gettext("A licence ends within ten years."))
    _require_within_consent(quote.listing, term_months)
    alike.require_only_one(quote.listing)
    with transaction.atomic():
        quote = Quote.objects.select_for_update(of=("self",), no_key=True).get(pk=quote.pk)
        quote.price_minor, quote.characters = price_minor, characters
        quote.term_months = term_months
        quote.save(update_fields=["price_minor", "characters", "term_months"])
        quote.transition(Quote.State.OFFERED)
        audit.record(actor=by, action="quote.offered", subject=quote, minor=price_minor)
        quote_letters.tell_buyer(quote, "offered")
    return quote


def _require_within_consent(listing: Listing, term_months: int) -> None:
    until = consented_until(listing.voice)
    if until is not None and terms.would_go_beyond(until, term_months):
        raise Refused(
            "consent_ends",
            gettext(
                "The consent for this voice ends on %(day)s, before that term would. Offer a shorter one, or "
                "have its speaker read a new statement first."
            )
            % {"day": dates.to_the_reader(until)},
        )


def decline(*, quote: Quote, by: User) -> Quote:
    """Decline a request for an exclusive licence, or take back an offer that is not paid for.

    Raises:
        Refused: not_the_creator, licensed.
        InvalidTransition: it has already been declined.
    """
    _of_creator(quote, by)
    with transaction.atomic():
        quote = Quote.objects.select_for_update(of=("self",), no_key=True).get(pk=quote.pk)
        if quote.offer_id is not None:
            _close_orders(quote)
        quote.transition(Quote.State.DECLINED)
        audit.record(actor=by, action="quote.declined", subject=quote)
        quote_letters.tell_buyer(quote, "declined")
    return quote


def _close_orders(quote: Quote) -> None:
    """Cancel the unpaid orders of an accepted quote, unless its licence is in force.

    Locks the orders and then the listing, as `fulfil_order` does, so that of a payment and this
    one comes first.
    """
    unpaid = Order.objects.filter(
        offer=quote.offer_id, kind=Order.Kind.NEW, state=Order.State.PENDING
    )
    for order in unpaid.select_for_update(of=("self",), no_key=True).order_by("pk"):
        orders.cancel_order(order=order)
    Listing.objects.select_for_update(no_key=True).get(pk=quote.listing_id)
    granted = Licence.objects.filter(order__offer=quote.offer_id)
    if granted.exclude(state__in=Licence.ENDED).exists():
        raise Refused("licensed", gettext("It has been paid for, and the licence is in force."))


def terms_of(quote: Quote) -> dict[str, Any]:
    """The terms that its buyer would pay for, before anything is ordered.

    Raises:
        Refused: not_on_sale.
    """
    offer, until = quote.offer or _unsaved_offer(quote), consented_until(quote.listing.voice)
    return terms.of_offer(offer, quote.organization, until=until)


def licences_of(quotes: Iterable[Quote]) -> dict[int, Licence]:
    """The licences that were paid for after quotes, by the quote's primary key."""
    offers = {quote.offer_id: quote.pk for quote in quotes if quote.offer_id is not None}
    granted = Licence.objects.filter(order__offer__in=offers, order__kind=Order.Kind.NEW)
    return {offers[licence.order.offer_id]: licence for licence in granted.select_related("order")}


def _private_offer(quote: Quote) -> Offer:
    if quote.offer is None:
        quote.offer = _unsaved_offer(quote)
        quote.offer.save()
        quote.save(update_fields=["offer"])
    return quote.offer


def _unsaved_offer(quote: Quote) -> Offer:
    assert quote.price_minor is not None
    assert quote.characters is not None
    return Offer(
        listing=quote.listing,
        tier=Offer.Tier.EXCLUSIVE,
        price_minor=quote.price_minor,
        currency=quote.currency,
        characters=quote.characters,
        term_months=quote.term_months,
    )


def _require_unused(quote: Quote) -> None:
    """Refuse to sell at a price that the creator offered for one licence, and that was paid."""
    if Order.objects.filter(offer=quote.offer_id, paid_at__isnull=False).exists():
        raise Refused(
            "quote_used", gettext("This offer has been paid for once. Ask the creator for another.")
        )


def accept(*, quote: Quote, by: User) -> Order:
    """Order what was offered, for its buyer alone; the voice stays on sale until it is paid.

    Raises:
        Refused: being_bought, quote_used, same_voice_on_sale, and what `place_order` refuses.
        InvalidTransition: it was not offered.
    """
    require(by, quote.organization, Right.BUY)
    with transaction.atomic():
        quote = (
            Quote.objects.select_for_update(of=("self",), no_key=True)
            .select_related("listing", "organization", "offer")
            .get(pk=quote.pk)
        )
        listing = Listing.objects.select_for_update(no_key=True).get(pk=quote.listing_id)
        if exclusivity.is_being_bought(listing, by_others_than=quote.organization_id):
            raise Refused(
                "being_bought",
                gettext("Another buyer is paying for this voice just now. Try again in an hour."),
            )
        _require_unused(quote)
        quote.transition(Quote.State.ACCEPTED)
        order = orders.place_order(
            buyer=by, offer=_private_offer(quote), organization=quote.organization
        )
        audit.record(actor=by, action="quote.accepted", subject=quote, order=order.pk)
    return order
