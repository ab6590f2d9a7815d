"""Check webhook addresses: never inside this network, and only the address that was checked."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

from marketplace.refusals import Refused

# Addresses that translate to an IPv4 address, which may be anywhere: RFC 6052, RFC 8215, RFC 3056, RFC 4380
_TRANSLATED = [
    ipaddress.IPv6Network(block)
    for block in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if any(address in block for block in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def resolve(url: str) -> tuple[str, str]:
    """Resolve a URL into (the URL with the host's IP address in its place, the host's name).

    The request goes to the very address that was checked, so a name that resolves differently
    in between leads nowhere else.

    Raises:
        Refused: url.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("url", "Give an https:// address.") from error
    host = parts.hostname
    private = settings.WEBHOOKS_MAY_BE_PRIVATE
    if (
        not host
        or parts.username
        or parts.scheme not in (("https", "http") if private else ("https",))
    ):
        raise Refused("url", "Give an https:// address.")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        resolved = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, ValueError) as error:
        raise Refused("url", f"{host} can't be found.") from error
    addresses = sorted(ipaddress.ip_address(str(address)) for address in resolved)
    if not private and not all(map(_is_public, addresses)):
        raise Refused("url", "This address is inside a private network; it can't be called.")
    address = addresses[0]
    shown = f"[{address}]" if address.version == 6 else str(address)
    return parts._replace(netloc=f"{shown}:{port}").geturl(), host
