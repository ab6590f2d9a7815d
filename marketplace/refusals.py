"""Requests that the rules don't allow."""

from __future__ import annotations


class Refused(ValueError):
    """A request that the rules don't allow; `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
