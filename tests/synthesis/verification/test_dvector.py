"""The second verifier."""

import numpy as np

from synthesis.verification import dvector
from synthesis.verification.identity import normalized_identity


def test_a_louder_copy_is_the_same_speaker(person):
    samples, rate = person[0].samples, person[0].rate
    quiet, loud = (dvector.embed(samples * np.float32(gain), rate) for gain in (0.3, 1.5))
    assert quiet @ loud > 0.999


def test_a_person_is_nearer_to_themselves_than_the_threshold(person):
    first, second = (dvector.embed(r.samples, r.rate) for r in person[:2])
    assert first @ second > dvector.EQUAL_ERROR_THRESHOLD
    assert abs(float(first @ first) - 1) < 1e-5


def test_identity_is_one_for_the_person_and_zero_for_a_stranger():
    assert normalized_identity(dvector, 0.85, 0.85) == 1
    assert normalized_identity(dvector, dvector.STRANGER_SIMILARITY, 0.85) == 0
