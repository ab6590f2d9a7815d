"""Sign-ups and sign-ins are counted by line, since a line of IPv6 has addresses without end."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    cache.clear()


def _sign_up(number: int, address: str) -> int:
    typed = {"email": f"visitor-{number}@example.com", "password1": factories.PASSWORD}
    answer = Client(REMOTE_ADDR=address).post("/accounts/signup/", typed)
    return int(answer.status_code)


def test_accounts_made_from_many_networks_of_one_line_are_counted_together() -> None:
    answers = [_sign_up(number, f"2001:db8:0:{number:x}::7") for number in range(3)]
    assert answers == [302, 302, 429]
    assert _sign_up(4, "2001:db8:1::7") == 302
