"""A request for speech, from the API to the worker that speaks it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from synthesis.audio.encoding import RATE, media_type
from synthesis.text.wording import Wording


@dataclass(frozen=True)
class SpeechRequest:
    """What to say, in which voice, how, and for what use; it never enters the task queue or the database.

    voice: its slug; use: what the speech is for, if stated; rate: Hz; bit_rate:
    bit/s, 0 for the format's own; words: whether to say when each word is spoken; lexicon_versions:
    ids of those that the wording was read with; before: what the same listener has heard, which is
    judged with it and not spoken; noticed: whether they have just heard that a machine speaks; beside: what
    else is asked for with it, as (voice, wording), and refused or spoken with it.
    """

    wording: Wording
    voice: str
    audio_format: str
    speed: float = 1.0
    use: str = ""
    rate: int = RATE
    bit_rate: int = 0
    words: bool = False
    lexicon_versions: tuple[str, ...] = ()
    before: tuple[Wording, ...] = ()
    noticed: bool = False
    beside: tuple[tuple[str, Wording], ...] = ()

    @property
    def media_type(self) -> str:
        return media_type(self.audio_format, self.rate)

    def as_dict(self) -> dict[str, Any]:
        """A dict that can be stored as JSON."""
        beside = [(voice, wording.as_dict()) for voice, wording in self.beside]
        before = [wording.as_dict() for wording in self.before]
        return asdict(self) | {
            "wording": self.wording.as_dict(),
            "before": before,
            "beside": beside,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpeechRequest:
        known = {each.name for each in fields(cls)}  # a newer server may send more fields
        chosen = {name: value for name, value in data.items() if name in known}
        versions = tuple(data.get("lexicon_versions", ()))
        beside = tuple((voice, Wording.from_dict(each)) for voice, each in data.get("beside", ()))
        before = data.get("before") or ()
        if isinstance(before, str):  # of an older server
            before = [Wording(before).as_dict()]
        read = {
            "before": tuple(map(Wording.from_dict, before)),
            "wording": Wording.from_dict(data["wording"]),
            "lexicon_versions": versions,
            "beside": beside,
        }
        return cls(**chosen | read)
