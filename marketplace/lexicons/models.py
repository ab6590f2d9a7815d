"""Lexicons, their versions, and the entries of each."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from marketplace.accounts.models import Organization
from synthesis.text.lexicon import Entry


class Lexicon(models.Model):
    """Words of an organization that are said in another way; one may be its default."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="lexicons"
    )
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    default = models.BooleanField(
        default=False, help_text="Applied to speech that names no other lexicon."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(default=True),
                name="an_organization_has_one_default_lexicon",
            ),
            models.CheckConstraint(
                condition=Q(default=False) | Q(archived_at=None),
                name="an_archived_lexicon_is_no_default",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def latest(self) -> LexiconVersion:
        """The newest version."""
        return self.versions.latest("number")


class LexiconVersion(models.Model):
    """A state of a lexicon, which never changes; each change makes another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lexicon = models.ForeignKey(Lexicon, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="How many entries it has.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=["lexicon", "number"], name="a_lexicon_has_each_version_once"
            ),
        )

    @property
    def entries(self) -> QuerySet[LexiconEntry]:
        """The entries that it has, the newest first."""
        return LexiconEntry.objects.filter(
            Q(removed=None) | Q(removed__gt=self.number),
            lexicon=self.lexicon_id,
            added__lte=self.number,
        )


class LexiconEntry(models.Model):
    """A word and what is said for it; a change replaces the row, so that versions stay as they are."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lexicon = models.ForeignKey(Lexicon, on_delete=models.CASCADE, related_name="entries")
    word = models.CharField(max_length=80)
    alias = models.CharField(max_length=200, blank=True)
    ipa = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="A tag; none: every language.")
    case_sensitive = models.BooleanField(default=False)
    whole_words = models.BooleanField(default=True)
    added = models.PositiveIntegerField(help_text="The first version that has it.")
    removed = models.PositiveIntegerField(
        null=True, help_text="The first version that has it no more."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(alias="") ^ Q(ipa=""), name="an_entry_has_an_alias_or_a_pronunciation"
            ),
            models.CheckConstraint(
                condition=Q(removed=None) | Q(removed__gt=models.F("added")),
                name="an_entry_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["lexicon", "word", "language"],
                condition=Q(removed=None),
                name="a_word_is_in_a_lexicon_once_per_language",
            ),
        )

    def __str__(self) -> str:
        return self.word

    @property
    def entry(self) -> Entry:
        """The entry as the engine knows it."""
        return Entry(
            self.word, self.alias, self.ipa, self.language, self.case_sensitive, self.whole_words
        )
