"""Suspicious usage over time is slowed, then stopped, and a moderator can undo both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import key_origins
from marketplace.licensing.models import ApiKey
from marketplace.policy import patterns
from marketplace.policy.models import KeyNetwork, Refusal, Suspicion
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.mailbox import delivered
from tests.markup import without_gaps
from tests.spoken_requests import spoken

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> ApiKey:
    return factories.make_key()[0]


def _state(key: ApiKey) -> list[str]:
    return list(
        Suspicion.objects.filter(organization=key.organization).values_list("state", flat=True)
    )


def _decide(
    suspicion: Suspicion, *, release: bool = True, note: str = "A launch.", by: User | None = None
) -> None:
    patterns.decide(
        suspicion=suspicion, release=release, note=note, by=by or factories.make_moderator(),
        seen=suspicion.digest,
    )  # fmt: skip


def test_a_burst_that_is_far_beyond_the_usual_slows_its_organization_down(key: ApiKey) -> None:
    spoken(key, patterns.MIN_BURST)
    assert [found.kind for found in patterns.detect_patterns()] == ["burst"]
    for _ in range(patterns.SLOWED_REQUESTS):
        patterns.require_trusted(key)
    with pytest.raises(SpeechRefused) as refusal:
        patterns.require_trusted(key)
    assert (refusal.value.status, refusal.value.code) == (429, "slowed_for_review")
    other = factories.make_key()[0]
    for _ in range(patterns.SLOWED_REQUESTS + 1):
        patterns.require_trusted(other)


def test_what_is_usual_for_an_organization_is_no_burst(key: ApiKey) -> None:
    spoken(key, patterns.MIN_BURST // 5, ago=timedelta(days=2))
    spoken(key, patterns.MIN_BURST)
    assert patterns.detect_patterns() == []


def test_a_long_text_in_many_voices_is_found_and_a_casting_is_not(key: ApiKey) -> None:
    for _ in range(patterns.MANY_VOICES):
        voice = factories.make_listing().voice
        version = voice.versions.get()
        spoken(key, 1, voice=voice, voice_version=version, text_sha256="a" * 64)
        spoken(
            key, 1, voice=voice, voice_version=version, text_sha256="b" * 64,
            characters_reserved=patterns.AUDITION,
        )  # fmt: skip
    [found] = patterns.detect_patterns()
    assert found.evidence == {"text_sha256": "a" * 64, "voices": patterns.MANY_VOICES}


def test_a_key_in_many_networks_is_found_and_in_many_addresses_of_one_is_not(key: ApiKey) -> None:
    for number in range(20):
        patterns.note_network(key, f"10.1.{number}.7")
    patterns.note_network(key, "2001:db8::1")
    assert patterns.detect_patterns() == []
    for number in range(2, patterns.MANY_NETWORKS + 1):
        patterns.note_network(key, f"10.{number}.0.1")
    [found] = patterns.detect_patterns()
    assert found.evidence == {"key": key.prefix, "networks": patterns.MANY_NETWORKS + 1}


def test_networks_are_forgotten_after_a_week(key: ApiKey) -> None:
    patterns.note_network(key, "10.1.0.1")
    KeyNetwork.objects.update(hour=timezone.now() - timedelta(days=8))
    patterns.detect_patterns()
    assert not KeyNetwork.objects.exists()


def test_a_pattern_that_goes_on_stops_and_a_release_holds_for_a_day(key: ApiKey) -> None:
    spoken(key, patterns.MIN_BURST)
    patterns.detect_patterns()
    assert patterns.detect_patterns() == []
    Suspicion.objects.update(created_at=timezone.now() - patterns.STOPPED_AFTER)
    patterns.detect_patterns()
    assert _state(key) == ["stopped"]
    with pytest.raises(SpeechRefused) as refusal:
        patterns.require_trusted(key)
    assert refusal.value.code == "stopped_for_review"
    with pytest.raises(Refused):
        _decide(Suspicion.objects.get(), note="Me.", by=key.owner)
    _decide(Suspicion.objects.get())
    patterns.require_trusted(key)
    assert patterns.detect_patterns() == []
    Suspicion.objects.update(decided_at=timezone.now() - patterns.TRUSTED_FOR)
    assert len(patterns.detect_patterns()) == 1
    actions = AuditEvent.objects.filter(action__startswith="suspicion").values_list(
        "action", flat=True
    )
    assert set(actions) == {"suspicion.slowed", "suspicion.stopped", "suspicion.released"}


def _refusal(key: ApiKey) -> Refusal:
    return Refusal.objects.create(
        organization=key.organization, api_key=key, voice="v", category="fraud", rule="r",
        text_sha256="0" * 64, state=Refusal.State.APPEALED,
    )  # fmt: skip


def test_the_third_strike_stops_and_the_first_two_do_not(key: ApiKey) -> None:
    moderator = factories.make_moderator()
    for number in range(3):
        assert _state(key) == []
        refusal = _refusal(key)
        for _ in range(2):
            patterns.strike(refusal=refusal, reason=f"Fraud {number}.", by=moderator)
    assert _state(key) == ["stopped"]


def test_moderators_strike_release_and_stop_at_the_desk(key: ApiKey, client: Client) -> None:
    spoken(key, patterns.MIN_BURST)
    [suspicion] = patterns.detect_patterns()
    refusal = _refusal(key)
    decide = reverse("storefront:decide-suspicion", args=[suspicion.public_id])
    client.force_login(key.owner)
    assert client.post(decide, {"decision": "release", "note": "x"}).status_code == 403
    client.force_login(factories.make_moderator())
    assert "far more requests" in client.get(reverse("storefront:moderation")).content.decode()
    client.post(
        reverse("storefront:decide-appeal", args=[refusal.public_id]),
        {"decision": "strike", "note": "It is fraud."},
    )
    refusal.refresh_from_db()
    assert (refusal.state, refusal.strike.reason) == ("upheld", "It is fraud.")
    sent = {"decision": "release", "note": "A launch.", "seen": suspicion.digest}
    client.post(decide, sent)
    assert _state(key) == ["released"]


def _forget_counts() -> None:
    cache.delete(f"transparency-{timezone.now().year}-en")


def test_the_transparency_report_counts_what_happened(key: ApiKey, client: Client) -> None:
    _forget_counts()
    _refusal(key)
    factories.make_consent(factories.make_voice(), "refused", recorded_at=timezone.now())
    page = without_gaps(client.get(reverse("storefront:transparency")).text)
    assert "<dt>Fraud</dt><dd>1</dd>" in page
    assert "<dt>Refused</dt><dd>1</dd>" in page
    assert client.get(reverse("storefront:transparency"), {"year": "1999"}).status_code == 200


def test_the_transparency_report_is_counted_once_an_hour_and_each_year_by_itself(
    key: ApiKey, client: Client, django_assert_num_queries: Any
) -> None:
    page = reverse("storefront:transparency")
    _forget_counts()
    assert "<dt>Fraud</dt><dd>0</dd>" in without_gaps(client.get(page).text)
    _refusal(key)
    with django_assert_num_queries(0):
        assert "<dt>Fraud</dt><dd>0</dd>" in without_gaps(client.get(page).text)
    _forget_counts()
    assert "<dt>Fraud</dt><dd>1</dd>" in without_gaps(client.get(page).text)


def test_who_is_stopped_is_told_explains_it_and_comes_before_a_moderator_again(
    key: ApiKey, client: Client
) -> None:
    spoken(key, patterns.MIN_BURST)
    [suspicion] = patterns.detect_patterns()
    _decide(suspicion, release=False, note="Looks bad.")
    slowed, stopped = delivered()[-2:]
    assert slowed.subject.endswith(" has been slowed down")
    assert stopped.subject.endswith(" has been stopped")
    assert slowed.to == [key.owner.email]
    assert not patterns.waiting().exists()
    explain = reverse("storefront:explain-suspicion", args=[suspicion.public_id])
    client.force_login(factories.make_user())
    assert client.post(explain, {"explanation": "Let them go."}).status_code == 404
    client.force_login(key.owner)
    licences = reverse("storefront:licences")
    assert "far more requests than ever" in client.get(licences).content.decode()
    page = client.post(explain, {"explanation": " "}, follow=True).content.decode()
    assert "Say in a few sentences" in page
    page = client.post(explain, {"explanation": "Our game is out."}, follow=True).content.decode()
    assert "a moderator will read it" in page
    assert patterns.waiting().get() == suspicion
    client.force_login(factories.make_moderator())
    assert "Our game is out." in client.get(reverse("storefront:moderation")).content.decode()
    with pytest.raises(Refused) as unread:
        _decide(suspicion)  # as it was before they explained it
    assert unread.value.code == "changed_meanwhile"
    assert _state(key) == ["stopped"]
    suspicion.refresh_from_db()
    _decide(suspicion)
    with pytest.raises(Refused, match="carry on"):
        patterns.explain(suspicion=suspicion, text="Again.", by=key.owner)


PAGE = "https://app.example.com"


def _ask_from_many_networks(secret: str, many: int, *, sees: int = 403, **headers: str) -> None:
    """sees: the answer's status; a key of pages may see no licences, but is noted all the same."""
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    for number in range(many):
        asked = client.get("/v1/licences", REMOTE_ADDR=f"198.{number}.7.1", headers=headers)
        assert asked.status_code == sees, asked.text


