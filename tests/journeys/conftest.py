"""A running site for the journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.site import Site


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    for parent in (home, home.parent, home.parent.parent):
        parent.chmod(0o755)
    site = Site(home, TIMBRE_DEMO_MARKET="0", TIMBRE_ENROL_STEPS="24")
    yield site
    if site.process.poll() is None:
        site.process.kill()
