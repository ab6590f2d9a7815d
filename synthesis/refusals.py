"""Everything that the engine refuses or that fails in it: one family of errors with stable codes.

Refusal
├── InputRefused          what was sent can't be used; a code of its own
│   ├── AudioRefused      a recording
│   └── TextRefused       a text
├── UploadUnreadable      a file that the confined reader can't use, before anybody is told why
├── TooSlow               too_slow: a file that we could not read in time; nothing need be wrong with it
├── TextTooLong           text_too_long: more phonemes than the model takes in one pass
├── TemplateInvalid       template_invalid: not a voice template
├── VoiceMismatch         voice_mismatch: a template of another engine or version
├── ReleaseInvalid        release_invalid: a folder that holds no release of weights
├── CanaryFailed          canary_failed: a release that doesn't sound as it should
├── WeightsMissing        weights_missing: a weight file that can't be found
├── WeightsCorrupt        weights_corrupt: a weight file that isn't the one in the manifest
└── SpeechFailed          speech that broke off; a code of its own
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """Something was refused; `code` is stable, and the message says what to do."""

    code = "refused"


class InputRefused(Refusal, ValueError):
    """What was sent can't be used; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AudioRefused(InputRefused):
    """A recording that can't be used."""


class TextRefused(InputRefused):
    """A text that can't be spoken."""


class UploadUnreadable(Refusal):
    """A file can't be used: a code, and the value that decided."""

    def __init__(self, code: str, value: float = 0) -> None:
        super().__init__(code)
        self.code, self.value = code, value


class TooSlow(Refusal):
    """A file could not be read in time: it may be a good one, so try again, and don't refuse it."""

    code = "too_slow"


class TextTooLong(Refusal, ValueError):
    """A sentence has more phonemes than the model takes in one pass."""

    code = "text_too_long"


class TemplateInvalid(Refusal, ValueError):
    """The bytes are not a voice template this code can read."""

    code = "template_invalid"


class VoiceMismatch(Refusal, ValueError):
    """The template belongs to another engine or version."""

    code = "voice_mismatch"


class ReleaseInvalid(Refusal, ValueError):
    """A folder does not hold a release of weights."""

    code = "release_invalid"


class CanaryFailed(Refusal, RuntimeError):
    """The new engine doesn't sound as it should; the old one stays. `comparison` has the figures."""

    code = "canary_failed"

    def __init__(self, problems: Sequence[str], comparison: Mapping[str, object]) -> None:
        super().__init__("; ".join(problems))
        self.comparison = dict(comparison)


class WeightsMissing(Refusal, RuntimeError):
    """A weight file can't be found."""

    code = "weights_missing"


class WeightsCorrupt(Refusal, RuntimeError):
    """A weight file does not match the manifest."""

    code = "weights_corrupt"


class SpeechFailed(Refusal):
    """The speech broke off; `code` says why, and `detail` may name where more is said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
