"""What several tests of the installation need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.package_index import Index, serving


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index that is still empty."""
    with serving(tmp_path / "index") as served:
        yield served
