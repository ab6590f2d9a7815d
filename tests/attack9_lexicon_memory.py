"""Attack: each version of a lexicon that is once used stays in memory as a tree of its own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.core.cache import cache

from marketplace.accounts.organizations import personal_organization
from marketplace.lexicons import queries, services
from marketplace.licensing import api_keys
from synthesis.text.lexicon import Entry
from tests import factories
from tests.api_client import api_client

pytestmark = pytest.mark.django_db
VERSIONS = 8  # 64 are kept


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20


def test_versions_of_a_small_lexicon_do_not_fill_the_web_servers_memory() -> None:
    cache.clear()
    listing = factories.make_listing(factories.make_voice(), in_plans=True)
    person = factories.make_user()
    team = personal_organization(person)
    _, secret = api_keys.create_key(organization=team, name="Free", use="audiobook", by=person)
    draw = random.Random(1)
    words = ["".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(58)) for _ in range(990)]
    lexicon = services.create_lexicon(
        organization=team, name="L", by=person, entries=[Entry(word, alias="x") for word in words]
    )
    client = api_client(secret)

    def ask(version: str) -> int:
        body = {"input": "Hello.", "voice": listing.voice.slug, "lexicon": f"{lexicon.public_id}:{version}"}
        return int(client.post("/v1/speech-jobs", body, format="json").status_code)

    assert ask(str(lexicon.latest.public_id)) == 202
    before = _resident()
    for number in range(VERSIONS):
        cache.clear()  # of the limits of a minute
        version = services.revise(lexicon=lexicon, by=person, add=[Entry(f"word{number}", alias="x")])
        assert ask(str(version.public_id)) == 202
    grown = _resident() - before
    print(f"{grown} MB for {VERSIONS} versions; {queries._words.cache_info().maxsize} are kept")
    assert grown < 100
