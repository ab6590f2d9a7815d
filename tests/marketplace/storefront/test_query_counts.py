"""Every page with a list asks the database as much for twenty rows as for two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.long_lists import LISTS, Market, make_market

pytestmark = pytest.mark.django_db
FEW, MANY = 2, 20


@pytest.fixture
def market() -> Market:
    return make_market()


def _asked(client: Client, address: str) -> tuple[int, int]:
    """How many queries a page takes once what is cached is, and how long it is."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(queries), len(answer.content)


@pytest.mark.parametrize(
    ("name", "who", "add"), LISTS, ids=[f"{name}, {add.__name__[1:]}" for name, _, add in LISTS]
)
def test_a_list_asks_the_database_as_much_for_many_rows_as_for_few(
    market: Market, name: str, who: str, add: Callable[[Market], None]
) -> None:
    user = market.creator.user if who == "creator" else getattr(market, who)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(f"storefront:{name}")
    for _ in range(FEW):
        add(market)
    few, short = _asked(client, address)
    for _ in range(MANY - FEW):
        add(market)
    many, long = _asked(client, address)
    assert many <= few
    if name not in ("home", "moderation"):  # the first shows a few, the desk may show a number
        assert long > short
