"""The voice template: the small set of numbers that makes the engine speak as someone."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthesis.refusals import TemplateInvalid, VoiceMismatch

if TYPE_CHECKING:  # the web server uses templates but starts without torch
    from torch import Tensor

FORMAT = 2
READABLE = (1, FORMAT)  # 1 had no statistics


def mismatch(name: str, version: str, engine: str, versions: Collection[str]) -> VoiceMismatch:
    """The error for a template of engine `name`, `version`, where only `engine`, `versions` can speak."""
    return VoiceMismatch(
        f"The template is for {name} {version}, not {engine} "
        f"{' or '.join(sorted(versions))}; enrol the voice again from its recordings."
    )


@dataclass(frozen=True)
class VoiceTemplate:
    """A voice for one engine version.

    norms: [voice_size] scale and shift of every conditional norm of the decoder;
    rest: means and deviations [generator's part of voice_size] of the inputs of the generator's norms
    when this voice speaks; None in templates of format 1;
    prosody: [128] style of the duration, pitch and energy predictor;
    pitch_offset, pitch_scale: log F0 spoken = offset + scale * log F0 predicted (Hz);
    rate: the speaker's pace relative to the predictor's; gain: factor that brings the voice to
    the loudness common to all voices;
    details: the enrolment report, the GE2E embedding and the template's sources.
    """

    engine: str
    version: str
    norms: Tensor
    prosody: Tensor
    rest: Tensor | None = None
    pitch_offset: float = 0.0
    pitch_scale: float = 1.0
    rate: float = 1.0
    gain: float = 1.0
    language: str = "en-US"
    details: dict[str, Any] = field(default_factory=dict)

    def require(self, engine: str, versions: Collection[str]) -> None:
        """Raises VoiceMismatch unless this template is for `engine` at one of `versions`."""
        if self.engine != engine or self.version not in versions:
            raise mismatch(self.engine, self.version, engine, versions)

    @property
    def report(self) -> dict[str, Any]:
        """How well the enrolment went; empty for a voice that belongs to no person."""
        report: dict[str, Any] = self.details.get("report", {})
        return report

    @property
    def embedding(self) -> list[float]:
        """GE2E embedding [256] of the speaker, unit length."""
        embedding: list[float] = self.details["embedding"]
        return embedding

    def to_bytes(self) -> bytes:
        """Serialize as safetensors, norms in half precision (about 150 kB)."""
        from safetensors.torch import save

        header = {
            "format": FORMAT,
            "engine": self.engine,
            "version": self.version,
            "pitch_offset": self.pitch_offset,
            "pitch_scale": self.pitch_scale,
            "rate": self.rate,
            "gain": self.gain,
            "language": self.language,
            "details": self.details,
        }
        tensors = {"norms": self.norms.half(), "prosody": self.prosody.float()}
        if self.rest is not None:
            tensors["rest"] = self.rest.float()
        return save(tensors, metadata={"timbre": json.dumps(header, sort_keys=True)})

    @classmethod
    def from_bytes(cls, data: bytes) -> VoiceTemplate:
        """Read the output of `to_bytes`.

        Raises:
            TemplateInvalid: not a template, or a newer format.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            tensors = load(data)
            length = int.from_bytes(data[:8], "little")
            header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["timbre"])
            if header["format"] not in READABLE:
                raise TemplateInvalid(f"Template format {header['format']} is not supported here.")
            return cls(
                engine=header["engine"],
                version=header["version"],
                norms=tensors["norms"].float(),
                prosody=tensors["prosody"].float(),
                rest=tensors.get("rest"),
                pitch_offset=header["pitch_offset"],
                pitch_scale=header["pitch_scale"],
                rate=header["rate"],
                gain=header.get("gain", 1.0),
                language=header["language"],
                details=header["details"],
            )
        except (SafetensorError, KeyError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise TemplateInvalid("These bytes are not a voice template.") from error
