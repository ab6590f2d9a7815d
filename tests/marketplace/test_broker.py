"""The broker: nobody without its password, nothing that runs when it is read, no text in the clear."""

from __future__ import annotations

import asyncio
import os
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from deploy.embedded import valkey
from deploy.embedded.process import free_port
from marketplace import storage
from marketplace.celery import app
from marketplace.refusals import Tampered
from synthesis.speech_request import SpeechRequest
from synthesis.speech_stream import Receiver, Sender
from synthesis.text.wording import Wording

SECRET = "Meet me where the ferry used to land."


def test_the_embedded_broker_answers_nobody_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    child = valkey.child(tmp_path / "valkey", port, "the-password")
    child.start()
    try:
        child.wait_until(lambda: valkey.answers(port, "the-password"), 120)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).get("anything")
        assert not any("the-password" in str(part) for part in child.command)
        assert (tmp_path / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        child.stop()


class Trap:
    """What runs code when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.getpid, ()


def test_reading_the_cache_runs_nothing() -> None:
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.set(cache.make_key("trap"), pickle.dumps(Trap()), ex=60)
    assert cache.get("trap") is None


@pytest.mark.parametrize(
    "value", [7, 1.5, "text", True, None, [1.5, "a"], {"a": 1}, b"ID3\x00\xff"]
)
def test_the_cache_gives_back_what_it_was_given(value: object) -> None:
    cache.set("value", value, 60)
    found = cache.get("value", "missing")
    assert (found, type(found)) == (value, type(value))


def test_the_cache_counts() -> None:
    cache.set("count", 1, 60)
    assert cache.incr("count") == 2
    assert cache.get("count") == 2


def test_work_is_json_and_nothing_else() -> None:
    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.task_serializer == "json"


def test_a_request_on_its_way_to_the_worker_is_sealed() -> None:
    purpose = storage.speech_seal("one")
    wanted = SpeechRequest(Wording(SECRET), "juniper", "mp3")

    async def ask() -> None:
        receiver = Receiver(settings.REDIS_URL, "one", seal=partial(storage.seal, purpose=purpose))
        await receiver.request(wanted)
        await receiver.disconnect()

    asyncio.run(ask())
    broker = redis.Redis.from_url(settings.REDIS_URL)
    kept = broker.get("speech:one:request")
    assert isinstance(kept, bytes)
    assert b"ferry" not in kept
    unseal = partial(storage.unseal, purpose=purpose)
    assert Sender(settings.REDIS_URL, "one", unseal=unseal).begin() == wanted
    broker.set("speech:two:request", kept, ex=60)  # another listener's request in its place
    with pytest.raises(Tampered):
        Sender(
            settings.REDIS_URL,
            "two",
            unseal=partial(storage.unseal, purpose=storage.speech_seal("two")),
        ).begin()
