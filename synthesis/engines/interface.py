"""What every speech engine offers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthesis.template import VoiceTemplate
from synthesis.text.wording import Wording
from synthesis.text.words import MarkTime, WordSpan


@dataclass(frozen=True)
class AudioChunk:
    """A chunk of speech: a short sentence, or part of a longer one.

    samples: mono float32 [n] in [-1, 1] at `rate` Hz; start, end: its span in the original text
    (inside a sentence, in proportion to time); offset: seconds from the beginning of the speech;
    words, marks: those of the whole sentence, sent with its first chunk.
    """

    samples: NDArray[np.float32]
    rate: int
    start: int
    end: int
    offset: float
    words: tuple[WordSpan, ...] = ()
    marks: tuple[MarkTime, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class SpeechEngine(Protocol):
    """Speaks in the voice of a template; `synthesis.enrolment` creates templates."""

    name: str
    version: str
    sample_rate: int

    def synthesize(
        self,
        text: str | Wording,
        template: VoiceTemplate,
        *,
        speed: float = 1.0,
        seed: int = 0,
        stop: threading.Event | None = None,
    ) -> Iterator[AudioChunk]:
        """Speak `text`, several chunks per sentence; the same arguments give the same samples.

        Arguments are checked before the iterator is returned; a sentence that fails while it is
        spoken raises from the iterator. `stop` ends the work within one chunk.

        Raises:
            TextRefused: nothing to say, or text that can't be read.
            VoiceMismatch: the template is for another engine or version.
        """
        ...
