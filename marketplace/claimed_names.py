"""Names by which people would pass for somebody else here: the platform's, and those of creators."""

from __future__ import annotations

import re
from itertools import accumulate

from django.conf import settings

from marketplace.normalization import normalize

MAX_KEY = 120  # characters
# What a platform's own people are called, beside or behind its name
_OFFICES = frozenset(
    "admin administrator admins help helpdesk moderation moderator moderators official staff support team tm".split()
)


def name_key(name: str) -> str:
    """What names have in common that people take for the same: look-alike letters, case, spaces.

    >>> name_key("Kim  DOE"), name_key("K1m-Dóe")
    ('kimdoe', 'kimdoe')
    """
    return "".join(_words(name))[:MAX_KEY]


def is_of_platform(name: str) -> bool:
    """Whether a name is the platform's, or has it among its words.

    >>> is_of_platform("T1mbre Support"), is_of_platform("TimbreTeam"), is_of_platform("Ann Timbrell")
    (True, True, False)
    """
    own, words = name_key(settings.PLATFORM_NAME), _words(name)
    runs = (run for start in range(len(words)) for run in accumulate(words[start:]))
    return bool(own) and any(
        run.startswith(own) and run[len(own) :] in _OFFICES | {""} for run in runs
    )


def is_office(name: str) -> bool:
    """Whether a name is nobody's, but what a platform's people are called.

    >>> is_office("Moderator"), is_office("Support Team"), is_office("Team North")
    (True, True, False)
    """
    words = set(_words(name))
    return bool(words) and words <= _OFFICES


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s']+", normalize(name)) if word]
