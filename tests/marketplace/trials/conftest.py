"""What the tests of trials share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from marketplace.listings.models import Listing
from tests import factories


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def listing() -> Listing:
    return factories.make_listing()
