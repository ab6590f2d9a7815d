"""Followers hear of a creator's new voices: one letter a day at most, and none once they say so."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.letters.kinds import Kind
from marketplace.letters.models import Letter
from marketplace.letters.services import SEAL
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.profiles import following
from marketplace.profiles.models import Follow
from marketplace.refusals import Refused
from marketplace.storefront import account_changes
from tests import factories

pytestmark = pytest.mark.django_db


def _letters(user: User) -> list[str]:
    sealed = Letter.objects.filter(email=user.email).order_by("id").values_list("sealed", flat=True)
    return [" ".join(json.loads(storage.unseal(bytes(each), SEAL))) for each in sealed]


def _goes_on_sale(creator: Creator) -> Listing:
    submitted = factories.make_listing(factories.make_voice(creator), state="submitted")
    return listings.approve_listing(listing=submitted, by=factories.make_moderator())


def _follower(creator: Creator) -> User:
    user = factories.make_user("fan")
    following.follow(user=user, creator=creator)
    return user


def _a_day_passes() -> None:
    Follow.objects.update(told_at=timezone.now() - timedelta(days=1))


def test_a_follower_is_told_of_a_new_voice_once_and_of_no_old_one() -> None:
    creator = factories.make_creator()
    old = _goes_on_sale(creator)
    user = _follower(creator)
    assert following.tell_followers() == 0
    new = _goes_on_sale(creator)
    assert following.tell_followers() == 1
    (letter,) = _letters(user)
    assert f"/voices/{new.voice.slug}" in letter
    assert f"/voices/{old.voice.slug}" not in letter
    _a_day_passes()
    assert following.tell_followers() == 0


def test_a_voice_that_is_reviewed_again_is_no_news() -> None:
    creator = factories.make_creator()
    listing = _goes_on_sale(creator)
    _follower(creator)
    Listing.objects.update(state="submitted")
    listings.approve_listing(listing=listing, by=factories.make_moderator())
    listing.refresh_from_db()
    assert listing.published_at != listing.first_published_at
    assert following.tell_followers() == 0


def test_one_letter_a_day_holds_what_all_of_them_have_new() -> None:
    first, second = factories.make_creator("Ann One"), factories.make_creator("Bob Two")
    user = _follower(first)
    following.follow(user=user, creator=second)
    _goes_on_sale(first)
    following.tell_followers()
    third, fourth = _goes_on_sale(first), _goes_on_sale(second)
    assert following.tell_followers() == 0
    _a_day_passes()
    assert following.tell_followers() == 1
    _, letter = _letters(user)
    assert third.voice.name in letter
    assert fourth.voice.name in letter
    assert "2 new voices" in letter


def test_a_letter_that_fails_keeps_nobody_else_from_theirs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    creator = factories.make_creator()
    first, second = _follower(creator), _follower(creator)
    _goes_on_sale(creator)
    tell = following._tell

    def fails_once(user_id: int) -> bool:
        if user_id == first.pk:
            raise ConnectionError
        return tell(user_id)

    monkeypatch.setattr(following, "_tell", fails_once)
    assert following.tell_followers() == 1
    assert len(_letters(second)) == 1
    assert "follower not told" in caplog.text


def test_what_went_off_sale_before_the_letter_is_not_in_it() -> None:
    creator = factories.make_creator()
    _follower(creator)
    listing = _goes_on_sale(creator)
    Listing.objects.filter(pk=listing.pk).update(state="suspended")
    assert following.tell_followers() == 0


def test_who_stopped_the_letters_gets_none_and_still_follows() -> None:
    creator = factories.make_creator()
    user = _follower(creator)
    assert following.whose_token(following.stopping_token(user)) == user
    assert following.whose_token(following.stopping_token(user) + "x") is None
    account_changes.stop_letters(user=user, kind=Kind.NEW_VOICES)
    _goes_on_sale(creator)
    assert following.tell_followers() == 0
    assert following.follows(user, creator)


def test_nobody_follows_themselves_or_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    creator = factories.make_creator()
    with pytest.raises(Refused) as refusal:
        following.follow(user=creator.user, creator=creator)
    assert refusal.value.code == "own_page"
    monkeypatch.setattr(following, "MOST", 1)
    user = _follower(creator)
    following.follow(user=user, creator=creator)
    with pytest.raises(Refused) as refusal:
        following.follow(user=user, creator=factories.make_creator())
    assert refusal.value.code == "follows_full"
    assert Follow.objects.count() == 1


def test_who_unfollows_is_told_nothing() -> None:
    creator = factories.make_creator()
    user = _follower(creator)
    following.unfollow(user=user, creator=creator)
    _goes_on_sale(creator)
    assert following.tell_followers() == 0
