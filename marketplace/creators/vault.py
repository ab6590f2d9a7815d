"""Creators' recordings, readings and templates, encrypted under one key per creator.

Envelope encryption: a random data key encrypts a creator's objects (AES-256-GCM, NIST SP 800-38D)
and is itself wrapped by the platform's key, from the environment or in a KMS. Once the data key is
destroyed, nothing that it encrypted can be read again, not even from a copy or a backup.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import closing
from functools import lru_cache
from typing import IO, Any

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

HEADER = b"TIMBRE\x00\x01"  # prefix of what a creator's own key encrypts
LOCAL = "environment"
_PURPOSE = "creator data key"
_NONCE = 12  # bytes


def put(creator_id: int, key: str, data: bytes) -> str:
    """Store bytes encrypted with the creator's key and bound to the object key; returns their SHA-256 in hex.

    Raises:
        StorageUnavailable: the store or the KMS does not answer; try again.
        KeyDestroyed: this creator was erased.
    """
    nonce = os.urandom(_NONCE)
    sealed = _cipher_of(creator_id).encrypt(nonce, data, key.encode())
    storage.put(key, HEADER + nonce + sealed)
    return hashlib.sha256(data).hexdigest()


def get(creator_id: int, key: str, sha256: str) -> bytes:
    """Read what `put` stored.

    Raises:
        StorageUnavailable: no answer, or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
        KeyDestroyed: this creator was erased.
    """
    sealed = storage.get(key)
    if not sealed.startswith(HEADER):
        return _get_unowned(key, sealed, sha256)
    nonce, body = sealed[len(HEADER) :][:_NONCE], sealed[len(HEADER) + _NONCE :]
    try:
        data = _cipher_of(creator_id).decrypt(nonce, body, key.encode())
    except InvalidTag as error:
        raise Tampered(f"{key} can't be decrypted.") from error
    return _required(key, data, sha256)


def get_file(creator_id: int, key: str, sha256: str) -> IO[bytes]:
    """Read what `put` stored into a temporary file, a part at a time.

    It is one message of AES-GCM, so that nothing of it may be given to anybody before its end is read.

    Raises:
        StorageUnavailable: no answer, or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
        KeyDestroyed: this creator was erased.
    """
    with closing(storage.open_source(key)) as sealed:
        is_owned = sealed.size > 0 and sealed.read(0, len(HEADER)) == HEADER
    if is_owned:
        return storage.decrypted_file(key, sha256, _key_of(creator_id), header=len(HEADER))
    if key.startswith("templates/"):
        return storage.get_encrypted_file(key, sha256)
    return storage.decrypted_file(key, sha256, None)


def _get_unowned(key: str, stored: bytes, sha256: str) -> bytes:
    """Read an object from before creators had keys: a template under the platform's key, or a plain recording."""
    if key.startswith("templates/"):
        return storage.get_encrypted(key, sha256)
    return _required(key, stored, sha256)


def _required(key: str, data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Tampered(f"{key} is not the recorded version.")
    return data


def seal_details(creator_id: int, **details: Any) -> str:
    """Encrypt details of a permanent record, which stay readable as long as the creator's key exists.

    Raises:
        KeyDestroyed: this creator was erased.
    """
    nonce, plain = os.urandom(_NONCE), json.dumps(details).encode()
    return base64.b64encode(nonce + _cipher_of(creator_id).encrypt(nonce, plain, None)).decode()


def unseal_details(creator_id: int, stored: str) -> dict[str, Any]:
    """Decrypt what `seal_details` encrypted.

    Raises:
        Tampered: changed, or another creator's.
        KeyDestroyed: this creator was erased.
    """
    data = base64.b64decode(stored)
    try:
        plain = _cipher_of(creator_id).decrypt(data[:_NONCE], data[_NONCE:], None)
    except InvalidTag as error:
        raise Tampered("These details can't be decrypted.") from error
    details: dict[str, Any] = json.loads(plain)
    return details


def destroy_key(*, creator: Creator) -> None:
    """Make everything that a creator's key encrypted unreadable; a repeat changes nothing."""
    with transaction.atomic():
        data_key, _ = DataKey.objects.select_for_update(no_key=True).get_or_create(creator=creator)
        if data_key.destroyed_at is None:
            data_key.wrapped, data_key.destroyed_at = b"", timezone.now()
            data_key.save(update_fields=["wrapped", "destroyed_at"])
    _unwrap.cache_clear()


def _cipher_of(creator_id: int) -> AESGCM:
    return AESGCM(_key_of(creator_id))


def _key_of(creator_id: int) -> bytes:
    data_key = DataKey.objects.filter(creator_id=creator_id).first() or _new_key(creator_id)
    if data_key.destroyed_at is not None:
        raise KeyDestroyed(f"Creator {creator_id} was erased.")
    return _unwrap(bytes(data_key.wrapped), data_key.wrapped_by, creator_id)


def _new_key(creator_id: int) -> DataKey:
    fresh, by = AESGCM.generate_key(256), settings.TEMPLATE_KMS_KEY or LOCAL
    data_key, _ = DataKey.objects.get_or_create(
        creator_id=creator_id,
        defaults={"wrapped": _wrap(fresh, by, creator_id), "wrapped_by": by},
    )
    return data_key


@lru_cache(maxsize=256)
def _unwrap(wrapped: bytes, by: str, creator_id: int) -> bytes:
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
    """Call the key management service, which also binds the wrapped key to its creator."""
    client = boto3.client("kms", endpoint_url=settings.TEMPLATE_KMS_ENDPOINT or None)
    context = {"creator": str(creator_id)}
    try:
        answer: dict[str, bytes] = getattr(client, verb)(
            KeyId=key, EncryptionContext=context, **what
        )
    except client.exceptions.InvalidCiphertextException as error:
        raise Tampered(f"The data key of creator {creator_id} can't be unwrapped.") from error
    except (BotoCoreError, ClientError) as error:
        raise StorageUnavailable(f"KMS: {error}") from error
    return answer
