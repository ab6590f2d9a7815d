"""A creator's data is encrypted with their own key, and gone once the key is."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from marketplace import storage
from marketplace.creators import vault
from marketplace.creators.models import Creator, DataKey
from marketplace.refusals import KeyDestroyed, Tampered
from tests import factories

pytestmark = pytest.mark.django_db
SPOKEN = b"RIFF what somebody said, long enough to be found if it were there"


@pytest.fixture
def creator() -> Creator:
    return factories.make_creator()


def test_what_is_put_comes_back_and_does_not_lie_open(creator: Creator) -> None:
    sha256 = vault.put(creator.pk, "recordings/a", SPOKEN)
    assert vault.get(creator.pk, "recordings/a", sha256) == SPOKEN
    assert SPOKEN[:12] not in storage.get("recordings/a")


def test_one_creators_key_opens_nothing_of_anothers(creator: Creator) -> None:
    sha256 = vault.put(creator.pk, "recordings/b", SPOKEN)
    other = factories.make_creator()
    with pytest.raises(Tampered):
        vault.get(other.pk, "recordings/b", sha256)
    stolen = DataKey.objects.get(creator=creator).wrapped
    DataKey.objects.filter(creator=other).update(wrapped=stolen)
    with pytest.raises(Tampered):
        vault.get(other.pk, "recordings/b", sha256)


def test_an_object_that_was_moved_or_changed_is_not_read(creator: Creator) -> None:
    sha256 = vault.put(creator.pk, "recordings/c", SPOKEN)
    storage.put("recordings/d", storage.get("recordings/c"))
    with pytest.raises(Tampered):
        vault.get(creator.pk, "recordings/d", sha256)
    storage.put("recordings/c", b"RIFF something plain in its place")
    with pytest.raises(Tampered):
        vault.get(creator.pk, "recordings/c", sha256)


def test_without_its_key_nothing_is_read_or_written_any_more(creator: Creator) -> None:
    sha256 = vault.put(creator.pk, "recordings/e", SPOKEN)
    vault.destroy_key(creator=creator)
    vault.destroy_key(creator=creator)
    with pytest.raises(KeyDestroyed):
        vault.get(creator.pk, "recordings/e", sha256)
    with pytest.raises(KeyDestroyed):
        vault.put(creator.pk, "recordings/f", SPOKEN)
    assert bytes(DataKey.objects.get(creator=creator).wrapped) == b""


def test_objects_from_before_creators_had_keys_are_still_read(creator: Creator) -> None:
    template = storage.put_encrypted("templates/old", SPOKEN)
    recording = storage.put("recordings/old", SPOKEN)
    assert vault.get(creator.pk, "templates/old", template) == SPOKEN
    assert vault.get(creator.pk, "recordings/old", recording) == SPOKEN


class _KeyService(BaseHTTPRequestHandler):
    """A key management service with its two operations, over the wire protocol."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        context = json.dumps(asked["EncryptionContext"], sort_keys=True).encode()
        if self.headers["X-Amz-Target"] == "TrentService.Encrypt":
            plain = base64.b64decode(asked["Plaintext"])
            self._answer(200, {"CiphertextBlob": _encoded(context + b"|" + plain[::-1])})
            return
        bound, _, reverse = base64.b64decode(asked["CiphertextBlob"]).partition(b"|")
        if bound == context:
            self._answer(200, {"Plaintext": _encoded(reverse[::-1])})
        else:
            self._answer(400, {"__type": "InvalidCiphertextException", "message": "No."})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def key_service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), _KeyService)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings.TEMPLATE_KMS_KEY = "arn:aws:kms:us-east-1:1:key/test"
    settings.TEMPLATE_KMS_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
    yield
    server.shutdown()


@pytest.mark.usefixtures("key_service")
def test_a_key_service_wraps_creators_keys_each_for_its_creator(creator: Creator) -> None:
    sha256 = vault.put(creator.pk, "recordings/g", SPOKEN)
    vault._unwrap.cache_clear()
    assert vault.get(creator.pk, "recordings/g", sha256) == SPOKEN
    kept = DataKey.objects.get(creator=creator)
    assert kept.wrapped_by.startswith("arn:aws:kms")
    other = factories.make_creator()
    DataKey.objects.create(creator=other, wrapped=kept.wrapped, wrapped_by=kept.wrapped_by)
    with pytest.raises(Tampered):
        vault.get(other.pk, "recordings/g", sha256)
