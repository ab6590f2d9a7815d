"""This machine's own addresses are never asked through a proxy."""

from __future__ import annotations

from collections.abc import MutableMapping

OWN = ("127.0.0.1", "localhost", "::1")


def keep_from_proxies(environment: MutableMapping[str, str]) -> None:
    """Add our own addresses to those that `NO_PROXY` names, in both spellings."""
    named = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name.strip() for name in named.split(",") if name.strip()]
    if "*" in names:
        return
    names += [own for own in OWN if own not in names]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(names)
