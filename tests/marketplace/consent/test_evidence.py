"""The proof of a consent is complete, verifiable without us, and given only to those entitled."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from marketplace import signing
from marketplace.compliance.models import AuditEvent
from marketplace.consent import evidence
from marketplace.consent.models import Consent
from marketplace.creators import vault
from tests import factories

pytestmark = pytest.mark.django_db
READING = b"OggS a reading"


def _consent() -> Consent:
    voice = factories.make_voice()
    return factories.make_consent(
        voice,
        recording_key="consents/evidence",
        recording_sha256=vault.put(voice.creator_id, "consents/evidence", READING),
        transcript="I agree.",
        scores={"score": 7.1},
    )


def _bundle(consent: Consent) -> bytes:
    return evidence.bundle(consent=consent, by=consent.voice.creator.user).read()


def _changed(data: bytes, name: str, new: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as packed:
        for part in old.namelist():
            packed.writestr(part, new if part == name else old.read(part))
    return made.getvalue()


def test_a_bundle_holds_the_reading_and_what_was_heard_and_is_whole() -> None:
    data = _bundle(_consent())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.read("reading") == READING
        told = json.loads(packed.read("evidence.json"))
    assert (told["transcript"], told["scores"]) == ("I agree.", {"score": 7.1})
    assert evidence.problems_of(data) == []


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("reading", b"OggS another reading"),
        ("evidence.json", b'{"uses": ["anything"]}'),
        ("evidence.jws", b"e30.e30.AAAA"),
        ("key.json", b"{}"),
    ],
)
def test_a_changed_part_is_found(name: str, new: bytes) -> None:
    assert evidence.problems_of(_changed(_bundle(_consent()), name, new))


def _with_claims(claims: str) -> bytes:
    return _changed(_bundle(_consent()), "evidence.json", claims.encode())


def test_evidence_that_other_readers_would_read_otherwise_is_found() -> None:
    with zipfile.ZipFile(io.BytesIO(_bundle(_consent()))) as packed:
        told = json.loads(packed.read("evidence.json"))
    twice = '{"state": "verified", ' + json.dumps(told)[1:]
    assert evidence.problems_of(_with_claims(twice))
    one = json.dumps(told | {"demonstration": int(told["demonstration"])})
    assert "differs" in " ".join(evidence.problems_of(_with_claims(one)))


@pytest.mark.parametrize("claims", ["[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
def test_a_file_that_cannot_be_read_is_said_to_be_none(claims: str) -> None:
    [problem] = evidence.problems_of(_with_claims(claims))
    assert problem == "This is not a bundle of ours, or it is damaged."


def test_a_bundle_that_is_packed_in_another_way_is_said_to_be_none() -> None:
    data = bytearray(_bundle(_consent()))
    data[data.rfind(b"PK\x01\x02") + 10] = 99  # a method that nobody has
    [problem] = evidence.problems_of(bytes(data))
    assert problem == "This is not a bundle of ours, or it is damaged."


def test_a_file_that_is_no_bundle_is_said_to_be_none() -> None:
    assert evidence.problems_of(b"not a ZIP") == ["This is not a bundle of ours, or it is damaged."]


def _forged(data: bytes, kid: str) -> bytes:
    """A bundle with other claims, signed by a forger's key that bears the platform's name."""
    key = Ed25519PrivateKey.generate()
    x = signing._encode(key.public_key().public_bytes_raw())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        claims = {**json.loads(packed.read("evidence.json")), "uses": ["anything"]}
    header = {"alg": "EdDSA", "kid": kid, "typ": "JWT"}
    signed = ".".join(signing._encode(json.dumps(part).encode()) for part in (header, claims))
    token = f"{signed}.{signing._encode(key.sign(signed.encode()))}"
    for name, text in {
        "evidence.json": json.dumps(claims),
        "evidence.jws": token,
        "key.json": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid}),
    }.items():
        data = _changed(data, name, text.encode())
    return data


def test_a_forgers_key_under_the_platforms_name_is_found_out() -> None:
    data = _forged(_bundle(_consent()), signing.public_jwk()["kid"])
    assert evidence.problems_of(data) == [
        "Not signed by a published key, or evidence.jws was changed."
    ]


def test_what_a_former_key_signed_stays_valid(settings: Any) -> None:
    data, former = _bundle(_consent()), signing.public_jwk()["x"]
    settings.PROVENANCE_KEY = "another secret of the platform, forty long"
    assert evidence.problems_of(data)
    settings.PROVENANCE_FORMER_KEYS = [former]
    assert evidence.problems_of(data) == []


def test_another_document_that_we_signed_is_no_proof_of_a_consent() -> None:
    claims = {"kind": "speech_manifest", "generation": "whatever"}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("evidence.json", json.dumps(claims))
        packed.writestr("evidence.jws", signing.sign(claims))
        packed.writestr("key.json", json.dumps(signing.public_jwk()))
    assert evidence.problems_of(made.getvalue()) == [
        "It is signed, but it is no evidence of a consent."
    ]


def test_two_parts_of_one_name_are_refused() -> None:
    made = io.BytesIO(_bundle(_consent()))
    with zipfile.ZipFile(made, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("evidence.json", "{}")
    assert "two parts" in evidence.problems_of(made.getvalue())[0]


def _local(name: bytes, data: bytes) -> bytes:
    """A part as a reader that goes through a file from its start finds it."""
    sizes = (zlib.crc32(data), len(data), len(data), len(name))
    return b"PK\3\4" + struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, *sizes, 0) + name + data


FORGED = _local(b"evidence.json", b'{"speaker": "Forged"}')


def _with_between(data: bytes, more: bytes) -> bytes:
    """A bundle with something between its last part and its directory, which is found there still."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        start = packed.start_dir
    end = bytearray(data[start:])
    end[-6:-2] = struct.pack("<L", start + len(more))
    return data[:start] + more + bytes(end)


