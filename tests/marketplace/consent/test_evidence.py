"""The proof of a consent is complete, verifiable without us, and given only to those entitled."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

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
    return evidence.bundle(consent=consent, by=consent.voice.creator.user)


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


def test_a_file_that_is_no_bundle_is_said_to_be_none() -> None:
    assert evidence.problems_of(b"not a ZIP") == ["This is not a bundle of ours, or it is damaged."]


def test_the_command_names_the_key_or_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = tmp_path / "proof.zip", _bundle(_consent())
    path.write_bytes(data)
    call_command("verify_evidence", str(path))
    assert "signed by the key" in capsys.readouterr().out
    path.write_bytes(_changed(data, "reading", b"other"))
    with pytest.raises(CommandError, match="not the one that was signed"):
        call_command("verify_evidence", str(path))


def test_the_speaker_and_moderators_download_it_and_nobody_else(client: Client) -> None:
    consent = _consent()
    link = reverse("storefront:consent-evidence", args=[consent.public_id])
    assert client.get(link).status_code == 302
    client.force_login(factories.make_user())
    assert client.get(link).status_code == 404
    for allowed in (consent.voice.creator.user, factories.make_moderator()):
        client.force_login(allowed)
        answer = client.get(link)
        assert (answer.status_code, evidence.problems_of(answer.content)) == (200, [])
    assert AuditEvent.objects.filter(action="consent.evidence_taken").count() == 2
