"""What the public sees of a listing, so that nothing is shown but what a moderator reviewed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from marketplace.compliance import audit
from marketplace.listings.models import Listing, Notice, Offer
from marketplace.listings.queries import public_offers_of
from marketplace.money import Money
from marketplace.voices.models import Preview, Voice
from marketplace.voices.uses import Use

# of each model, what a visitor sees; a test checks that every other field is known to be private
VOICE = ("name", "slug", "description", "language", "gender", "age", "styles", "synthetic")
LISTING = ("headline", "uses", "attribution", "notice_days", "in_plans", "plan_rate")
OFFER = (
    "tier", "price_minor", "currency", "characters", "overage_minor", "term_months", "territory",
)  # fmt: skip
CLIP = (
    "text",
    "use",
    "storage_key",
    "seconds",
    "waveform",
)  # an object is written once under its key
_LABELS = {
    "age": gettext_lazy("Age"),
    "attribution": gettext_lazy("Attribution"),
    "clips": gettext_lazy("Clips"),
    "creator": gettext_lazy("Creator"),
    "description": gettext_lazy("Description"),
    "gender": gettext_lazy("Presentation"),
    "headline": gettext_lazy("Headline"),
    "in_plans": gettext_lazy("In the plans"),
    "language": gettext_lazy("Language"),
    "name": gettext_lazy("Name"),
    "notice_days": gettext_lazy("Notice if the speaker withdraws"),
    "offers": gettext_lazy("Offers"),
    "plan_rate": gettext_lazy("Weight in the plans"),
    "slug": gettext_lazy("Address"),
    "styles": gettext_lazy("Styles"),
    "synthetic": gettext_lazy("Synthetic"),
    "uses": gettext_lazy("Uses"),
    "version": gettext_lazy("Version of the voice"),
}


@dataclass(frozen=True)
class Change:
    """A fact that differs from what was reviewed last, in words."""

    label: str
    before: str
    after: str


def facts_of(listing: Listing) -> dict[str, Any]:
    """Everything that a visitor sees of a listing, as JSON."""
    return facts_of_each([listing])[0]


def clips_of(listings: Iterable[Listing]) -> dict[int, list[Preview]]:
    """The clips of listings by the ids of their versions, in one query."""
    clips: dict[int, list[Preview]] = {}
    for clip in Preview.objects.filter(version__in=[each.version_id for each in listings]):
        clips.setdefault(clip.version_id, []).append(clip)
    return clips


def facts_of_each(
    listings: Sequence[Listing], clips: dict[int, list[Preview]] | None = None
) -> list[dict[str, Any]]:
    """The same of several listings; a fixed number of queries, beside their voices and versions.

    clips: what `clips_of` has read of them; None: they are read here.
    """
    clips = clips_of(listings) if clips is None else clips
    public = public_offers_of(listings).order_by("tier").prefetch_related("prices")
    offers: dict[int, list[Offer]] = {}
    for offer in public:
        offers.setdefault(offer.listing_id, []).append(offer)
    return [
        _facts(each, offers.get(each.pk, []), clips.get(each.version_id or 0, []))
        for each in listings
    ]


def _facts(listing: Listing, offers: list[Offer], clips: list[Preview]) -> dict[str, Any]:
    voice, version = listing.voice, listing.version
    facts = {
        **{name: getattr(voice, name) for name in VOICE},
        "creator": voice.creator.display_name,
        **{name: getattr(listing, name) for name in LISTING},
        "plan_rate": f"{listing.plan_rate:.1f}",
        "offers": [_offer(offer) for offer in offers],
        "version": version.number if version else None,
        "clips": [_clip(clip) for clip in clips if not clip.refused],
    }
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain


def _clip(clip: Preview) -> dict[str, Any]:
    """What a visitor hears and reads of a clip; `use` only where it has one, as earlier reviews knew none."""
    plain = {name: getattr(clip, name) for name in CLIP}
    return plain if clip.use else {name: plain[name] for name in CLIP if name != "use"}


def _clip_in_words(clip: dict[str, Any]) -> str:
    use = f"{Use(clip['use']).label}: " if clip.get("use") else ""
    return f"{use}“{clip['text']}” ({clip['seconds']:.1f} s)"


def _offer(offer: Offer) -> dict[str, Any]:
    """What a visitor sees of an offer; `prices` only where there are others than its own."""
    others = {price.currency: price.price_minor for price in offer.prices.all()}
    plain = {name: getattr(offer, name) for name in OFFER}
    return {**plain, "prices": others} if others else plain


def fingerprint(facts: dict[str, Any]) -> str:
    """A hash that two sets of facts share only if they are the same."""
    return audit.digest(json.dumps(facts, sort_keys=True))


def in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """What a visitor would read, with the name of each fact."""
    return [(_label(name), _in_words(name, value)) for name, value in facts.items()]


def is_as_reviewed(listing: Listing) -> bool:
    """Whether a visitor would see exactly what a moderator approved."""
    return listing.reviewed is not None and listing.reviewed == facts_of(listing)


def changes_of(listing: Listing) -> list[Change]:
    """What differs from the last review; nothing if there was none."""
    return [] if listing.reviewed is None else changes_to(listing, facts_of(listing))


def changes_to(listing: Listing, after: dict[str, Any]) -> list[Change]:
    """What these facts of a listing differ in from its last review; nothing if there was none."""
    before = listing.reviewed
    if before is None:
        return []
    return [
        Change(_label(name), _in_words(name, before.get(name)), _in_words(name, value))
        for name, value in after.items()
        if before.get(name) != value
    ]


def _label(name: str) -> str:
    return str(_LABELS.get(name, name.capitalize()))


def _in_words(name: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if name in _WORDS:
        return _WORDS[name](value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def _offer_in_words(offer: dict[str, Any]) -> str:
    currency = offer["currency"]
    words = [
        f"{Offer.Tier(offer['tier']).label} {Money(offer['price_minor'], currency)}",
        gettext("%(count)s characters") % {"count": f"{offer['characters']:,}"},
        gettext("%(count)s months") % {"count": offer["term_months"]},
        ", ".join(offer["territory"]) or gettext("worldwide"),
    ]
    if offer["overage_minor"]:
        further = Money(offer["overage_minor"], currency)
        words.append(gettext("then %(price)s per 1,000") % {"price": further})
    for other, minor in offer.get("prices", {}).items():
        words.append(gettext("or %(price)s") % {"price": Money(minor, other)})
    return ", ".join(words)


_WORDS: dict[str, Callable[[Any], str]] = {
    "offers": lambda offers: "; ".join(map(_offer_in_words, offers)),
    "clips": lambda clips: "; ".join(map(_clip_in_words, clips)),
    "uses": lambda uses: ", ".join(str(Use(use).label) for use in uses),
    "language": lambda language: str(Voice.Language(language).label),
    "gender": lambda gender: str(Voice.Gender(gender).label),
    "age": lambda age: str(Voice.Age(age).label),
    "notice_days": lambda days: str(Notice(days).label),
    "styles": lambda styles: ", ".join(str(Voice.Style(style).label) for style in styles),
}
