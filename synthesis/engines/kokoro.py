"""Kokoro-82M as a speech engine on PyTorch."""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import zip_longest

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio import loudness, pitch
from synthesis.audio.edges import Edges
from synthesis.engines import articulation, expression, manners, script, style_tables
from synthesis.engines.interface import AudioChunk
from synthesis.engines.pace import SPEEDS, Pace, pace_of
from synthesis.engines.passage import Passage
from synthesis.engines.release import PACKAGED, Release
from synthesis.engines.script import Line
from synthesis.inference import rendering
from synthesis.inference.cores import cores
from synthesis.inference.norms import Moments
from synthesis.inference.precision import in_half, with_half_weights
from synthesis.inference.renderer import Renderer
from synthesis.models.conversion import float_state_dict
from synthesis.models.generator import FRAME, SAMPLE_RATE
from synthesis.models.kokoro import Kokoro, Prosody, noise_like
from synthesis.refusals import TextRefused
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.text.wording import Wording
from synthesis.verification import ge2e

STYLE_ROW = 100  # of the packaged tables, which hold a style per sentence length
SETTLING_SENTENCES = (  # for measuring a voice's statistics and loudness
    "The birch canoe slid on the smooth planks, and we glued the sheet to the dark blue background.",
    "It's easy to tell the depth of a well, isn't it? These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls; the juice of lemons makes fine punch.",
    "Where were they when the noisy truck went by? Nobody knows, but everybody heard it.",
)

SAMPLE_SENTENCE = "Once the rain had stopped, we walked along the harbour and talked about home."


@dataclass(frozen=True)
class StockStyle:
    """A packaged voice: style [256] (decoder | prosody), embedding [256], mean log F0."""

    name: str
    style: Tensor
    embedding: NDArray[np.float32]
    pitch: pitch.PitchRange

    @property
    def decoder(self) -> Tensor:
        return self.style[:128]

    @property
    def prosody(self) -> Tensor:
        return self.style[128:]


