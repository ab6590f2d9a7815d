"""What other apps count of a voice, kept on its listing for sorting and for cards."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.listings.models import Listing
from marketplace.listings.rating import Rating


def note_spoken(characters: dict[int, tuple[int, int]]) -> None:
    """Keep what was spoken lately, in 7 and in 90 days, for sorting.

    characters: by the voice's key; a voice that is not in it spoke nothing.
    """
    for listing in Listing.objects.only("voice_id", "spoken_week", "spoken_quarter").iterator():
        week, quarter = characters.get(listing.voice_id, (0, 0))
        if (listing.spoken_week, listing.spoken_quarter) != (week, quarter):
            Listing.objects.filter(pk=listing.pk).update(spoken_week=week, spoken_quarter=quarter)


def lock_stars(voice_id: int) -> None:
    """Have everybody who reviews a voice take turns, until the caller's transaction ends."""
    list(Listing.objects.select_for_update(no_key=True).filter(voice=voice_id).values_list("pk"))


def note_stars(*, voice_id: int, given: Sequence[int]) -> None:
    """Keep how many reviews of a voice have 1, 2, up to 5 stars."""
    rank = Rating.of(given).rank
    Listing.objects.filter(voice=voice_id).update(stars=list(given), rating_rank=rank)
