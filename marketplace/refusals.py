"""Requests that the rules don't allow."""

from __future__ import annotations


class Refused(ValueError):
    """A request that the rules don't allow; `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SpeechRefused(Exception):
    """A request for speech that the rules don't allow; nothing is recorded as used.

    status: HTTP; code: stable; the message says what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code
