"""Operations on lexicons: create, change, archive. Every change of entries is a new version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.lexicons.entries import MAX_ENTRIES, require_fit, tidied, too_many_entries
from marketplace.lexicons.models import Lexicon, LexiconEntry, LexiconVersion
from marketplace.licensing.key_access import require_scope
from marketplace.licensing.models import ApiKey
from marketplace.refusals import Refused
from marketplace.visible_text import visible
from synthesis.text.lexicon import Entry

MAX_LEXICONS = 50  # per organization, archived ones not counted
Caller = User | ApiKey


def require_may_change(caller: Caller, organization: Organization) -> User:
    """The user who answers for a change: the caller, or the owner of the key that asks for it.

    Raises:
        Refused: not_a_member, role_too_small.
        SpeechRefused: scope_missing.
    """
    if isinstance(caller, ApiKey):
        if caller.organization_id != organization.pk:
            raise Refused("not_a_member", gettext("This key belongs to another organization."))
        for scope in (ApiKey.Scope.SPEAK, ApiKey.Scope.READ):
            require_scope(caller, scope)
        return caller.owner
    require(caller, organization, Right.KEYS)
    return caller


def require_may_set_default(caller: Caller) -> None:
    """Refuse a key that is limited to some licences what changes the speech of all others.

    Raises:
        Refused: key_limited.
    """
    if isinstance(caller, ApiKey) and caller.licences.exists():
        raise Refused(
            "key_limited",
            gettext(
                "The default lexicon applies to all speech, and this key only to its licences. "
                "Use a key without such a limit, or the page of lexicons."
            ),
        )


def create_lexicon(
    *,
    organization: Organization,
    name: str,
    by: Caller,
    description: str = "",
    entries: Sequence[Entry] = (),
    default: bool = False,
) -> Lexicon:
    """Create a lexicon with its first version.

    Raises:
        Refused: what `require_may_change`, `tidied` and `require_fit` refuse; lexicon_name,
            too_many_lexicons, too_many_entries, default_taken, key_limited.
    """
    user = require_may_change(by, organization)
    if default:
        require_may_set_default(by)
    name = _named(name)
    found = _together(entries)
    _require_another(organization, default=default)
    require_fit(found, organization)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        _require_another(organization, default=default)
        lexicon = Lexicon.objects.create(
            organization=organization,
            name=name,
            description=visible(description).strip()[:300],
            default=default,
            created_by=user,
        )
        version = LexiconVersion.objects.create(lexicon=lexicon, number=1, size=len(found))
        _insert(lexicon, found, version)
        audit.record(
            actor=user,
            action="lexicon.created",
            subject=lexicon,
            version=str(version.public_id),
            entries=len(found),
        )
    return lexicon


def _require_another(organization: Organization, *, default: bool) -> None:
    """Refuse what would be one lexicon, or one default, too many."""
    current = organization.lexicons.filter(archived_at=None)
    if current.count() >= MAX_LEXICONS:
        raise Refused(
            "too_many_lexicons",
            gettext("%(most)s lexicons is the limit; archive one first.") % {"most": MAX_LEXICONS},
        )
    if default and current.filter(default=True).exists():
        raise Refused("default_taken", gettext("There is a default lexicon; change that one."))


def _named(name: str) -> str:
    name = " ".join(visible(name).split())
    if not name or len(name) > 80:
        raise Refused("lexicon_name", gettext("Give the lexicon a name of at most 80 characters."))
    return name


def _together(entries: Iterable[Entry]) -> list[Entry]:
    """Tidied entries, no more than a lexicon holds; of a word's in one language, the last."""
    few = list(islice(entries, MAX_ENTRIES + 1))
    if len(few) > MAX_ENTRIES:
        raise too_many_entries()
    found = {(entry.word, entry.language): entry for entry in map(tidied, few)}
    return list(found.values())


def _insert(lexicon: Lexicon, entries: Iterable[Entry], version: LexiconVersion) -> None:
    LexiconEntry.objects.bulk_create(
        LexiconEntry(
            lexicon=lexicon,
            word=entry.word,
            alias=entry.alias,
            ipa=entry.ipa,
            language=entry.language,
            case_sensitive=entry.case_sensitive,
            whole_words=entry.whole_words,
            added=version.number,
        )
        for entry in entries
    )


def default_lexicon(*, organization: Organization, by: Caller) -> Lexicon:
    """The organization's default lexicon, created on first use."""
    found = organization.lexicons.filter(default=True).first()
    return found or create_lexicon(organization=organization, name="Default", by=by, default=True)


