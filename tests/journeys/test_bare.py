"""Both commands on a bare Debian built for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can make a bare system.")
@pytest.mark.skipif(
    not (shutil.which("debootstrap") or shutil.which("apt-get")),
    reason="No debootstrap: install Debian's debootstrap package.",
)
def test_the_product_comes_up_sells_and_speaks_on_a_bare_debian() -> None:
    # Without its `make test`, because whoever runs this test has just run the suite
    subprocess.run([sys.executable, ROOT / "deploy" / "bare.py", "--quick"], check=True)
