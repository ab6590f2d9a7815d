"""The machine's checks of a reading, each with its value and what it needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from marketplace.consent.models import Consent
from synthesis.verification import thresholds

# why a reading is with a moderator though no check failed
_UNFAILED = frozenset({"", "not_compared", "minor"})


@dataclass(frozen=True)
class Check:
    """One check; passed: None if it decides nothing by itself.

    label: in the site's own language, as evidence names it; pages translate it.
    """

    label: str
    value: str
    needed: str = ""
    passed: bool | None = None


def checks_of(consent: Consent) -> list[Check]:
    """What the machine found in a reading, those that failed first."""
    scores = dict(consent.scores)
    if "second_score" in scores:
        scores["both"] = round(scores["score"] + scores["second_score"], 2)
    found = [build(scores) for name, build in _CHECKS.items() if name in scores]
    failed = any(check.passed is False for check in found)
    if consent.reason_code not in _UNFAILED and not failed:
        found.append(
            Check(
                gettext_noop("Checks as a whole"),
                consent.reason_code.replace("_", " "),
                gettext("nothing found"),
                False,
            )
        )
    return sorted(found, key=lambda check: check.passed is not False)


def failed_checks(consent: Consent) -> list[Check]:
    """The checks that a reading failed; then one moderator alone can't approve it."""
    return [check for check in checks_of(consent) if check.passed is False]


def needs_second(consent: Consent) -> bool:
    """Whether only two moderators together may approve: a check failed, or no machine compared who
    speaks with the recordings, so that one moderator's word would be all there is.
    """
    return not consent.compared or bool(failed_checks(consent))


def _at_least(label: str, name: str, limit: float, own: str = "") -> Callable[[Any], Check]:
    """A score that must reach a limit; own: where a finding recorded the limit of its day."""

    def build(scores: dict[str, Any]) -> Check:
        least = scores.get(own, limit)
        return Check(label, _number(scores[name]), _least(least), scores[name] >= least)

    return build


def _at_most(label: str, name: str, limit: float, own: str = "") -> Callable[[Any], Check]:
    def build(scores: dict[str, Any]) -> Check:
        most = scores.get(own, limit)
        return Check(label, _number(scores[name]), _most(most), scores[name] <= most)

    return build


def _least(limit: float) -> str:
    return gettext("at least %(limit)s") % {"limit": f"{limit:g}"}


def _most(limit: float) -> str:
    return gettext("at most %(limit)s") % {"limit": f"{limit:g}"}


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _words_heard(scores: dict[str, Any]) -> Check:
    heard, asked = scores["phrase_words"], scores.get("phrase_length", 8)
    least = thresholds.PHRASE_WORDS_HEARD
    told = gettext("%(heard)s of %(asked)s") % {"heard": heard, "asked": asked}
    return Check(gettext_noop("Random words heard"), told, _least(least), heard >= least)


def _unheard(scores: dict[str, Any]) -> Check:
    missing = ", ".join(scores["unheard"])
    return Check(
        gettext_noop("Not heard"),
        missing or gettext("nothing"),
        gettext("nothing may be missing"),
        not missing,
    )


_CHECKS: dict[str, Callable[[dict[str, Any]], Check]] = {
    "both": _at_least(
        gettext_noop("Same speaker, both verifiers"),
        "both",
        thresholds.SPEAKER_ACCEPTED,
        "speaker_threshold",
    ),
    "score": _at_least(gettext_noop("First opinion"), "score", thresholds.EACH_ACCEPTED),
    "second_score": _at_least(
        gettext_noop("Second opinion"), "second_score", thresholds.EACH_ACCEPTED
    ),
    "least_alike_part": _at_least(
        gettext_noop("Least alike part"), "least_alike_part", thresholds.PART_ACCEPTED
    ),
    "live": _at_least(gettext_noop("Sounds like a person"), "live", thresholds.LIVE_ACCEPTED),
    "synthetic": _at_most(
        gettext_noop("Like an engine"), "synthetic", 1 - thresholds.LIVE_ACCEPTED
    ),
    "replay": _at_most(gettext_noop("Like a loudspeaker"), "replay", 1 - thresholds.LIVE_ACCEPTED),
    "spliced": _at_most(
        gettext_noop("Cut together"), "spliced", thresholds.SPLICED, "splice_threshold"
    ),
    "end_spliced": _at_most(
        gettext_noop("Spliced at the end"),
        "end_spliced",
        thresholds.END_SPLICED,
        "end_splice_threshold",
    ),
    "word_error_rate": _at_most(
        gettext_noop("Words wrong"), "word_error_rate", thresholds.MAX_WORDS_WRONG
    ),
    "phrase_words": _words_heard,
    "unheard": _unheard,
}
