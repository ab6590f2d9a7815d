"""Text to phoneme tokens in the model's own phoneme set: English by misaki, others by eSpeak NG."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from synthesis import weights
from synthesis.models.kokoro import MAX_TOKENS
from synthesis.refusals import TextTooLong
from synthesis.text.english.phonemes import english_reader
from synthesis.text.espeak import espeak_reader
from synthesis.text.espeak import lock as _espeak
from synthesis.text.languages import LANGUAGES
from synthesis.text.normalize import FOLDERS
from synthesis.text.pieces import Given
from synthesis.text.pronunciation import model_phonemes

_BEFORE_MARKS = re.compile(r"\s+(?=[.,;:!?…”)])")
_own = {"zh-CN": threading.Lock(), "ja": threading.Lock()}  # whose readers do without


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Phoneme -> token id, as packaged with the weights."""
    table: dict[str, int] = json.loads(weights.locate("kokoro/vocab.json").read_text())["vocab"]
    return table


@lru_cache(maxsize=len(LANGUAGES))
def _reader(language: str) -> Any:
    if language in ("en-US", "en-GB"):
        return english_reader(language == "en-GB")
    if not LANGUAGES[language]:
        package = import_module(f"synthesis.text.{FOLDERS[language]}")
        own: Callable[[str], str] = package.reader(_english)
        return own
    return espeak_reader(language)


def _english(text: str) -> str:
    """English words in a sentence of another language."""
    with _espeak:
        return _reader("en-US")(text) or ""


@lru_cache(maxsize=4096)
def phonemize(text: str, language: str = "en-US") -> str:
    """Phonemes of one sentence; characters outside the vocabulary are left out.

    Raises:
        ValueError: the language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"Unknown language {language!r}; use one of {', '.join(LANGUAGES)}.")
    with _own.get(language, _espeak):
        phonemes = _reader(language)(text) or ""
    known = vocabulary()
    return "".join(symbol for symbol in phonemes.strip() if symbol in known)


def phonemize_with(text: str, language: str, given: Mapping[str, Given]) -> str:
    """Phonemes of a sentence in which some characters stand for words with given phonemes."""
    if not any(mark in text for mark in given):
        return phonemize(text, language)
    known = vocabulary()
    phonemes = ""
    for part in re.split(f"([{''.join(given)}])", text):
        if part in given:
            said = model_phonemes(given[part].ipa, language)
        elif any(character.isalnum() for character in part):
            said = phonemize(part, language)
        else:
            said = part.strip()
        apart = " " if part[:1].isspace() and phonemes else ""
        phonemes += apart + "".join(symbol for symbol in said if symbol in known)
        phonemes += " " if part[-1:].isspace() else ""
    return _BEFORE_MARKS.sub("", " ".join(phonemes.split()))


def tokenize(phonemes: str) -> Tensor:
    """Phonemes as token ids [1, n + 2] with a boundary token at each end.

    Raises:
        TextTooLong: more than `MAX_TOKENS` phonemes.
    """
    if len(phonemes) > MAX_TOKENS:
        raise TextTooLong(f"{len(phonemes)} phonemes in one sentence; the limit is {MAX_TOKENS}.")
    known = vocabulary()
    return torch.tensor([[0, *(known[symbol] for symbol in phonemes), 0]])
