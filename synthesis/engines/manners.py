"""In which prosody style, how high and how fast a voice speaks a language.

A voice that speaks a language other than its own keeps its timbre, and reads in the manner of a
stock style of that language: where words are stressed, and how long a phoneme is, belongs to the
language more than to the speaker.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from synthesis.audio import pitch
from synthesis.engines import style_tables
from synthesis.models.kokoro import Prosody
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize

SAMPLE_SENTENCE = "Once the rain had stopped, we walked along the harbour and talked about home."
MAN_BELOW = math.log(155)  # log F0 under which a voice borrows a man's manner
PACES = (0.85, 1.15)  # by which a borrowed manner may be hurried; beyond, words are lost
_KEPT = 128  # styles whose sample is remembered


@dataclass(frozen=True)
class _Sample:
    """The sample sentence in a prosody style: its range of log F0, and its length in frames."""

    pitch: pitch.PitchRange
    frames: int


class Manners:
    """The manners of every voice of an engine."""

    def __init__(self, predict: Callable[[Tensor, Tensor], Prosody]) -> None:
        """predict: the prosody of tokens in a style [128]."""
        self._predict = predict
        self._samples: OrderedDict[bytes, _Sample] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def style(self, template: VoiceTemplate, phonemes: int) -> Tensor:
        """The prosody style [128] of a voice for a sentence of so many phonemes.

        A mixture made by length has that of its tables, a voice in another language that of a
        style of the language; every other voice keeps its one style.
        """
        found = style_tables.manner(_shares_by_length(template), template.language, phonemes)
        if found is not None:
            return found
        lender = self._lender(template, template.language)
        if lender is None:
            return template.prosody
        return style_tables.style_tables().style(lender, phonemes)[128:]

    def speaking(self, template: VoiceTemplate, language: str) -> VoiceTemplate:
        """The template as it speaks a language: a borrowed manner at its own pitch and pace."""
        home = {"learned_in": template.language}
        spoken = replace(template, language=language, details=home | template.details)
        lent = style_tables.borrowed(_shares_by_length(template), language)
        if lent is not None:
            return replace(spoken, pitch_offset=template.pitch_offset + lent[1])
        lender = self._lender(spoken, language)
        if lender is None:
            return spoken
        own = self._sample(template.prosody)
        borrowed = self._sample(style_tables.style_tables().style(lender)[128:])
        offset, scale = pitch.map_between(borrowed.pitch, _heard(template, own))
        rate = template.rate * borrowed.frames / own.frames
        slowest, fastest = PACES
        return replace(
            spoken,
            pitch_offset=offset,
            pitch_scale=scale,
            rate=min(max(rate, slowest), fastest),
        )

    def by_language(
        self, template: VoiceTemplate, languages: Iterable[str]
    ) -> dict[str, VoiceTemplate]:
        """The template as it speaks each of some languages."""
        return {language: self.speaking(template, language) for language in languages}

    def _lender(self, template: VoiceTemplate, language: str) -> str | None:
        """The style whose manner a learned voice borrows to speak a language, None in its own."""
        learned_in = template.details.get("learned_in", template.language)
        if (
            "shares" in template.details
            or learned_in[:2] == language[:2]
            or language not in style_tables.USUAL_STYLES
        ):
            return None
        woman, man = style_tables.USUAL_STYLES[language]
        low = _heard(template, self._sample(template.prosody)).log_mean < MAN_BELOW
        return man if low else woman

    def _sample(self, style: Tensor) -> _Sample:
        """The sample sentence in a style, predicted once."""
        key = style.numpy().tobytes()
        with self._one_at_a_time:
            found = self._samples.pop(key, None) or self._measured(style)
            self._samples[key] = found
            while len(self._samples) > _KEPT:
                self._samples.popitem(last=False)
        return found

    def _measured(self, style: Tensor) -> _Sample:
        prosody = self._predict(tokenize(phonemize(SAMPLE_SENTENCE)), style)
        measured = pitch.pitch_range([prosody.f0[0].numpy()])
        return _Sample(
            measured or pitch.PitchRange(math.log(160), 0.2), int(prosody.durations.sum())
        )


def _heard(template: VoiceTemplate, own: _Sample) -> pitch.PitchRange:
    """The range of log F0 in which a voice speaks by itself."""
    return pitch.PitchRange(
        template.pitch_offset + template.pitch_scale * own.pitch.log_mean,
        template.pitch_scale * own.pitch.log_std,
    )


def _shares_by_length(template: VoiceTemplate) -> Mapping[str, float]:
    """The stock styles of a mixture whose manner follows the length of each sentence; else none.

    Mixtures made before that was so keep the one style that their gain was measured with.
    """
    details = template.details
    shares: Mapping[str, float] = details.get("shares") or {}
    return shares if details.get("by_length") else {}
