"""What the public sees is what a moderator reviewed, field by field and file by file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from marketplace import storage
from marketplace.enrolment import previews
from marketplace.listings import clips, facts, services
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import listing_on_sale
from marketplace.listings.services import OfferDraft
from marketplace.refusals import InvalidTransition, Refused
from marketplace.voices.models import Preview, Voice
from tests import factories

pytestmark = pytest.mark.django_db
PRIVATE: dict[type[Model], set[str]] = {
    Voice: {"id", "public_id", "creator", "created_at", "silenced_at", "lines"},
    Listing: {
        "id", "public_id", "voice", "state", "version", "review_note", "reviewed", "reviewed_at",
        "reviewed_by", "search_text", "words", "published_at", "first_published_at", "created_at", "exclusive_until",
        "from_price_minor", "spoken_week", "spoken_quarter",  # follow from the offers, and from usage
        "stars", "rating_rank",  # what licensees say of it: reported and taken down by itself
    },
    Offer: {"id", "listing", "withdrawn"},  # a withdrawn one is left out as a whole
    Preview: {"id", "public_id", "version", "position", "refused", "attempts"},  # a refused one is left out
}  # fmt: skip
_LATER = timezone.now() + timedelta(days=30)
PUBLIC = {Voice: facts.VOICE, Listing: facts.LISTING, Offer: facts.OFFER, Preview: facts.CLIP}
OTHER = {
    "tier": "broadcast", "currency": "EUR", "territory": ["DE"], "uses": ["political"],
    "styles": ["deep"], "language": "fr", "gender": "neutral", "age": "old", "notice_days": 365,
    "plan_rate": "2.5", "waveform": [0.1], "term_months": 60, "use": "game",
}  # fmt: skip


def _other(row: Any, name: str) -> Any:
    """A value that the row does not have."""
    if name in OTHER:
        return OTHER[name]
    value = getattr(row, name)
    if isinstance(value, bool):
        return not value
    return value + "-changed" if isinstance(value, str) else (value or 0) + 500


def _rows(listing: Listing) -> dict[type[Model], Any]:
    assert listing.version is not None
    return {
        Voice: listing.voice,
        Listing: listing,
        Offer: listing.offers.get(),
        Preview: listing.version.previews.get(),
    }


def _change(listing: Listing, model: type[Any], name: str) -> None:
    row = _rows(listing)[model]
    model.objects.filter(pk=row.pk).update(**{name: _other(row, name)})


EVERY = [(model, name) for model, names in PUBLIC.items() for name in names]


def test_every_field_is_either_public_and_reviewed_or_known_to_be_private() -> None:
    for model, public in PUBLIC.items():
        fields = {field.name for field in model._meta.concrete_fields}
        assert fields == set(public) | PRIVATE[model]
        assert not set(public) & PRIVATE[model]


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_what_changes_between_looking_and_deciding_is_looked_at_again(
    model: type[Model], name: str
) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    moderator = factories.make_moderator()
    seen = facts.fingerprint(facts.facts_of(listing))
    _change(listing, model, name)
    with pytest.raises(Refused) as refusal:
        services.approve_listing(listing=listing, by=moderator, seen=seen)
    assert refusal.value.code == "changed_meanwhile"
    assert Listing.objects.get(pk=listing.pk).state == "submitted"


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_what_changes_while_suspended_is_reviewed_before_it_is_public(
    model: type[Model], name: str
) -> None:
    listing = factories.make_listing(state=Listing.State.SUSPENDED)
    _change(listing, model, name)
    resumed = services.resume_listing(listing=listing, by=factories.make_moderator())
    assert resumed.state == "submitted"
    assert [change.before for change in facts.changes_of(resumed)]
    assert listing_on_sale(resumed.voice.slug) is None


def test_an_unchanged_listing_is_resumed_at_once() -> None:
    listing = factories.make_listing(state=Listing.State.SUSPENDED)
    assert services.resume_listing(listing=listing, by=factories.make_moderator()).state == "live"


def test_a_suspended_listing_that_its_creator_edited_is_not_resumed_unseen() -> None:
    listing, moderator = factories.make_listing(), factories.make_moderator()
    services.suspend_listing(listing=listing, by=moderator, reason="Complaints.")
    services.draft_listing(
        voice=listing.voice, headline="Buy my pills", uses=["audiobook"],
        offers=[OfferDraft("personal", 1999, 1000)], by=listing.voice.creator.user,
    )  # fmt: skip
    with pytest.raises(InvalidTransition):
        services.submit_listing(listing=listing, by=listing.voice.creator.user)
    resumed = services.resume_listing(listing=listing, by=moderator)
    assert resumed.state == "submitted"
    assert [(c.label, c.before, c.after) for c in facts.changes_of(resumed)] == [
        ("Headline", "A voice for tests", "Buy my pills")
    ]
    services.approve_listing(listing=resumed, by=moderator)
    assert facts.is_as_reviewed(Listing.objects.get(pk=listing.pk))


def test_a_listing_whose_exclusive_licence_ends_returns_only_as_it_was_reviewed() -> None:
    unchanged = factories.make_listing()
    services.take_off_sale(listing=unchanged, until=_LATER, by=factories.make_user())
    assert services.end_exclusivity(listing=unchanged).state == "live"
    changed = factories.make_listing()
    services.take_off_sale(listing=changed, until=_LATER, by=factories.make_user())
    Voice.objects.filter(pk=changed.voice_id).update(description="Other words")
    assert services.end_exclusivity(listing=changed).state == "submitted"


@pytest.mark.parametrize("state", ["live", "submitted", "rejected"])
def test_a_new_clip_of_ones_own_words_sends_a_listing_back_to_review(state: str) -> None:
    listing = factories.make_listing(state=state)
    assert listing.version is not None
    clips.choose_preview(
        version=listing.version, text="These are other words.", by=listing.voice.creator.user
    )
    listing.refresh_from_db()
    assert listing.state == "draft"
    assert listing_on_sale(listing.voice.slug) is None


def test_a_new_clip_of_a_voice_that_is_sold_exclusively_is_refused() -> None:
    listing = factories.make_listing(state=Listing.State.EXCLUSIVE)
    assert listing.version is not None
    with pytest.raises(Refused) as refusal:
        clips.choose_preview(
            version=listing.version, text="These are other words.", by=listing.voice.creator.user
        )
    assert refusal.value.code == "exclusive"
    assert listing.version.previews.count() == 1


def test_a_clip_of_a_version_that_is_not_on_sale_leaves_the_listing_alone() -> None:
    listing = factories.make_listing()
    newer = factories.make_version(listing.voice, listing.voice.consents.get())
    clips.choose_preview(
        version=newer, text="These are other words.", by=listing.voice.creator.user
    )
    assert listing_on_sale(listing.voice.slug) is not None


def test_a_clip_that_was_heard_is_never_overwritten() -> None:
    version = factories.make_version(factories.make_voice(), None)
    clip = Preview.objects.create(version=version, position=1, text="Hello.")
    previews.keep_preview(preview_id=clip.pk, audio=b"heard", seconds=1.0, waveform=[0.5])
    clip.refresh_from_db()
    key = clip.storage_key
    previews.keep_preview(preview_id=clip.pk, audio=b"not heard", seconds=9.0, waveform=[])
    clip.refresh_from_db()
    assert (clip.storage_key, clip.seconds, storage.get(key)) == (key, 1.0, b"heard")


def test_of_two_workers_that_speak_one_clip_the_first_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = factories.make_version(factories.make_voice(), None)
    clip = Preview.objects.create(version=version, position=1, text="Hello.")
    put, calls = storage.put, []

    def slowly(key: str, data: bytes) -> None:
        put(key, data)
        calls.append(key)
        if len(calls) == 1:  # meanwhile another worker finishes
            previews.keep_preview(preview_id=clip.pk, audio=b"second", seconds=2.0, waveform=[])

    monkeypatch.setattr(storage, "put", slowly)
    previews.keep_preview(preview_id=clip.pk, audio=b"first", seconds=1.0, waveform=[])
    clip.refresh_from_db()
    assert (len(set(calls)), clip.seconds) == (2, 2.0)
    assert storage.get(clip.storage_key) == b"second"


def _send_back(listing: Listing) -> object:
    return services.send_back_listing(listing=listing, by=factories.make_moderator(), note=" ")


def _suspend(listing: Listing) -> object:
    return services.suspend_listing(listing=listing, by=factories.make_moderator(), reason="")


@pytest.mark.parametrize("decide", [_send_back, _suspend])
def test_sending_back_and_suspending_need_a_reason(decide: Callable[[Listing], object]) -> None:
    with pytest.raises(Refused) as refusal:
        decide(factories.make_listing())
    assert refusal.value.code == "note_missing"
