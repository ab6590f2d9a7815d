"""A creator's recordings, readings and templates: each creator's under a key of their own.

Envelope encryption: a random data key encrypts a creator's objects (AES-256-GCM, NIST SP 800-38D)
and is itself wrapped by the platform's key, from the environment or in a KMS. Where the data key is
destroyed, nothing that it encrypted can be read again, in no copy and no backup.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace import storage
from marketplace.creators.models import Creator, DataKey
from marketplace.refusals import KeyDestroyed, StorageUnavailable, Tampered

HEADER = b"TIMBRE\x00\x01"  # before what a creator's own key encrypts
LOCAL = "environment"
_PURPOSE = "creator data key"
_NONCE = 12  # bytes


def put(creator_id: int, key: str, data: bytes) -> str:
    """Store bytes under a creator's own key, bound to the object's; returns their sha256 in hex.

    Raises:
        StorageUnavailable: the store or the KMS does not answer; try again.
        KeyDestroyed: this creator was erased.
    """
    nonce = os.urandom(_NONCE)
    sealed = _cipher_of(creator_id).encrypt(nonce, data, key.encode())
    storage.put(key, HEADER + nonce + sealed)
    return hashlib.sha256(data).hexdigest()


def get(creator_id: int, key: str, sha256: str) -> bytes:
    """What `put` stored.

    Raises:
        StorageUnavailable: no answer, or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
        KeyDestroyed: this creator was erased.
    """
    sealed = storage.get(key)
    if not sealed.startswith(HEADER):
        return _from_before(key, sealed, sha256)
    nonce, body = sealed[len(HEADER) :][:_NONCE], sealed[len(HEADER) + _NONCE :]
    try:
        data = _cipher_of(creator_id).decrypt(nonce, body, key.encode())
    except InvalidTag as error:
        raise Tampered(f"{key} can't be decrypted.") from error
    return _required(key, data, sha256)


def _from_before(key: str, stored: bytes, sha256: str) -> bytes:
    """Objects from before creators had keys: templates under the platform's, recordings as sent."""
    if key.startswith("templates/"):
        return storage.get_encrypted(key, sha256)
    return _required(key, stored, sha256)


def _required(key: str, data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Tampered(f"{key} is not the recorded version.")
    return data


def sealed(creator_id: int, **details: Any) -> str:
    """Details for a record that stays for ever, readable as long as the creator's key is there.

    Raises:
        KeyDestroyed: this creator was erased.
    """
    nonce, plain = os.urandom(_NONCE), json.dumps(details).encode()
    return base64.b64encode(nonce + _cipher_of(creator_id).encrypt(nonce, plain, None)).decode()


def unsealed(creator_id: int, kept: str) -> dict[str, Any]:
    """What `sealed` sealed.

    Raises:
        Tampered: changed, or another creator's.
        KeyDestroyed: this creator was erased.
    """
    data = base64.b64decode(kept)
    try:
        plain = _cipher_of(creator_id).decrypt(data[:_NONCE], data[_NONCE:], None)
    except InvalidTag as error:
        raise Tampered("These details can't be decrypted.") from error
    found: dict[str, Any] = json.loads(plain)
    return found


def destroy_key(*, creator: Creator) -> None:
    """Make everything unreadable that a creator's key encrypted. A second time changes nothing."""
    with transaction.atomic():
        kept, _ = DataKey.objects.select_for_update().get_or_create(creator=creator)
        if kept.destroyed_at is None:
            kept.wrapped, kept.destroyed_at = b"", timezone.now()
            kept.save(update_fields=["wrapped", "destroyed_at"])
    _unwrapped.cache_clear()


def _cipher_of(creator_id: int) -> AESGCM:
    kept = DataKey.objects.filter(creator_id=creator_id).first() or _new_key(creator_id)
    if kept.destroyed_at is not None:
        raise KeyDestroyed(f"Creator {creator_id} was erased.")
    return AESGCM(_unwrapped(bytes(kept.wrapped), kept.wrapped_by, creator_id))


def _new_key(creator_id: int) -> DataKey:
    fresh, by = AESGCM.generate_key(256), settings.TEMPLATE_KMS_KEY or LOCAL
    kept, _ = DataKey.objects.get_or_create(
        creator_id=creator_id,
        defaults={"wrapped": _wrap(fresh, by, creator_id), "wrapped_by": by},
    )
    return kept


@lru_cache(maxsize=256)
def _unwrapped(wrapped: bytes, by: str, creator_id: int) -> bytes:
    if by == LOCAL:
        return storage.unseal(wrapped, f"{_PURPOSE} {creator_id}")
    answer = _kms("decrypt", by, creator_id, CiphertextBlob=wrapped)
    return bytes(answer["Plaintext"])


def _wrap(data_key: bytes, by: str, creator_id: int) -> bytes:
    if by == LOCAL:
        return storage.seal(data_key, f"{_PURPOSE} {creator_id}")
    answer = _kms("encrypt", by, creator_id, Plaintext=data_key)
    return bytes(answer["CiphertextBlob"])


def _kms(verb: str, key: str, creator_id: int, **what: bytes) -> dict[str, bytes]:
    """Ask the key management service; a wrapped key is bound to its creator there too."""
    client = boto3.client("kms", endpoint_url=settings.TEMPLATE_KMS_ENDPOINT or None)
    context = {"creator": str(creator_id)}
    try:
        found: dict[str, bytes] = getattr(client, verb)(
            KeyId=key, EncryptionContext=context, **what
        )
    except client.exceptions.InvalidCiphertextException as error:
        raise Tampered(f"The data key of creator {creator_id} can't be unwrapped.") from error
    except (BotoCoreError, ClientError) as error:
        raise StorageUnavailable(f"KMS: {error}") from error
    return found
