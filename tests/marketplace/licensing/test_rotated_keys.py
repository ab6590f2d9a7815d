"""Rotation replaces a key and makes no more of them, nor more requests a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.api import rate_limit
from marketplace.licensing import api_keys
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.paid_speech import subscribe

pytestmark = pytest.mark.django_db


def _key(user: User | None = None) -> ApiKey:
    by = user or factories.make_user()
    return api_keys.create_key(organization=personal_organization(by), name="All", by=by)[0]


def _rotated(key: ApiKey, overlap: str = "week") -> ApiKey:
    return api_keys.rotate_key(key=key, by=key.owner, overlap=overlap)[0]


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value.code


def _expire(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_key_is_not_rotated_while_the_one_before_it_works() -> None:
    first = _key()
    second = _rotated(first)
    assert _refused(lambda: _rotated(second)) == "overlap_runs"
    assert _refused(lambda: _rotated(second, "none")) == "overlap_runs"
    api_keys.revoke_key(key=first, by=first.owner)
    third = _rotated(second)
    _expire(second)
    assert _rotated(third).rotated_from == third


def test_a_key_that_leaked_is_replaced_at_once_as_often_as_it_takes() -> None:
    key = _key()
    for _ in range(5):
        key = _rotated(key, "none")
    usable = [each for each in ApiKey.objects.all() if each.expires_at is None]
    assert usable == [key]


def test_an_expired_key_is_not_rotated_into_one_that_works() -> None:
    key = _key()
    _expire(key)
    assert _refused(lambda: _rotated(key)) == "key_expired"


def test_an_expired_key_makes_room_for_another_and_one_in_an_overlap_does_not() -> None:
    first = _key()
    second = _rotated(first)
    api_keys.revoke_key(key=second, by=second.owner)
    assert _refused(lambda: _key(first.owner)) == "too_many_keys"
    _expire(first)
    assert _key(first.owner).revoked_at is None


def test_who_has_more_keys_than_their_plan_rotates_them_without_an_overlap() -> None:
    key = _key()
    plan = subscribe(key)
    for _ in range(4):
        _key(key.owner)
    assert _rotated(key).pk
    type(plan).objects.filter(pk=plan.pk).update(state="ended")
    other = ApiKey.objects.filter(rotated_from=None, expires_at=None).first()
    assert other is not None
    assert _refused(lambda: _rotated(other)) == "too_many_keys"
    assert _rotated(other, "none").pk


def test_two_keys_in_an_overlap_share_what_one_may_ask_for_in_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 600_000.0)
    first = _key()
    second = _rotated(first)
    for _ in range(5):
        rate_limit.count_request(first)
    for left in (4, 3, 2, 1, 0):
        assert f";r={left};" in rate_limit.count_request(second)["RateLimit"]
    with pytest.raises(SpeechRefused, match="More than 10 requests"):
        rate_limit.count_request(second)


def test_each_key_of_a_larger_plan_has_its_own_requests_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("marketplace.rate_limit.time.time", lambda: 600_000.0)
    key = _key()
    subscribe(key)
    other = _key(key.owner)
    rate_limit.count_request(key)
    assert ";r=119;" in rate_limit.count_request(other)["RateLimit"]
