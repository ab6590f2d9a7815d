"""Patterns in what a key of pages is used for are that key's, and the same requests count once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.licensing import api_keys, key_origins
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import page_keys, patterns
from marketplace.policy.models import KeyNetwork, Suspicion
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.api_client import api_client
from tests.mailbox import delivered
from tests.spoken_requests import spoken
from tests.tones import speak_tones

pytestmark = pytest.mark.django_db
PAGE = "https://app.example.com"


@pytest.fixture
def key() -> ApiKey:
    return factories.make_key()[0]


def _many_voices(key: ApiKey, *, ago: timedelta = timedelta(0), **fields: object) -> None:
    """One long text in just so many voices that it is unusual."""
    for _ in range(patterns.MANY_VOICES):
        voice = factories.make_listing().voice
        spoken(key, 1, ago=ago, voice=voice, voice_version=voice.versions.get(), **fields)


def _page_key() -> tuple[ApiKey, ApiKey]:
    """A key that pages may use, and another key of the same account."""
    key, _ = factories.make_key()
    own, _ = api_keys.create_key(
        organization=key.organization, name="server", by=key.owner, use="audiobook"
    )
    own.licences.set(key.licences.all())
    return key_origins.set_origins(key=key, origins=[PAGE], by=key.owner), own


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


def _voices(key: ApiKey, number: int) -> None:
    for _ in range(number):
        voice = factories.make_listing().voice
        spoken(key, 1, voice=voice, voice_version=voice.versions.get())


def _in_many_networks(key: ApiKey, *, by_page: bool) -> None:
    for number in range(patterns.MANY_SERVERS):
        patterns.note_network(key, f"198.{number}.7.1", by_page=by_page)


@pytest.mark.parametrize(
    ("use", "kind"),
    [
        (lambda key: spoken(key, patterns.MIN_BURST), "burst"),
        (_many_voices, "many_voices"),
        (partial(_in_many_networks, by_page=False), "key_shared"),
        (partial(_in_many_networks, by_page=True), "key_shared"),
    ],
)
def test_what_is_done_with_a_key_of_pages_stops_that_key_and_not_its_owners_others(
    use: Callable[[ApiKey], None], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "MANY_SERVERS", 6)
    monkeypatch.setattr(patterns, "MANY_VISITORS", 6)
    page, own = _page_key()
    ApiKey.objects.filter(pk=page.pk).update(last_used_at=timezone.now())
    use(page)
    [slowed] = patterns.detect_patterns()
    assert (slowed.kind, slowed.api_key, slowed.state) == (kind, page, "slowed")
    for _ in range(patterns.SLOWED_REQUESTS + 1):
        patterns.require_trusted(own)
    for _ in range(patterns.SLOWED_REQUESTS):
        patterns.require_trusted(page)
    with pytest.raises(SpeechRefused) as refusal:
        patterns.require_trusted(page)
    assert refusal.value.code == "slowed_for_review"
    slowed.transition(Suspicion.State.STOPPED)
    patterns.require_trusted(own)
    with pytest.raises(SpeechRefused) as refusal:
        patterns.require_trusted(page)
    assert refusal.value.code == "stopped_for_review"


def test_one_text_in_many_voices_is_found_whichever_keys_of_pages_spoke_it() -> None:
    keys = _page_keys(3)
    for key in keys:
        _voices(key, patterns.MANY_VOICES - 1)
    [found] = patterns.detect_patterns()
    assert (found.organization, found.api_key) == (keys[0].organization, None)
    assert (found.kind, found.evidence["voices"]) == ("many_voices", 15)
    with pytest.raises(SpeechRefused):
        for _ in range(patterns.SLOWED_REQUESTS + 1):
            patterns.require_trusted(keys[0])
    assert patterns.detect_patterns() == []


def test_a_burst_is_found_whichever_keys_of_pages_it_is_spread_over() -> None:
    for key in _page_keys(4):
        spoken(key, patterns.MIN_BURST - 1)
    [found] = patterns.detect_patterns()
    assert (found.kind, found.api_key) == ("burst", None)


def test_networks_are_counted_whichever_keys_of_pages_were_used_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page_keys, "SERVERS", 4)
    for at, key in enumerate(_page_keys(3)):
        for number in range(2):
            patterns.note_network(key, f"198.{10 * at + number}.7.1")
    [found] = patterns.detect_patterns()
    assert (found.kind, found.api_key, found.evidence["networks"]) == ("key_shared", None, 6)


def test_what_is_done_with_one_copied_key_is_never_its_owners_however_much_it_is() -> None:
    copied, another = _page_keys(2)
    _voices(copied, 2 * patterns.MANY_VOICES)
    _voices(another, patterns.MANY_VOICES - 1)
    spoken(copied, page_keys.REQUESTS, text_sha256="1" * 64)
    spoken(another, patterns.MIN_BURST // 2, text_sha256="2" * 64)
    assert {found.api_key for found in patterns.detect_patterns()} == {copied}
    patterns.require_trusted(another)


def test_the_third_key_of_pages_that_is_stopped_slows_down_its_owner() -> None:
    keys = _page_keys(3)
    later = timezone.now() - patterns.STOPPED_AFTER
    for number, key in enumerate(keys, start=1):
        made = Suspicion.objects.create(
            organization=key.organization, api_key=key, kind="many_voices", seen_at=later
        )
        Suspicion.objects.filter(pk=made.pk).update(created_at=later)
        for _ in range(patterns.MANY_VOICES):
            voice = factories.make_listing().voice
            spoken(
                key,
                1,
                voice=voice,
                voice_version=voice.versions.get(),
                text_sha256=str(number) * 64,
            )
        states = [(found.api_key, found.state) for found in patterns.detect_patterns()]
        assert states == [(key, "stopped"), *([(None, "slowed")] if number == 3 else [])]


@pytest.mark.parametrize("rotations", [1, 2])
def test_whoever_was_stopped_by_a_key_of_pages_does_not_go_on_with_its_successor(
    rotations: int,
) -> None:
    [key] = _page_keys(1)
    other, _ = api_keys.create_key(
        organization=key.organization, name="o", by=key.owner, use="audiobook"
    )
    _many_voices(key)
    [found] = patterns.detect_patterns()
    successor = key
    for _ in range(rotations):
        successor, _ = api_keys.rotate_key(key=successor, by=key.owner, overlap="none")
    for _ in range(patterns.SLOWED_REQUESTS):
        patterns.require_trusted(successor)
    with pytest.raises(SpeechRefused, match="requests per minute"):
        patterns.require_trusted(successor)
    found.transition(Suspicion.State.STOPPED)
    with pytest.raises(SpeechRefused) as refusal:
        patterns.require_trusted(successor)
    assert refusal.value.code == "stopped_for_review"
    patterns.require_trusted(other)


def test_an_organization_that_is_stopped_is_stopped_with_every_key() -> None:
    page, own = _page_key()
    _many_voices(own)
    _many_voices(page)
    found = patterns.detect_patterns()
    assert {each.api_key for each in found} == {page, None}
    Suspicion.objects.filter(api_key=None).update(state=Suspicion.State.STOPPED)
    for key in (page, own):
        with pytest.raises(SpeechRefused) as refusal:
            patterns.require_trusted(key)
        assert refusal.value.code == "stopped_for_review"


def test_a_text_that_was_refused_is_in_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_tones(monkeypatch)
    buyer = factories.make_user("buyer")
    licences = [factories.make_licence(buyer=buyer) for _ in range(patterns.MANY_VOICES)]
    key, secret = api_keys.create_key(
        organization=licences[0].organization, name="page", by=buyer, use="audiobook"
    )
    key_origins.set_origins(key=key, origins=[PAGE], by=buyer)
    visitor = api_client(secret)  # copied from the page
    text = (
        "Your bank account has been suspended. Press one and give your social security number now. "
    )
    for licence in licences:
        asked = {"model": "tts-1", "input": 2 * text, "voice": licence.voice.slug}
        answer = visitor.post("/v1/audio/speech", asked, format="json")
        assert answer.status_code in (403, 422), answer.text
    assert Generation.objects.filter(state="released").count() == patterns.MANY_VOICES
    assert patterns.detect_patterns() == []


def test_a_text_in_many_voices_goes_on_only_where_it_is_spoken_again(key: ApiKey) -> None:
    _many_voices(key, ago=timedelta(minutes=30))
    patterns.detect_patterns()
    later = timezone.now() - patterns.STOPPED_AFTER
    Suspicion.objects.update(created_at=later, seen_at=later)
    assert patterns.detect_patterns() == []
    assert Suspicion.objects.get().state == "slowed"
    spoken(key, 1)
    assert patterns.detect_patterns() == []
    _many_voices(key)
    assert [found.state for found in patterns.detect_patterns()] == ["stopped"]


def test_a_shared_key_goes_on_only_where_it_is_used_in_another_hour(key: ApiKey) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    begun = hour + timedelta(minutes=10)

    def use(when: datetime) -> None:
        for number in range(patterns.MANY_NETWORKS):
            KeyNetwork.objects.create(key=key, network=f"10.{number}.0.0/16", hour=when)

    use(hour)
    assert len(patterns.detect_patterns(begun)) == 1
    Suspicion.objects.update(created_at=begun)
    assert patterns.detect_patterns(begun + patterns.STOPPED_AFTER) == []
    assert Suspicion.objects.get().state == "slowed"
    use(hour + timedelta(hours=1))
    [found] = patterns.detect_patterns(hour + timedelta(minutes=70))
    assert found.state == "stopped"


def test_the_owner_of_a_key_that_pages_use_is_told_which_it_is_and_explains_it(
    client: Client,
) -> None:
    page, _ = _page_key()
    _many_voices(page)
    [found] = patterns.detect_patterns()
    told = f"The key “{page.name}” of {page.organization}"
    [letter] = [each for each in delivered() if "slowed down" in each.subject]
    assert letter.subject == f"{told} has been slowed down"
    assert "Your other keys work as before" in letter.body
    client.force_login(page.owner)
    assert f"{told} has been slowed down." in client.get(reverse("storefront:licences")).text
    patterns.decide(
        suspicion=found,
        release=False,
        note="Unclear.",
        by=factories.make_moderator(),
        seen=found.digest,
    )
    assert "a new one in its place" in delivered()[-1].body
    patterns.explain(suspicion=found, text="A contest of voices.", by=page.owner)
    client.force_login(factories.make_moderator())
    assert f"{told}: " in client.get(reverse("storefront:moderation")).text
