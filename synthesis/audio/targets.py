"""What a good recording measures. Light, so that pages can show a recording against it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CLIPPED_SHARE = 0.001  # of samples at full scale; more can't be used
NOISY_SNR = 12.0  # dB of speech over the background; less can't be used,
CLEAN_SNR = 20.0  # and from here on it is good
QUIET_LEVEL = -35.0  # dBFS of speech; below, it is quiet,
LOUD_LEVEL = -12.0  # and above it is close to clipping
DULL_BAND = 7_000.0  # Hz; below, a better microphone would hear more
NOISY_ADVICE = "Some background noise: a quieter room gives a cleaner voice."  # under CLEAN_SNR
LOUD_ROOM = -45.0  # dBFS of background under which speech at a usual level is clean


def as_shown(decibels: float) -> int:
    """A measurement as pages show it, so that what is said of it fits the number beside it."""
    return int(Decimal(f"{decibels:.1f}").quantize(Decimal(1), ROUND_HALF_UP))
