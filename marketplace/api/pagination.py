"""Cursor pagination: the cursor holds the last id and is opaque to clients."""

from __future__ import annotations

import base64
import binascii
import re
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


def page_of(rows: QuerySet[Any], request: Request) -> tuple[list[Any], str | None]:
    """A page of rows, ordered by descending id, and the next cursor; None at the end.

    Raises:
        ValidationError: limit or cursor is invalid.
    """
    params = request.query_params
    text = params.get("limit") or params.get("page_size") or str(DEFAULT)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({"limit": [f"A number from 1 to {MAX_LIMIT}."]})
    cursor = params.get("cursor") or params.get("next_page_token")
    if cursor:
        last = _decoded(cursor)
        rows = rows.filter(pk__lt=min(last, 2**63 - 1))
    page_rows = list(rows[: int(text) + 1])
    page = page_rows[: int(text)]
    more = (
        base64.urlsafe_b64encode(str(page[-1].pk).encode()).decode()
        if len(page_rows) > len(page)
        else None
    )
    return page, more
