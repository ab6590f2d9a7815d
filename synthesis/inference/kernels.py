"""Compiled, fused loops over activations: everything between two convolutions in one pass.

Arrays are channels-last, float32 [frames, channels], so that every loop runs over neighbouring
channels; quantized activations are uint8 with zero point `ZERO`. All kernels release the GIL.
"""

from __future__ import annotations

import numba
import numpy as np

ZERO = 128  # the stored value of a quantized zero
_BLOCK = 64  # frames summed in float32 before they join the float64 total
_ONE, _HALF = np.float32(1), np.float32(0.5)
_PI, _PER_PI = np.float32(np.pi), np.float32(1 / np.pi)
# sin on [-pi/2, pi/2], odd minimax polynomial of degree 7, error < 2e-6
_S3, _S5, _S7 = np.float32(-0.16666546), np.float32(8.3320858e-3), np.float32(-1.9515296e-4)
SLOPE = np.float32(0.2)  # of the leaky ReLU
_BOTTOM, _TOP, _ROUND = np.float32(0), np.float32(255), np.float32(ZERO + 0.5)

_compile = numba.njit(nogil=True, fastmath=True, cache=True)


@_compile
def moments(x, sums):  # type: ignore[no-untyped-def]
    """Add the sum and the sum of squares over frames of x [t, c] to sums, float64 [2, c]."""
    frames, channels = x.shape
    first = np.zeros(channels, np.float32)
    second = np.zeros(channels, np.float32)
    for start in range(0, frames, _BLOCK):
        first[:] = 0
        second[:] = 0
        for t in range(start, min(start + _BLOCK, frames)):
            for c in range(channels):
                value = x[t, c]
                first[c] += value
                second[c] += value * value
        for c in range(channels):
            sums[0, c] += first[c]
            sums[1, c] += second[c]


@_compile
def snake_to_uint8(x, scale, shift, alpha, per_alpha, step, out):  # type: ignore[no-untyped-def]
    """Norm, Snake and quantization: v = x * scale + shift; (v + sin²(alpha v) / alpha) * step.

    x: [t, c]; all vectors per channel [c]; out: uint8 [t, c].
    """
    frames, channels = x.shape
    for t in range(frames):
        for c in range(channels):
            v = x[t, c] * scale[c] + shift[c]
            angle = v * alpha[c]
            rest = angle - _PI * np.floor(angle * _PER_PI + _HALF)
            square = rest * rest
            sine = rest * (_ONE + square * (_S3 + square * (_S5 + square * _S7)))
            z = (v + sine * sine * per_alpha[c]) * step[c] + _ROUND
            out[t, c] = np.uint8(np.int32(min(max(z, _BOTTOM), _TOP)))


@_compile
def add(x, y):  # type: ignore[no-untyped-def]
    """x += y, both [t, c]."""
    frames, channels = x.shape
    for t in range(frames):
        for c in range(channels):
            x[t, c] += y[t, c]


@_compile
def extremes(x, lowest, highest):  # type: ignore[no-untyped-def]
    """Write the minimum and maximum of each channel of x [t, c] into two vectors [c]."""
    frames, channels = x.shape
    lowest[:] = np.inf
    highest[:] = -np.inf
    for t in range(frames):
        for c in range(channels):
            lowest[c] = min(lowest[c], x[t, c])
            highest[c] = max(highest[c], x[t, c])


@_compile
def leaky_to_uint8(x, scale, shift, step, out):  # type: ignore[no-untyped-def]
    """Norm, leaky ReLU of slope 0.2 and quantization: x [t, c], vectors [c]; out: uint8 [t, c]."""
    frames, channels = x.shape
    for t in range(frames):
        for c in range(channels):
            v = x[t, c] * scale[c] + shift[c]
            z = max(v, SLOPE * v) * step[c] + _ROUND
            out[t, c] = np.uint8(np.int32(min(max(z, _BOTTOM), _TOP)))
