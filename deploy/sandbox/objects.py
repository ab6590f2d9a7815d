"""The sandbox's objects, kept as JSON in one SQLite file."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.sandbox import earlier, shapes
from deploy.sandbox.behaviours import Behaviours
from deploy.sandbox.shapes import Object

API_VERSION = "2026-10-28.endive"
FORM = 1  # of the objects in the file: 0 had only the fields that were needed then
HIDDEN = "_sandbox"  # what the sandbox remembers with an object and shows nobody


class Refusal(Exception):
    """An error answer of the provider, with its status, kind and code."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.code, self.param = status, kind, code, param


def new_id(prefix: str) -> str:
    """An id in the provider's style, e.g. cs_test_…"""
    return f"{prefix}_{secrets.token_hex(12)}"


class ObjectStore:
    """Objects by id, and answers by idempotency key."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self.emitted: list[Object] = []  # events since `take_emitted` was last called
        self.behaviours = Behaviours()
        for table in (
            "objects (id TEXT PRIMARY KEY, kind TEXT, number INTEGER, body TEXT)",
            "answers (key TEXT PRIMARY KEY, request TEXT, body TEXT)",
        ):
            self._db.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        self._complete_earlier()

    def _complete_earlier(self) -> None:
        """Make complete what an earlier sandbox kept in this file; once only."""
        if self._db.execute("PRAGMA user_version").fetchone()[0] >= FORM:
            return
        with self.together():
            for key, text in self._db.execute("SELECT id, body FROM objects").fetchall():
                try:
                    body, apart = earlier.completed(json.loads(text))
                except shapes.IncompleteObject:
                    self._db.execute("DELETE FROM objects WHERE id = ?", [key])
                    continue
                kept = {**body, HIDDEN: apart} if apart else body
                changed = [body["object"], json.dumps(kept), key]
                self._db.execute("UPDATE objects SET kind = ?, body = ? WHERE id = ?", changed)
            self._db.execute(f"PRAGMA user_version = {FORM}")

    @contextmanager
    def together(self) -> Iterator[None]:
        """A transaction: one caller at a time, all of its changes or none."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            events = len(self.emitted)
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                del self.emitted[events:]
                raise
            self._db.execute("COMMIT")

    def clear(self) -> None:
        """Begin again with nothing."""
        with self.together():
            self._db.execute("DELETE FROM objects")
            self._db.execute("DELETE FROM answers")
            self.emitted.clear()
            self.behaviours = Behaviours()

    def find(self, identifier: str) -> Object | None:
        with self._lock:
            row = self._db.execute("SELECT body FROM objects WHERE id = ?", [identifier]).fetchone()
        return json.loads(row[0]) if row else None

    def get(self, identifier: str, kind: str) -> Object:
        """Raises Refusal (404) unless an object of that kind has this id."""
        body = self.find(identifier)
        if body is None or body["object"] != kind:
            raise Refusal(
                f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param="id"
            )
        return body

    def put(self, body: Object, key: str = "") -> Object:
        """Keep an object under its id, or under another key if its kind has none."""
        with self._lock:
            number = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM objects").fetchone()
            self._db.execute(
                "INSERT INTO objects VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                [key or body["id"], body["object"], number[0], json.dumps(body)],
            )
        return body

    def make(
        self,
        kind: str,
        prefix: str,
        *,
        identifier: str = "",
        hidden: Object | None = None,
        **fields: Any,
    ) -> Object:
        """A new object, complete, with an id and a time of creation.

        hidden: what the sandbox remembers with it and shows nobody.
        """
        identifier = identifier or new_id(prefix)
        known = shapes.fields_of(shapes.class_of(kind))
        v2 = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        created: Any = v2 if kind.startswith("v2.") else now()
        own = {"id": identifier, "object": kind, "created": created, "livemode": False}
        given = {name: value for name, value in own.items() if name in known} | fields
        body = shapes.complete(kind, given)
        if hidden is not None:
            body[HIDDEN] = hidden
        return self.put(body, identifier)

    def change(self, body: Object, **fields: Any) -> Object:
        """Change fields of an object and keep it."""
        body.update(shapes.filled(body["object"], fields))
        return self.put(body)

    def all_of(
        self, kind: str, matches: Callable[[Object], bool] = lambda body: True
    ) -> list[Object]:
        """Objects of a kind, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", [kind]
            ).fetchall()
        return [body for (text,) in rows if matches(body := json.loads(text))]

    def emit(self, kind: str, body: Object, account: str = "") -> Object:
        """Record an event about an object of the platform, or of a connected account."""
        origin: Object = {"account": account} if account else {}
        event = self.make(
            "event", "evt", type=kind, api_version=API_VERSION, data={"object": published(body)},
            **origin,
        )  # fmt: skip
        self.emitted.append(event)
        return event

    def emit_thin(self, kind: str, related: Object) -> Object:
        """Record an event of v2, which names its object without showing it."""
        event = self.make("v2.core.event", "evt_test", type=kind)
        event["related_object"] = {
            "id": related["id"],
            "type": related["object"],
            "url": f"/v2/core/accounts/{related['id']}",
        }
        self.put(event)
        self.emitted.append(event)
        return event

    def take_emitted(self) -> list[Object]:
        with self._lock:
            taken, self.emitted = self.emitted, []
        return taken

    def stored_answer(self, key: str) -> tuple[str, Object] | None:
        """(request, answer) stored under an idempotency key."""
        with self._lock:
            row = self._db.execute(
                "SELECT request, body FROM answers WHERE key = ?", [key]
            ).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def remember(self, key: str, request: str, body: Object) -> None:
        with self._lock:
            self._db.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", [key, request, json.dumps(body)]
            )

    def forget_answers(self, of: str = "") -> None:
        """Forget idempotency keys, as the provider does after a day; of: how they begin, "" for all."""
        with self._lock:
            self._db.execute("DELETE FROM answers WHERE substr(key, 1, ?) = ?", [len(of), of])

    def expand(self, body: Object, paths: list[str]) -> Object:
        """Replace ids with objects along dotted paths, and add what is only sent on request."""
        for path in paths:
            here: Any = body
            for name in path.removeprefix("data.").split("."):
                if isinstance(here, dict) and name in here.get(HIDDEN, {}):
                    here[name] = here[HIDDEN][name]
                if not isinstance(here, dict) or name not in here:
                    break
                if isinstance(here[name], str):
                    here[name] = self.find(here[name]) or here[name]
                here = here[name]
        return body


def published(body: Any) -> Any:
    """An object as it is sent, without what the sandbox remembers."""
    if isinstance(body, dict):
        return {name: published(value) for name, value in body.items() if name != HIDDEN}
    return [published(each) for each in body] if isinstance(body, list) else body


def remembered(body: Object) -> Object:
    """What the sandbox remembers with an object."""
    hidden: Object = body.get(HIDDEN, {})
    return hidden


def now() -> int:
    """The time in the provider's seconds."""
    return int(time.time())


def is_true(value: Any) -> bool:
    """Whether a parameter is true, in a form or in JSON."""
    return value in (True, "true")
