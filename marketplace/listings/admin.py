"""Listings in the admin, to look up; moderators decide on them at the desk, where they hear them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.consent.queries import consent_in_force, latest_consent
from marketplace.consent.vetting import vetting_of
from marketplace.listings.models import Listing
from marketplace.listings.queries import public_offers
from marketplace.read_only_admin import ReadOnly


@admin.register(Listing)
class ListingAdmin(ReadOnly):
    """Read-only rows without actions."""

    list_display = ("voice", "creator", "state", "synthetic", "published_at", "reviewed_at")
    list_filter = ("state",)
    search_fields = ("voice__name", "voice__creator__display_name")
    fields = ("voice", "creator", "state", "headline", "uses", "prices", "consent", "review_note",
              "reviewed_at", "reviewed_by")  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listing]:
        return super().get_queryset(request).select_related("voice__creator")

    @admin.display
    def creator(self, listing: Listing) -> str:
        return listing.voice.creator.display_name

    @admin.display(boolean=True)
    def synthetic(self, listing: Listing) -> bool:
        return listing.voice.synthetic

    @admin.display
    def prices(self, listing: Listing) -> str:
        return ", ".join(f"{o.get_tier_display()} {o.price}" for o in public_offers(listing))

    @admin.display
    def consent(self, listing: Listing) -> str:
        if listing.voice.synthetic:
            return "Synthetic voice: no person has it, so there is nobody to ask."
        consent = consent_in_force(listing.voice) or latest_consent(listing.voice)
        if consent is None:
            return "None"
        kind = " Demonstration, read by a synthetic clone." if consent.demonstration else ""
        return f"{consent.get_state_display()}.{kind} {vetting_of(consent).words}"
