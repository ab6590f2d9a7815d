"""A pronunciation may stand for its word only if it could be one of it."""

from __future__ import annotations

import pytest

from synthesis.refusals import TextRefused
from synthesis.text.phonemes import phonemize
from synthesis.text.pronunciation import difference, differences, model_phonemes, require_plausible
from tests.processor_time import within


@pytest.mark.parametrize(
    ("word", "ipa"),
    [
        ("Kubernetes", "kuːbərˈnɛtiːz"), ("SQL", "ˈsiːkwəl"), ("SQL", "ɛs kjuː ɛl"), ("GIF", "dʒɪf"),
        ("Siobhan", "ʃɪˈvɔːn"), ("Worcestershire", "ˈwʊstərʃər"), ("Xiaomi", "ˈʃaʊmi"),
        ("Hermès", "ɛʁˈmɛs"), ("Huawei", "ˈwɑːweɪ"), ("Tchaikovsky", "tʃaɪˈkɒfski"), ("tomato", "təˈmɑːtoʊ"),
        ("MySQL", "maɪˈsiːkwəl"), ("colonel", "ˈkɜːrnəl"), ("Dvořák", "ˈdvɔrʒɑːk"), ("नमस्ते", "nəmʌsteː"),
        ("croissant", "kwa.sɑ̃"), ("C++", "siː plʌs plʌs"), ("New York", "nuː jɔːrk"), ("Niamh", "niːv"),
        ("data", "ˈdɑːtə"), ("lead", "lɛd"), ("Porsche", "ˈpɔrʃə"), ("AWS", "eɪ ˈdʌbəljuː ɛs"),
    ],
)  # fmt: skip
def test_what_people_give_for_names_and_brands_is_accepted(word: str, ipa: str) -> None:
    require_plausible(word, ipa)


@pytest.mark.parametrize(
    ("word", "ipa"),
    [
        ("cat", "aɪ wɪl kɪl juː"), ("cat", "kɪl"), ("flower", "ˈmɜːdər"), ("hello", "bɒm"),
        ("table", "ɡɪv miː jɔːr pɪn"), ("peace", "ʃuːt"), ("yes", "noʊ"), ("Monday", "ˈfraɪdeɪ"),
        ("you", "juː wɪl daɪ"), ("a", "ɪdiət"), ("transfer", "ˈpæswɜːrd"), ("WC", "ˈtɔɪlət"),
        ("gift", "kɪl"), ("猫", "ʂa"), ("cat", ""), ("cat", "ˈ"), ("cat", "kæt" * 60), ("x" * 81, "ɛks"),
        ("cat", "k3t"), ("дом", "dom"),
    ],
)  # fmt: skip
def test_another_words_sounds_are_refused(word: str, ipa: str) -> None:
    with pytest.raises(TextRefused) as refusal:
        require_plausible(word, ipa)
    assert refusal.value.code == "pronunciation"


def test_the_longest_pronunciations_are_compared_in_little_time() -> None:
    own, given = "stɹɛŋθənbɹɪɡ" * 7, "kʌmpɹəhɛnʃən" * 10
    with within(1):
        for _ in range(300):
            difference(own, given)


def test_several_readings_are_compared_as_each_by_itself() -> None:
    readings = ["", "kæt", "kɪtən", "ʃ", "əbaʊt", "kætəpɪləɹ"]
    together = differences(readings, "kɪtn")
    assert together == [difference(each, "kɪtn") for each in readings]
    assert together[0] == 1.0 and sorted(together)[0] == together[2]


def test_a_difference_is_the_cheapest_way_from_one_to_the_other() -> None:
    assert difference("kæt", "kæt") == 0
    assert difference("kæt", "kɛt") == pytest.approx(0.1 / 2.0)  # a vowel near it
    assert difference("kæt", "kæd") == pytest.approx(0.15 / 2.0)  # the same with voice
    assert difference("kæts", "kæt") == pytest.approx(0.8 / 2.8)  # a consonant left out
    assert difference("a", "kætkætkæt") == 1.0


@pytest.mark.parametrize(
    ("ipa", "word"),
    [("kæt", "cat"), ("ˈdʒæŋɡl̩", "jangle"), ("ˈtʃɛri", "cherry"), ("əˈbaʊt", "about"),
     ("ˈbɜːrd", "bird"), ("ˈstriːmɪŋ", "streaming")],
)  # fmt: skip
def test_ipa_becomes_the_phonemes_that_the_model_was_trained_on(ipa: str, word: str) -> None:
    assert model_phonemes(ipa, "en-US") == phonemize(word)
