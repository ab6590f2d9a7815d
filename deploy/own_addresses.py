"""Requests to this machine's own addresses never go through a proxy."""

from __future__ import annotations

from collections.abc import MutableMapping
from ipaddress import ip_address

OWN = ("127.0.0.1", "localhost", "::1")


def bypass_proxies(environment: MutableMapping[str, str]) -> None:
    """Add our own addresses to `NO_PROXY`, in both spellings."""
    named = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name.strip() for name in named.split(",") if name.strip()]
    if "*" in names:
        return
    names += [own for own in OWN if own not in names]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(names)


def is_own(host: str) -> bool:
    """Whether only this machine reaches what listens on a host."""
    if host in OWN:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
