"""Whisper base on CTranslate2 (int8 on the CPU)."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.resample import resample

_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
_lock = threading.Lock()


def _linked_folder() -> Path:
    """A folder that links all of the model's files; several workers may create it at once."""
    folder = weights.cache_folder() / "whisper-base-links"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _FILES:
        link = folder / name
        source = weights.locate(f"whisper-base/{name}")
        if link.resolve() != source.resolve():
            fresh = folder / f"{name}.{secrets.token_hex(8)}"
            fresh.symlink_to(source)
            fresh.replace(link)
    return folder


@lru_cache(maxsize=1)
def _model() -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(_linked_folder()), device="cpu", compute_type="int8", cpu_threads=2)


def transcribe(
    samples: NDArray[np.float32], rate: int, *, language: str | None = "en", hint: str | None = None
) -> str:
    """Transcribe mono float32 samples [n] at `rate` Hz; with language None, Whisper guesses it.

    hint: a prompt, e.g. names that are about to be read.
    """
    with _lock:
        segments, _ = _model().transcribe(
            resample(samples, rate, 16_000),
            language=language,
            beam_size=5,
            condition_on_previous_text=False,
            initial_prompt=hint,
        )
        return " ".join(segment.text.strip() for segment in segments)


def timed_words(samples: NDArray[np.float32], rate: int) -> list[tuple[str, float, float]]:
    """Words in English speech [n] with their start and end times (s)."""
    with _lock:
        segments, _ = _model().transcribe(
            resample(samples, rate, 16_000), language="en", beam_size=5, word_timestamps=True
        )
        return [(w.word.strip(), w.start, w.end) for s in segments for w in s.words]


def recognize_language(samples: NDArray[np.float32], rate: int) -> str:
    """The language of mono float32 samples [n], as Whisper's two-letter code."""
    with _lock:
        language, _, _ = _model().detect_language(resample(samples, rate, 16_000))
        return str(language)
