"""The platform's signature of reports and manifests: Ed25519, as compact JWS (RFC 7515, 8037)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
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


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The name of a key, computed from the key itself (RFC 7638, RFC 8037)."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": jwk["x"]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _encode(hashlib.sha256(text.encode()).digest())


def _jwk(x: str) -> dict[str, str]:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA"}
    return {**jwk, "kid": thumbprint(jwk)}


def public_jwk() -> dict[str, str]:
    """The public key that verifies signatures, as a JSON Web Key."""
    raw = (
        private_key()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return _jwk(_encode(raw))


def published_jwks() -> list[dict[str, str]]:
    """The key that signs now, then those that signed before (`PROVENANCE_FORMER_KEYS`)."""
    return [public_jwk(), *(_jwk(x) for x in settings.PROVENANCE_FORMER_KEYS)]


def sign(claims: dict[str, Any]) -> str:
    """Sign claims as a compact JWS."""
    header = {"alg": "EdDSA", "kid": public_jwk()["kid"], "typ": "JWT"}
    parts = [json.dumps(part, sort_keys=True, separators=(",", ":")) for part in (header, claims)]
    signed = ".".join(_encode(part.encode()) for part in parts)
    return f"{signed}.{_encode(private_key().sign(signed.encode()))}"


def verify(token: str, keys: Sequence[Mapping[str, str]] | None = None) -> dict[str, Any]:
    """Verify a compact JWS by one of the keys that are trusted (by default those published here).

    The key is the one whose own thumbprint the signed header names; a name beside a key proves nothing.

    Raises:
        SignatureInvalid: signed by another key, changed, or no JWS at all.
    """
    try:
        signed, _, signature = token.rpartition(".")
        header = json.loads(_decode(signed.split(".")[0]))
        trusted = {thumbprint(key): key for key in (published_jwks() if keys is None else keys)}
        key = trusted[header["kid"]] if header["alg"] == "EdDSA" else None
        if key is None:
            raise ValueError(header["alg"])
        if _encode(_decode(signature)) != signature:
            raise ValueError("something stands in the signature that is not read")
        Ed25519PublicKey.from_public_bytes(_decode(key["x"])).verify(
            _decode(signature), signed.encode()
        )
        claims: dict[str, Any] = json.loads(_decode(signed.split(".")[1]))
    except (InvalidSignature, ValueError, IndexError, KeyError, TypeError) as error:
        raise SignatureInvalid("This was not signed by us, or was changed.") from error
    return claims


def watermark_key() -> bytes:
    """The secret key of the watermark; whoever has it can erase and forge marks."""
    return derived_secret("watermark")