def revise(
    *,
    lexicon: Lexicon,
    by: Caller,
    add: Sequence[Entry] = (),
    remove: Sequence[UUID] = (),
    remove_words: Sequence[str] = (),
    replace: bool = False,
) -> LexiconVersion:
    """Make another version: without the entries that are removed, and with those that are added.

    An added entry replaces the one for the same word and language. remove: public ids;
    remove_words: words in every language; replace: whether all earlier entries go.

    Raises:
        Refused: what `require_may_change`, `tidied` and `require_fit` refuse; lexicon_archived,
            entry_not_found, too_many_entries, key_limited.
    """
    user = require_may_change(by, lexicon.organization)
    added = _together(add)
    _require_revisable(lexicon, by)
    require_fit(added, lexicon.organization)
    with transaction.atomic():
        lexicon = Lexicon.objects.select_for_update(of=("self",), no_key=True).get(pk=lexicon.pk)
        _require_revisable(lexicon, by)
        latest = lexicon.latest
        rows = list(lexicon.entries.filter(removed=None))
        if missing := set(remove) - {row.public_id for row in rows}:
            raise Refused(
                "entry_not_found",
                gettext("There is no entry %(entry)s any more.") % {"entry": missing.pop()},
            )
        names = {(entry.word, entry.language) for entry in added}
        gone = [
            row
            for row in rows
            if replace
            or row.public_id in remove
            or row.word in remove_words
            or (row.word, row.language) in names
        ]
        size = len(rows) - len(gone) + len(added)
        if size > MAX_ENTRIES:
            raise too_many_entries()
        version = LexiconVersion.objects.create(
            lexicon=lexicon, number=latest.number + 1, size=size
        )
        LexiconEntry.objects.filter(pk__in=[row.pk for row in gone]).update(removed=version.number)
        _insert(lexicon, added, version)
        audit.record(
            actor=user,
            action="lexicon.changed",
            subject=lexicon,
            version=str(version.public_id),
            added=len(added),
            removed=len(gone),
        )
    return version


def _require_revisable(lexicon: Lexicon, by: Caller) -> None:
    if lexicon.archived_at is not None:
        raise Refused("lexicon_archived", gettext("This lexicon is archived; restore it first."))
    if lexicon.default:
        require_may_set_default(by)


def rename(*, lexicon: Lexicon, name: str, by: Caller) -> Lexicon:
    """Give a lexicon another name.

    Raises:
        Refused: what `require_may_change` refuses; lexicon_name, key_limited.
    """
    user = require_may_change(by, lexicon.organization)
    name = _named(name)
    with transaction.atomic():
        lexicon = Lexicon.objects.select_for_update(of=("self",), no_key=True).get(pk=lexicon.pk)
        if lexicon.default:
            require_may_set_default(by)
        lexicon.name = name
        lexicon.save(update_fields=["name"])
        audit.record(actor=user, action="lexicon.renamed", subject=lexicon)
    return lexicon


def make_default(*, lexicon: Lexicon, by: Caller, default: bool = True) -> Lexicon:
    """Apply a lexicon to all speech that names no other, or no longer.

    Raises:
        Refused: what `require_may_change` refuses; lexicon_archived, key_limited.
    """
    user = require_may_change(by, lexicon.organization)
    require_may_set_default(by)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=lexicon.organization_id)
        lexicon = Lexicon.objects.select_for_update(of=("self",), no_key=True).get(pk=lexicon.pk)
        if default and lexicon.archived_at is not None:
            raise Refused(
                "lexicon_archived", gettext("This lexicon is archived; restore it first.")
            )
        if default:
            others = Lexicon.objects.filter(organization=lexicon.organization_id, default=True)
            others.exclude(pk=lexicon.pk).update(default=False)
        lexicon.default = default
        lexicon.save(update_fields=["default"])
        audit.record(actor=user, action="lexicon.default", subject=lexicon, default=default)
    return lexicon


def archive(*, lexicon: Lexicon, by: Caller, archived: bool = True) -> Lexicon:
    """Take a lexicon out of use, or restore it; what was spoken with it stays on record.

    Raises:
        Refused: what `require_may_change` refuses; too_many_lexicons, key_limited.
    """
    user = require_may_change(by, lexicon.organization)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=lexicon.organization_id)
        lexicon = Lexicon.objects.select_for_update(of=("self",), no_key=True).get(pk=lexicon.pk)
        if archived == (lexicon.archived_at is not None):
            return lexicon
        if lexicon.default:
            require_may_set_default(by)
        others = Lexicon.objects.filter(organization=lexicon.organization_id, archived_at=None)
        if not archived and others.count() >= MAX_LEXICONS:
            raise Refused(
                "too_many_lexicons",
                gettext("%(most)s lexicons is the limit; archive one first.")
                % {"most": MAX_LEXICONS},
            )
        lexicon.archived_at = timezone.now() if archived else None
        lexicon.default = lexicon.default and not archived
        lexicon.save(update_fields=["archived_at", "default"])
        action = "lexicon.archived" if archived else "lexicon.restored"
        audit.record(actor=user, action=action, subject=lexicon)
    return lexicon
