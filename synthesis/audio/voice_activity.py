"""Where somebody speaks (Silero VAD)."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis.audio.resample import resample

_RATE = 16_000
_lock = threading.Lock()  # the model is stateful while it runs


@lru_cache(maxsize=1)
def _silero() -> tuple[Any, Any]:
    """The model and the function that reads its probabilities."""
    threads = torch.get_num_threads()
    from silero_vad import get_speech_timestamps, load_silero_vad

    model = load_silero_vad(onnx=True)
    torch.set_num_threads(threads)  # the package sets 1 for the whole process when imported
    return model, get_speech_timestamps


def speech_spans(
    samples: NDArray[np.float32], rate: int, *, join: float = 0.3
) -> list[tuple[float, float]]:
    """Spans of speech in seconds, pauses shorter than `join` seconds inside."""
    audio = resample(samples, rate, _RATE)
    peak = float(np.abs(audio).max(initial=0.0))
    if peak < 1e-4:
        return []
    with _lock:
        model, get_speech_timestamps = _silero()
        spans = get_speech_timestamps(
            torch.from_numpy(audio * (0.7 / peak)),
            model,
            sampling_rate=_RATE,
            min_silence_duration_ms=round(join * 1000),
            speech_pad_ms=60,
        )
    return [(span["start"] / _RATE, span["end"] / _RATE) for span in spans]
