"""eSpeak NG's readings of words, in the phoneme set of the model; light enough for a web server."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType, SimpleNamespace

from synthesis.text.languages import LANGUAGES

_log = logging.getLogger("phonemizer")
lock = threading.Lock()  # the shared library keeps one global voice


def stand_in_for_segments() -> None:
    """Let phonemizer be imported without the tokenizer `segments`, which it only names.

    With the tables that it needs, that package would take 50 MB of every installation.
    """
    unused = ModuleType("segments")
    unused.Profile = object  # type: ignore[attr-defined]
    sys.modules.setdefault("segments", unused)


@lru_cache(maxsize=len(LANGUAGES))
def espeak_reader(language: str) -> Callable[[str], str]:
    """A function from a text to its phonemes; hold `lock` while it is made and called."""
    stand_in_for_segments()
    from misaki import espeak

    if language in ("en-US", "en-GB"):
        english = espeak.EspeakFallback(british=language == "en-GB")
        return lambda text: english(SimpleNamespace(text=text))[0] or ""
    reader = espeak.EspeakG2P(language=LANGUAGES[language])
    return lambda text: reader(text)[0] or ""


@lru_cache(maxsize=8192)
def espeak_phonemes(text: str, language: str) -> str:
    """How eSpeak NG reads a text."""
    with lock:
        read = espeak_reader(language)
        _log.setLevel(logging.ERROR)  # it warns of each foreign word
        return read(text).strip()
