"""Dialogues: every voice licensed and charged by itself, and nothing spoken if one is refused."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import elevenlabs
import httpx
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import RequestFactory

from marketplace.api.views.dialogues import TextToDialogueStream
from marketplace.licensing import plans
from marketplace.licensing.models import ApiKey, Generation, Licence
from marketplace.policy.models import Refusal
from marketplace.voices.models import Voice
from tests import factories
from tests.tones import RATE, WORD, Answer, ask, speak_tones

pytestmark = pytest.mark.django_db
STREAM = "/v1/text-to-dialogue/stream?output_format=pcm_24000"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> tuple[ApiKey, str, list[str]]:
    """A key for every licence of its owner, its secret, and the two voices that it speaks with."""
    speak_tones(monkeypatch)
    first = factories.make_licence()
    second = factories.make_licence(buyer=first.buyer)
    key, secret = factories.make_key(first)
    key.licences.clear()
    return key, secret, [first.voice.slug, second.voice.slug]


def _say(secret: str, *inputs: tuple[str, str], address: str = STREAM, **more: Any) -> Answer:
    headers = {"xi-api-key": secret, "Content-Type": "application/json", **more.pop("headers", {})}
    body = {"inputs": [{"text": text, "voice_id": voice} for voice, text in inputs], **more}
    return ask("POST", address, headers, json.dumps(body).encode())


def _code(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["detail"]["code"]


def test_each_voice_is_charged_for_what_it_says(key: tuple[ApiKey, str, list[str]]) -> None:
    _, secret, (mara, ben) = key
    answer = _say(secret, (mara, "Good morning."), (ben, "Good night, Mara."), (mara, "Noon."))
    assert answer.status == 200, answer.body
    assert len(answer.body) == pytest.approx(2 * RATE * 6 * WORD, rel=0.02)
    spoken = Generation.objects.order_by("pk")
    assert [(each.voice.slug, each.characters_spoken) for each in spoken] == [
        (mara, 13), (ben, 17), (mara, 5),
    ]  # fmt: skip
    used = {each.voice.slug: each.characters_used for each in Licence.objects.all()}
    assert used == {mara: 18, ben: 17}
    assert answer.headers["character-cost"] == "35"
    assert answer.headers["timbre-generations"].split(", ") == [
        str(each.public_id) for each in spoken
    ]
    assert not spoken.filter(background=True).exists()


def test_a_voice_without_a_licence_silences_the_dialogue(
    key: tuple[ApiKey, str, list[str]],
) -> None:
    _, secret, (mara, _) = key
    other = factories.make_listing().voice.slug
    answer = _say(secret, (mara, "Good morning."), (other, "Good night."))
    assert _code(answer) == (403, "voice_not_licensed")
    assert not Generation.objects.exists()


def test_too_few_characters_for_one_part_leave_all_unspoken(
    key: tuple[ApiKey, str, list[str]],
) -> None:
    _, secret, (mara, ben) = key
    Licence.objects.filter(voice__slug=ben).update(characters_used=999)
    answer = _say(secret, (mara, "Good morning."), (ben, "Good night."))
    assert _code(answer) == (402, "quota_exceeded")
    assert not Generation.objects.exists()
    assert Licence.objects.get(voice__slug=mara).characters_used == 0


@pytest.mark.parametrize(
    "parts", [("Good morning.", "I will kill you tonight."), ("I will kill", "you tonight.")]
)
def test_a_text_that_may_not_be_heard_silences_the_dialogue(
    parts: tuple[str, str], key: tuple[ApiKey, str, list[str]]
) -> None:
    _, secret, voices = key
    answer = _say(secret, *zip(voices, parts, strict=True))
    assert _code(answer) == (403, "text_refused")
    assert Refusal.objects.count() == 1
    states = set(Generation.objects.values_list("state", flat=True))
    assert states == {Generation.State.RELEASED}
    assert set(Licence.objects.values_list("characters_used", flat=True)) == {0}


def test_a_repeated_dialogue_is_charged_once(key: tuple[ApiKey, str, list[str]]) -> None:
    _, secret, (mara, ben) = key
    said = [(mara, "Good morning."), (ben, "Good night.")]
    answers = [_say(secret, *said, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert len(answers[0].body) == len(answers[1].body)
    assert answers[1].headers["character-cost"] == "0"
    assert Generation.objects.count() == 2
    assert sum(Licence.objects.values_list("characters_used", flat=True)) == 24


def test_a_dialogue_is_one_stream(key: tuple[ApiKey, str, list[str]], settings: Any) -> None:
    settings.STREAMS_PER_ORGANIZATION = 1
    _, secret, (mara, ben) = key
    said = [(mara, "Good morning."), (ben, "Good night.")]
    assert _say(secret, *said).status == 200
    assert plans.plan_of(ApiKey.objects.get().organization).streams == 1


def test_one_file_of_a_dialogue_holds_its_length(key: tuple[ApiKey, str, list[str]]) -> None:
    _, secret, (mara, ben) = key
    said = [(mara, "Good morning."), (ben, "Good night.")]
    answer = _say(secret, *said, address="/v1/text-to-dialogue?output_format=wav_16000")
    with wave.open(io.BytesIO(answer.body)) as file:
        assert len(answer.body) == 44 + 2 * file.getnframes()
        assert file.getnframes() == pytest.approx(16_000 * 4 * WORD, rel=0.02)


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        None,
        "text",
        [{"text": "Hi."}],
        [{"text": " ", "voice_id": "x"}],
        [[]] * 60,
        [{"text": "word " * 500, "voice_id": "x"}] * 2,
        [{"text": int("7" * 4_000), "voice_id": "x"}],
    ],
)
def test_what_is_no_dialogue_is_refused(inputs: Any, key: tuple[ApiKey, str, list[str]]) -> None:
    _, secret, _ = key
    headers = {"xi-api-key": secret, "Content-Type": "application/json"}
    answer = ask("POST", STREAM, headers, json.dumps({"inputs": inputs}).encode())
    assert _code(answer) == (422, "invalid_request")
    assert not Generation.objects.exists()


def test_what_nobody_began_to_hear_is_given_back_at_once(
    key: tuple[ApiKey, str, list[str]], rf: RequestFactory
) -> None:
    """Whoever hangs up before the first sound leaves an answer that is closed and was never read."""
    _, secret, (first, second) = key
    body = {"inputs": [{"text": "Hello there.", "voice_id": each} for each in (first, second)]}
    asked = rf.post(STREAM, body, "application/json", headers={"xi-api-key": secret})
    answer = TextToDialogueStream.as_view()(asked)
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    behind = Generation.objects.get(voice__slug=second)
    assert behind.state == Generation.State.RELEASED
    assert behind.licence is not None and behind.licence.characters_used == 0


class _Site(httpx.BaseTransport):
    """Takes a client's requests to the site."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = ask(request.method, request.url.raw_path.decode(), request.headers, request.read())
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


