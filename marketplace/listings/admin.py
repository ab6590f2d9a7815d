"""Moderation: hear a voice, read its consent, approve it or send it back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.accounts.models import User
from marketplace.consent.queries import consent_in_force, latest_consent
from marketplace.listings import services
from marketplace.listings.models import Listing
from marketplace.listings.queries import public_offers
from marketplace.read_only_admin import ReadOnly
from marketplace.refusals import InvalidTransition, Refused


@admin.register(Listing)
class ListingAdmin(ReadOnly):
    """Read-only rows; decisions are actions, which go through the services."""

    list_display = ("voice", "creator", "state", "synthetic", "published_at")
    list_filter = ("state",)
    search_fields = ("voice__name", "voice__creator__display_name")
    actions = ("approve", "send_back", "suspend", "resume")
    fields = ("voice", "creator", "state", "headline", "uses", "prices", "consent", "previews",
              "quality", "review_note")  # fmt: skip
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("listings.moderate_listing"))

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
    def consent(self, listing: Listing) -> str | SafeString:
        if listing.voice.synthetic:
            return "Synthetic voice: no person has it, so there is nobody to ask."
        consent = consent_in_force(listing.voice) or latest_consent(listing.voice)
        if consent is None:
            return "None"
        kind = " — DEMONSTRATION, read by a synthetic clone" if consent.demonstration else ""
        return format_html(
            "<strong>{}</strong>{}<br>{}<br><em>Heard: {}</em><br>{}",
            consent.get_state_display(),
            kind,
            consent.statement,
            consent.transcript,
            consent.scores,
        )

    @admin.display
    def previews(self, listing: Listing) -> str | SafeString:
        version = listing.version
        if version is None:
            return "None"
        return format_html_join(
            "",
            '<p>{}<br><audio controls preload="none" src="{}"></audio></p>',
            (
                (preview.text, reverse("storefront:preview", args=[preview.public_id]))
                for preview in version.previews.all()
            ),
        )

    @admin.display
    def quality(self, listing: Listing) -> Any:
        return listing.version.report if listing.version else "–"

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Listing], verb: Any, done: str, **more: str
    ) -> None:
        assert isinstance(request.user, User)
        for listing in queryset:
            try:
                verb(listing=listing, by=request.user, **more)
            except (InvalidTransition, Refused) as error:
                self.message_user(request, f"{listing}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{listing}: {done}.", messages.SUCCESS)

    @admin.action(description="Approve: put on sale", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        self._each(request, queryset, services.approve_listing, "on sale")

    @admin.action(description="Send back to the creator", permissions=["change"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        note = "A moderator could not approve this listing as it is. Check the clips and the texts."
        self._each(request, queryset, services.send_back_listing, "sent back", note=note)

    @admin.action(description="Suspend: silent at the next request", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        self._each(
            request, queryset, services.suspend_listing, "suspended", reason="moderator's decision"
        )

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        self._each(request, queryset, services.resume_listing, "on sale again")
