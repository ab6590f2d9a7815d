"""The voice template: the small set of numbers that makes the engine speak as someone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

FORMAT = 1


class TemplateInvalid(ValueError):
    """The bytes are not a voice template this code can read."""


class VoiceMismatch(ValueError):
    """The template belongs to another engine or version."""


@dataclass(frozen=True)
class VoiceTemplate:
    """A voice for one engine version.

    norms: [voice_size] scale and shift of every conditional norm of the decoder;
    prosody: [128] style of the duration, pitch and energy predictor;
    log_f0_mean, log_f0_std: the speaker's natural-log F0 (Hz), or None to leave F0 as predicted;
    rate: the speaker's pace relative to the predictor's.
    """

    engine: str
    version: str
    norms: Tensor
    prosody: Tensor
    log_f0_mean: float | None = None
    log_f0_std: float | None = None
    rate: float = 1.0
    language: str = "en-US"
    details: dict[str, Any] = field(default_factory=dict)

    def require(self, engine: str, version: str) -> None:
        """Raises VoiceMismatch unless this template is for `engine` at `version`."""
        if (self.engine, self.version) != (engine, version):
            raise VoiceMismatch(
                f"The template is for {self.engine} {self.version}, not {engine} {version}; "
                "enrol the voice again from its recordings."
            )

    def to_bytes(self) -> bytes:
        """As safetensors, norms in half precision (about 75 kB)."""
        from safetensors.torch import save

        header = {
            "format": FORMAT,
            "engine": self.engine,
            "version": self.version,
            "log_f0_mean": self.log_f0_mean,
            "log_f0_std": self.log_f0_std,
            "rate": self.rate,
            "language": self.language,
            "details": self.details,
        }
        tensors = {"norms": self.norms.half(), "prosody": self.prosody.float()}
        return save(tensors, metadata={"timbre": json.dumps(header, sort_keys=True)})

    @classmethod
    def from_bytes(cls, data: bytes) -> VoiceTemplate:
        """Read what `to_bytes` wrote.

        Raises:
            TemplateInvalid: not a template, or a newer format.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            tensors = load(data)
            length = int.from_bytes(data[:8], "little")
            header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["timbre"])
            if header["format"] != FORMAT:
                raise TemplateInvalid(f"Template format {header['format']} is not known here.")
            return cls(
                engine=header["engine"],
                version=header["version"],
                norms=tensors["norms"].float(),
                prosody=tensors["prosody"].float(),
                log_f0_mean=header["log_f0_mean"],
                log_f0_std=header["log_f0_std"],
                rate=header["rate"],
                language=header["language"],
                details=header["details"],
            )
        except (SafetensorError, KeyError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise TemplateInvalid("These bytes are not a voice template.") from error


def quantized(norms: Tensor) -> Tensor:
    """Norms as they come back from storage, so that a fresh template speaks like a stored one."""
    return norms.half().float().detach().to(torch.float32)
