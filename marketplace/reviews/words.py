"""What a review, and an answer to it, may say in public."""

from __future__ import annotations

from marketplace.policy import services as policy
from marketplace.policy.rules import EXPLANATIONS
from marketplace.refusals import Refused
from marketplace.visible_text import tidied, without_addresses

LONGEST = 1_000  # characters
LONGEST_SIGNATURE = 40
_EXPLANATIONS = EXPLANATIONS | {
    "political": "It is a political message, which has no place in a review.",
    "adult": "It is adult content, which has no place in a review.",
    "advice": "It is medical or legal advice, which has no place in a review.",
}


def public_words(sent: str) -> str:
    """A text as it is shown: without e-mail and web addresses, and without what nobody can see.

    Raises:
        Refused: words_missing, words_too_long, text_refused.
    """
    words = without_addresses(tidied(sent))
    if not words:
        raise Refused("words_missing", "Write in a sentence or two what you want to say.")
    if len(words) > LONGEST:
        raise Refused("words_too_long", f"Shorten your text to {LONGEST:,} characters.")
    policy.require_fit(words, explanations=_EXPLANATIONS)
    return words


def public_signature(sent: str) -> str:
    """A name as it is shown beside a review; empty: none.

    Raises:
        Refused: signature_too_long, text_refused.
    """
    name = " ".join(without_addresses(tidied(sent)).split())
    if len(name) > LONGEST_SIGNATURE:
        raise Refused("signature_too_long", f"Shorten the name to {LONGEST_SIGNATURE} characters.")
    policy.require_fit(name, explanations=_EXPLANATIONS)
    return name
