"""Check webhook addresses: never inside this network, and only the address that was checked."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

from marketplace.refusals import Refused


def resolve(url: str) -> tuple[str, str]:
    """Resolve a URL into (the URL with the host's IP address in its place, the host's name).

    The request goes to the very address that was checked, so a name that resolves differently
    in between leads nowhere else.

    Raises:
        Refused: url.
    """
    parts = urlsplit(url)
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
    if not private and not all(address.is_global for address in addresses):
        raise Refused("url", "This address is inside a private network; it can't be called.")
    address = addresses[0]
    shown = f"[{address}]" if address.version == 6 else str(address)
    return parts._replace(netloc=f"{shown}:{port}").geturl(), host
