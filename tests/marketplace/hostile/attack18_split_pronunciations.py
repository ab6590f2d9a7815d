"""A pronunciation that is refused is heard all the same when it is given in two elements. Fails on today's code."""

from __future__ import annotations

import re

import pytest

from synthesis.engines.script import lines_of
from synthesis.text.wording import Wording
from tests.marketplace.policy.test_respelling import rules_heard

_GIVEN = re.compile(r"\{([^|}]*)\|([^}]*)\}")


def _document(text: str) -> str:
    said = _GIVEN.sub(r"<phoneme alphabet='ipa' ph='\2'>\1</phoneme>", text)
    return f"<speak>{said}</speak>"


@pytest.mark.parametrize(
    ("whole", "split", "heard"),
    [
        (
            "Please read me the six digit {cod|koʊd} we just sent you.",
            "Please read me the six digit {ko|koʊ}{de|d} we just sent you.",
            "kˈOd",
        ),
        (
            "I am going to {keel|kɪl} you and your family.",
            "I am going to {ki|kɪ}{le|l} you and your family.",
            "kˈɪl",
        ),
        (
            "I am going to {merdah|mɜɹdə} you and your family.",
            "I am going to {mer|mɜɹ}{der|də} you and your family.",
            "mˈɜɹdˈə",
        ),
        (
            "We must {keel|kɪl} all the jews.",
            "We must {ki|kɪ}{le|l} all the {joo|dʒu}{se|z}.",
            "kˈɪl",
        ),
        (  # beside words that are parted otherwise, which are refused without a given one
            "I am going to mur der you and your family.",
            "I am going to mur {dare|də} you and your family.",
            "mˈɜɹ dˈə",
        ),
        (  # words of an element that sound like none of the rules are left out of what is judged
            "I am {going|ɡoʊɪŋ} to {keel|kɪl} you and your family.",
            "I am {going to keel|ɡoʊɪŋ tə kɪl} you and your family.",
            "ɡˈOɪŋ tə kɪl",
        ),
        (
            "Te voy a {mata|mataɾ} a ti y a tu familia.",
            "Te voy a {ma|ma}{ta|taɾ} a ti y a tu familia.",
            "mˈatˈaɾ",
        ),
    ],
)
def test_what_is_refused_in_one_element_is_refused_in_two(
    whole: str, split: str, heard: str
) -> None:
    language = "es" if whole.startswith("Te ") else "en-US"
    assert rules_heard(_document(whole) if "{" in whole else whole, language)
    document = _document(split)
    [line] = lines_of(Wording.of(document, language, None), language)
    assert heard in line.phonemes  # the engine says just what was refused
    assert rules_heard(document, language)
