"""Content Credentials (C2PA) in finished files: signing, embedding and reading, which a confined process does.

The certificate is the operator's by setting. Without one, a test certificate is made from the
platform's secret: it proves that a file is unchanged, but not who made it.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from marketplace.signing import derived_secret
from synthesis.audio import confined_process, manifest_reader

MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
}  # of formats that can hold a manifest
MAX_STORE = 256 * 1024  # bytes of a manifest; ours have four thousand
_BOX, _DESCRIPTION = b"jumb", b"jumd"  # of JUMBF (ISO 19566-5), each after a length: see `_box_at`
_MOST_BOXES = 1_000
_MOST_TOLD = 16 * 1024  # bytes of what the confined reader says
_PROGRAM = confined_process.program_of("manifest_reader")
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_SINCE, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def _derived_key(purpose: str) -> ec.EllipticCurvePrivateKey:
    scalar = int.from_bytes(derived_secret(purpose, 48), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.PLATFORM_NAME),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@lru_cache(maxsize=1)
def test_certificate() -> tuple[str, str]:
    """(certificate chain, private key) as PEM: a leaf certificate under a root that nobody trusts.

    The same in every process and after each start (RFC 6979), or one would not know what another signed.
    """
    root_key, key = _derived_key("c2pa test root"), _derived_key("c2pa test signer")
    root_name = _name("Test root, not trusted")

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            encipher_only=False,
            decipher_only=False,
        )

    def builder(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, number: int
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(public)
            .serial_number(number)
            .not_valid_before(_SINCE)
            .not_valid_after(_UNTIL)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    root = (
        builder(root_name, root_key.public_key(), 1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    leaf = (
        builder(_name("Test signer"), key.public_key(), 2)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .sign(root_key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return _pem(leaf) + _pem(root), private


def _credentials() -> tuple[str, str]:
    if settings.C2PA_CERTIFICATE and settings.C2PA_PRIVATE_KEY:
        return (
            Path(settings.C2PA_CERTIFICATE).read_text(),
            Path(settings.C2PA_PRIVATE_KEY).read_text(),
        )
    return test_certificate()


def _signer() -> c2pa.Signer:
    chain, key = _credentials()
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(
            settings.C2PA_ALGORITHM.encode(),
            chain.encode(),
            key.encode(),
            settings.C2PA_TIMESTAMPS.encode() or None,
        )
    )


def embed(audio: bytes, audio_format: str, claims: dict[str, Any]) -> bytes:
    """Embed a signed manifest in a file; claims: what the manifest says about it.

    Raises:
        KeyError: a format that can't hold one; see `MEDIA_TYPES`.
    """
    media_type = MEDIA_TYPES[audio_format]
    manifest = {
        "claim_generator_info": [{"name": settings.PLATFORM_NAME, "version": "1"}],
        "title": f"Speech {claims['generation']}",
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://cv.iptc.org/newscodes/"
                            "digitalsourcetype/trainedAlgorithmicMedia",
                            "softwareAgent": claims["engine"],
                        }
                    ]
                },
            },
            {"label": manifest_reader.ASSERTION, "data": claims},
        ],
    }
    made = io.BytesIO()
    with c2pa.Builder(json.dumps(manifest)) as builder, _signer() as signer:
        builder.sign(signer, media_type, io.BytesIO(audio), made)
    return made.getvalue()


def own_certificates() -> str:
    """The certificates that sign here or did: leaves alone, as PEM."""
    former = [Path(path).read_text() for path in settings.C2PA_FORMER_CERTIFICATES]
    chains = dict.fromkeys([_credentials()[0], test_certificate()[0], *former])
    return "".join(_pem(x509.load_pem_x509_certificates(chain.encode())[0]) for chain in chains)


def _holds_one(data: bytes) -> bool:
    """Whether a file holds a manifest at all, of a size that one of ours may have.

    Raises:
        ValueError: it holds more than is read.
    """
    at = data.find(_BOX, 4)
    found = at > 0
    for _ in range(_MOST_BOXES):
        if at < 0:
            return found
        begin = at - 4
        size, content = _box_at(data, begin)
        is_manifest = data.startswith(_DESCRIPTION, content + 4)
        if is_manifest and not content - begin < size <= MAX_STORE:
            break
        at = data.find(_BOX, at + 1)
    raise ValueError("A manifest is too large.")


def _box_at(data: bytes, begin: int) -> tuple[int, int]:
    """The bytes that a box says it has, and where its content begins.

    A length of 1 is followed by another one of eight bytes; 0 is a box that goes to the end of the file.
    """
    size = int.from_bytes(data[begin : begin + 4], "big")
    if size == 1:
        return int.from_bytes(data[begin + 8 : begin + 16], "big"), begin + 16
    return size or len(data) - begin, begin + 8


def read(data: bytes, audio_format: str) -> dict[str, Any] | None:
    """What a manifest in a stranger's file says: {"readable", "intact", "own", "issuer", "claims"}, see
    `manifest_reader.read`, or {"readable": False}; None where there is none.

    Raises:
        TooSlow: it could not be read in time.
    """
    media_type = MEDIA_TYPES.get(audio_format)
    try:
        if media_type is None or not _holds_one(data):
            return None
        answer = confined_process.answer_of(
            _PROGRAM, data, media_type, own_certificates(), most=_MOST_TOLD
        )
        found = json.loads(answer)
    except ValueError:  # too large, or ended at one of its limits
        return dict(manifest_reader.UNREADABLE)
    return None if found is None else dict(found)
