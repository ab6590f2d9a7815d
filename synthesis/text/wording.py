"""What was sent to be said: a text, or SSML that is read once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthesis.text.pieces import Script
from synthesis.text.ssml import is_ssml, parse


@dataclass(frozen=True)
class Wording:
    """written: as it was sent; script: what remains of SSML to be spoken, None for a plain text."""

    written: str
    script: Script | None = None

    @classmethod
    def of(cls, written: str, language: str = "en-US") -> Wording:
        """Read what was sent to be said by a voice of a language.

        Raises:
            TextRefused: ssml, with line and column; language_not_spoken, pronunciation.
        """
        return cls(written, parse(written, language) if is_ssml(written) else None)

    @property
    def spoken(self) -> str:
        """What is heard, and so judged and paid for."""
        return self.written if self.script is None else self.script.text

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Wording:
        script = kept["script"]
        return cls(kept["written"], None if script is None else Script.from_dict(script))
