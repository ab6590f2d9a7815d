"""Objects by key in the configured store; templates encrypted before they leave the process."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from marketplace.refusals import StorageUnavailable, Tampered

STRAY_AFTER = timedelta(hours=1)


def put(key: str, data: bytes) -> str:
    """Store bytes under `key`, replacing any object there; returns their SHA-256 in hex.

    Raises:
        StorageUnavailable: try again later.
    """
    try:
        default_storage.save(key, ContentFile(data))
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(str(error)) from error
    return hashlib.sha256(data).hexdigest()


def get(key: str) -> bytes:
    """Bytes stored under `key`.

    Raises:
        StorageUnavailable: no answer or no such object.
    """
    try:
        with default_storage.open(key) as file:
            content: bytes = file.read()
            return content
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(f"{key}: {error}") from error


def delete(key: str) -> None:
    """Remove an object; does nothing if there is none."""
    try:
        default_storage.delete(key)
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(str(error)) from error


def delete_strays(folder: str, named: Collection[str]) -> int:
    """Delete the objects of a folder that no row names, unless they are new; returns how many.

    A process that dies between an object and its row, or a lost message, leaves such an object.

    named: the keys that rows name.
    """
    old, count = timezone.now() - STRAY_AFTER, 0
    try:
        names = default_storage.listdir(folder)[1]
        for key in (f"{folder}/{name}" for name in names if name):
            if key not in named and default_storage.get_modified_time(key) < old:
                default_storage.delete(key)
                count += 1
    except FileNotFoundError:
        return count  # nothing was ever stored there, or another sweep was quicker
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(f"{folder}: {error}") from error
    return count


@lru_cache(maxsize=4)
def _cipher(secret: str, purpose: str) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
    return AESGCM(derived)


def _template_cipher() -> AESGCM:
    return _cipher(settings.TEMPLATE_KEY or settings.SECRET_KEY, "voice-template")


def put_encrypted(key: str, data: bytes) -> str:
    """Store bytes under AES-256-GCM bound to their key; returns the sha256 of the plain bytes."""
    nonce = os.urandom(12)
    put(key, nonce + _template_cipher().encrypt(nonce, data, key.encode()))
    return hashlib.sha256(data).hexdigest()


def get_encrypted(key: str, sha256: str) -> bytes:
    """Read what `put_encrypted` stored.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
    """
    sealed = get(key)
    try:
        data = _template_cipher().decrypt(sealed[:12], sealed[12:], key.encode())
    except InvalidTag as error:
        raise Tampered(f"{key} can't be decrypted.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Tampered(f"{key} is not the recorded version.")
    return data


def seal(data: bytes, purpose: str) -> bytes:
    """Encrypt bytes for a database column with AES-256-GCM, under a key derived for their purpose."""
    nonce = os.urandom(12)
    cipher = _cipher(settings.TEMPLATE_KEY or settings.SECRET_KEY, purpose)
    return nonce + cipher.encrypt(nonce, data, None)


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Decrypt what `seal` encrypted.

    Raises:
        Tampered: changed, or sealed for another purpose or with another key.
    """
    cipher = _cipher(settings.TEMPLATE_KEY or settings.SECRET_KEY, purpose)
    try:
        return cipher.decrypt(sealed[:12], sealed[12:], None)
    except InvalidTag as error:
        raise Tampered(f"What was sealed for {purpose} can't be opened.") from error


def speech_seal(stream: str) -> str:
    """What the request of a stream of speech is sealed for, between web server and worker."""
    return f"speech request {stream}"


def random_name() -> str:
    """An unguessable name for an object."""
    return base64.b32encode(os.urandom(15)).decode().lower()
