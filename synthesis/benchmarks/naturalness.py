"""Judges of naturalness: two networks that predict what listeners answer, from 1 (bad) to 5 (excellent).

Neither takes part in a training here, and both judge a clip by itself, without the person.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.compiled import compiled_librosa
from synthesis.audio.resample import resample

SAMPLE_RATE = 16_000
HEARD = 9.01  # seconds that DNSMOS hears at a time


@lru_cache(maxsize=1)
def _distill_mos() -> torch.nn.Module:
    network: torch.nn.Module = _distillmos_package().ConvTransformerSQAModel(load_weights=False)
    checkpoint = torch.load(
        weights.locate("distillmos/weights.pt"), map_location="cpu", weights_only=True
    )
    network.load_state_dict(checkpoint["model"])
    return network.eval().requires_grad_(False)


def _distillmos_package() -> Any:
    """The package, without torchaudio, which it imports for its command line alone."""
    stands_in = importlib.util.find_spec("torchaudio") is None
    if stands_in:
        sys.modules["torchaudio"] = ModuleType("torchaudio")
    try:
        return importlib.import_module("distillmos")
    finally:
        if stands_in:
            del sys.modules["torchaudio"]


def distill_mos(samples: NDArray[np.float32], rate: int) -> float:
    """Mean opinion score by DistillMOS (Stahl and Gamper 2025).

    samples: mono float32 [n] at `rate` Hz, at any level.

    Raises:
        WeightsMissing, ImportError: `distillmos` or `xls-r-sqa` is not installed.
    """
    audio = torch.tensor(resample(samples, rate, SAMPLE_RATE))
    with torch.inference_mode():
        return float(_distill_mos()(audio[None]))


@lru_cache(maxsize=1)
def _dnsmos() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(weights.locate("dnsmos/p808.onnx")), options, providers=["CPUExecutionProvider"]
    )


def dnsmos(samples: NDArray[np.float32], rate: int) -> float:
    """Mean opinion score by DNSMOS P.808 (Reddy et al. 2021), over windows of 9 s a second apart.

    samples: mono float32 [n] at `rate` Hz, at any level; what is shorter than a window is repeated.

    Raises:
        WeightsMissing: `speechmos` is not installed.
    """
    audio = resample(samples, rate, SAMPLE_RATE)
    window = int(HEARD * SAMPLE_RATE)
    while len(audio) < window:
        audio = np.concatenate([audio, audio])
    count = int(len(audio) // SAMPLE_RATE - HEARD) + 1  # as `speechmos` counts them
    begins = [second * SAMPLE_RATE for second in range(count)]
    heard = [_mel(audio[begin : begin + window - 160])[None] for begin in begins]
    return float(np.mean([_dnsmos().run(None, {"input_1": one})[0] for one in heard]))


def _mel(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """What DNSMOS hears: 120 mel bands in dB below the loudest, [frames, 120]."""
    features = compiled_librosa().feature
    power = features.melspectrogram(y=audio, sr=SAMPLE_RATE, n_fft=321, hop_length=160, n_mels=120)
    decibels = compiled_librosa().power_to_db(power, ref=np.max)
    mel: NDArray[np.float32] = ((decibels + 40) / 40).T.astype(np.float32)
    return mel