def test_the_elevenlabs_client_asks_for_dialogues(key: tuple[ApiKey, str, list[str]]) -> None:
    _, secret, voices = key
    client = elevenlabs.ElevenLabs(
        base_url="http://testserver", api_key=secret, httpx_client=httpx.Client(transport=_Site())
    )
    inputs = [elevenlabs.DialogueInput(text="Good morning.", voice_id=each) for each in voices]
    for method in (client.text_to_dialogue.convert, client.text_to_dialogue.stream):
        audio = method(inputs=inputs, output_format="pcm_24000", model_id="eleven_v3", seed=1)
        assert len(b"".join(audio)) == pytest.approx(2 * RATE * 4 * WORD, rel=0.02)
    assert Generation.objects.count() == 4
    assert Voice.objects.filter(slug__in=voices).count() == 2


def test_livekits_plugin_speaks_with_the_newest_models_names(
    key: tuple[ApiKey, str, list[str]],
) -> None:
    """livekit-plugins-elevenlabs 1.8.9, tts.py::ChunkedStream."""
    _, secret, (mara, _) = key
    answer = _say(
        secret, (mara, "Good morning."), model_id="eleven_v3", apply_text_normalization="auto",
        settings={"stability": 0.5}, language_code="en",
        address="/v1/text-to-dialogue/stream?output_format=mp3_22050_32&enable_logging=true",
    )  # fmt: skip
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert answer.headers["timbre-ignored"] == "settings, language_code"