@pytest.mark.parametrize("headers", [{"Origin": PAGE}, {}])
def test_from_a_few_networks_nobody_stops_the_owner_of_a_key_that_pages_may_use(
    headers: dict[str, str],
) -> None:
    key, secret = factories.make_key()
    key_origins.set_origins(key=key, origins=[PAGE], by=key.owner)
    _ask_from_many_networks(secret, 2 * patterns.MANY_NETWORKS, **headers)
    assert patterns.detect_patterns() == []


@pytest.mark.parametrize(
    ("headers", "bound", "evidence"),
    [({"Origin": PAGE}, "MANY_VISITORS", {"by": "pages"}), ({}, "MANY_SERVERS", {})],
)
def test_an_allowed_page_does_not_keep_a_shared_key_from_being_found(
    headers: dict[str, str],
    bound: str,
    evidence: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "MANY_NETWORKS", 2)
    monkeypatch.setattr(patterns, bound, 4)
    key, secret = factories.make_key()
    key_origins.set_origins(key=key, origins=[PAGE], by=key.owner)
    _ask_from_many_networks(secret, 3, **headers)
    assert patterns.detect_patterns() == []
    _ask_from_many_networks(secret, 4, **headers)
    [found] = patterns.detect_patterns()
    assert found.evidence == {"key": key.prefix, "networks": 4, **evidence}
    assert found.kind == "key_shared"


def test_the_networks_of_visitors_of_a_page_are_stored_nowhere() -> None:
    key, secret = factories.make_key()
    key_origins.set_origins(key=key, origins=[PAGE], by=key.owner)
    _ask_from_many_networks(secret, 2, Origin=PAGE)
    assert not KeyNetwork.objects.exists()


def test_a_key_that_pages_may_use_may_be_in_more_networks_than_others() -> None:
    key, secret = factories.make_key()
    _ask_from_many_networks(secret, patterns.MANY_NETWORKS, sees=200)
    key_origins.set_origins(key=key, origins=[PAGE], by=key.owner)
    assert patterns.detect_patterns() == []
    key_origins.set_origins(key=key, origins=[], by=key.owner)
    assert [found.kind for found in patterns.detect_patterns()] == ["key_shared"]
