"""Content Credentials that strangers send: read without a network, within bounds, and believed only if ours."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from marketplace import signing
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.provenance import credentials, queries, services
from marketplace.provenance.models import Examination
from marketplace.queue import Work
from tests import factories
from tests.marketplace.provenance import hostile_files
from tests.work import do

pytestmark = pytest.mark.django_db
ANOTHERS_KEY = "the key of another installation of this software, whoever runs it"


def _generation() -> Generation:
    key, _ = factories.make_key()
    slug = key.licences.get().voice.slug
    made = reservations.reserve(key=key, wanted=factories.wanted(slug, "Private words"))
    settlement.settle(generation_id=made.pk, characters=13, seconds=1.0)
    return Generation.objects.get(pk=made.pk)


def _examined(data: bytes) -> Examination:
    examination = services.begin_examination(data=data, sender="one")
    do(Work.EXAMINE, examination.pk)
    examination.refresh_from_db()
    return examination


@pytest.fixture
def signed_elsewhere(settings: Any) -> Iterator[Any]:
    """Makes a file as another installation signs it."""

    def sign(claims: dict[str, Any]) -> bytes:
        own, settings.PROVENANCE_KEY = settings.PROVENANCE_KEY, ANOTHERS_KEY
        credentials.test_certificate.cache_clear()
        try:
            return hostile_files.claiming(claims)
        finally:
            settings.PROVENANCE_KEY = own
            credentials.test_certificate.cache_clear()

    yield sign
    credentials.test_certificate.cache_clear()


def test_nothing_is_fetched_that_a_strangers_file_names() -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/latest/meta-data/"
        found = _examined(hostile_files.naming(url))
        also = _examined(hostile_files.naming(url, with_boxes=True))
    finally:
        server.shutdown()
        server.server_close()
    assert (found.state, also.state, asked) == ("done", "done", [])
    assert found.findings["credentials"] is None


def test_what_a_strangers_file_claims_is_kept_within_bounds() -> None:
    found = _examined(hostile_files.claiming_much(4 << 20))
    assert found.state == "done"
    assert found.findings["credentials"] == {"readable": False}
    assert len(found.report) + len(str(found.findings)) < 5_000


def test_a_claim_of_a_manifest_that_is_read_has_an_end() -> None:
    claims = {
        "generation": "g",
        "voice": "v" * 5_000,
        "licence": "\x00\x1b[1m\u202elicence",
        "more": 1,
    }
    read = credentials.read(hostile_files.claiming(claims), "mp3")
    assert read is not None
    assert read["claims"] == {
        "generation": "g", "voice": "v" * 200, "licence": "[1mlicence", "engine": "e",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("length", "size", "is_read"),
    [
        (bytes(4), 100, True),
        (bytes(4), credentials.MAX_STORE, False),
        (struct.pack(">IQ", 1, 200), 176, True),
        (struct.pack(">IQ", 1, credentials.MAX_STORE + 1), 176, False),
        (struct.pack(">IQ", 1, 2**63), 176, False),
        (struct.pack(">IQ", 1, 16), 176, False),
    ],
    ids=[
        "to the end",
        "to a far end",
        "64 bits",
        "64 bits, large",
        "64 bits, huge",
        "64 bits, empty",
    ],
)
def test_a_box_that_says_its_length_in_another_way_is_read_within_the_same_bound(
    length: bytes, size: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def answer_of(program: str, data: bytes, *arguments: str, most: int) -> bytes:
        asked.append(len(data))
        return b"null"

    monkeypatch.setattr(credentials.confined_process, "answer_of", answer_of)
    box = length[:4] + b"jumb" + length[4:] + struct.pack(">I4s", 24, b"jumd") + bytes(size)
    found = credentials.read(b"ID3" + box, "mp3")
    assert (found, len(asked)) == ((None, 1) if is_read else ({"readable": False}, 0))


@pytest.mark.parametrize("odd", ["a\x00b", 1e300, ["x"] * 100, {"a": {"b": "\x00"}}])
def test_an_odd_claim_stops_no_examination(odd: object) -> None:
    found = _examined(hostile_files.claiming({"generation": "g", "voice": odd}))
    assert found.state == "done"


def test_a_reader_that_is_ended_by_the_kernel_leaves_the_manifest_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credentials, "_PROGRAM", "import os; os.abort()")
    assert credentials.read(hostile_files.claiming({"generation": "g"}), "mp3") == {
        "readable": False
    }


def test_credentials_are_read_where_no_socket_and_no_file_can_be_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt = (
        "import sys; sys.path.insert(0, sys.argv[1]); from synthesis.audio import manifest_reader as m\n"
        "def read(*_):\n"
        "    import socket\n"
        "    try: socket.socket(); return {'opened': True}\n"
        "    except OSError: return {'opened': False}\n"
        "m.read = read; m.main(*sys.argv[2:])"
    )
    monkeypatch.setattr(credentials, "_PROGRAM", attempt)
    assert credentials.read(hostile_files.claiming({"generation": "g"}), "mp3") == {"opened": False}


def test_what_we_signed_is_ours_if_our_records_agree(client: Client) -> None:
    generation = _generation()
    found = _examined(hostile_files.claiming(queries.manifest_of(generation)))
    read = found.findings["credentials"]
    assert (read["intact"], read["ours"]) == (True, True)
    assert read["claims"]["generation"] == str(generation.public_id)
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert str(generation.public_id) in page
    assert "Somebody else" not in page


@pytest.mark.parametrize("claimed", ["voice", "licence", "generation"])
def test_what_our_records_do_not_know_is_not_ours(claimed: str) -> None:
    claims = queries.manifest_of(_generation()) | {claimed: "another"}
    read = _examined(hostile_files.claiming(claims)).findings["credentials"]
    assert (read["ours"], read["claims"]) == (False, None)


def test_a_forged_manifest_is_somebody_elses_and_its_claims_are_not_told(
    client: Client, signed_elsewhere: Any
) -> None:
    generation = _generation()
    found = _examined(signed_elsewhere(queries.manifest_of(generation)))
    read = found.findings["credentials"]
    assert (read["intact"], read["ours"], read["issuer"], read["claims"]) == (
        True,
        False,
        "Timbre",
        None,
    )
    assert signing.verify(found.report)["credentials"] == read
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "Somebody else" in page
    assert str(generation.public_id) not in page
    assert generation.voice.slug not in page


def test_what_a_former_certificate_signed_stays_ours(
    settings: Any, tmp_path: Any, signed_elsewhere: Any
) -> None:
    generation = _generation()
    file = signed_elsewhere(queries.manifest_of(generation))
    settings.PROVENANCE_KEY, own = ANOTHERS_KEY, settings.PROVENANCE_KEY
    credentials.test_certificate.cache_clear()
    (tmp_path / "former.pem").write_text(credentials.test_certificate()[0])
    settings.PROVENANCE_KEY = own
    credentials.test_certificate.cache_clear()
    assert not _examined(file).findings["credentials"]["ours"]
    settings.C2PA_FORMER_CERTIFICATES = [str(tmp_path / "former.pem")]
    assert _examined(file).findings["credentials"]["ours"]


def test_every_process_signs_with_the_same_certificate() -> None:
    one = credentials.test_certificate()
    credentials.test_certificate.cache_clear()
    assert credentials.test_certificate() == one


def test_looking_at_results_is_limited_by_address(client: Client) -> None:
    cache.clear()  # other tests look from the same address
    examination = services.begin_examination(data=b"a clip", sender="one")
    page, document = (
        f"/origin/{examination.public_id}",
        f"/v1/provenance/examinations/{examination.public_id}",
    )
    for _ in range(60):
        assert client.get(page).status_code == 200
        assert APIClient().get(document).status_code == 202
    assert APIClient().get(document).status_code == 429
    for address in (page, f"{page}.jws"):
        refused = client.get(address)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
