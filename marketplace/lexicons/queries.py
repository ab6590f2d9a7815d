"""Named reads of lexicons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from marketplace.accounts.models import Organization
from marketplace.lexicons.models import Lexicon, LexiconVersion
from marketplace.refusals import SpeechRefused
from synthesis.text.lexicon import Lexicon as Words

NONE = "none"  # the name with which a request asks for no lexicon
MAX_AT_ONCE = 3  # lexicons of one request


def lexicons_of(organization: Organization, *, archived: bool = False) -> QuerySet[Lexicon]:
    """An organization's lexicons, the newest first."""
    mine = Lexicon.objects.filter(organization=organization).prefetch_related("versions")
    return mine if archived else mine.filter(archived_at=None)


def chosen_versions(organization: Organization, choice: str) -> list[LexiconVersion]:
    """The versions that a request asks for.

    choice: "" for the default lexicon, "none", or a lexicon's id, alone or with ":" and a
    version's id.

    Raises:
        SpeechRefused: lexicon_not_found (404).
    """
    if choice == NONE:
        return []
    if not choice:
        default = Lexicon.objects.filter(organization=organization, default=True).first()
        return [default.latest] if default is not None else []
    lexicon_id, _, version_id = choice.partition(":")
    return [version_of(organization, lexicon_id, version_id)]


def version_of(organization: Organization, lexicon_id: str, version_id: str = "") -> LexiconVersion:
    """A version of an organization's lexicon, the latest unless one is named.

    Raises:
        SpeechRefused: lexicon_not_found (404).
    """
    lexicon, wanted = uuid_of(lexicon_id), uuid_of(version_id)
    mine = LexiconVersion.objects.select_related("lexicon").filter(
        lexicon__organization=organization, lexicon__archived_at=None, lexicon__public_id=lexicon
    )
    found = mine.filter(public_id=wanted) if version_id else mine
    version = found.first()
    if version is None:
        named = f"{lexicon_id}:{version_id}" if version_id else lexicon_id
        raise SpeechRefused(
            404,
            "lexicon_not_found",
            gettext("There is no lexicon %(named)s, or it is archived.")
            % {"named": repr(named[:80])},
        )
    return version


def uuid_of(text: str) -> UUID:
    """The id that a text is; nobody's if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


@lru_cache(maxsize=32)  # of one to two megabytes each, where they have as many words as they may
def _words(version_ids: tuple[UUID, ...]) -> Words:
    versions = [LexiconVersion.objects.get(public_id=each) for each in version_ids]
    return Words([row.entry for version in versions for row in version.entries])


def words_of(version_ids: Sequence[str]) -> Words:
    """What is said for the words of some versions; the first has precedence."""
    return _words(tuple(UUID(each) for each in version_ids))
