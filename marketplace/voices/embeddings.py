"""Speaker embeddings at rest: rotated by a secret matrix, which a stolen column is of little use without.

Distances survive a rotation, so the database can search what it can't read (random orthogonal
projection: Teoh, Goh and Ngo 2006, "Random multispace quantization as an analytic mechanism for
BioHashing"). A rotation is no encryption: who also has the embeddings of some hundred people in
the column, from recordings of them, can estimate the matrix and with it everybody's (Liu, Giannella
and Kargupta 2006, "An attacker's view of distance preserving maps for privacy preserving data
mining"). Who has none learns how alike the voices are, and no more. The raw embedding is in the
template, under its creator's key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray
from pgvector.django import VectorField
from psycopg import sql

Turn = Callable[[Sequence[float]], list[float]]
SIZE = 256
_PURPOSE = b"speaker embedding rotation|"


@lru_cache(maxsize=2)
def _rotation(secret: str) -> NDArray[np.float64]:
    """An orthogonal matrix [SIZE, SIZE], uniform over all of them, made from a secret alone."""
    stream = hashlib.shake_256(_PURPOSE + secret.encode()).digest(2 * SIZE * SIZE * 8)
    first, second = (np.frombuffer(stream, "<u8").reshape(2, SIZE, SIZE) + 0.5) / 2.0**64
    gaussian = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)  # Box and Muller 1958
    q, r = np.linalg.qr(gaussian)
    return np.asarray(q * np.sign(np.diag(r)))


def rotated(embedding: Sequence[float]) -> list[float]:
    """An embedding [SIZE] as it is stored and searched for."""
    matrix = _rotation(settings.TEMPLATE_KEY or settings.SECRET_KEY)
    return [float(x) for x in matrix @ np.asarray(embedding, np.float64)]


def unrotated(stored: Sequence[float]) -> list[float]:
    """The embedding that was rotated, to about six digits."""
    matrix = _rotation(settings.TEMPLATE_KEY or settings.SECRET_KEY)
    return [float(x) for x in matrix.T @ np.asarray(stored, np.float64)]


class RotatedVectorField(VectorField):
    """A vector that is rotated on its way to the database and back on its way out.

    A search must rotate its own embedding too: `CosineDistance(field, rotated(embedding))`.
    """

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(None if value is None else rotated(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = super().from_db_value(value, expression, connection)
        return None if stored is None else unrotated(stored)


def turn_rows(connection: BaseDatabaseWrapper, table: str, turn: Turn) -> None:
    """Rotate, or rotate back, the embeddings that a table held before this migration."""
    name = sql.Identifier(table)
    read = sql.SQL("SELECT id, embedding::text FROM {} WHERE embedding IS NOT NULL").format(name)
    write = sql.SQL("UPDATE {} SET embedding = %s::vector WHERE id = %s").format(name)
    with connection.cursor() as cursor:
        cursor.execute(read)
        for pk, stored in cursor.fetchall():
            vector = str([float(x) for x in turn(json.loads(stored))])
            cursor.execute(write, [vector, pk])


turned, turned_back, TurnedVectorField = (
    rotated,
    unrotated,
    RotatedVectorField,
)  # as landed migrations say
