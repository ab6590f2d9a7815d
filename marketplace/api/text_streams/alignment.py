"""When each character is said, counted as clients of WebSockets count.

Times in a message are relative to it, and clients add up: the next message begins where the last
character of the one before ended. So silence between them is told before the next character.
"""

from __future__ import annotations

import re
from typing import Any

_RAW = {"pcm": 2, "ulaw": 1, "alaw": 1}  # bytes of a sample
_FORMAT = re.compile(r"(?P<name>[a-z]+\d?)_(?P<rate>\d+)(?:_(?P<kbps>\d+))?")
UNSPACED = ("zh-CN", "ja")  # languages without spaces between sentences


def bytes_per_second(output_format: str) -> float:
    """How many bytes a second of audio has; 0 where that varies."""
    match = _FORMAT.fullmatch(output_format)
    if match is None:
        return 0.0
    if match["name"] in _RAW:
        return float(_RAW[match["name"]] * int(match["rate"]))
    return int(match["kbps"] or 0) * 125.0 if match["name"] == "mp3" else 0.0


class Clock:
    """Turns times within one stretch of text into those that one client counts.

    gap: what stands between stretches.
    """

    def __init__(self, output_format: str, gap: str) -> None:
        self._pace, self._gap = bytes_per_second(output_format), gap
        self._begun = 0.0  # seconds of audio before this stretch
        self._bytes, self._end = 0, 0.0  # of this stretch: audio, and its last character
        self._counted = 0  # milliseconds that the client has added up
        self._is_first, self._between = True, False

    def hear(self, audio: bytes) -> None:
        self._bytes += len(audio)

    @property
    def seconds(self) -> float:
        """How long this stretch is so far."""
        return self._bytes / self._pace if self._pace else self._end

    def begin(self) -> None:
        """The next stretch begins behind all audio of the one before."""
        self._begun += self.seconds
        self._bytes, self._end = 0, 0.0
        self._between = not self._is_first

    def aligned(self, timed: dict[str, Any] | None) -> dict[str, Any] | None:
        """ElevenLabs' `alignment` of a message.

        timed: characters and their times in seconds within the stretch, as answers over HTTP hold them.
        """
        if not timed or not timed["characters"]:
            return None
        starts = timed["character_start_times_seconds"]
        ends = timed["character_end_times_seconds"]
        chars = list(timed["characters"])
        begins = [self._at(each) for each in starts]
        lasts = [max(0, self._at(end) - start) for start, end in zip(begins, ends, strict=True)]
        if self._between and self._gap:
            chars, begins, lasts = [self._gap, *chars], [self._counted, *begins], [0, *lasts]
            lasts[0] = max(0, begins[1] - begins[0])
        told = {
            "chars": chars,
            "charStartTimesMs": [max(0, each - self._counted) for each in begins],
            "charDurationsMs": lasts,
        }
        self._counted += told["charStartTimesMs"][-1] + lasts[-1]
        self._end, self._between, self._is_first = ends[-1], False, False
        return told

    def _at(self, seconds: float) -> int:
        return round((self._begun + seconds) * 1000)
