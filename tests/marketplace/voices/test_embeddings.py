"""Embeddings are stored rotated in the database and can still be searched there."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from marketplace.moderation import services
from marketplace.voices.embeddings import rotated, turn_rows, unrotated
from tests import factories


def _kept(table: str) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT embedding::text FROM {table}")
        return list(json.loads(cursor.fetchone()[0]))


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_turning_keeps_distances_and_is_undone(one: int, other: int) -> None:
    a, b = (np.random.default_rng(seed).standard_normal(256) for seed in (one, other))
    assert np.dot(rotated(a), rotated(b)) == pytest.approx(np.dot(a, b), abs=1e-9)
    assert np.allclose(unrotated(rotated(a)), a)


def test_another_secret_turns_another_way(settings: object) -> None:
    embedding = factories.make_embedding(1)
    before = rotated(embedding)
    settings.TEMPLATE_KEY = "another secret, as long as such a thing should be"  # type: ignore[attr-defined]
    assert abs(np.dot(before, rotated(embedding))) < 0.5


@pytest.mark.django_db
def test_the_column_is_not_the_embedding_and_the_row_is() -> None:
    embedding = factories.make_embedding(2)
    protected = services.protect(embedding=embedding, reason="banned", encoder="test", by=None)
    kept = _kept("moderation_protectedvoice")
    assert abs(np.dot(kept, embedding)) < 0.5
    protected.refresh_from_db()
    assert np.allclose(protected.embedding, embedding, atol=1e-5)
    assert services.screen(voice=factories.make_voice(), embedding=embedding) is not None


@pytest.mark.django_db
def test_rows_from_before_are_turned_by_the_migration() -> None:
    embedding = factories.make_embedding(3)
    protected = services.protect(embedding=embedding, reason="banned", encoder="test", by=None)
    turn_rows(connection, "moderation_protectedvoice", unrotated)
    assert np.allclose(_kept("moderation_protectedvoice"), embedding, atol=1e-5)
    turn_rows(connection, "moderation_protectedvoice", rotated)
    protected.refresh_from_db()
    assert np.allclose(protected.embedding, embedding, atol=1e-5)
