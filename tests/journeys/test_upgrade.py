"""Data of an earlier version survives the upgrade to this one, and its keys still speak."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from synthesis.audio.decoding import decode
from tests.journeys.site import ROOT, Site

pytestmark = [pytest.mark.journey, pytest.mark.slow]
PREVIOUS = "HEAD~1"
OLDER = "a6dafb1"  # a hundred commits earlier, before the letters' table changed
BUY = """
from tests.journeys.test_speech import LICENSE
exec(LICENSE)  # the script of that version
try:
    from marketplace.payouts.incoming.sales import Charge, record_sale
except ImportError:  # its place before
    from marketplace.payouts.payments import Charge, record_sale
from marketplace.money import Money
order.refresh_from_db()
nothing = Money(0, order.currency)
paid = Money(order.price_minor, order.currency)
record_sale(order=order, licence=licence, charge=Charge("ch_before", "pi_test", paid, nothing, nothing))
"""
ROWS = """
import json
from django.db import connection
apps = "accounts creators voices consent listings licensing payouts compliance".split()
with connection.cursor() as cursor:
    tables = [t for t in connection.introspection.table_names(cursor) if t.split("_")[0] in apps]
    counts = {}
    for table in tables:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        counts[table] = cursor.fetchone()[0]
print(json.dumps(counts))
"""
PROVEN = "from django.core.management import call_command\ncall_command('verify_audit')"


def _checked_out(commit: str, folder: Path) -> Path:
    """The older code in a separate folder."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"No {commit} here: not a git clone, or a shallow one.")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(folder)
    return folder


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    started: list[Site] = []
    yield started
    for site in started:
        if hasattr(site, "process") and site.process.poll() is None:
            site.process.kill()


@pytest.mark.parametrize("commit", [PREVIOUS, OLDER])
def test_everything_is_kept(commit: str, sites: list[Site], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    before = Site(home, code=_checked_out(commit, tmp_path / "code"), TIMBRE_DEMO_MARKET="0")
    sites.append(before)
    before.start()
    secret = before.run(BUY, seconds=1500).strip()
    rows = json.loads(before.run(ROWS))
    before.stop()

    now = Site(home, TIMBRE_DEMO_MARKET="0")
    sites.append(now)
    now.start()
    kept = json.loads(now.run(ROWS))
    assert {table: kept[table] for table in rows if kept[table] < rows[table]} == {}
    assert min(rows[name] for name in ("voices_voice", "licensing_licence",
               "licensing_apikey", "payouts_ledgerline", "accounts_user")) > 0  # fmt: skip
    client = openai.OpenAI(base_url=now.url + "/v1", api_key=secret, max_retries=0)
    spoken = client.audio.speech.create(
        model="timbre-1", voice="juniper", input="I am still here.", response_format="wav"
    )
    assert decode(spoken.content).seconds > 0.5
    now.run(PROVEN)
    assert now.stop() < 30
    assert now.process.returncode == 0
