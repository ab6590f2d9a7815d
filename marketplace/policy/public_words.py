"""What people may write for everybody to read beside a voice: in reviews, answers and biographies."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.models import User
from marketplace.claimed_names import is_of_platform, is_office
from marketplace.creators.services import is_name_of_another
from marketplace.policy import services as policy
from marketplace.policy.rules import EXPLANATIONS
from marketplace.refusals import Refused
from marketplace.visible_text import tidied, without_addresses

_EXPLANATIONS = EXPLANATIONS | {
    "political": gettext_noop("It is a political message, which has no place here."),
    "adult": gettext_noop("It is adult content, which has no place here."),
    "advice": gettext_noop("It is medical or legal advice, which has no place here."),
}


_MOST_TIDIED = 10  # times its length may a text be before it is tidied


def _too_long(longest: int) -> Refused:
    return Refused(
        "words_too_long",
        gettext("Shorten your text to %(most)s characters.") % {"most": f"{longest:,}"},
    )


def public_words(sent: str, *, longest: int) -> str:
    """A text as it is shown: without e-mail and web addresses, and without what nobody can see.

    Raises:
        Refused: words_missing, words_too_long, text_refused.
    """
    if len(sent) > _MOST_TIDIED * longest:  # before it is searched for addresses
        raise _too_long(longest)
    words = without_addresses(tidied(sent))
    if not words:
        raise Refused("words_missing", gettext("Write in a sentence or two what you want to say."))
    if len(words) > longest:
        raise _too_long(longest)
    policy.require_fit(words, explanations=_EXPLANATIONS)
    return words


def public_signature(sent: str, *, longest: int, by: User) -> str:
    """A name as it is shown beside a text, but not that of others here; empty: none.

    Raises:
        Refused: signature_too_long, signature_taken, text_refused.
    """
    too_long = Refused(
        "signature_too_long",
        gettext("Shorten the name to %(most)s characters.") % {"most": longest},
    )
    if len(sent) > _MOST_TIDIED * longest:
        raise too_long
    name = " ".join(without_addresses(tidied(sent)).split())
    if len(name) > longest:
        raise too_long
    if is_of_platform(name) or is_office(name):
        raise Refused(
            "signature_taken",
            gettext("That is what we are called. Sign with another name, or with none."),
        )
    if is_name_of_another(name, user=by):
        raise Refused(
            "signature_taken",
            gettext("That is the name of a creator here. Sign with another one, or with none."),
        )
    policy.require_fit(name, explanations=_EXPLANATIONS)
    return name
