"""No regular expression that gets a whole text looks through the rest of it anew at each character."""

from __future__ import annotations

import re
import time

import marketplace
import synthesis.text
from tests.patterns import modules_of, patterns_of, pumped

LENGTHS = (800, 3_200)  # characters: a fast machine needs the more
UNSEEN = 0.002  # seconds that nobody measures
BY_SENTENCE = (  # read one sentence at a time, which is cut where it is long: see test_sentence_cost
    "chinese", "english", "french", "german", "hindi", "italian", "japanese", "language_",
    "mapped_rules", "phonemes", "portuguese", "scan", "spanish",
)  # fmt: skip
FROM_ONE_PLACE = {  # tried at the beginning alone, or at the end of what is short, by how they begin
    "synthesis.text.sentences": ("\\s*[w\uff57]{1,20}", r"[\w.°º\u0900-\u0963]*$", r"(\w+)\.$"),
    "marketplace.api.text_streams.alignment": (r"(?P<name>[a-z]+",),
    "marketplace.api.text_streams.collected_text": (r"\s*<(?:\?xml",),
    "synthesis.text.ssml": (r"\ufeff?\s*(?:<\?xml",),
    "marketplace.spreadsheets": ("'*(?:[",),
    "marketplace.storefront.chosen_currency": (r"\s*([a-z]{2,3})",),
}


def _cost(pattern: re.Pattern[str], text: str) -> float:
    taken = []
    for _ in range(3):
        begun = time.thread_time()
        pattern.search(text)
        taken.append(time.thread_time() - begun)
        if taken[-1] < UNSEEN:
            break
    return min(taken)


def _grows_with_its_square(pattern: re.Pattern[str]) -> str:
    """A text for which a pattern takes sixteen times as long when it is four times as long; else empty."""
    for short in LENGTHS:
        longer = pumped(pattern, 4 * short, most=5)
        for text, four_times in zip(pumped(pattern, short, most=5), longer, strict=True):
            once = _cost(pattern, text)
            if once > UNSEEN and _cost(pattern, four_times) > 9 * once:
                return text
    return ""


def test_a_pattern_that_starts_anew_at_each_character_is_found_out() -> None:
    for slow in (r"[.!?…]+[\"']*(?=\s|$)", r"\d[\d,]*%"):  # a busy machine may hide it once
        assert any(_grows_with_its_square(re.compile(slow)) for _ in range(3))
    assert not _grows_with_its_square(re.compile(r"(?<![.!?…])[.!?…]++[\"']*+(?=\s|$)"))


def test_no_pattern_takes_time_with_the_square_of_a_text() -> None:
    read, found = 0, {}
    for module in modules_of(synthesis.text, marketplace):
        if module.__name__.removeprefix("synthesis.text.").startswith(BY_SENTENCE):
            continue
        for source, pattern in patterns_of(module).items():
            read += 1
            if source.startswith(FROM_ONE_PLACE.get(module.__name__, ("\0",))):
                continue
            if text := _grows_with_its_square(pattern):
                found[f"{module.__name__}: {source}"] = text[:4]
    assert read > 80
    assert found == {}


def test_no_pattern_has_a_possessive_group() -> None:
    """Debian 12's Python (3.11.2) matches one wrongly where what is within it may be matched in several ways."""
    possessive = re.compile(r"(?<!\\)\)(?:[?*+]|\{\d*,?\d*\})\+")
    assert possessive.search(r"a(?:\d{1,3})*+")
    found = [
        source
        for module in modules_of(synthesis.text, marketplace)
        for source in patterns_of(module)
        if possessive.search(source)
    ]
    assert found == []
