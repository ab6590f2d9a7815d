"""Every page of the site with something on it, and who can open it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.storefront.views.creators import creator_page
from tests.somebody_elses import World, make_world

NOT_PAGES = ("admin/", "v1/", "v2/", "webhooks/", "metrics", "accounts/logout")
VISITOR = "visitor"


@dataclass(frozen=True)
class Walk:
    """A world and each of its pages; made before a browser starts, whose loop Django's client can't enter."""

    world: World
    pages: list[Page]


@dataclass(frozen=True)
class Page:
    """An address that answers with a page, and whom to open it as."""

    name: str
    address: str
    who: str


def people(world: World) -> dict[str, User | None]:
    """Who opens pages, the one who may see least first."""
    return {
        VISITOR: None,
        "buyer": world.buyer,
        "creator": world.creator,
        "moderator": world.moderator,
        "finance": world.finance,
    }


def addresses_without_names() -> list[str]:
    """Every address that names no thing."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern).lstrip("^").rstrip("$")
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            elif not re.search(r"[<(\\]", here) and not here.startswith(NOT_PAGES):
                yield here

    return sorted({f"/{found}" for found in walk(get_resolver().url_patterns, "")})


def _named(world: World) -> dict[str, tuple[str, str]]:
    """Whose each address is that names a thing, and the address."""
    voice, licence = world.pages["review"][1], world.pages["licence"][1]
    public = {"voice": voice, "buy": voice, "verify": licence, "help-page": {"name": "buyers"}}
    rows = world.pages | {name: (VISITOR, kwargs) for name, kwargs in public.items()}
    found = {
        name: (who, reverse(f"storefront:{name}", kwargs=kwargs))
        for name, (who, kwargs) in rows.items()
    }
    found["creator"] = (VISITOR, creator_page(Creator.objects.get(user=world.creator)))
    return found


def _is_page(client: Client, address: str) -> bool:
    answer = client.get(address)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and html and b"<html" in answer.content


def every_page(world: World, host: str = "testserver") -> list[Page]:
    """Each page once, as its owner or the first person who can open it, and one that is not there."""
    clients = {}
    for who, user in people(world).items():
        clients[who] = Client(raise_request_exception=False, SERVER_NAME=host)
        if user:
            clients[who].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    found = [Page("not-found", "/nothing-is-here", VISITOR)]
    for address in addresses_without_names():
        who = next((who for who in clients if _is_page(clients[who], address)), None)
        if who:
            found.append(Page(address, address, who))
    for name, (who, address) in _named(world).items():
        if _is_page(clients[who], address):
            found.append(Page(name, address, who))
    return found


def make_walk() -> Walk:
    """A fresh world with its pages."""
    cache.clear()
    world = make_world()
    return Walk(world, every_page(world))
