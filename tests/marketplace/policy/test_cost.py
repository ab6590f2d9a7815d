"""What a text costs to judge: no more than its length, and nothing before what is cheap to check."""

from __future__ import annotations

import random
import time
from itertools import islice, product
from typing import Any, ClassVar

import pytest

from marketplace.api.models import SpeechJobItem
from marketplace.licensing.models import Generation, Licence
from marketplace.normalization import normalize
from marketplace.policy.models import Refusal
from marketplace.policy.patience import Patience
from marketplace.policy.rules import Match, Rules
from marketplace.policy.services import objection_to
from marketplace.policy.sounds import heard_texts
from marketplace.queue import Work
from marketplace.refusals import SpeechRefused
from synthesis.refusals import TextRefused
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.wording import Wording
from tests import factories
from tests.api_client import api_client
from tests.processor_time import within
from tests.refused_texts import FRAUD
from tests.work import do

ADVERSARIAL = {
    "one word of a rule": "kill ",
    "words of many rules": "i will you ",
    "numbers beside a rule's": "take 12",
    "one character": "a",
    "spread letters": "a ",
    "apostrophes": "' ",
    "marks": "a\u0301",
    "unspaced": "我要杀你",
    "numbers without spaces": "一二三",
}


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_judging_takes_time_in_proportion_to_the_text(text: str) -> None:
    def cost(length: int) -> float:
        whole = (text * length)[:length]
        begun = time.process_time()
        Rules().matches(whole)
        return time.process_time() - begun

    cost(1_000)
    once, tenfold = min(cost(30_000) for _ in range(2)), min(cost(300_000) for _ in range(2))
    assert tenfold < 25 * once + 0.2  # a square would be a hundredfold


UNHEARD = {
    "words written together": "killyou thenkill ",
    "words parted": "mur der ewe ill ",
    "unknown words": "brelk strind ployk ",
    "one word": "killyou",
    "one letter": "u ",
}


@pytest.mark.parametrize("text", UNHEARD.values(), ids=UNHEARD.keys())
def test_listening_takes_time_in_proportion_to_the_text(text: str) -> None:
    def cost(length: int) -> float:
        wording = Wording.of((text * length)[:length])
        begun = time.process_time()
        list(heard_texts(wording))
        return time.process_time() - begun

    cost(1_000)
    once, tenfold = cost(10_000), cost(100_000)
    assert tenfold < 25 * once + 0.2
    assert tenfold < 3


def test_a_text_of_words_that_nobody_knows_is_listened_to_in_seconds() -> None:
    letters = "bdfgklmnprstvz"
    words = (f"{a}{b}o{c}{d}e{a}{c}" for a, b, c, d in product(letters, repeat=4))
    wording = Wording.of(" ".join(islice(words, 11_000))[:100_000])
    with within(10):
        list(heard_texts(wording))


def test_a_number_that_goes_on_and_on_is_not_read_again_from_each_digit() -> None:
    with within(2):
        Rules().matches("take " + "12" * 50_000)


def test_a_letter_with_a_heap_of_marks_is_refused_before_anything_sorts_them() -> None:
    heap = "a" + "\u0301\u0323" * 50_000
    for text in (heap, "<speak>a" + "&#x301;" * 40 + "</speak>"):
        with within(1), pytest.raises(TextRefused, match="marks"):
            Wording.of(text)


def test_a_text_of_signs_that_stand_for_sentences_is_refused_before_it_is_judged() -> None:
    blessing = "\ufdfa"  # of 18 letters
    assert Wording.of(f"Muhammad {blessing} said so.") and Wording.of(blessing * 10)
    document = "<speak>" + "&#xfdfa;" * 10_000 + "</speak>"
    for text in (blessing * 100_000, document):
        with within(1), pytest.raises(TextRefused, match="signs"):
            Wording.of(text)
    lexicon = Lexicon([Entry("a", alias=blessing)])
    with pytest.raises(TextRefused, match="signs"):
        Wording.of("a " * 200, "en-US", lexicon)


