"""A payload as coded bits: CRC-16, then a tail-biting convolutional code, decoded softly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PAYLOAD_BITS = 32
CRC_BITS = 16
MESSAGE_BITS = PAYLOAD_BITS + CRC_BITS
GENERATORS = (0o133, 0o171, 0o165)  # constraint length 7, rate 1/3
MEMORY = 6
CODED_BITS = MESSAGE_BITS * len(GENERATORS)
AGREEMENT = 0.655  # cosine; the message nearest to noise reaches it once in 2,000
_STATES = 1 << MEMORY
_POLYNOMIAL = 0x1021


def crc16(payload: int) -> int:
    """CRC-16/CCITT of 32 bits, most significant bit first, initial value 0xFFFF (ITU-T V.41)."""
    register = 0xFFFF
    for position in reversed(range(PAYLOAD_BITS)):
        carry = (register >> 15) ^ ((payload >> position) & 1)
        register = (register << 1) & 0xFFFF
        if carry:
            register ^= _POLYNOMIAL
    return register


def _parity(value: int) -> int:
    return value.bit_count() & 1


# [state, input] -> the signs of the coded bits; the newest bit is the highest of the register
_SIGNS = np.array(
    [
        [
            [1.0 - 2.0 * _parity(((bit << MEMORY) | state) & generator) for generator in GENERATORS]
            for bit in (0, 1)
        ]
        for state in range(_STATES)
    ]
)
_NEXT = np.array([[((bit << MEMORY) | state) >> 1 for bit in (0, 1)] for state in range(_STATES)])
_BEFORE = np.array(  # [to, 2, (state, bit)]: what leads to a state
    [
        [(state, bit) for state in range(_STATES) for bit in (0, 1) if _NEXT[state, bit] == to]
        for to in range(_STATES)
    ]
)


def encode(payload: int) -> NDArray[np.float64]:
    """The coded bits of a payload as signs [CODED_BITS].

    Raises:
        ValueError: it has more than 32 bits.
    """
    if not 0 <= payload < 1 << PAYLOAD_BITS:
        raise ValueError("A payload has 32 bits.")
    return encode_message((payload << CRC_BITS) | crc16(payload))


def encode_message(message: int) -> NDArray[np.float64]:
    """The coded bits of 48 bits as signs [CODED_BITS]."""
    bits = [(message >> position) & 1 for position in reversed(range(MESSAGE_BITS))]
    state = 0
    for bit in bits[-MEMORY:]:  # tail-biting: the register starts in its final state
        state = int(_NEXT[state, bit])
    signs = []
    for bit in bits:
        signs.append(_SIGNS[state, bit])
        state = int(_NEXT[state, bit])
    return np.concatenate(signs)


def nearest_message(soft: NDArray[np.float64]) -> int:
    """The 48 bits whose coded signs are nearest to soft ones [CODED_BITS].

    Viterbi runs around the circle three times, and the middle turn is read.
    """
    per_step = soft.reshape(MESSAGE_BITS, len(GENERATORS))
    gains = np.einsum("tg,sbg->tsb", per_step, _SIGNS)
    from_state, from_bit = _BEFORE[:, :, 0], _BEFORE[:, :, 1]
    metric = np.zeros(_STATES)
    choices = []
    for step in range(3 * MESSAGE_BITS):
        gain = gains[step % MESSAGE_BITS]
        candidates = metric[from_state] + gain[from_state, from_bit]
        chosen = candidates.argmax(1)
        metric = candidates[np.arange(_STATES), chosen]
        metric -= metric.max()
        choices.append(chosen)
    state = int(metric.argmax())
    bits = []
    for step in reversed(range(3 * MESSAGE_BITS)):
        state, bit = (int(v) for v in _BEFORE[state, choices[step][state]])
        bits.append(bit)
    bits.reverse()
    return int("".join(map(str, bits[MESSAGE_BITS : 2 * MESSAGE_BITS])), 2)


def decode(soft: NDArray[np.float64]) -> int | None:
    """The payload of soft signs [CODED_BITS]; None if its CRC is wrong, or if the signs agree with it
    no better than by chance.
    """
    message = nearest_message(soft)
    payload = message >> CRC_BITS
    agreement = encode_message(message) @ soft / (np.linalg.norm(soft) * np.sqrt(CODED_BITS))
    return payload if crc16(payload) == message & 0xFFFF and agreement >= AGREEMENT else None
