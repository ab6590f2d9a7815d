"""Recordings that can be heard, as short as they may be."""

from __future__ import annotations

import numpy as np

from synthesis.audio.encoding import encode, wav_header

RATE = 16_000
# 1,024 bytes: what players are given of it is this file itself
WAV = wav_header(980, RATE) + bytes(range(245)) * 4
OGG = encode((0.3 * np.sin(np.arange(24_000) * 0.06)).astype(np.float32), "opus")  # of a second
