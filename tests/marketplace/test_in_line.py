"""Anonymous clips wait in one line for all: who sends many waits, and others are heard between them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.in_line import PLACES, others_wait
from marketplace.listings import samples
from marketplace.listings.models import Sample
from marketplace.moderation import searches
from marketplace.moderation.models import SpeakerSearch
from marketplace.provenance import services
from marketplace.provenance.models import Examination
from marketplace.refusals import SpeechRefused
from tests import sounds

pytestmark = pytest.mark.django_db
ONE, ANOTHER = "1" * 64, "2" * 64


def _examined(sender: str) -> Examination:
    return services.begin_examination(data=b"a clip", sender=sender)


def _sampled(sender: str) -> Sample:
    return samples.begin_sample(data=b"a sample", agreed=True, holder="0" * 64, sender=sender)


def _searched(sender: str) -> SpeakerSearch:
    return searches.record_reading(search=searches.begin_search(), data=sounds.OGG, sender=sender)


Send = Callable[[str], Examination | Sample | SpeakerSearch]


def _file(number: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("clip.wav", b"clip %d" % number)


LINES = pytest.mark.parametrize("send", [_examined, _sampled, _searched])


@LINES
def test_one_sender_has_a_few_places_and_leaves_the_rest_to_others(send: Send) -> None:
    for _ in range(PLACES):
        send(ONE)
    with pytest.raises(SpeechRefused, match="Wait until one of them is done") as refused:
        send(ONE)
    assert (refused.value.status, refused.value.code) == (429, "rate_limited")
    assert send(ANOTHER).place == 1


@LINES
def test_requests_that_come_at_once_have_no_more_places(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (services, samples, searches):
        monkeypatch.setattr(
            module, "require_place", lambda rows, sender: None
        )  # none was taken yet
    places = [send(ONE).place for _ in range(PLACES)]
    assert places == [1, 2, 3]
    with pytest.raises(SpeechRefused):
        send(ONE)


def test_a_place_is_given_back_and_its_sender_forgotten_when_the_clip_was_heard() -> None:
    clips = [_examined(ONE) for _ in range(PLACES)]
    services.refuse_examination(examination_id=clips[1].pk, code="not_audio", reason="No audio.")
    sample = _sampled(ONE)
    samples.give_up_sample(sample_id=sample.pk)
    search = _searched(ONE)
    searches.answer_search(search_id=search.pk, scores={}, embedding=None, code="too_short")
    for row in (clips[1], sample, search):
        row.refresh_from_db()
        assert (row.sender, row.place) == ("", None)
    assert _examined(ONE).place == 2


def test_a_page_and_the_api_count_the_same_network(client: Client) -> None:
    for number in range(PLACES):
        client.post("/origin", {"file": _file(number)})
    answer = client.post("/v1/provenance/detect", {"file": _file(PLACES)})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"]
    elsewhere = client.post("/origin", {"file": _file(9)}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


def test_the_networks_of_one_line_of_ipv6_count_together(client: Client) -> None:
    for number in range(PLACES):
        address = f"2001:db8:0:{number:x}::1"
        assert (
            client.post("/origin", {"file": _file(number)}, REMOTE_ADDR=address).status_code == 302
        )
    last = client.post("/origin", {"file": _file(9)}, REMOTE_ADDR="2001:db8:0:9::1")
    assert last.status_code == 429


@LINES
def test_whoever_waits_in_any_line_hurries_the_clips_of_others(send: Send) -> None:
    clip = _examined(ONE)
    _examined(ONE)
    assert not others_wait(clip)
    send(ANOTHER)
    assert others_wait(clip)
