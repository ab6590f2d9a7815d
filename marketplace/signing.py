"""The platform's signature of reports and manifests: Ed25519, as compact JWS (RFC 7515, 8037)."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from marketplace.refusals import SignatureInvalid


def derived_secret(purpose: str, length: int = 32) -> bytes:
    """Bytes derived for one purpose from the platform's secret (RFC 5869)."""
    secret = settings.PROVENANCE_KEY or settings.SECRET_KEY
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(secret.encode())


@lru_cache(maxsize=2)
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


def private_key() -> Ed25519PrivateKey:
    """What signs."""
    return _private(derived_secret("provenance signature"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_jwk() -> dict[str, str]:
    """The public key that verifies signatures, as a JSON Web Key."""
    raw = (
        private_key()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    thumbprint = json.dumps(
        {"crv": "Ed25519", "kty": "OKP", "x": _encode(raw)}, separators=(",", ":")
    )
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _encode(raw),
        "use": "sig",
        "alg": "EdDSA",
        "kid": _encode(hashlib.sha256(thumbprint.encode()).digest()),
    }


def sign(claims: dict[str, Any]) -> str:
    """Sign claims as a compact JWS."""
    header = {"alg": "EdDSA", "kid": public_jwk()["kid"], "typ": "JWT"}
    parts = [json.dumps(part, sort_keys=True, separators=(",", ":")) for part in (header, claims)]
    signed = ".".join(_encode(part.encode()) for part in parts)
    return f"{signed}.{_encode(private_key().sign(signed.encode()))}"


def verify(token: str, jwk: dict[str, str] | None = None) -> dict[str, Any]:
    """Verify a compact JWS with a key (by default ours); returns its claims.

    Raises:
        SignatureInvalid: not signed with it, changed, or no JWS at all.
    """
    key = Ed25519PublicKey.from_public_bytes(_decode((public_jwk() if jwk is None else jwk)["x"]))
    try:
        signed, _, signature = token.rpartition(".")
        key.verify(_decode(signature), signed.encode())
        claims: dict[str, Any] = json.loads(_decode(signed.split(".")[1]))
    except (InvalidSignature, ValueError, IndexError) as error:
        raise SignatureInvalid("This was not signed by us, or was changed.") from error
    return claims


def watermark_key() -> bytes:
    """The secret key of the watermark; whoever has it can erase and forge marks."""
    return derived_secret("watermark")
