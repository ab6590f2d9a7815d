"""A learned watermark: AudioSeal (San Roman et al. 2024, "Proactive Detection of Voice Cloning").

Its networks carry 16 bits; `slots` sends ours in turn, one second each, so reading them takes five
seconds. The weights are public: anyone who has them can detect a mark, erase it, or copy it to
another clip, but can't create a new one without the key. No package contains them: put
`audioseal/generator_base.pth` and `audioseal/detector_base.pth` into the folder of `TIMBRE_WEIGHTS`,
or allow the model hub.
"""

from __future__ import annotations

import os
from collections import defaultdict
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.resample import resample
from synthesis.watermark import slots
from synthesis.watermark.interface import Detection, Heard, Verdict, united

RATE = 24_000
SLOT = RATE  # samples per message
FADE = 120  # samples over which the mark of a slot fades in and out
PRESENT = 0.5  # from this share of marked samples on, a clip is not called unmarked
LOOKED_AT = 20.0  # seconds of a clip that are examined
CONCLUSIVE = 5.0  # seconds that contain every slot, wherever they begin
_SOFTEST = 320  # samples of the shortest clip that the networks accept


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _configuration(card: str, kind: Any) -> Any:
    from audioseal.loader import AudioSeal, load_local_model_config
    from omegaconf import OmegaConf

    read: Any = OmegaConf.to_container(load_local_model_config(card))
    read.pop("checkpoint")
    return AudioSeal.parse_config(read, config_type=kind)


def _state(name: str) -> dict[str, Any]:
    """The tensors of a checkpoint; no code in it is run."""
    from audioseal.loader import convert_state_dict_for_scriptable_model
    from omegaconf import DictConfig, ListConfig
    from omegaconf.base import ContainerMetadata, Metadata
    from omegaconf.nodes import AnyNode

    settings = [DictConfig, ListConfig, ContainerMetadata, Metadata, AnyNode, Any, defaultdict]
    with torch.serialization.safe_globals([*settings, dict, list, int]):
        loaded = torch.load(weights.locate(name), map_location="cpu", weights_only=True)
    state = loaded["best_state"]["model"] if "best_state" in loaded else loaded.get("model", loaded)
    converted: dict[str, Any] = convert_state_dict_for_scriptable_model(state)
    return converted


@lru_cache(maxsize=1)
def _generator() -> Any:
    os.environ.setdefault("NO_TORCH_COMPILE", "1")  # compiling takes longer than any clip
    from audioseal.builder import AudioSealWMConfig, create_generator
    from audioseal.loader import load_state_dict

    model = create_generator(_configuration("audioseal_wm_16bits", AudioSealWMConfig))
    load_state_dict(model, _state("audioseal/generator_base.pth"))
    return model.eval().requires_grad_(False).to(_device())


@lru_cache(maxsize=1)
def _detector() -> Any:
    os.environ.setdefault("NO_TORCH_COMPILE", "1")
    from audioseal.builder import AudioSealDetectorConfig, create_detector
    from audioseal.loader import load_state_dict

    model = create_detector(_configuration("audioseal_detector_16bits", AudioSealDetectorConfig))
    load_state_dict(model, _state("audioseal/detector_base.pth"))
    return model.eval().requires_grad_(False).to(_device())


class AudioSealMarker:
    """Marks one stream of 24 kHz samples, one second at a time.

    Raises ValueError for a payload of more than 32 bits, WeightsMissing without weights.
    """

    def __init__(self, key: bytes, payload: int) -> None:
        self._messages = torch.from_numpy(slots.messages(payload, key))
        self._generator = _generator()
        self._waiting = np.zeros(0, np.float32)
        self._slot = 0

    def mark(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add samples; returns the seconds completed so far, marked."""
        self._waiting = np.concatenate([self._waiting, samples.astype(np.float32, copy=False)])
        pieces = []
        while len(self._waiting) >= SLOT:
            pieces.append(self._mark_slot(self._waiting[:SLOT]))
            self._waiting = self._waiting[SLOT:]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def finish(self) -> NDArray[np.float32]:
        """The rest of the last second, marked."""
        left, self._waiting = self._waiting, np.zeros(0, np.float32)
        return self._mark_slot(left) if len(left) else left

    def _mark_slot(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        message = self._messages[self._slot % slots.SLOTS]
        self._slot += 1
        padded = np.pad(samples, (0, max(0, _SOFTEST - len(samples))))
        sound = torch.from_numpy(padded)[None, None].to(_device())
        added = self._generator.get_watermark(sound, message=message[None].to(_device()))
        mark: NDArray[np.float32] = added[0, 0, : len(samples)].cpu().numpy()
        fade = min(FADE, len(mark) // 2)
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        mark[:fade] *= ramp
        mark[len(mark) - fade :] *= ramp[::-1]
        return samples + mark


class AudioSeal:
    """The method of `WATERMARK=audioseal`."""

    def marker(self, key: bytes, payload: int) -> AudioSealMarker:
        return AudioSealMarker(key, payload)

    def detect(self, samples: NDArray[np.float32], rate: int, key: bytes) -> Detection:
        """Look for a mark; the score is the share of samples that the network considers marked."""
        clip = samples[: int(LOOKED_AT * rate)]
        at_rate = clip if rate == RATE else resample(clip, rate, RATE)
        seconds = round(len(at_rate) / RATE, 2)
        part = SLOT // slots.PARTS
        whole = len(at_rate) // part * part
        if not whole:
            return Detection(Verdict.INCONCLUSIVE, None, 0.0, 1.0, seconds)
        sound = torch.from_numpy(np.ascontiguousarray(at_rate[:whole], np.float32))
        raw = _detector().detector(sound[None, None].to(_device()))[0].cpu()
        marked = (torch.softmax(raw[:2], 0)[1] > PRESENT).float()
        present = float(marked.mean())
        soft = raw[2:].reshape(slots.BITS, -1, part).mean(2).numpy()
        payload = slots.read(soft, key)
        if payload is not None:
            verdict = Verdict.WATERMARKED
        elif present >= PRESENT or seconds < CONCLUSIVE:
            verdict = Verdict.INCONCLUSIVE
        else:
            verdict = Verdict.NOT_DETECTED
        marks: tuple[Heard, ...] = ()
        if payload is not None:
            parts = np.flatnonzero(marked.reshape(-1, part).mean(1).numpy() > PRESENT)
            spans = [(at * part / RATE, (at + 1) * part / RATE) for at in parts.tolist()]
            marks = (Heard(payload, round(present, 2), united(spans, seconds)),)
        return Detection(verdict, payload, round(present, 2), 1.0, seconds, marks)