class KokoroEngine:
    """Kokoro-82M.

    Requests share the processor's cores in small steps: the prosody of a sentence (and meanwhile of
    the next), its frames, its windows, each scheduled by when a listener needs it. Nothing is
    computed far ahead of a slow listener, so slow listeners can't starve others.
    """

    name = "kokoro-82m"
    sample_rate = SAMPLE_RATE

    def __init__(
        self,
        *,
        rendering: str = "auto",
        release: Release = PACKAGED,
        edges: Edges | None = None,
    ) -> None:
        self.release = release
        self.version, self.speaks = release.version, release.speaks
        self.rendering = rendering
        self.edges = edges or Edges()
        self._settling = threading.Lock()
        self._settled: OrderedDict[bytes, VoiceTemplate] = OrderedDict()

    @cached_property
    def model(self) -> Kokoro:
        """The float model, read from the packaged int8 graph on first use (about 3 s)."""
        model = Kokoro().eval().requires_grad_(False)
        state = float_state_dict(self.release.locate("kokoro/model.int8.onnx").read_bytes())
        model.load_state_dict(state)
        return model

    @cached_property
    def _text_side(self) -> Kokoro:
        """The model without its decoder, ready to run in half precision."""
        return with_half_weights(self.model, without=self.model.decoder)

    @cached_property
    def packaged(self) -> dict[str, Tensor]:
        """The styles [256] that come with the weights, by name: where enrolment begins."""
        with np.load(self.release.locate("kokoro/styles.npz")) as tables:
            return {name: torch.from_numpy(tables[name][STYLE_ROW, 0]) for name in tables}

    @cached_property
    def styles(self) -> dict[str, Tensor]:
        """Every stock style [256] (decoder | prosody) by name, for a sentence of usual length."""
        tables = style_tables.style_tables()
        return {name: tables.style(name) for name in tables.tables} | self.packaged

    @cached_property
    def renderer(self) -> Renderer:
        """The renderer of samples, chosen by hardware unless `rendering` names one."""
        styles = torch.stack(list(self.packaged.values()))
        with torch.no_grad():
            voices = self.model.decoder.voice_from_style(styles[:, :128])
        return rendering.renderer(self.model.decoder, voices, self.rendering)

    @cached_property
    def stock(self) -> dict[str, StockStyle]:
        """The styles that come with the weights, each rendered once for its embedding and pitch."""
        styles = {}
        for name, style in self.packaged.items():
            with torch.no_grad():
                norms = self.model.decoder.voice_from_style(style[None, :128])[0]
            prosody = self.predict(tokenize(phonemize(SAMPLE_SENTENCE)), style[128:])
            samples = self.renderer.measure(
                prosody.aligned, prosody.f0, prosody.energy, norms, Moments()
            )
            embedding = ge2e.embed(samples, SAMPLE_RATE)
            measured = pitch.pitch_range([prosody.f0[0].numpy()])
            styles[name] = StockStyle(
                name, style, embedding, measured or pitch.PitchRange(math.log(160), 0.2)
            )
        return styles

    def predict(self, tokens: Tensor, style: Tensor, pace: float | Tensor = 1.0) -> Prosody:
        """Durations, F0 and energy of a sentence in a prosody style [128]; pace: also by token."""
        with torch.inference_mode(), in_half():
            prosody = self._text_side.prosody(tokens, style[None], pace)
            return Prosody(
                prosody.durations,
                prosody.f0.float(),
                prosody.energy.float(),
                prosody.aligned.float(),
            )

    def settle(
        self, template: VoiceTemplate, sentences: Sequence[str] = SETTLING_SENTENCES
    ) -> VoiceTemplate:
        """The template with its statistics and gain, which can only be measured by rendering it."""
        moments, samples = Moments(), []
        # as it will be heard: the gain is for that
        spoken = self._speaking(template, {template.language})[template.language]
        for sentence in sentences:
            phonemes = phonemize(sentence)
            manner = manners.style(spoken, len(phonemes))
            prosody = self.predict(tokenize(phonemes), manner, pace_of(spoken.rate).model)
            f0 = pitch.move(prosody.f0, spoken.pitch_offset, spoken.pitch_scale)
            samples.append(
                self.renderer.measure(prosody.aligned, f0, prosody.energy, spoken.norms, moments)
            )
        gain = loudness.gain_to_target(np.concatenate(samples), SAMPLE_RATE)
        return replace(template, rest=moments.rest(), gain=round(gain, 4))

    def _speaking(
        self, template: VoiceTemplate, languages: Iterable[str]
    ) -> dict[str, VoiceTemplate]:
        """The template as it speaks each of some languages: its manner, pitch and sounds there."""
        return {
            language: replace(
                manners.speaking(template, language),
                norms=articulation.norms(self.model.decoder, template, language),
            )
            for language in languages
        }

    def _ready(self, template: VoiceTemplate) -> VoiceTemplate:
        """The template itself, or for format 1 its settled version, which is cached."""
        if template.rest is not None:
            return template
        key = hashlib.sha256(template.norms.numpy().tobytes()).digest()
        with self._settling:
            settled = self._settled.pop(key, None) or self.settle(template)
            self._settled[key] = settled
            while len(self._settled) > 64:
                self._settled.popitem(last=False)
        return settled

    def warm(self) -> None:
        """Load the weights and speak once, so that the first listener doesn't wait."""
        mixed = self.mix({"jf_alpha": 1.0})
        for _ in self.synthesize("Ready.", mixed):
            pass

    def mix(
        self,
        shares: Mapping[str, float],
        *,
        pitch_shift: float = 0.0,
        pitch_scale: float = 1.0,
        rate: float = 1.0,
        language: str = "en-US",
    ) -> VoiceTemplate:
        """A voice that belongs to no person: a point between stock styles.

        shares: stock name -> weight (any sum); pitch_shift in semitones around the mixed pitch.

        Raises:
            ValueError: an unknown stock style.
        """
        unknown = set(shares) - set(self.styles)
        if unknown:
            raise ValueError(f"Unknown styles {sorted(unknown)}; there are {sorted(self.styles)}.")
        total = sum(shares.values())
        style = torch.zeros(256)
        for name, share in shares.items():
            style = style + self.styles[name] * (share / total)
        with torch.no_grad():
            norms = self.model.decoder.voice_from_style(style[None, :128])[0]
        centre = math.log(180.0)  # the log F0 that scaling leaves unchanged
        offset = pitch_shift * math.log(2) / 12 + centre * (1 - pitch_scale)
        template = self.settle(
            VoiceTemplate(
                engine=self.name,
                version=self.version,
                norms=norms.half().float(),
                prosody=style[128:],
                pitch_offset=offset,
                pitch_scale=pitch_scale,
                rate=rate,
                language=language,
                details={
                    "source": "style mix",
                    "shares": dict(shares),
                    # a release that brings styles of its own has one row of each
                    "by_length": "kokoro/styles.npz" not in self.release.files,
                },
            )
        )
        samples = np.concatenate([c.samples for c in self.synthesize(SAMPLE_SENTENCE, template)])
        template.details["embedding"] = ge2e.embed(samples, SAMPLE_RATE).tolist()
        return template

    def prepare(self, text: str | Wording, template: VoiceTemplate) -> list[Line]:
        """Split a text into the lines to speak; raises what `synthesize` raises."""
        template.require(self.name, self.speaks)
        return script.lines_of(text, template.language)

    def synthesize(
        self,
        text: str | Wording,
        template: VoiceTemplate,
        *,
        speed: float = 1.0,
        seed: int = 0,
        stop: threading.Event | None = None,
    ) -> Iterator[AudioChunk]:
        """Speak; see `SpeechEngine.synthesize`."""
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise TextRefused("speed", f"Speed must be between {SPEEDS[0]} and {SPEEDS[1]}.")
        return self._stream(self.prepare(text, template), self._ready(template), speed, seed, stop)

    def _stream(
        self,
        lines: list[Line],
        template: VoiceTemplate,
        speed: float,
        seed: int,
        stop: threading.Event | None,
    ) -> Iterator[AudioChunk]:
        shared = cores()
        speaking = self._speaking(template, {line.language for line in lines})

        def pace(line: Line) -> Pace:
            rate = speaking[line.language].rate
            return pace_of(rate, speed * expression.paces(line.deliveries)[0])

        def predict(line: Line) -> Prosody:
            by_token = expression.paces(line.deliveries)[1]
            model = pace(line).model
            manner = manners.style(speaking[line.language], len(line.phonemes))
            paced = model if by_token is None else model * by_token
            return self.predict(line.tokens, manner, paced)

        started, offset = time.monotonic(), 0.0
        if shared.idle:  # then all cores may work on the first sound
            upcoming = Future[Prosody]()
            upcoming.set_result(predict(lines[0]))
        else:
            upcoming = shared.submit(started, predict, lines[0])
        try:
            for line, following in zip_longest(lines, lines[1:]):
                due = started + offset  # when someone listening from the start will need it
                edges = Edges(
                    before=self.edges.before if line is lines[0] else math.inf,
                    after=self.edges.after if following is None else math.inf,
                )
                passage = Passage(line, upcoming.result(), pace(line), template.gain, edges)
                if following is not None:
                    upcoming = shared.submit(due + passage.seconds, predict, following)
                if line.before:
                    silence = np.zeros(round(line.before * SAMPLE_RATE), np.float32)
                    place = line.at(line.sentence.start)
                    yield AudioChunk(silence, SAMPLE_RATE, place, place, offset)
                    offset += line.before
                start, length = line.sentence.start, len(line.sentence.text)
                told = False
                for samples, done in self._speak(passage, speaking[line.language], seed, due):
                    if stop is not None and stop.is_set():
                        return
                    words, marks = ((), ()) if told else passage.words_and_marks(offset)
                    told = True
                    end = line.until(start + round(length * done))
                    yield AudioChunk(
                        samples, SAMPLE_RATE, line.at(start), end, offset, words, marks
                    )
                    offset += len(samples) / SAMPLE_RATE
        finally:
            upcoming.cancel()

    def _speak(
        self, passage: Passage, template: VoiceTemplate, seed: int, due: float
    ) -> Iterator[tuple[NDArray[np.float32], float]]:
        """Blocks of a sentence, each with the share of the sentence done so far."""
        prosody, frames = passage.prosody, passage.prosody.aligned.shape[2]
        f0 = pitch.move(prosody.f0, template.pitch_offset, template.pitch_scale)
        f0 = expression.moved_f0(f0, passage.line.deliveries, prosody.durations)
        own = hashlib.sha256(passage.line.tokens.numpy().tobytes()).digest()[:4]
        noise = noise_like(frames, (seed + int.from_bytes(own)) % 2**63)
        assert template.rest is not None
        total, rendered = passage.frames * FRAME, 0
        for block in self.renderer.blocks(
            prosody.aligned,
            f0,
            prosody.energy,
            template.norms,
            template.rest,
            noise,
            due,
            passage.skipped,
        ):
            rendered += len(block)
            samples = passage(block)
            if rendered < total and len(samples):
                yield samples, rendered / total
        yield np.concatenate([samples, passage.finish()]), 1.0


@lru_cache(maxsize=1)
def engine() -> KokoroEngine:
    """The process-wide engine; weights load on first use.

    `TIMBRE_RENDERER` names the renderer, `TIMBRE_SILENCE_BEFORE` and `TIMBRE_SILENCE_AFTER` the most
    silence around speech, in seconds.
    """
    return KokoroEngine(
        rendering=os.environ.get("TIMBRE_RENDERER", "auto"),
        edges=Edges.read(os.environ),
    )
