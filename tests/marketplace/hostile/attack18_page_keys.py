"""Whoever harvests voices calls their own keys keys of pages, and no pattern stops them. Fails on today's code."""

from __future__ import annotations

import pytest
from django.utils import timezone

from marketplace.licensing import api_keys, key_origins
from marketplace.licensing.models import ApiKey
from marketplace.policy import patterns
from marketplace.policy.models import Suspicion
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.spoken_requests import spoken

pytestmark = pytest.mark.django_db
PAGE = "https://nobody.example.com"


def _page_keys(number: int) -> list[ApiKey]:
    """Keys of one account, each of which its owner says a page may use."""
    first, _ = factories.make_key()
    keys = [first]
    while len(keys) < number:
        another, _ = api_keys.create_key(
            organization=first.organization, name="p", by=first.owner, use="audiobook"
        )
        another.licences.set(first.licences.all())
        keys.append(another)
    return [key_origins.set_origins(key=key, origins=[PAGE], by=key.owner) for key in keys]


def test_one_text_in_many_voices_is_found_whichever_keys_of_pages_spoke_it() -> None:
    for key in _page_keys(3):  # fifteen voices of one account, five by each key
        for _ in range(patterns.MANY_VOICES - 1):
            voice = factories.make_listing().voice
            spoken(key, 1, voice=voice, voice_version=voice.versions.get())
    assert patterns.detect_patterns()


def test_a_burst_is_found_whichever_keys_of_pages_it_is_spread_over() -> None:
    for key in _page_keys(4):
        spoken(key, patterns.MIN_BURST - 1)
    assert patterns.detect_patterns()


def test_whoever_was_stopped_by_a_key_of_pages_does_not_go_on_with_its_successor() -> None:
    [key] = _page_keys(1)
    for _ in range(patterns.MANY_VOICES):
        voice = factories.make_listing().voice
        spoken(key, 1, voice=voice, voice_version=voice.versions.get())
    [found] = patterns.detect_patterns()
    Suspicion.objects.filter(pk=found.pk).update(state="stopped", seen_at=timezone.now())
    successor, _ = api_keys.rotate_key(key=key, by=key.owner, overlap="none")
    with pytest.raises(SpeechRefused):
        patterns.require_trusted(successor)
