"""Webhooks: signed, sent until they are accepted, and mishandled where a test asks for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time

import httpx

from deploy.sandbox import endpoints
from deploy.sandbox.endpoints import Receiver
from deploy.sandbox.faults import Faults
from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.shapes import Object

TRIES = (0.0, 1.0, 3.0, 10.0, 30.0)  # seconds before each try


def sign(payload: str, secret: str) -> str:
    """The `Stripe-Signature` header of a webhook sent now."""
    now = int(time.time())
    digest = hmac.new(secret.encode(), f"{now}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class Delivery:
    """Sends events to the receiver given at the start, which takes all, and to those set up since."""

    def __init__(self, store: ObjectStore, always: Receiver | None) -> None:
        self.store, self.always, self.faults = store, always, Faults()
        self._sending: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=15)  # one for all: each reads the certificates

    def send_emitted(self) -> None:
        """Send the events recorded since the last time."""
        for event in self.store.take_emitted():
            if self.faults.take("lose"):
                continue
            for receiver in self._receivers(event):
                for _ in range(self.faults.repeat):
                    if self.faults.hold:
                        self.faults.held.append((receiver, json.dumps(event)))
                    else:
                        self._send(receiver, json.dumps(event))

    def _receivers(self, event: Object) -> list[Receiver]:
        found = list(endpoints.receivers(self.store, event))
        return [self.always, *found] if self.always else found

    def set_faults(self, faults: Faults) -> None:
        """Replace the faults; held webhooks go out now, newest first."""
        held, self.faults = self.faults.held, faults
        for receiver, payload in reversed(held):
            self._send(receiver, payload)

    def _send(self, receiver: Receiver, payload: str) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(receiver, payload))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, receiver: Receiver, payload: str) -> None:
        for pause in TRIES:
            await asyncio.sleep(pause)
            try:
                answer = await self._client.post(
                    receiver.url,
                    content=payload,
                    headers={
                        "Stripe-Signature": sign(payload, receiver.secret),
                        "Content-Type": "application/json",
                    },
                )
                if answer.is_success:
                    return
            except httpx.HTTPError:
                continue
