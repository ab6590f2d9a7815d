"""Cursor pagination: the cursor holds the last id and is opaque to clients."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

DEFAULT, MAX_LIMIT = 50, 100


def _decoded(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise ValidationError({"cursor": ["Use the next_cursor of the previous page."]}) from error


def _encoded(key: int) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode()


def _asked(request: Request) -> tuple[int, int | None]:
    """How many rows a request asks for, and the last id that it has seen."""
    params = request.query_params
    text = params.get("limit") or params.get("page_size") or str(DEFAULT)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({"limit": [f"A number from 1 to {MAX_LIMIT}."]})
    cursor = params.get("cursor") or params.get("next_page_token")
    return int(text), min(_decoded(cursor), 2**63 - 1) if cursor else None


def page_of(rows: QuerySet[Any], request: Request) -> tuple[list[Any], str | None]:
    """A page of rows, ordered by descending id, and the next cursor; None at the end.

    Raises:
        ValidationError: limit or cursor is invalid.
    """
    limit, last = _asked(request)
    if last is not None:
        rows = rows.filter(pk__lt=last)
    page_rows = list(rows[: limit + 1])
    page = page_rows[:limit]
    return page, _encoded(page[-1].pk) if len(page_rows) > len(page) else None


def page_of_keys(keys: Sequence[int], request: Request) -> tuple[list[int], str | None]:
    """A page of ids in descending order, of ids in any, and the next cursor; None at the end.

    Raises:
        ValidationError: limit or cursor is invalid.
    """
    limit, last = _asked(request)
    ahead = sorted((key for key in keys if last is None or key < last), reverse=True)
    page = ahead[:limit]
    return page, _encoded(page[-1]) if len(ahead) > len(page) else None
