"""What people recognize a session by: their browser in words, and roughly which network it is in."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from django.utils.translation import gettext_noop

UNKNOWN_BROWSER, UNKNOWN_NETWORK = gettext_noop("Unknown browser"), gettext_noop("unknown network")
_READ = 400  # characters of a header that anyone may make as long as they like

# The first that is found; browsers also name those that they want to pass for
_NAMES = (
    ("Edge", r"\bEdg(?:A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)


def browser_of(user_agent: str) -> str:
    """A browser in words, of its User-Agent header.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    'Firefox on Linux'
    """
    name, system = (_first(of, user_agent[:_READ]) for of in (_NAMES, _SYSTEMS))
    if not name:
        return UNKNOWN_BROWSER
    return f"{name} on {system}" if system else name


def _first(of: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in of if re.search(pattern, text)), "")


def rough_network(address: str) -> str:
    """A network that an address is in, as large as a neighbourhood: enough to recognize one's own.

    >>> rough_network("203.0.113.77")
    '203.0.113.x'
    """
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN_NETWORK
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return ":".join(found.exploded.split(":")[:3]) + "::x"
        found = found.ipv4_mapped
    return f"{str(found).rpartition('.')[0]}.x"
