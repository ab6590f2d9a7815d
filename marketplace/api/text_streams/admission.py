"""How many WebSockets are open at once, in this process: of one account, from one network, altogether."""

from __future__ import annotations

from collections import Counter
from typing import Any

from marketplace.rate_limit import site_of
from marketplace.refusals import SpeechRefused

ALTOGETHER = 1_000
OF_ONE_ACCOUNT = 100  # or, while many are open, a tenth of what is free,
OF_ONE_ACCOUNT_AT_LEAST = 5
WAITING = 200  # for a message with their key,
WAITING_FROM_ONE_SITE = 20  # and of them from one line
UNPROVEN_FROM_ONE_SITE = 50  # that have shown a key, until it is known whose it is


class OpenSockets:
    """Counts of what is open."""

    def __init__(self) -> None:
        self._all = 0
        self._waiting: Counter[str] = Counter()  # by line
        self._unproven: Counter[str] = Counter()  # by line
        self._accounts: Counter[int] = Counter()

    def open(self, client: str, *, waits: bool) -> Place:
        """Take a place. waits: for a key, because the request has none.

        Raises:
            SpeechRefused: system_busy, too_much_at_once.
        """
        site = site_of(client)
        if self._all >= ALTOGETHER or (waits and self._waiting.total() >= WAITING):
            raise SpeechRefused(503, "system_busy", "Too many connections are open. Try again.")
        counter = self._waiting if waits else self._unproven
        if counter[site] >= (WAITING_FROM_ONE_SITE if waits else UNPROVEN_FROM_ONE_SITE):
            raise SpeechRefused(
                429,
                "too_much_at_once",
                "Too many connections from this address wait for their key, or until it is checked.",
            )
        return Place(self, counter, site)

    def __len__(self) -> int:
        return self._all


class Place:
    """One connection's place.

    counter, site: where it is counted, by its line, until it is known whose key it has.
    """

    def __init__(self, sockets: OpenSockets, counter: Counter[str], site: str) -> None:
        self._sockets, self._site = sockets, site
        self._counter: Counter[str] | None = counter
        self._account: int | None = None
        sockets._all += 1
        counter[site] += 1

    def belongs_to(self, account: int) -> None:
        """Count it for an account from now on, whose key it has shown.

        Raises:
            SpeechRefused: too_many_connections.
        """
        free = (ALTOGETHER - len(self._sockets)) // 10
        most = min(OF_ONE_ACCOUNT, max(OF_ONE_ACCOUNT_AT_LEAST, free))
        if self._sockets._accounts[account] >= most:
            raise SpeechRefused(
                429,
                "too_many_connections",
                f"{most} connections of this account are open; close one, or use one for several texts.",
            )
        self._wait_no_longer()
        self._account = account
        self._sockets._accounts[account] += 1

    def leave(self) -> None:
        self._sockets._all -= 1
        self._wait_no_longer()
        if self._account is not None:
            _less(self._sockets._accounts, self._account)

    def _wait_no_longer(self) -> None:
        if self._counter is not None:
            _less(self._counter, self._site)
            self._counter = None


def _less(counter: Counter[Any], key: object) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
