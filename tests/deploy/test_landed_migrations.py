"""A migration that has landed is never edited, and the one edit that happened is repaired."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from deploy.migrations import current_hashes, differences, recorded_hashes

LETTERS = "letters_letter"


def test_every_migration_is_as_it_landed() -> None:
    assert differences(recorded_hashes(), current_hashes()) == []


def test_an_edited_removed_or_unrecorded_migration_is_named() -> None:
    landed = {"a/0001.py": "1", "a/0002.py": "2"}
    wrong = differences(landed, {"a/0001.py": "edited", "a/0003.py": "3"})
    assert [sentence.split(" ", 3)[:3] for sentence in wrong] == [
        ["a/0001.py", "was", "edited"],
        ["a/0002.py", "was", "removed"],
        ["a/0003.py", "is", "not"],
    ]
    assert "python -m deploy.migrations" in wrong[2]


@pytest.mark.django_db
def test_the_models_need_no_other_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.fixture
def before() -> Iterator[None]:
    """The letters' table as 0001 makes it now, like the first databases."""
    MigrationExecutor(connection).migrate([("letters", "0001_initial")])
    yield
    call_command("migrate", verbosity=0)


def _may_be_null() -> bool:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, LETTERS)
    return next(bool(column.null_ok) for column in columns if column.name == "next_try_at")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("edited", [False, True])
def test_letters_of_both_earlier_tables_end_in_the_same_one(edited: bool) -> None:
    assert _may_be_null()
    with connection.cursor() as cursor:
        if edited:  # what 0001 created while it was edited
            cursor.execute(f"ALTER TABLE {LETTERS} ALTER COLUMN next_try_at SET NOT NULL")
        cursor.execute(
            f"INSERT INTO {LETTERS} (email, sealed, state, tries, next_try_at, problem, created_at)"
            " VALUES ('ada@example.com', '', 'waiting', 0, %s, '', now())",
            [timezone.now() if edited else None],
        )
    call_command("migrate", verbosity=0)
    assert not _may_be_null()
    kept = apps.get_model("letters", "Letter").objects.get()
    assert (kept.email, kept.next_try_at <= timezone.now()) == ("ada@example.com", True)
