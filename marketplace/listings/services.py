"""Operations on listings: draft, submit, approve, send back, suspend, resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.queries import agreed, concerned_by, may_speak
from marketplace.listings import alike, consented, facts, prices
from marketplace.listings.models import Listing, Notice, Offer, OfferPrice
from marketplace.listings.queries import public_offers
from marketplace.listings.vocabulary import plain
from marketplace.money import Money
from marketplace.queue import Work, at_commit
from marketplace.refusals import InvalidTransition, Refused
from marketplace.visible_text import visible
from marketplace.voices.models import Preview, Voice
from marketplace.voices.traits import traits_of
from marketplace.voices.uses import Use

MODERATE = "listings.moderate_listing"
_REVIEWED = (Listing.State.SUBMITTED, Listing.State.LIVE, Listing.State.REJECTED)
TERMS = (1, 12, 60)  # months
PUBLIC_TIERS = tuple(tier for tier in Offer.Tier.values if tier != Offer.Tier.EXCLUSIVE)


@dataclass(frozen=True)
class OfferDraft:
    """A creator's offer of one tier; prices in minor units.

    also: prices in other currencies; None: converted when it is saved.
    """

    tier: str
    price_minor: int
    characters: int
    term_months: int = 12
    overage_minor: int | None = None
    territory: tuple[str, ...] = ()
    also: Mapping[str, int | None] = field(default_factory=dict)


def draft_listing(
    *,
    voice: Voice,
    headline: str,
    uses: Sequence[str],
    offers: Sequence[OfferDraft],
    by: User,
    attribution: str = "",
    notice_days: int = Notice.NONE,
    in_plans: bool = False,
) -> Listing:
    """Save what is on offer; a submitted or live listing becomes a draft to be reviewed again.

    Raises:
        Refused: no_offers, tier, price, currency, characters, overage, term, territory, uses, notice,
            exclusive.
    """
    _require_sound(offers)
    if notice_days not in Notice.values:
        raise Refused("notice", gettext("Choose a notice of none, a month, a year or two years."))
    if not uses or set(uses) - set(Use.values):
        raise Refused("uses", gettext("Choose at least one use that you allow."))
    with transaction.atomic():
        listing, _ = Listing.objects.select_for_update(no_key=True).get_or_create(voice=voice)
        listing.headline, listing.uses = visible(headline), list(dict.fromkeys(uses))
        listing.attribution, listing.notice_days = visible(attribution).strip()[:120], notice_days
        listing.in_plans = in_plans
        listing.search_text = _search_text(voice, headline)
        changed = ("headline", "uses", "attribution", "notice_days", "in_plans", "search_text")
        listing.save(update_fields=changed)
        _replace_offers(listing, offers)
        listing.from_price_minor = min(offer.price_minor for offer in offers)
        listing.save(update_fields=["from_price_minor"])
        reopen(listing)
        audit.record(actor=by, action="listing.drafted", subject=listing)
    return listing


def _require_sound(offers: Sequence[OfferDraft]) -> None:
    if not offers:
        raise Refused("no_offers", gettext("Set a price for at least one kind of licence."))
    for offer in offers:
        if offer.tier not in PUBLIC_TIERS:
            raise Refused("tier", gettext("Exclusive licences are offered to the buyer who asks for one."))  # fmt: skip
        prices.require_sound(Money(offer.price_minor, settings.CURRENCY))
        prices.require_also(offer.also, settings.CURRENCY)
        if offer.characters < 1_000:
            raise Refused("characters", gettext("A licence includes at least 1,000 characters."))
        _require_dear_enough(offer)
        if offer.term_months not in TERMS:
            raise Refused("term", gettext("Choose a term of a month, a year or five years."))
        if any(not (len(code) == 2 and code.isupper()) for code in offer.territory):
            raise Refused("territory", gettext("Name countries by two capital letters, e.g. DE, FR."))  # fmt: skip


def _require_dear_enough(offer: OfferDraft) -> None:
    """Refuse further characters that are cheaper than those that were bought."""
    each_thousand = -(-offer.price_minor * 1000 // offer.characters)
    if offer.overage_minor is not None and offer.overage_minor < each_thousand:
        lowest = Money(each_thousand, settings.CURRENCY)
        raise Refused(
            "overage",
            gettext(
                "Further characters may not be cheaper than those of the %(tier)s licence: ask for "
                "%(lowest)s or more for each 1,000."
            )
            % {"tier": offer.tier, "lowest": lowest},
        )


def _replace_offers(listing: Listing, offers: Sequence[OfferDraft]) -> None:
    """Replace the public offers; a removed one that somebody ordered from is kept, but not sold."""
    removed = public_offers(listing).exclude(tier__in=[o.tier for o in offers])
    removed.filter(orders=None).delete()
    OfferPrice.objects.filter(offer__in=removed).delete()
    removed.update(withdrawn=True)
    for offer in offers:
        written, _ = Offer.objects.update_or_create(
            listing=listing,
            tier=offer.tier,
            defaults={
                "price_minor": offer.price_minor,
                "currency": settings.CURRENCY,
                "characters": offer.characters,
                "term_months": offer.term_months,
                "overage_minor": offer.overage_minor,
                "territory": list(offer.territory),
                "withdrawn": False,
            },
        )
        prices.write(written, offer.also)


def _search_text(voice: Voice, headline: str) -> str:
    own = (voice.name, headline, voice.description, voice.creator.display_name)
    return plain(" ".join([*own, *traits_of(voice)]))


def submit_listing(*, listing: Listing, by: User) -> Listing:
    """Ask for review.

    Raises:
        Refused: previews_missing, consent_missing, use_not_consented, no_offers, sold_exclusively.
        InvalidTransition: it is already under review or live.
    """
    alike.ask_moderators(listing)  # they compare what is refused below
    with transaction.atomic():
        listing = (
            Listing.objects.select_for_update(no_key=True)
            .select_related("voice")
            .get(pk=listing.pk)
        )
        listing.version = listing.voice.versions.first()
        _require_ready(listing)
        listing.save(update_fields=["version"])
        again = {Listing.State.DRAFT, Listing.State.REJECTED}  # only moderators end a suspension
        listing.transition(Listing.State.SUBMITTED, only_from=again)
        audit.record(actor=by, action="listing.submitted", subject=listing)
    return listing


def _require_ready(listing: Listing) -> None:
    version = listing.version
    waiting = Preview.objects.filter(version=version, storage_key="", refused="")
    if version is None or waiting.exists():
        raise Refused("previews_missing", gettext("Wait for the preview clips, and listen to them."))  # fmt: skip
    if not may_speak(listing.voice):
        raise Refused("consent_missing", gettext("This voice has no consent in force."))
    allowed = agreed(listing.voice, listing.uses)
    beyond = [str(Use(use).label) for use in listing.uses if use not in allowed]
    if beyond:
        raise Refused(
            "use_not_consented",
            gettext("The consent does not cover %(uses)s; leave that out, or record a new one.")
            % {"uses": ", ".join(beyond)},
        )
    if not listing.uses:
        raise Refused("uses", gettext("Choose at least one use that you allow."))
    if not public_offers(listing).exists():
        raise Refused("no_offers", gettext("Set a price for at least one kind of licence."))
    alike.lock_creator(listing)
    if not listing.is_exclusive:
        alike.require_free(listing)


def _published_state(listing: Listing) -> str:
    return Listing.State.EXCLUSIVE if listing.is_exclusive else Listing.State.LIVE


def approve_listing(*, listing: Listing, by: User, seen: str = "") -> Listing:
    """Put a listing on sale, as a moderator; what they approved is stored.

    seen: fingerprint of the facts that they saw; empty: those of this moment.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, changed_meanwhile, and what
            `submit_listing` refuses, if it has changed since.
        InvalidTransition: it was not submitted.
    """
    require_moderator(listing, by)
    with transaction.atomic():
        listing = _lock(listing)
        shown = facts.facts_of(listing)
        if seen and seen != facts.fingerprint(shown):
            raise Refused("changed_meanwhile", gettext("It has changed since you opened it. Look again."))  # fmt: skip
        _require_ready(listing)
        now = timezone.now()
        listing.published_at, listing.review_note = now, ""
        listing.first_published_at = listing.first_published_at or now
        listing.reviewed, listing.reviewed_at, listing.reviewed_by = shown, now, by
        changed = (
            "published_at", "first_published_at", "review_note", "reviewed", "reviewed_at", "reviewed_by",
        )  # fmt: skip
        listing.save(update_fields=changed)
        listing.transition(_published_state(listing), only_from={Listing.State.SUBMITTED})
        audit.record(
            actor=by,
            action="listing.approved",
            subject=listing,
            facts_sha256=facts.fingerprint(shown),
        )
    return listing


def send_back_listing(*, listing: Listing, by: User, note: str) -> Listing:
    """Send a submitted listing back with what to change.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing.
        InvalidTransition: it was not submitted.
    """
    require_moderator(listing, by)
    _require_note(note)
    with transaction.atomic():
        listing = _lock(listing)
        listing.review_note = note.strip()
        listing.save(update_fields=["review_note"])
        listing.transition(Listing.State.REJECTED)
        audit.record(
            actor=by, action="listing.sent_back", subject=listing, note_sha256=audit.digest(note)
        )
    return listing


def suspend_listing(*, listing: Listing, by: User, reason: str) -> Listing:
    """Take a voice off sale and stop its speech, also what is being spoken.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing.
        InvalidTransition: it is not on sale.
    """
    require_moderator(listing, by)
    _require_note(reason)
    with transaction.atomic():
        listing = _lock(listing)
        listing.review_note = reason.strip()
        listing.save(update_fields=["review_note"])
        listing.transition(
            Listing.State.SUSPENDED, only_from={Listing.State.LIVE, Listing.State.EXCLUSIVE}
        )
        audit.record(
            actor=by,
            action="listing.suspended",
            subject=listing,
            reason_sha256=audit.digest(reason),
        )
        at_commit(Work.FORGET_AUDIO, listing.voice_id)
    return listing


def resume_listing(*, listing: Listing, by: User) -> Listing:
    """Put a suspended listing back on sale; one that was changed meanwhile is reviewed first.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, and what `submit_listing` refuses.
        InvalidTransition: it is not suspended.
    """
    require_moderator(listing, by)
    with transaction.atomic():
        listing = _lock(listing)
        _require_ready(listing)
        if listing.state != Listing.State.SUSPENDED:
            raise InvalidTransition(
                gettext("Listing %(number)s is not suspended.") % {"number": listing.pk}
            )
        _back_on_sale(listing)
        audit.record(actor=by, action="listing.resumed", subject=listing, to=listing.state)
    return listing


def require_moderator(listing: Listing, by: User) -> None:
    """Refuse anybody but an impartial moderator.

    Raises:
        Refused: not_a_moderator, own_voice, own_team.
    """
    if not by.has_perm(MODERATE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on listings."))
    require_impartial(by, concerned_by(listing.voice))


def _require_note(note: str) -> None:
    if not note.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; the creator will read it."))  # fmt: skip


def _lock(listing: Listing) -> Listing:
    return (
        Listing.objects.select_for_update(of=("self",), no_key=True)
        .select_related("voice__creator", "version")
        .get(pk=listing.pk)
    )


def _back_on_sale(listing: Listing) -> None:
    """Return a locked listing to the store, or to the moderators if it isn't what they approved."""
    alike.lock_creator(listing)
    free = listing.is_exclusive or alike.held_under_another_name(listing) is None
    as_before = free and facts.is_as_reviewed(listing)
    listing.transition(_published_state(listing) if as_before else Listing.State.SUBMITTED)


