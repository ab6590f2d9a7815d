"""How many WebSockets are open at once, in this process: of one account, from one network, altogether."""

from __future__ import annotations

from collections import Counter
from typing import Any

from marketplace.rate_limit import site_of
from marketplace.refusals import SpeechRefused

ALTOGETHER = 1_000  # each waits with some 100 kB
OF_ONE_ACCOUNT = 100
WAITING = 200  # for a message with their key,
WAITING_FROM_ONE_SITE = 20  # and of them from one line


class OpenSockets:
    """Counts of what is open."""

    def __init__(self) -> None:
        self._all = 0
        self._waiting: Counter[str] = Counter()  # by line
        self._accounts: Counter[int] = Counter()

    def open(self, client: str, *, waits: bool) -> Place:
        """Take a place. waits: for a key, because the request has none.

        Raises:
            SpeechRefused: system_busy, too_much_at_once.
        """
        site = site_of(client) if waits else ""
        if self._all >= ALTOGETHER or (waits and self._waiting.total() >= WAITING):
            raise SpeechRefused(503, "system_busy", "Too many connections are open. Try again.")
        if waits and self._waiting[site] >= WAITING_FROM_ONE_SITE:
            raise SpeechRefused(
                429,
                "too_much_at_once",
                "Too many connections from this address wait for their key.",
            )
        return Place(self, site)

    def __len__(self) -> int:
        return self._all


class Place:
    """One connection's place. site: the line from which it waits for a key, empty if it has one."""

    def __init__(self, sockets: OpenSockets, site: str) -> None:
        self._sockets, self._site = sockets, site
        self._account: int | None = None
        sockets._all += 1
        if site:
            sockets._waiting[site] += 1

    def belongs_to(self, account: int) -> None:
        """Count it for an account from now on, whose key it has shown.

        Raises:
            SpeechRefused: too_many_connections.
        """
        if self._sockets._accounts[account] >= OF_ONE_ACCOUNT:
            raise SpeechRefused(
                429,
                "too_many_connections",
                f"{OF_ONE_ACCOUNT} connections of this account are open; close one, or use one for several texts.",
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
        if self._site:
            _less(self._sockets._waiting, self._site)
            self._site = ""


def _less(counter: Counter[Any], key: object) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