def _with_comment(data: bytes) -> bytes:
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a") as packed:
        packed.comment = b"forged"
    return made.getvalue()


def _with_extra(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as packed:
        for part in old.namelist():
            info = zipfile.ZipInfo(part)
            info.extra = struct.pack("<2H", 0x4242, 6) + b"forged"
            packed.writestr(info, old.read(part))
    return made.getvalue()


def _with_more_in_a_part(data: bytes) -> bytes:
    """A bundle whose last part goes on after the end of what is unpacked of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        start, last = packed.start_dir, packed.infolist()[-1]
    size = struct.pack("<L", last.compress_size + len(FORGED))
    made = bytearray(_with_between(data, FORGED))
    made[last.header_offset + 18 : last.header_offset + 22] = size
    central = made.rfind(b"PK\1\2")
    assert central > start
    made[central + 20 : central + 24] = size
    return bytes(made)


def _with_another_local_name(data: bytes) -> bytes:
    return data.replace(b"evidence.json", b"evidence.html", 1)


@pytest.mark.parametrize(
    "made",
    [
        lambda ok: FORGED + ok,
        lambda ok: b"<html>forged</html>" + ok,
        lambda ok: _with_between(ok, FORGED),
        lambda ok: ok + b"forged",
        lambda ok: ok[:-2] + struct.pack("<H", 6) + b"forged",
        _with_comment,
        _with_extra,
        _with_more_in_a_part,
        _with_another_local_name,
    ],
)
def test_what_stands_beside_the_parts_is_found(made: Callable[[bytes], bytes]) -> None:
    assert evidence.problems_of(made(_bundle(_consent())))


def test_what_stands_in_the_signature_beside_it_is_found() -> None:
    data = _bundle(_consent())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        token = packed.read("evidence.jws")
    assert evidence.problems_of(_changed(data, "evidence.jws", token)) == []
    assert evidence.problems_of(_changed(data, "evidence.jws", token + b"==<b>forged</b>"))


def test_a_bundle_with_a_former_readme_stays_intact() -> None:
    data = _changed(_bundle(_consent()), "README.txt", b"The proof of a consent, in former words.")
    assert evidence.problems_of(data) == []


def test_the_command_trusts_the_published_keys_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = tmp_path / "proof.zip", _bundle(_consent())
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": signing.published_jwks()}))
    path.write_bytes(data)
    call_command("verify_evidence", str(path), keys=keys)
    assert "signed by a published key" in capsys.readouterr().out
    path.write_bytes(_changed(data, "reading", b"other"))
    with pytest.raises(CommandError, match="not the one that was signed"):
        call_command("verify_evidence", str(path))
    keys.write_text(json.dumps({"keys": []}))
    path.write_bytes(data)
    with pytest.raises(CommandError, match="Not signed by a published key"):
        call_command("verify_evidence", str(path), keys=keys)


@pytest.mark.parametrize(
    ("state", "fields", "told"),
    [
        ("verified", {}, "taken: verified."),
        ("refused", {"reason_code": "words"}, "taken: refused."),
        ("verified", {"demonstration": True}, "A demonstration: nobody consented"),
        (
            "revoked",
            {"revoked_at": datetime(2031, 3, 5, 14, 7, tzinfo=UTC)},
            "Withdrawn: 2031-03-05",
        ),
    ],
)
def test_the_command_says_what_became_of_the_consent(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    state: str,
    fields: dict[str, Any],
    told: str,
) -> None:
    consent = _consent()
    Consent.objects.filter(pk=consent.pk).update(state=state, **fields)
    consent.refresh_from_db()
    path = tmp_path / "proof.zip"
    path.write_bytes(_bundle(consent))
    call_command("verify_evidence", str(path))
    said = capsys.readouterr().out
    assert told in said
    assert f"State when this was taken: {state}." in said
    assert "such as a withdrawal, is not in it" in said


def test_the_speaker_and_moderators_download_it_and_nobody_else(client: Client) -> None:
    consent = _consent()
    link = reverse("storefront:consent-evidence", args=[consent.public_id])
    assert client.get(link).status_code == 302
    client.force_login(factories.make_user())
    assert client.get(link).status_code == 404
    for allowed in (consent.voice.creator.user, factories.make_moderator()):
        client.force_login(allowed)
        answer = client.get(link)
        assert (answer.status_code, evidence.problems_of(b"".join(answer))) == (200, [])
    assert AuditEvent.objects.filter(action="consent.evidence_taken").count() == 2


def test_of_a_file_only_parts_that_a_bundle_has_are_read_and_each_to_its_size() -> None:
    data = _bundle(_consent())
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as packed:
        for number in range(4):
            packed.writestr(f"part-{number}", b"\0" * (30 << 20))
    tracemalloc.start()
    try:
        [problem] = evidence.problems_of(made.getvalue())
        assert "parts that are not ours" in problem
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    large = _changed(data, "evidence.json", b" " * (evidence.MAX_PART + 1))
    assert "too large" in evidence.problems_of(large)[0]
