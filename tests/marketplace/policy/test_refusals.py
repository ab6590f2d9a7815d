"""A refused text is not spoken, is explained, kept encrypted, and may be appealed and decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.licensing.models import Generation
from marketplace.policy import patience, services
from marketplace.policy.models import Refusal
from marketplace.policy.rules import Match
from marketplace.queue import Work
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.api_client import api_client
from tests.refused_texts import FRAUD, objection, refused
from tests.work import do_as_queued

pytestmark = pytest.mark.django_db


class Ferries:
    """A third party's classifier."""

    def matches(self, text: str) -> list[Match]:
        return [Match("harassment", "ferries.named")] if "ferry" in text else []


def test_another_classifier_finds_what_the_rules_do_not(settings: Any) -> None:
    key, _ = factories.make_key()
    settings.TEXT_CLASSIFIERS = [*settings.TEXT_CLASSIFIERS, f"{__name__}.Ferries"]
    assert refused(key, "The ferry is late.").rule == "ferries.named"
    assert refused(key).rule == "fraud.one_time_code"


def test_what_is_refused_as_it_is_written_is_not_listened_to() -> None:
    def heard() -> Iterator[str]:
        raise AssertionError
        yield ""

    key, _ = factories.make_key()
    found = services.objection_to(key=key, text=FRAUD, heard=heard())
    assert found is not None
    assert found.match.rule == "fraud.one_time_code"


def test_listening_that_takes_too_long_ends_where_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listened = []

    def heard() -> Iterator[str]:
        for each in ("The ferry is late.", "The ferry is in time."):
            listened.append(each)
            yield each

    monkeypatch.setattr(patience, "JUDGED_WITHIN", -1.0)
    key, _ = factories.make_key()
    with pytest.raises(SpeechRefused, match="in parts"):
        services.objection_to(key=key, text="The ferry.", heard=heard())
    assert not listened


def test_a_refused_text_is_explained_and_kept_only_sealed() -> None:
    key, _ = factories.make_key()
    refusal = refused(key)
    assert (refusal.category, refusal.rule) == ("fraud", "fraud.one_time_code")
    assert FRAUD.encode() not in bytes(refusal.sealed_text or b"")
    assert services.text_of(refusal) == FRAUD


def test_the_same_text_again_is_the_same_refusal() -> None:
    key, _ = factories.make_key()
    assert refused(key) == refused(key)


def test_a_refused_text_is_not_spoken_and_nothing_is_charged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_as_queued(monkeypatch, Work.SPEAK)
    key, secret = factories.make_key()
    licence = key.licences.get()
    body = {"model": "timbre-1", "voice": licence.voice.slug, "input": FRAUD}
    answer = api_client(secret).post("/v1/audio/speech", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "text_refused"), answer.content
    assert str(Refusal.objects.get().public_id) in answer.json()["detail"]
    generation = Generation.objects.get()
    assert (generation.state, generation.failure) == (Generation.State.RELEASED, "text_refused")
    licence.refresh_from_db()
    assert licence.characters_used == 0


def test_a_political_text_is_refused_unless_the_declared_use_allows_it() -> None:
    key, _ = factories.make_key()
    text = "Vote for Martinez on Tuesday."
    assert refused(key, text).category == "political"
    assert objection(key, text, use="political") is None


def test_an_appeal_is_decided_by_a_moderator_and_the_text_may_be_said_then() -> None:
    key, secret = factories.make_key()
    refusal = refused(key)
    address = f"/v1/refusals/{refusal.public_id}"
    assert api_client(secret).get(address).json()["rule"] == "fraud.one_time_code"
    answer = api_client(secret).post(
        f"{address}/appeal", {"reason": "A training film."}, format="json"
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "appealed")
    with pytest.raises(Refused):
        services.decide_appeal(refusal=refusal, overturn=True, note="Ok.", by=key.owner)
    services.decide_appeal(
        refusal=refusal, overturn=True, note="A film.", by=factories.make_moderator()
    )
    assert objection(key) is None
    other, _ = factories.make_key()
    refused(other)


def test_nobody_elses_key_sees_a_refusal() -> None:
    refusal = refused(factories.make_key()[0])
    _, secret = factories.make_key()
    assert api_client(secret).get(f"/v1/refusals/{refusal.public_id}").status_code == 404


def test_the_desk_shows_the_text_to_moderators_alone(client: Client) -> None:
    key, _ = factories.make_key()
    services.appeal(refusal=refused(key), reason="A training film.")
    client.force_login(factories.make_moderator())
    assert FRAUD in client.get(reverse("storefront:moderation")).content.decode()
    client.force_login(key.owner)
    assert client.get(reverse("storefront:moderation")).status_code == 403


def test_a_refused_text_is_forgotten_in_time_but_not_while_it_is_appealed() -> None:
    key, _ = factories.make_key()
    first, second = refused(key), refused(key, "I will kill you and your family.")
    services.appeal(refusal=second, reason="A play.")
    Refusal.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert services.forget_texts() == 1
    first.refresh_from_db()
    assert services.text_of(first) == ""