class Impatient(Patience):
    """Patience for so many sentences."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.left = most

    def require(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise SpeechRefused(422, "text_unjudged", "In parts.")


@pytest.mark.parametrize("most", [2, 12, 22, 32])
def test_whoever_listens_is_asked_between_the_sentences_of_each_hearing(most: int) -> None:
    text = " ".join(f"I have {number} boats." for number in range(10))
    heard, patience = [], Impatient(most)
    with pytest.raises(SpeechRefused):
        for each in heard_texts(Wording.of(text), "es", patience):
            heard.append(each)
    assert patience.left == -1
    assert list(heard_texts(Wording.of(text), "es", Impatient(40)))


@pytest.mark.django_db
def test_a_text_of_digits_is_left_once_the_time_for_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, _ = factories.make_key()
    digits = "".join(random.Random(5).choices("0123456789", k=60_000))
    list(heard_texts(Wording.of("3458元"), "zh-CN"))  # loads grammar and words
    monkeypatch.setattr("marketplace.policy.patience.JUDGED_WITHIN", 1.0)
    patience = Patience()
    with within(3), pytest.raises(SpeechRefused, match="in parts"):
        objection_to(
            key=key, text=digits, heard=heard_texts(Wording.of(digits), "zh-CN", patience),
            patience=patience,
        )  # fmt: skip


def test_a_sign_between_two_words_does_not_hide_that_they_follow_each_other() -> None:
    assert normalize("kill- you") == "kill you"


def test_of_a_long_text_only_what_surrounds_a_given_sound_is_judged_again() -> None:
    filler = "word " * 5_000
    document = f'<speak>{filler}I will <phoneme ph="k\u026al">call</phoneme> you. {filler}</speak>'
    written, *variants = heard_texts(Wording.of(document))
    assert len(written) > 50_000
    assert any("I will kill you." in variant for variant in variants)
    assert all(len(variant) < 1_000 for variant in variants)


class Counting:
    """A classifier that counts what it is asked."""

    asked: ClassVar[list[str]] = []

    def matches(self, text: str) -> list[Match]:
        self.asked.append(text)
        return []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/speech-jobs"])
def test_a_text_that_nobody_pays_for_is_not_judged(path: str, settings: Any) -> None:
    settings.TEXT_CLASSIFIERS = [f"{__name__}.Counting"]
    Counting.asked.clear()
    key, secret = factories.make_key()
    Licence.objects.update(characters_included=10, characters_used=0)
    body = {"voice": key.licences.get().voice.slug, "input": "More than ten characters."}
    if path.endswith("speech"):
        body["model"] = "timbre-1"
    answer = api_client(secret).post(path, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (402, "quota_exceeded")
    assert Counting.asked == []


@pytest.mark.django_db
def test_a_long_text_is_judged_by_the_worker_and_costs_nothing_if_it_is_refused() -> None:
    licence = factories.make_licence(factories.make_listing(characters=50_000))
    _, secret = factories.make_key(licence)
    text = "The tide comes in at noon. " * 200 + FRAUD
    client = api_client(secret)
    taken = client.post(
        "/v1/speech-jobs", {"input": text, "voice": licence.voice.slug}, format="json"
    )
    assert taken.status_code == 202, taken.content
    assert not Refusal.objects.exists()
    do(Work.SPEAK_ITEM, SpeechJobItem.objects.get().pk)
    item = client.get(f"/v1/speech-jobs/{taken.json()['id']}").json()["items"][0]
    assert (item["status"], item["error"]) == ("failed", "text_refused")
    assert item["refusal"] == str(Refusal.objects.get().public_id)
    assert Generation.objects.get().state == Generation.State.RELEASED
    licence.refresh_from_db()
    assert licence.characters_used == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "named"),
    [("a" * 4_000, "characters"), ('<speak>a <phoneme ph="a">a</phoneme></speak>' * 3, "phoneme")],
)
def test_a_batch_is_bounded_as_a_whole_before_any_of_it_is_read(text: str, named: str) -> None:
    key, secret = factories.make_key()
    body = {"voice": key.licences.get().voice.slug, "items": [{"input": text}] * 100}
    answer = api_client(secret).post("/v1/speech-batches", body, format="json")
    assert answer.status_code == 422
    assert named in answer.json()["detail"]


@pytest.mark.django_db
def test_the_text_of_a_waiting_job_lies_sealed() -> None:
    key, secret = factories.make_key()
    text = "The tide comes in at noon."
    body = {"voice": key.licences.get().voice.slug, "input": text}
    assert api_client(secret).post("/v1/speech-jobs", body, format="json").status_code == 202
    item = SpeechJobItem.objects.get()
    assert item.text == text
    assert text.encode() not in bytes(item.sealed_text or b"")
