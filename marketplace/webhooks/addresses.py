"""Check webhook addresses: never inside this network, and only the address that was checked."""

from __future__ import annotations

import ipaddress
import socket
import threading
from concurrent.futures import Future
from typing import NamedTuple
from urllib.parse import urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext

from marketplace.refusals import Refused

PATIENCE = 5.0  # seconds for which whoever adds an address waits for its name server

# The only IPv6 addresses that are routed everywhere (RFC 4291, section 2.4, as IANA assigns them), less
# those that only translate to IPv4 or name no host: RFC 3056, RFC 2928, RFC 3849, RFC 9637
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_HOSTS = [
    ipaddress.ip_network(block)
    for block in (
        "2002::/16",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "192.0.0.0/24",  # RFC 6890: between a customer and their provider
        "192.88.99.0/24",  # RFC 7526: once relays of 6to4
    )
]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address in block for block in _NOT_HOSTS):
        return False
    return address.is_global and not address.is_multicast


class Destination(NamedTuple):
    """Where a request goes: the URL with the host's IP address, the host's name, and its Host header."""

    url: str
    host: str
    authority: str


def _ascii(host: str) -> str:
    """A host's name as DNS and TLS know it: a name in another script in its encoded form (RFC 5891)."""
    return host if host.isascii() else idna.encode(host, uts46=True).decode()


def _look_up(host: str, port: int, within: float) -> set[str]:
    """The addresses of a host.

    In a thread, because a name server may take as long as it likes and the system waits for it; of
    such threads there are few, since whoever looks up holds a worker or is limited.

    Raises:
        TimeoutError: it took longer than `within` seconds.
        OSError, ValueError: there are none.
    """
    found: Future[set[str]] = Future()

    def look() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result({str(info[4][0]) for info in told})
        except Exception as error:  # raised where the result is waited for
            found.set_exception(error)

    threading.Thread(target=look, name="name-lookup", daemon=True).start()
    return found.result(max(0.0, within))


def resolve(url: str, *, within: float | None = None) -> Destination:
    """Resolve a URL into the address that is called, and the names by which it is called.

    The request goes to the very address that was checked, so a name that resolves differently
    in between leads nowhere else. within: seconds that the name server may take, not `PATIENCE`.

    Raises:
        Refused: url.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("url", gettext("Give an https:// address.")) from error
    private = settings.WEBHOOKS_MAY_BE_PRIVATE
    if (
        not parts.hostname
        or parts.username
        or parts.scheme not in (("https", "http") if private else ("https",))
    ):
        raise Refused("url", gettext("Give an https:// address."))
    try:
        host = _ascii(parts.hostname)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        resolved = _look_up(host, port, PATIENCE if within is None else within)
    except TimeoutError as error:
        raise Refused(
            "url", gettext("The name server of %(host)s took too long.") % {"host": parts.hostname}
        ) from error
    except (OSError, ValueError) as error:  # a name that can't be encoded is a ValueError, too
        raise Refused(
            "url", gettext("%(host)s can't be found.") % {"host": parts.hostname}
        ) from error
    addresses = sorted(
        (ipaddress.ip_address(address) for address in resolved),
        key=lambda address: (address.version, address),  # the two versions have no order
    )
    if not private and not all(map(_is_public, addresses)):
        raise Refused(
            "url", gettext("This address is inside a private network; it can't be called.")
        )
    named = f"[{host}]" if ":" in host else host
    return Destination(
        url=parts._replace(netloc=f"{_shown(addresses[0])}:{port}").geturl(),
        host=host,
        authority=named if parts.port is None else f"{named}:{parts.port}",
    )


def _shown(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
