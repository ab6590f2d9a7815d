"""Kokoro-82M as a speech engine on PyTorch."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis import weights
from synthesis.audio.decoding import Recording
from synthesis.engines.interface import AudioChunk, Progress, TextRefused
from synthesis.enrolment import pitch
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.models.conversion import float_state_dict
from synthesis.models.generator import SAMPLE_RATE
from synthesis.models.kokoro import MAX_TOKENS, Kokoro, noise_like
from synthesis.template import VoiceTemplate
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.text.sentences import Sentence, split_sentences
from synthesis.verification import ge2e

SPEEDS = (0.5, 2.0)
STYLE_ROW = 100  # the stock tables hold a style for each sentence length; one is enough here
PARAGRAPH_PAUSE = 0.35  # seconds of extra silence after a blank line
FADE = 0.004  # seconds at both ends of a chunk, so that joins don't click
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


@dataclass(frozen=True)
class _Line:
    """A sentence ready to speak: its tokens and the silence that follows it (seconds)."""

    sentence: Sentence
    tokens: Tensor
    pause: float


class KokoroEngine:
    """Kokoro-82M, one forward pass at a time.

    `_lock` is never held across a `yield`: a slow listener can't starve the others.
    """

    name = "kokoro-82m"
    version = "1"
    sample_rate = SAMPLE_RATE

    def __init__(self, plan: AdaptationPlan | None = None) -> None:
        self.plan = plan or AdaptationPlan()
        self._lock = threading.Lock()

    @cached_property
    def model(self) -> Kokoro:
        """The float model, read from the packaged int8 graph on first use (about 3 s)."""
        model = Kokoro().eval().requires_grad_(False)
        state = float_state_dict(weights.locate("kokoro/model.int8.onnx").read_bytes())
        model.load_state_dict(state)
        return model

    @cached_property
    def stock(self) -> dict[str, StockStyle]:
        """The packaged styles, each heard once to know its embedding and pitch."""
        with np.load(weights.locate("kokoro/styles.npz")) as tables:
            styles = {name: torch.from_numpy(tables[name][STYLE_ROW, 0]) for name in tables}
        tokens = tokenize(phonemize(SAMPLE_SENTENCE))
        found = {}
        for name, style in styles.items():
            with torch.no_grad():
                prosody = self.model.prosody(tokens, style[None, 128:])
                norms = self.model.decoder.voice_from_style(style[None, :128])
                samples = self.model.decoder(prosody.aligned, prosody.f0, prosody.energy, norms)
            embedding = ge2e.embed(samples[0].numpy(), SAMPLE_RATE)
            heard = pitch.pitch_range([prosody.f0[0].numpy()])
            found[name] = StockStyle(
                name, style, embedding, heard or pitch.PitchRange(math.log(160), 0.2)
            )
        return found

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
        """A voice that no person has: a point between stock styles.

        shares: stock name -> weight (any sum); pitch_shift in semitones around the mixed pitch.

        Raises:
            ValueError: an unknown stock style.
        """
        with np.load(weights.locate("kokoro/styles.npz")) as tables:
            unknown = set(shares) - set(tables)
            if unknown:
                raise ValueError(f"Unknown styles {sorted(unknown)}; there are {sorted(tables)}.")
            total = sum(shares.values())
            style = sum(
                torch.from_numpy(tables[name][STYLE_ROW, 0]) * (share / total)
                for name, share in shares.items()
            )
        assert isinstance(style, Tensor)
        with torch.no_grad():
            norms = self.model.decoder.voice_from_style(style[None, :128])[0]
        centre = math.log(180.0)  # the point of log F0 that scaling leaves where it is
        offset = pitch_shift * math.log(2) / 12 + centre * (1 - pitch_scale)
        template = VoiceTemplate(
            engine=self.name,
            version=self.version,
            norms=norms,
            prosody=style[128:],
            pitch_offset=offset,
            pitch_scale=pitch_scale,
            rate=rate,
            language=language,
            details={"source": "style mix", "shares": dict(shares)},
        )
        samples = np.concatenate([c.samples for c in self.synthesize(SAMPLE_SENTENCE, template)])
        template.details["embedding"] = ge2e.embed(samples, SAMPLE_RATE).tolist()
        return template

    def enrol(
        self,
        recordings: Sequence[Recording],
        transcripts: Sequence[str] | None = None,
        *,
        language: str = "en-US",
        progress: Progress | None = None,
    ) -> VoiceTemplate:
        """Learn a speaker; see `SpeechEngine.enrol` and `synthesis.enrolment.speaker`."""
        from synthesis.enrolment.speaker import enrol_speaker

        return enrol_speaker(self, recordings, transcripts, language=language, progress=progress)

    def prepare(self, text: str, template: VoiceTemplate) -> list[_Line]:
        """Split, normalize and phonemize; raises what `synthesize` raises."""
        template.require(self.name, self.version)
        if not text.strip():
            raise TextRefused("empty_text", "There is nothing to say: the text is empty.")
        lines: list[_Line] = []
        for sentence in split_sentences(text):
            following = text[sentence.end : sentence.end + 80]
            blank = following[: len(following) - len(following.lstrip())].count("\n") >= 2
            pause = PARAGRAPH_PAUSE if blank else 0.0
            lines.extend(self._lines(sentence, template.language, pause))
        if not lines:
            raise TextRefused("empty_text", "There is nothing to say: the text has no words.")
        return lines

    def _lines(self, sentence: Sentence, language: str, pause: float) -> Iterator[_Line]:
        phonemes = phonemize(normalize(sentence.text, language), language)
        if len(phonemes) <= MAX_TOKENS:
            if any(symbol.isalpha() for symbol in phonemes):
                yield _Line(sentence, tokenize(phonemes), pause)
            return
        parts = split_sentences(sentence.text, limit=max(20, len(sentence.text) // 2))
        if len(parts) < 2:
            raise TextRefused(
                "unreadable_text", "A word in the text is too long to be read; put spaces into it."
            )
        for index, part in enumerate(parts):
            moved = Sentence(part.text, sentence.start + part.start, sentence.start + part.end)
            yield from self._lines(moved, language, pause if index == len(parts) - 1 else 0.0)

    def synthesize(
        self,
        text: str,
        template: VoiceTemplate,
        *,
        speed: float = 1.0,
        seed: int = 0,
        stop: threading.Event | None = None,
    ) -> Iterator[AudioChunk]:
        """Speak; see `SpeechEngine.synthesize`."""
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise TextRefused("speed", f"Speed must be between {SPEEDS[0]} and {SPEEDS[1]}.")
        return self._stream(self.prepare(text, template), template, speed, seed, stop)

    def _stream(
        self,
        lines: list[_Line],
        template: VoiceTemplate,
        speed: float,
        seed: int,
        stop: threading.Event | None,
    ) -> Iterator[AudioChunk]:
        offset = 0.0
        for line in lines:
            if stop is not None and stop.is_set():
                return
            with self._lock:
                samples = self._speak(line.tokens, template, speed, seed)
            if line.pause:
                silence = np.zeros(round(line.pause * SAMPLE_RATE), np.float32)
                samples = np.concatenate([samples, silence])
            yield AudioChunk(samples, SAMPLE_RATE, line.sentence.start, line.sentence.end, offset)
            offset += len(samples) / SAMPLE_RATE

    def _speak(
        self, tokens: Tensor, template: VoiceTemplate, speed: float, seed: int
    ) -> NDArray[np.float32]:
        with torch.no_grad():
            prosody = self.model.prosody(tokens, template.prosody[None], template.rate * speed)
            f0 = pitch.move(prosody.f0, template.pitch_offset, template.pitch_scale)
            own = hashlib.sha256(tokens.numpy().tobytes()).digest()[:4]
            noise = noise_like(prosody.aligned.shape[2], (seed + int.from_bytes(own)) % 2**63)
            made = self.model.decoder(
                prosody.aligned, f0, prosody.energy, template.norms[None], noise
            )[0]
        samples: NDArray[np.float32] = made.numpy()
        fade = np.linspace(0, 1, round(FADE * SAMPLE_RATE), dtype=np.float32)
        samples[: len(fade)] *= fade
        samples[-len(fade) :] *= fade[::-1]
        peak = float(np.abs(samples).max(initial=0.0))
        return (samples / max(1.0, peak / 0.97)).astype(np.float32)


@lru_cache(maxsize=1)
def engine() -> KokoroEngine:
    """The process-wide engine; weights load on first use."""
    return KokoroEngine()
