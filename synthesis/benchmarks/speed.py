"""Speed compared with other engines, to the first audio, and against the processor's limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from synthesis.benchmarks.peers import PEERS, Peer, Timing
from synthesis.engines.kokoro import KokoroEngine
from synthesis.inference.generator import QuantizedGenerator
from synthesis.inference.quantized_rendering import QuantizedRenderer
from synthesis.models.generator import FRAME, SAMPLE_RATE
from synthesis.models.kokoro import noise_like
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize

NUMBERS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
]
LINES = {  # by number of words; each run gets another number, so that nothing is cached
    6: "Please bring the {} red chairs.",
    11: "Nobody had told him that the {} museums close so early.",
    20: "After a long and rather difficult silence, the {} old captains asked everyone on deck to "
    "return to the ship.",
    38: "Heavy snow is expected in the mountains over the next {} days, so drivers should allow a "
    "good deal of extra time, keep a full tank of fuel, and carry a blanket and some water in the "
    "car.",
}
COMPARED = 20  # words of the line on which engines are compared
REST = 0.3  # seconds between runs, so that the processor can cool


def compare(rounds: int) -> dict[str, dict[str, float]]:
    """Run the engines in turn on the same line: medians of real-time factor and first audio (s)."""
    peers = {name: Peer(name) for name in PEERS}
    timings: dict[str, list[Timing]] = {name: [] for name in PEERS}
    try:
        for peer in peers.values():
            peer.speak(LINES[COMPARED].format("one"))
        for turn in range(rounds):
            for name, peer in peers.items():
                timings[name].append(peer.speak(LINES[COMPARED].format(NUMBERS[turn % 12])))
                time.sleep(REST)
    finally:
        for peer in peers.values():
            peer.close()
    return {
        name: {
            "rtf": float(np.median([t["total"] / t["audio"] for t in runs])),
            "first": float(np.median([t["first"] for t in runs])),
        }
        for name, runs in timings.items()
    }


def first_audio(
    engine: KokoroEngine, template: VoiceTemplate, rounds: int
) -> dict[int, dict[str, float]]:
    """By number of words: seconds to the first audio (median, largest), seconds of audio, RTF."""
    figures = {}
    for words, line in LINES.items():
        firsts, factors, seconds = [], [], 0.0
        for turn in range(-2, rounds):  # two runs to warm up
            started, first, seconds = time.perf_counter(), 0.0, 0.0
            for chunk in engine.synthesize(line.format(NUMBERS[turn % 12]), template):
                first = first or time.perf_counter() - started
                seconds += chunk.seconds
            if turn >= 0:
                firsts.append(first)
                factors.append((time.perf_counter() - started) / seconds)
            time.sleep(REST)
        figures[words] = {
            "audio": seconds,
            "first": float(np.median(firsts)),
            "largest": max(firsts),
            "rtf": float(np.median(factors)),
        }
    return figures


def peak(size: int = 2048, runs: int = 8) -> float:
    """Eight-bit operations per second of a large matrix product on all cores (2 * size³ each)."""
    a = torch.randint(-128, 127, (size, size), dtype=torch.int8)
    best = float("inf")
    for _ in range(runs):
        started = time.perf_counter()
        torch._int_mm(a, a)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def arithmetic(engine: KokoroEngine, template: VoiceTemplate) -> float:
    """Operations per second of audio in the convolutions and matrix products of the float model.

    Recurrent layers and the overlap of windows are not counted.
    """
    tokens = tokenize(phonemize(LINES[COMPARED].format("two")))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        prosody = engine.model.prosody(tokens, template.prosody[None], template.rate)
        engine.model.decoder(
            prosody.aligned, prosody.f0, prosody.energy, template.norms[None], None, None
        )
    seconds = prosody.aligned.shape[2] * FRAME / SAMPLE_RATE
    return float(counter.get_total_flops()) / seconds


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Stopwatch:
    """Seconds spent in named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def wrap(self, part: str, work: Any) -> Any:
        """`work` with its calls timed."""
        return _Timed(self.seconds, part, work)


class _Timed:
    def __init__(self, seconds: dict[str, float], part: str, work: Any) -> None:
        self._seconds, self._part, self._work = seconds, part, work

    def __call__(self, *arguments: Any) -> Any:
        started = time.perf_counter()
        result = self._work(*arguments)
        spent = time.perf_counter() - started
        self._seconds[self._part] = self._seconds.get(self._part, 0.0) + spent
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)


@contextmanager
def _timing_generator(generator: QuantizedGenerator, watch: _Stopwatch) -> Iterator[None]:
    """Time the parts inside the generator while the context is open."""
    parts: dict[str, list[Any]] = {
        "upsampling (bf16)": generator.ups,
        "residual blocks (int8)": generator.resblocks,
    }
    originals = {part: list(works) for part, works in parts.items()}
    for part, works in parts.items():
        works[:] = [watch.wrap(part, work) for work in works]
    try:
        yield
    finally:
        for part, works in parts.items():
            works[:] = originals[part]


def where_time_goes(engine: KokoroEngine, template: VoiceTemplate, rounds: int) -> dict[str, float]:
    """Milliseconds of one core per second of audio, by part.

    Raises:
        ValueError: the engine doesn't run in eight bits here, so it has other parts.
    """
    renderer = engine.renderer
    if not isinstance(renderer, QuantizedRenderer):
        raise ValueError(f"The parts are known for int8, not for {renderer.name}.")
    watch, audio = _Stopwatch(), 0.0
    timed, generator = watch.wrap, renderer.generator
    with _timing_generator(generator, watch), _one_thread(), torch.inference_mode():
        for turn in range(-1, rounds):
            if turn == 0:
                watch.seconds.clear()
                audio = 0.0
            text = LINES[COMPARED].format(NUMBERS[turn % 12])
            for line in timed("text to phonemes", engine.prepare)(text, template):
                prosody = timed("prosody (bf16)", engine.predict)(
                    line.tokens, template.prosody, template.rate
                )
                frames = prosody.aligned.shape[2]
                source = timed("harmonic source", renderer.source)(
                    prosody.f0, noise_like(frames, 0)
                )
                x = timed("decoder body (int8, bf16)", renderer.frames)(
                    prosody.aligned, prosody.f0, prosody.energy, template.norms
                )
                voice = timed("norm tables", generator.voice)(template.norms, template.rest)
                excitation = timed("excitation blocks (int8)", generator.excite)(source, voice)
                timed("whole generator", generator)(x, excitation, voice)
                audio += frames * FRAME / SAMPLE_RATE
    spent = watch.seconds
    whole = spent.pop("whole generator")
    blocks = ("upsampling", "residual")
    inside = sum(seconds for part, seconds in spent.items() if part.startswith(blocks))
    spent["joins, last convolution, inverse STFT"] = whole - inside
    return {part: 1000 * seconds / audio for part, seconds in spent.items()}
