"""How a consent was checked: by machine, by whom of the platform, or as a demonstration."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from marketplace.consent.checks import failed_checks
from marketplace.consent.models import Consent


@dataclass(frozen=True)
class Vetting:
    """Roles, never names.

    machine: passed, failed, not_compared (the speaker declined) or nothing_read.
    platform: the roles of those who approved it by hand; empty: nobody had to.
    failed: the checks that it failed. words: all of it in a sentence or two, for people.
    """

    machine: str
    platform: tuple[str, ...]
    failed: tuple[str, ...]
    demonstration: bool
    words: str


def vetting_of(consent: Consent) -> Vetting:
    """How a consent was checked; of one that is not decided yet, how far it has come."""
    failed = tuple(check.label for check in failed_checks(consent))
    if consent.given_by == Consent.GivenBy.ESTATE:
        machine = "nothing_read"
    elif failed:
        machine = "failed"
    else:
        machine = "passed" if consent.compared else "not_compared"
    refused = consent.state == Consent.State.REFUSED
    approved = (consent.first_approved_by_id, None if refused else consent.decided_by_id)
    people = ("moderator",) * sum(who is not None for who in approved)
    return Vetting(machine, people, failed, consent.demonstration, _in_words(machine, len(people)))


_BY_MACHINE = {
    "passed": gettext_noop(
        "A statement with fresh random words was read. Words and voice were checked by machine, "
        "and every check was passed."
    ),
    "failed": gettext_noop(
        "A statement with fresh random words was read. The machine’s checks did not accept "
        "the reading."
    ),
    "not_compared": gettext_noop(
        "A statement with fresh random words was read. The words were checked by machine; "
        "the speaker declined a comparison of voices."
    ),
    "nothing_read": gettext_noop(
        "No statement was read: the representative of an estate agreed in writing."
    ),
}
_BY_HAND = {
    "passed": {
        1: gettext_noop("A moderator of the platform listened to it and approved it."),
        2: gettext_noop("Two moderators of the platform listened to it and approved it."),
    },
    "failed": {
        1: gettext_noop(
            "A moderator of the platform listened to it and approved it nevertheless, for written reasons."
        ),
        2: gettext_noop(
            "Two moderators of the platform listened to it and approved it nevertheless, for written reasons."
        ),
    },
    "not_compared": {
        1: gettext_noop("A moderator of the platform compared it by ear and approved it."),
        2: gettext_noop("Two moderators of the platform compared it by ear and approved it."),
    },
    "nothing_read": {
        1: gettext_noop("A moderator of the platform saw the documents."),
        2: gettext_noop("Two moderators of the platform saw the documents."),
    },
}


def _in_words(machine: str, people: int) -> str:
    by_hand = gettext(_BY_HAND[machine][people]) if people else ""
    return f"{gettext(_BY_MACHINE[machine])} {by_hand}".strip()
