"""What a line may be: one short sentence, in words alone, that may be said in public."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, gettext_noop

from marketplace.policy import services as policy
from marketplace.policy.rules import EXPLANATIONS
from marketplace.refusals import Refused
from marketplace.retelling import retell
from marketplace.visible_text import visible
from synthesis.refusals import TextRefused
from synthesis.text.ssml import is_ssml
from synthesis.text.wording import Wording

LONGEST = 200  # characters
LONGEST_SENT = 2_000  # with white space, and what nobody sees
_EXPLANATIONS = EXPLANATIONS | {
    "political": gettext_noop(
        "It is a political message, which only a licence for that use allows."
    ),
    "adult": gettext_noop("It is adult content, which only a licence for that use allows."),
    "advice": gettext_noop(
        "It is medical or legal advice, which only a licence for that use allows."
    ),
}
# A sentence for each language that voices have, to show what goes into an empty field
PLACEHOLDERS = {
    "en": "The rain has stopped at last.",
    "es": "Por fin ha dejado de llover.",
    "fr": "Il a enfin cessé de pleuvoir.",
    "it": "Finalmente ha smesso di piovere.",
    "pt": "Finalmente parou de chover.",
    "hi": "आखिरकार बारिश रुक गई।",
    "zh": "雨终于停了。",
    "ja": "やっと雨が止みました。",
}


def placeholder_in(language: str) -> str:
    """A sentence in a voice's language."""
    return PLACEHOLDERS.get(language[:2], PLACEHOLDERS["en"])


def checked_line(sent: str, language: str) -> str:
    """A line as it is spoken and kept, if as it is written it may be; asked before anything is stored.

    Characters without a form, such as controls, are left out; tags are not read, so SSML is refused.

    Raises:
        Refused: line_missing, line_too_long, line_marked_up, unreadable_text, text_refused.
    """
    too_long = Refused(
        "line_too_long",
        gettext("Shorten your line to %(longest)s characters.") % {"longest": LONGEST},
    )
    if len(sent) > LONGEST_SENT:
        raise too_long
    line = " ".join(visible(sent).split())
    if not line:
        raise Refused("line_missing", gettext("Write a line to hear first."))
    if len(line) > LONGEST:
        raise too_long
    if is_ssml(line):
        raise Refused("line_marked_up", gettext("Write the words alone, without tags."))
    try:
        Wording.of(line, language)
    except TextRefused as refusal:
        raise Refused(refusal.code, retell(str(refusal))) from refusal
    require_fit(line)
    return line


def require_fit(line: str, heard: Iterable[str] = ()) -> None:
    """Refuse a line that nobody may hear without a licence.

    heard: what else a listener may hear in it; only a worker knows.

    Raises:
        Refused: text_refused.
    """
    policy.require_fit(line, heard, _EXPLANATIONS)
