"""Requests per minute, hour or day under a name, or what they ask for, counted in the cache."""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import quote

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from marketplace.refusals import SpeechRefused

SITE = 56  # bits of IPv6 that one line has
NETWORKS_OF_A_SITE = 4  # that may use their limit at once
A_MINUTE, A_DAY = 60, 86_400  # seconds in which requests are counted
_REFUSALS = {
    A_MINUTE: gettext_noop("More than %(limit)s requests per minute. Wait %(seconds)s s."),
    A_DAY: gettext_noop("More than %(limit)s requests per day. Wait %(seconds)s s."),
}


def client_network(request: HttpRequest) -> str:
    """Whom to count: an IPv4 address, or the /64 network that one subscriber has of IPv6.

    Behind a proxy the web server takes the address from it (`FORWARDED_ALLOW_IPS`).
    """
    return network_of(str(request.META.get("REMOTE_ADDR", "")))


def network_of(text: str) -> str:
    """The address, or the /64 network of an IPv6 one; whatever is no address stays as it is."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)


def site_of(text: str) -> str:
    """The network of one line: an IPv4 address, or the /56 that a home is given of IPv6."""
    network = network_of(text)
    if not network.endswith("/64"):
        return network
    return str(ip_network(network).supernet(new_prefix=SITE))


def count_visitor(name: str, request: HttpRequest, limit: int, *, span: int = A_MINUTE) -> None:
    """Count a request of somebody without an account, by their network and by their line.

    A line of IPv6 has 256 networks, and in some countries each is another subscriber's, so that
    together they have more.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    network = client_network(request)
    count(f"{name}:{network}", limit, span=span)
    site = site_of(network.partition("/")[0])
    if site != network:
        count(f"{name}:{site}", limit * NETWORKS_OF_A_SITE, span=span)


def count(name: str, limit: int, *, span: int = A_MINUTE) -> tuple[int, int]:
    """Count a request in this minute or day; returns (requests left, seconds to the next one).

    Raises:
        SpeechRefused: rate_limited (429).
    """
    number, seconds = counted(name, span=span)
    if number > limit:
        told = gettext(_REFUSALS[span]) % {"limit": limit, "seconds": seconds}
        raise SpeechRefused(429, "rate_limited", told)
    return limit - number, seconds


def counted(name: str, more: int = 1, *, span: int = A_MINUTE) -> tuple[int, int]:
    """Add to what is counted in this minute, hour or day; returns (the sum, seconds to the next)."""
    window, second = divmod(int(time.time()), span)
    cache_key = quote(f"rate:{name}:{window}", safe=":@/")  # not every cache takes spaces
    cache.add(cache_key, 0, timeout=2 * span)
    return int(cache.incr(cache_key, more)), span - second
