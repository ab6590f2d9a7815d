"""Who hears speech in tests of the worker, in place of `speech_stream.Sender`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Listener:
    """Takes everything; heard: bytes of audio; ended: "whole", or the code of a failure."""

    gave_up = False

    def __init__(self) -> None:
        self.heard, self.pieces, self.ended = 0, 0, ""

    def stopped(self) -> bool:
        return False

    def audio(self, data: bytes, seconds: float = 0.0) -> None:
        self.pieces += 1
        self.heard += len(data)

    def words(self, *_: Any) -> None: ...

    def end(self, samples: int) -> None:
        self.ended = "whole"

    def take_back(self) -> int:
        return 0

    def fail(self, code: str, detail: str = "") -> None:
        self.ended = code


class HangsUp(Listener):
    """Takes the first piece and leaves."""

    def stopped(self) -> bool:
        return self.pieces > 0


class Slow(Listener):
    """Takes everything; while the second piece waits, something happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def audio(self, data: bytes, seconds: float = 0.0) -> None:
        if self.pieces == 1:
            self._meanwhile()
        super().audio(data, seconds)
