"""What a reading needs in order to be accepted, in one place that loads no network."""

from __future__ import annotations

VERSION = "2026-12-3"  # stored with every finding
# Scores against the cohort, calibrated by `make bench-trust`
SPEAKER_ACCEPTED = 5.8  # sum of both verifiers' scores
SPEAKER_DOUBTED = 4.3  # from this sum on, a moderator decides
EACH_ACCEPTED = 1.5  # score of each verifier by itself
PART_ACCEPTED = 3.0  # sum of scores of the least similar part, so that one speaker reads throughout
# of 6 s: people's own scored at least 6.5, one in a hundred strangers' this much
RUN_ACCEPTED = 4.0  # sum of scores of any 6 s of a recording, so that one speaker is learned
SPLICED = 1.8  # splice score over that of the speaker's recordings; above it, a moderator decides
END_SPLICED = 2.7  # the same of the end, where the random words are
LIVE_ACCEPTED = 0.5  # a reading passes from this live share on
LIVE_DOUBTED = 0.1  # below this it is refused; a moderator decides in between
MAX_WORDS_WRONG = 0.15  # of the whole statement
PHRASE_WORDS_HEARD = 7  # of the eight random words