def reopen(listing: Listing) -> None:
    """Make a locked listing that was reviewed, or is being, a draft; a suspended one stays so."""
    if listing.state == Listing.State.EXCLUSIVE:
        raise Refused("exclusive", gettext("This voice is licensed exclusively, so it can't be changed."))  # fmt: skip
    if listing.state in _REVIEWED:
        listing.transition(Listing.State.DRAFT)


def take_off_sale(*, listing: Listing, until: datetime, by: User) -> Listing:
    """Take a voice off sale for its exclusive buyer; licences sold before stay in force."""
    with transaction.atomic():
        listing = Listing.objects.select_for_update(no_key=True).get(pk=listing.pk)
        listing.exclusive_until = until
        listing.save(update_fields=["exclusive_until"])
        if listing.state == Listing.State.LIVE:
            listing.transition(Listing.State.EXCLUSIVE)
        audit.record(actor=by, action="listing.exclusive", subject=listing, until=until.isoformat())
    return listing


def close_listing(*, voice: Voice, by: User | None, reason: str) -> None:
    """Suspend whatever a silenced voice has on sale, in review or sold exclusively."""
    offered = (Listing.State.LIVE, Listing.State.SUBMITTED, Listing.State.EXCLUSIVE)
    with transaction.atomic():
        for listing in Listing.objects.select_for_update(no_key=True).filter(
            voice=voice, state__in=offered
        ):
            listing.transition(Listing.State.SUSPENDED)
            audit.record(actor=by, action="listing.closed", subject=listing, reason=reason)


def end_exclusivity(*, listing: Listing) -> Listing:
    """Let a listing be sold to anybody again; one that is off sale for another reason stays so."""
    with transaction.atomic():
        listing = Listing.objects.select_for_update(no_key=True).get(pk=listing.pk)
        listing.exclusive_until = None
        listing.save(update_fields=["exclusive_until"])
        if listing.state == Listing.State.EXCLUSIVE:
            if agreed(listing.voice, listing.uses):
                _back_on_sale(listing)
            else:
                consented.wait_for_uses(listing)
        audit.record(
            actor=None, action="listing.exclusivity_ended", subject=listing, to=listing.state
        )
    return listing
