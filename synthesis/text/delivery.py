"""How a stretch of text is delivered: faster or slower, higher or lower, louder or softer.

The values are those of SSML's `prosody` and `emphasis`; a stretch inside another builds on it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.5}
PITCHES = {"x-low": -5.0, "low": -2.5, "medium": 0.0, "default": 0.0, "high": 2.5, "x-high": 5.0}
VOLUMES = {"x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0, "loud": 3.0, "x-loud": 6.0}
RATE_RANGE = (0.5, 2.0)
MAX_SEMITONES = 12.0
PITCH_RANGE = (50.0, 500.0)  # Hz
GAIN_RANGE = (-60.0, 6.0)  # dB
_NUMBER = r"[-+]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})"


@dataclass(frozen=True)
class Delivery:
    """What differs from how the voice speaks by itself.

    rate: factor of the pace; base: median F0 in Hz, 0 for the sentence's own; hertz and semitones:
    added to it, in this order; gain: factor of the amplitude.
    """

    rate: float = 1.0
    base: float = 0.0
    hertz: float = 0.0
    semitones: float = 0.0
    gain: float = 1.0

    def shift(self, median: float) -> float:
        """What to add to the log F0 of a sentence whose median is `median` Hz."""
        aimed = min(max((self.base or median) + self.hertz, PITCH_RANGE[0]), PITCH_RANGE[1])
        return math.log(aimed / median) + self.semitones * math.log(2) / 12

    def with_rate(self, text: str) -> Delivery:
        """The delivery inside `<prosody rate="…">`.

        Raises:
            ValueError: not a rate; the message says what one looks like.
        """
        factor = RATES.get(text)
        if factor is None:
            match = re.fullmatch(rf"({_NUMBER})(%?)", text)
            if match is None:
                raise ValueError(f"a rate is a percentage or one of {', '.join(RATES)}")
            factor = float(match[1]) / 100 if match[2] else float(match[1])
            if match[2] and match[1][0] in "+-":
                factor += 1
        _within(factor, RATE_RANGE, "a rate is between 50% and 200%")
        rate = self.rate * factor
        return replace(self, rate=min(max(rate, RATE_RANGE[0]), RATE_RANGE[1]))

    def with_pitch(self, text: str) -> Delivery:
        """The delivery inside `<prosody pitch="…">`.

        Raises:
            ValueError: not a pitch, or too far.
        """
        if text in PITCHES:
            return self._higher(PITCHES[text])
        match = re.fullmatch(rf"({_NUMBER})(Hz|st|%)", text, re.IGNORECASE)
        if match is None:
            raise ValueError(
                f"a pitch is written as +2st, -10%, 180Hz or +20Hz, or is one of {', '.join(PITCHES)}"
            )
        value, unit, relative = float(match[1]), match[2].lower(), match[1][0] in "+-"
        if unit == "st":
            return self._higher(value)
        if unit == "hz" and relative:
            _within(value, (-PITCH_RANGE[1], PITCH_RANGE[1]), "a pitch moves by at most 500 Hz")
            return replace(self, hertz=self.hertz + value)
        if unit == "hz":
            _within(value, PITCH_RANGE, "a pitch is between 50 and 500 Hz")
            return replace(self, base=value, hertz=0.0, semitones=0.0)
        factor = 1 + value / 100 if relative else value / 100
        _within(factor, (0.5, 2.0), "a pitch is at most an octave higher or lower")
        return self._higher(12 * math.log2(factor))

    def with_volume(self, text: str) -> Delivery:
        """The delivery inside `<prosody volume="…">`; a number is SSML 1.0's, of 100.

        Raises:
            ValueError: not a volume.
        """
        if text == "silent":
            return replace(self, gain=0.0)
        if text in VOLUMES:
            return self._louder(VOLUMES[text])
        match = re.fullmatch(rf"({_NUMBER})(dB|%?)", text, re.IGNORECASE)
        if match is None:
            raise ValueError(
                f"a volume is written as -3dB or is one of silent, {', '.join(VOLUMES)}"
            )
        value = float(match[1])
        if match[2].lower() == "db":
            _within(value, GAIN_RANGE, "a volume is between -60 and +6 dB")
            return self._louder(value)
        factor = value / 100 + (1 if match[1][0] in "+-" else 0)
        _within(factor, (0.0, 2.0), "a volume is between 0 and 200%")
        return self._louder(20 * math.log10(factor)) if factor else replace(self, gain=0.0)

    def emphasized(self, level: str) -> Delivery:
        """The delivery inside `<emphasis level="…">`: slower, higher and louder, or the reverse.

        Raises:
            ValueError: an unknown level.
        """
        if level not in EMPHASES:
            raise ValueError(f"a level of emphasis is one of {', '.join(EMPHASES)}")
        rate, semitones, decibels = EMPHASES[level]
        slower = min(max(self.rate * rate, RATE_RANGE[0]), RATE_RANGE[1])
        return replace(self, rate=slower)._higher(semitones)._louder(decibels)

    def _higher(self, semitones: float) -> Delivery:
        _within(semitones, (-MAX_SEMITONES, MAX_SEMITONES), "a pitch moves by at most 12 semitones")
        together = self.semitones + semitones
        return replace(self, semitones=min(max(together, -MAX_SEMITONES), MAX_SEMITONES))

    def _louder(self, decibels: float) -> Delivery:
        factor = self.gain * 10 ** (decibels / 20)
        return replace(self, gain=min(factor, 10 ** (GAIN_RANGE[1] / 20)))


EMPHASES = {  # level: rate, semitones, dB
    "strong": (0.72, 3.5, 3.0),
    "moderate": (0.85, 2.0, 2.0),
    "none": (1.0, 0.0, 0.0),
    "reduced": (1.15, -1.5, -3.0),
}


def _within(value: float, bounds: tuple[float, float], why: str) -> None:
    if not bounds[0] - 1e-9 <= value <= bounds[1] + 1e-9:
        raise ValueError(why)
