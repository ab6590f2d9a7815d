"""Which entries a lexicon may have, and how many are judged at once: that takes time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext

from marketplace.accounts.models import Organization
from marketplace.policy import services as policy
from marketplace.rate_limit import counted
from marketplace.refusals import Refused
from marketplace.retelling import retell
from synthesis.refusals import TextRefused
from synthesis.text.languages import LANGUAGES, spoken_language
from synthesis.text.lexicon import Entry
from synthesis.text.pronunciation import MAX_IPA, MAX_WORD, require_plausible

MAX_ALIAS = 200  # characters
MAX_ENTRIES = 1000  # per lexicon
MAX_LENGTH = 60_000  # characters of the words of one request and of what is said for them
_JOINED = 4  # characters at most that are one once they are composed
USUAL_LENGTH = MAX_LENGTH // MAX_ENTRIES  # a shorter entry takes no less time
PER_MINUTE = 3 * MAX_LENGTH  # of one organization


def too_many_entries() -> Refused:
    """Why no more entries are taken than a lexicon may hold."""
    return Refused(
        "too_many_entries",
        gettext("A lexicon holds at most %(most)s entries.") % {"most": MAX_ENTRIES},
    )


def tidied(entry: Entry) -> Entry:
    """An entry as it is stored; whether it may be heard is another question, and a longer one.

    Raises:
        Refused: entry_word, entry_alias, entry_language.
    """
    word = _plain(entry.word, MAX_WORD)
    alias, ipa = _plain(entry.alias, MAX_ALIAS), _plain(entry.ipa, MAX_IPA)
    if not word or len(word) > MAX_WORD or not any(each.isalnum() for each in word):
        raise Refused(
            "entry_word",
            gettext("An entry has a word of at most %(most)s characters.") % {"most": MAX_WORD},
        )
    language = entry.language.strip()
    if language and (spoken_language(language) or language) not in LANGUAGES:
        raise Refused(
            "entry_language",
            gettext("No voice speaks the language %(language)s.")
            % {"language": repr(language[:20])},
        )
    if bool(alias) == bool(ipa):
        raise Refused(
            "entry_alias",
            gettext("%(word)s: give either an alias or a pronunciation in IPA.") % {"word": word},
        )
    if len(alias) > MAX_ALIAS or len(ipa) > MAX_IPA:
        raise Refused(
            "entry_alias",
            gettext("%(word)s: an alias has at most %(alias)s characters, a pronunciation %(ipa)s.")
            % {"word": word, "alias": MAX_ALIAS, "ipa": MAX_IPA},
        )
    if alias and not any(each.isalnum() for each in alias):
        raise Refused(
            "entry_alias",
            gettext("%(word)s: an alias has at least one letter or digit.") % {"word": word},
        )
    return replace(
        entry, word=word, alias=alias, ipa=ipa,
        language=(spoken_language(language) or language) if language else "",
    )  # fmt: skip


def _plain(text: str, limit: int) -> str:
    """A text on one line without characters that stand for something else inside the engine.

    What is far longer than its limit is only cut, for whoever refuses it: composing it may take long.
    """
    if len(text) > _JOINED * limit:
        return text[: limit + 1]
    composed = unicodedata.normalize("NFC", text)
    kept = (" " if each.isspace() else each for each in composed)
    return " ".join("".join(k for k in kept if unicodedata.category(k)[0] != "C").split())


def require_fit(entries: Sequence[Entry], organization: Organization) -> None:
    """Refuse tidied entries that may not be heard, or more of them than are judged at once.

    An alias must be a text that some licence allows; a pronunciation must be one of its word.

    Raises:
        Refused: entries_too_long, rate_limited, pronunciation, text_refused.
    """
    if not entries:
        return
    lengths = [len(each.word) + len(each.alias) + len(each.ipa) for each in entries]
    if sum(lengths) > MAX_LENGTH:
        raise Refused(
            "entries_too_long",
            gettext(
                "The entries have %(length)s characters together; send at most %(most)s at once."
            )
            % {"length": format(sum(lengths), ","), "most": format(MAX_LENGTH, ",")},
        )
    judged, seconds = counted(
        f"entries:{organization.pk}", sum(max(each, USUAL_LENGTH) for each in lengths)
    )
    if judged > PER_MINUTE:
        raise Refused(
            "rate_limited",
            gettext("Too many entries in a minute. Wait %(seconds)s s.") % {"seconds": seconds},
        )
    for entry in entries:
        _require_fit(entry)


def _require_fit(entry: Entry) -> None:
    if entry.alias:
        policy.require_licensable(entry.alias)
        return
    try:
        require_plausible(entry.word, entry.ipa, entry.language)
    except TextRefused as refusal:
        raise Refused(refusal.code, retell(str(refusal))) from refusal
