"""How many WebSockets are open at once, in this process: of one account, from one network, altogether."""

from __future__ import annotations

from collections import Counter
from typing import Any

from marketplace.rate_limit import site_of
from marketplace.refusals import SpeechRefused

ALTOGETHER = 1_000
OF_ONE_ACCOUNT = 100  # or, while many are open, a tenth of what is free,
OF_ONE_ACCOUNT_AT_LEAST = 5
OF_PAGES = 5  # whoever opens a page can copy its key: one line has a fifth of its account's places with it,
OF_ALL_PAGES = 2  # and all together half of them
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
        # With keys of pages, of an account: by line, and altogether
        self._pages: Counter[tuple[int, str]] = Counter()
        self._of_pages: Counter[int] = Counter()

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
        self._by_page = False
        sockets._all += 1
        counter[site] += 1

    def belongs_to(self, account: int, *, by_page: bool = False) -> None:
        """Count it for an account from now on, whose key it has shown.

        by_page: a key that pages may use, which whoever opens one can copy.

        Raises:
            SpeechRefused: too_many_connections.
        """
        free = (ALTOGETHER - len(self._sockets)) // 10
        most = min(OF_ONE_ACCOUNT, max(OF_ONE_ACCOUNT_AT_LEAST, free))
        sockets = self._sockets
        if sockets._accounts[account] >= most:
            raise _too_many(f"{most} connections of this account")
        if by_page:
            here, all_pages = max(1, most // OF_PAGES), max(1, most // OF_ALL_PAGES)
            if sockets._pages[account, self._site] >= here:
                raise _too_many(
                    f"{here} connections of pages with this account's keys from this address"
                )
            if sockets._of_pages[account] >= all_pages:
                raise _too_many(f"{all_pages} connections of pages with this account's keys")
            sockets._pages[account, self._site] += 1
            sockets._of_pages[account] += 1
        self._wait_no_longer()
        self._account, self._by_page = account, by_page
        sockets._accounts[account] += 1

    def leave(self) -> None:
        self._sockets._all -= 1
        self._wait_no_longer()
        if self._account is not None:
            _less(self._sockets._accounts, self._account)
        if self._by_page:
            _less(self._sockets._pages, (self._account, self._site))
            _less(self._sockets._of_pages, self._account)

    def _wait_no_longer(self) -> None:
        if self._counter is not None:
            _less(self._counter, self._site)
            self._counter = None


def _too_many(what: str) -> SpeechRefused:
    return SpeechRefused(
        429,
        "too_many_connections",
        f"{what} are open; close one, or use one for several texts.",
    )


def _less(counter: Counter[Any], key: object) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
