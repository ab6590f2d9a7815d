"""What a voice is offered for follows what its speaker allows."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from marketplace.compliance import audit
from marketplace.consent.queries import agreed
from marketplace.letters import services as letters
from marketplace.listings.models import Listing
from marketplace.retelling import retell
from marketplace.voices.uses import told

NOTHING_LEFT = gettext_noop(
    "Its speaker no longer allows anything that it was offered for. Offer other uses, and submit it again."
)


def hold_to_consent(*, voice_id: int) -> None:
    """Take the uses that a speaker no longer allows out of the voice's listing, and tell its creator.

    Nobody reviews that again, since nothing is added. A listing that is left without a use goes off
    sale until its creator offers others.
    """
    with transaction.atomic():
        listing = (
            Listing.objects.select_for_update(of=("self",), no_key=True)
            .select_related("voice__creator__user")
            .filter(voice=voice_id)
            .first()
        )
        if listing is None:
            return
        kept = agreed(listing.voice, listing.uses)
        gone = [use for use in listing.uses if use not in kept]
        if not gone:
            return
        listing.uses = kept
        if listing.reviewed is not None:
            still = [use for use in listing.reviewed["uses"] if use not in gone]
            listing.reviewed = {**listing.reviewed, "uses": still}
        listing.save(update_fields=["uses", "reviewed"])
        if not kept and listing.state in (Listing.State.LIVE, Listing.State.SUBMITTED):
            listing.transition(Listing.State.DRAFT)
        audit.record(
            actor=None, action="listing.held_to_consent", subject=listing, gone=gone, kept=kept
        )
        _tell(listing, gone)


def wait_for_uses(listing: Listing) -> None:
    """Make a locked listing that has nothing left to offer a draft, which says why, and tell its creator.

    For a listing that would be on sale again now: the uses were taken out while it was not.
    """
    listing.review_note = NOTHING_LEFT
    listing.save(update_fields=["review_note"])
    listing.transition(Listing.State.DRAFT)
    name = listing.voice.name

    def words() -> tuple[str, str]:
        said = {"voice": name, "why": retell(NOTHING_LEFT)}
        subject = gettext("%(voice)s stays off sale until you offer other uses") % said
        return subject, gettext(
            "%(voice)s is no longer licensed exclusively. %(why)s"
        ) % said + "\n"

    letters.write(to=[listing.voice.creator.user.email], words=words)


def _tell(listing: Listing, gone: list[str]) -> None:
    def words() -> tuple[str, str]:
        said = {
            "voice": listing.voice.name,
            "uses": gettext(", ").join(told(use) for use in gone),
        }
        subject = gettext("%(voice)s is no longer offered for %(uses)s") % said
        what = gettext(
            "The speaker of %(voice)s no longer allows: %(uses)s. It can't be bought or spoken for that "
            "any more."
        )
        rest = (
            gettext("Everything else is on offer as before.")
            if listing.uses
            else gettext(
                "Nothing is left of what you offered, so the voice is off sale until you offer other uses."
            )
        )
        return subject, f"{what % said} {rest}\n"

    letters.write(to=[listing.voice.creator.user.email], words=words)
