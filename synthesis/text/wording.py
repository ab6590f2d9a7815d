"""What was sent to be said: a text, or SSML that is read once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthesis.text.ssml import Piece, Script, is_ssml, parse


@dataclass(frozen=True)
class Wording:
    """written: as it was sent; script: what remains of SSML to be spoken, None for a plain text."""

    written: str
    script: Script | None = None

    @classmethod
    def of(cls, written: str) -> Wording:
        """Read what was sent.

        Raises:
            TextRefused: ssml, with line and column.
        """
        return cls(written, parse(written) if is_ssml(written) else None)

    @property
    def spoken(self) -> str:
        """What is heard, and so judged and paid for."""
        return self.written if self.script is None else self.script.text

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Wording:
        script = kept["script"]
        if script is not None:
            script = Script(**{**script, "pieces": [Piece(**piece) for piece in script["pieces"]]})
        return cls(kept["written"], script)
