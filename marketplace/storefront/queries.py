"""Queries that only pages need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from marketplace.consent.models import Consent
from marketplace.consent.queries import in_force_of
from marketplace.consent.vetting import vetting_of
from marketplace.creators.models import Creator
from marketplace.listings import alike, facts
from marketplace.listings.models import Listing
from marketplace.storefront.demo import CREATORS, VOICES
from marketplace.storefront.demo_accounts import DEMO_DOMAIN
from marketplace.voices.models import Enrolment, Preview, Voice, VoiceVersion


@dataclass(frozen=True)
class DemoProgress:
    """The progress of the demo market: voices made, voices in all, share done from 0 to 1."""

    made: int
    total: int

    @property
    def share(self) -> float:
        return self.made / self.total if self.total else 1.0


def demo_progress() -> DemoProgress | None:
    """The progress of the demo market while it is being made; None without one, or when it is done."""
    if not settings.PAYMENT_SANDBOX:
        return None
    emails = [name + DEMO_DOMAIN for name in CREATORS]
    theirs = Creator.objects.filter(user__email__in=emails).values_list("pk", flat=True)
    demo = Voice.objects.filter(synthetic=True, creator__in=list(theirs))
    made = demo.filter(listing__state="live").count()
    unpublished = demo.filter(Q(listing=None) | Q(listing__state="draft"))
    being_made = unpublished.filter(
        Exists(VoiceVersion.objects.filter(voice=OuterRef("pk")))
        | Exists(Enrolment.objects.filter(voice=OuterRef("pk"), state__in=Enrolment.OPEN))
    ).count()
    if settings.DEMO_MARKET and not demo.exists():  # it is about to begin
        return DemoProgress(0, len(VOICES))
    return DemoProgress(made, made + being_made) if being_made else None


def waiting_listings(limit: int) -> list[dict[str, Any]]:
    """Listings that wait for review, oldest first: what the public would see, and what changed."""
    submitted = Listing.objects.filter(state=Listing.State.SUBMITTED).order_by("id")
    related = submitted.select_related("voice__creator", "version").defer("version__embedding")
    waiting = list(related[:limit])
    clips = facts.clips_of(waiting)
    given = in_force_of([each.voice for each in waiting if not each.voice.synthetic])
    held = set(
        Listing.objects.exclude(exclusive_until=None).values_list("voice__creator", flat=True)
    )
    return [
        _waiting_listing(
            listing,
            shown,
            clips.get(listing.version_id or 0, []),
            given.get(listing.voice_id),
            _held_alike(listing) if listing.voice.creator_id in held else [],
        )
        for listing, shown in zip(waiting, facts.facts_of_each(waiting, clips), strict=True)
    ]


def _waiting_listing(
    listing: Listing,
    shown: dict[str, Any],
    clips: list[Preview],
    consent: Consent | None,
    held: list[dict[str, Any]],
) -> dict[str, Any]:
    """held: the creator's voices like this one that are licensed exclusively."""
    return {
        "listing": listing,
        "clips": clips,
        "facts": facts.in_words(shown),
        "changes": facts.changes_to(listing, shown),
        "seen": facts.fingerprint(shown),
        "vetting": vetting_of(consent) if consent else None,
        "alike": held,
    }


def _held_alike(listing: Listing) -> list[dict[str, Any]]:
    """The creator's voices like this one that are licensed exclusively, with what is heard of them."""
    return [
        {
            "alike": each,
            "clips": each.listing.version.previews.all() if each.listing.version else [],
        }
        for each in alike.held_alike(listing)
    ]
