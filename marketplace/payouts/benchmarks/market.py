"""A small market whose money is measured: one buyer, and sellers of whom the first is the busiest."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import personal_organization
from marketplace.creators.models import Creator
from marketplace.creators.services import become_creator
from marketplace.licensing import terms
from marketplace.licensing.api_keys import create_key
from marketplace.licensing.models import ApiKey, Generation, Licence, Order, UsageCharge
from marketplace.listings.models import Listing, Offer
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.money import Money
from marketplace.payouts.incoming.sales import Charge
from marketplace.payouts.models import PayoutAccount, SellerDetails
from marketplace.voices.models import Enrolment, VoiceVersion
from marketplace.voices.services import create_voice

PRICE_MINOR = 4_999
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Seller:
    """A creator who can be paid, and the licence of their voice that the buyer has."""

    creator: Creator
    offer: Offer
    licence: Licence


@dataclass(frozen=True)
class Market:
    """Whom everything that is measured is between."""

    buyer: User
    organization: Organization
    key: ApiKey
    sellers: list[Seller]

    @property
    def busiest(self) -> Seller:
        """The seller to whom all of the history belongs."""
        return self.sellers[0]


def open_market(sellers: int) -> Market:
    """Make the buyer and the sellers."""
    buyer = User.objects.create_user("buyer@example.com")
    organization = personal_organization(buyer)
    key, _ = create_key(organization=organization, name="All", by=buyer)
    return Market(buyer, organization, key, [_seller(buyer, number) for number in range(sellers)])


def _seller(buyer: User, number: int) -> Seller:
    user = User.objects.create_user(f"seller-{number}@example.com")
    name = f"Seller {number}"
    creator = become_creator(user=user, display_name=name, legal_name=name, country="US")
    PayoutAccount.objects.create(
        creator=creator, provider_id=f"acct_{number}", transfers_active=True
    )
    details = SellerDetails(creator=creator, name=name, street="1", city="1", country="US")
    details.seal(tax_number="1", born_on=date(1990, 1, 1), registration="")
    details.save()  # they are paid more than the threshold of tax reports
    voice = create_voice(
        creator=creator, name=name, language="en-US", gender="neutral", age="middle", styles=[]
    )
    enrolment = Enrolment.objects.create(
        voice=voice, style_mix={"shares": {}}, state=Enrolment.State.DONE
    )
    version = VoiceVersion.objects.create(
        voice=voice, enrolment=enrolment, number=1, engine="none", engine_version="1",
        storage_key="none", sha256="0" * 64, embedding=[1.0] + [0.0] * 255,
    )  # fmt: skip
    listing = draft_listing(
        voice=voice, headline=name, uses=["audiobook"],
        offers=[OfferDraft("personal", PRICE_MINOR, 1_000)], by=user,
    )  # fmt: skip
    Listing.objects.filter(pk=listing.pk).update(version=version)
    listing.refresh_from_db()
    [order] = _orders(buyer, listing.offers.get(), 1)
    now = timezone.now()
    licence = Licence.objects.create(
        number=f"TL-{number}", order=order, buyer=buyer, organization=order.organization,
        voice=voice, voice_version=version, terms=order.terms,
        terms_sha256=terms.digest(order.terms), characters_included=1_000, starts_at=now,
        ends_at=now + timedelta(days=365),
    )  # fmt: skip
    return Seller(creator, order.offer, licence)


def _orders(buyer: User, offer: Offer, count: int) -> list[Order]:
    organization = personal_organization(buyer)
    assert offer.listing.version is not None
    return Order.objects.bulk_create(
        Order(
            buyer=buyer,
            organization=organization,
            offer=offer,
            voice_version=offer.listing.version,
            state=Order.State.PAID,
            price_minor=offer.price_minor,
            currency=offer.currency,
            commission_bps=settings.COMMISSION_BPS,
            terms=terms.of_offer(offer, organization, until=None),
        )
        for _ in range(count)
    )


def paid_orders(market: Market, seller: Seller, count: int) -> list[tuple[Order, Charge]]:
    """Orders for a seller's voice whose sale is not posted yet, each with its charge."""
    return [
        (
            order,
            Charge(
                f"ch_{uuid.uuid4()}",
                "pi_bench",
                order.price,
                Money(0, order.currency),
                Money(175, order.currency),
            ),
        )
        for order in _orders(market.buyer, seller.offer, count)
    ]


def usage_charges(market: Market, count: int) -> list[UsageCharge]:
    """Charges of half a unit for speech in the busiest seller's voice, not posted yet."""
    licence = market.busiest.licence
    spoken = Generation.objects.bulk_create(
        Generation(
            licence=licence, voice=licence.voice, voice_version=licence.voice_version,
            api_key=market.key, state=Generation.State.SETTLED, characters_reserved=1_000,
            characters_spoken=1_000, text_sha256="0" * 64, audio_format="mp3",
            request_id=f"bench-{next(_numbers)}",
        )
        for _ in range(count)
    )  # fmt: skip
    return UsageCharge.objects.bulk_create(
        UsageCharge(
            generation=generation, organization=market.organization, characters=1_000,
            micros=50_000_000, commission_bps=settings.COMMISSION_BPS, currency=settings.CURRENCY,
        )
        for generation in spoken
    )  # fmt: skip
