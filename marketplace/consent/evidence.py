"""The proof of a consent as one file, which anyone can verify without us."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.utils import translation

from marketplace import signing
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.models import Consent
from marketplace.consent.plain_zips import is_plain
from marketplace.consent.vetting import vetting_of
from marketplace.creators import vault
from marketplace.refusals import SignatureInvalid
from marketplace.storage import PART

README = """The proof of a consent to replicate a voice, by {platform}.

reading        the statement as it was read aloud, as the browser recorded it
evidence.json  statement, words heard, scores, agreements, uses, times, SHA-256 of the reading;
               under "checked" how it was checked: by machine, by whom of the platform (roles,
               not names), and whether it is a demonstration
evidence.jws   the same, signed (RFC 7515, EdDSA)
key.json       the public key (RFC 8037) that signed; trust it only if {keys} lists it

To check it: that the key's own thumbprint (RFC 7638) is among those published; the signature of
evidence.jws by that key; its payload against evidence.json; the SHA-256 of the reading against the
one stated there. `python manage.py verify_evidence FILE --keys KEYS.json` does all four without a
network, with the published keys as you saved them. This text is not signed; nothing else belongs in the bundle.
"""
KIND = "consent_evidence"  # by which it differs from all else that we sign
MAX_READING = 64 * 1024 * 1024  # bytes that are read of it when verifying
MAX_PART = 1024 * 1024  # bytes of any other part
# what a file that is none raises: encrypted, packed in another way, nested too deeply
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    EOFError,
    OSError,
)
_PARTS = ("README.txt", "evidence.json", "evidence.jws", "key.json", "reading")


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def claims_of(consent: Consent) -> dict[str, Any]:
    """Everything known about a consent, as data."""
    return {
        "kind": KIND,
        "consent": str(consent.public_id),
        "platform": settings.PLATFORM_NAME,
        "voice": str(consent.voice.public_id),
        "voice_name": consent.voice.name,
        "state": consent.state,
        "speaker": consent.legal_name,
        "given_by": consent.given_by,
        "representative": consent.representative,
        "by_invitation": consent.invitation_id is not None,
        "demonstration": consent.demonstration,
        "statement_version": consent.statement_version,
        "statement": consent.statement,
        "phrase": consent.phrase,
        "uses": consent.uses,
        "revision": consent.revision,
        "agreements": {
            agreement.kind: {
                "given": agreement.given,
                "version": agreement.version,
                "at": _time(agreement.at),
            }
            for agreement in consent.agreements.all()
        },
        "reading_sha256": consent.recording_sha256,
        "transcript": consent.transcript,
        "scores": consent.scores,
        "reason_code": consent.reason_code,
        "decided_by": "moderator" if consent.decided_by_id else "checks",
        "checked": _checked(consent),
        "times": {
            "shown": _time(consent.created_at),
            "phrase_valid_until": _time(consent.expires_at),
            "read": _time(consent.recorded_at),
            "first_approved": _time(consent.first_approved_at),
            "decided": _time(consent.decided_at),
            "ends": _time(consent.ends_at),
            "withdrawn": _time(consent.revoked_at),
        },
    }


def _checked(consent: Consent) -> dict[str, Any]:
    with translation.override(settings.LANGUAGE_CODE):  # evidence reads the same, whoever asks
        return asdict(vetting_of(consent))


def reading_of(consent: Consent) -> bytes:
    """The reading of a statement as it was recorded.

    Raises:
        StorageUnavailable: try again.
        Tampered: it is not what was recorded.
    """
    return vault.get(consent.voice.creator_id, consent.recording_key, consent.recording_sha256)


def reading_file(consent: Consent) -> IO[bytes]:
    """The same as a temporary file, so that it is not in memory.

    Raises:
        StorageUnavailable: try again.
        Tampered: it is not what was recorded.
    """
    return vault.get_file(consent.voice.creator_id, consent.recording_key, consent.recording_sha256)


def bundle(*, consent: Consent, by: User | None) -> IO[bytes]:
    """A ZIP with the reading, its evidence and our signature, in a temporary file; the download is audited.

    Raises:
        StorageUnavailable: try again.
    """
    claims = claims_of(consent)
    keys = str(settings.BASE_URL) + "/v1/provenance/keys"
    parts = {
        "README.txt": README.format(platform=settings.PLATFORM_NAME, keys=keys).encode(),
        "evidence.json": json.dumps(claims, indent=2, ensure_ascii=False).encode(),
        "evidence.jws": signing.sign(claims).encode(),
        "key.json": json.dumps(signing.public_jwk(), indent=2).encode(),
    }
    made = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
        if consent.recording_key:
            with reading_file(consent) as reading, packed.open("reading", "w") as part:
                shutil.copyfileobj(reading, part, PART)
    audit.record(actor=by, action="consent.evidence_taken", subject=consent)
    made.seek(0)
    return made


def claims_in(data: bytes) -> dict[str, Any]:
    """What a bundle without problems says about its consent."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        claims: dict[str, Any] = json.loads(packed.read("evidence.json"))
    return claims


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose names differ, so that all readers see the same one."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _exact(claims: object) -> str:
    """As text, in which 1 is not true."""
    return json.dumps(claims, sort_keys=True)


def _why_not_ours(data: bytes, packed: zipfile.ZipFile) -> str:
    """What is odd about the parts of a bundle, before any is read; empty if nothing is."""
    parts = packed.infolist()
    if any(part.filename not in _PARTS for part in parts):
        return "It has parts that are not ours, so it is not as we made it."
    if len({part.filename for part in parts}) < len(parts):
        return "It has two parts of one name, so readers may see different ones."
    most = {"reading": MAX_READING}
    if any(part.file_size > most.get(part.filename, MAX_PART) for part in parts):
        return "A part is too large to be one of ours."
    if not is_plain(data, parts):
        return "It is not packed as we pack, so readers may see different parts."
    return ""


def problems_of(data: bytes, keys: Sequence[Mapping[str, str]] | None = None) -> list[str]:
    """What is wrong with a bundle; empty if it is intact and signed by one of the published keys.

    keys: those that the platform publishes; by default this installation's own.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if odd := _why_not_ours(data, packed):
                return [odd]
            parts = {part: packed.read(part) for part in packed.namelist()}
        claims = signing.verify(parts["evidence.jws"].decode("ascii"), keys)
        enclosed = signing.thumbprint(json.loads(parts["key.json"], object_pairs_hook=_once))
        shown = json.loads(parts["evidence.json"], object_pairs_hook=_once)
    except _UNREADABLE:
        return ["This is not a bundle of ours, or it is damaged."]
    except SignatureInvalid:
        return ["Not signed by a published key, or evidence.jws was changed."]
    if claims.get("kind") != KIND:
        return ["It is signed, but it is no evidence of a consent."]
    problems = []
    published = signing.published_jwks() if keys is None else keys
    if enclosed not in map(signing.thumbprint, published):
        problems.append("key.json is not a key that the platform publishes.")
    if _exact(shown) != _exact(claims):
        problems.append("evidence.json differs from what was signed.")
    reading = parts.get("reading")
    digest = hashlib.sha256(reading).hexdigest() if reading is not None else ""
    if digest != claims.get("reading_sha256"):
        problems.append("The reading is not the one that was signed.")
    return problems
