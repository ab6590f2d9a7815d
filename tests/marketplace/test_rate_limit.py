"""Whom a limit counts: one subscriber, however many addresses they have; and how."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from marketplace.rate_limit import client_network, counted


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_client_is_counted_by_its_network(address: str, network: str) -> None:
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


def test_an_address_that_a_client_claims_does_not_count() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="10.9.9.9")
    assert client_network(request) == "203.0.113.7"


@pytest.mark.filterwarnings("error::django.core.cache.CacheKeyWarning")
def test_a_name_with_spaces_is_counted_in_every_cache() -> None:
    assert [counted("letters:user 7")[0] for _ in range(2)] == [1, 2]
