"""Words that everybody reads are refused by their length before anything is looked for in them."""

from __future__ import annotations

import time

import pytest

from marketplace.policy.public_words import public_signature, public_words
from marketplace.refusals import Refused


def test_millions_of_characters_are_refused_before_they_are_searched() -> None:
    sent, begun = "a" * 5_000_000, time.process_time()
    with pytest.raises(Refused) as words:
        public_words(sent, longest=1_000)
    with pytest.raises(Refused) as name:
        public_signature(sent, longest=40)
    assert (words.value.code, name.value.code) == ("words_too_long", "signature_too_long")
    assert time.process_time() - begun < 0.5


@pytest.mark.django_db
def test_spaces_that_nobody_sees_do_not_count() -> None:
    assert (
        public_words("Warm" + " \n" * 1_000 + "and clear.", longest=1_000) == "Warm\n\nand clear."
    )
