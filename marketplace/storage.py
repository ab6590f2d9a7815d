"""Objects by key in the configured store; templates encrypted before they leave the process."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Collection, Iterator
from datetime import timedelta
from functools import lru_cache
from tempfile import TemporaryFile
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import (
    AEADDecryptionContext,
    Cipher,
    algorithms,
    modes,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from marketplace.refusals import StorageUnavailable, Tampered

STRAY_AFTER = timedelta(hours=1)
PART = 1 << 20  # bytes of a file that are held in memory at once
_NONCE, _TAG = 12, 16  # bytes of AES-GCM


def put(key: str, data: bytes) -> str:
    """Store bytes under `key`, replacing any object there; returns their SHA-256 in hex.

    Raises:
        StorageUnavailable: try again later.
    """
    _save(key, ContentFile(data))
    return hashlib.sha256(data).hexdigest()


def _save(key: str, file: File[bytes]) -> None:
    try:
        default_storage.save(key, file)
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(str(error)) from error


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
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())


def _cipher(secret: str, purpose: str) -> AESGCM:
    return AESGCM(_derived(secret, purpose))


def _template_key() -> bytes:
    return _derived(settings.TEMPLATE_KEY or settings.SECRET_KEY, "voice-template")


def put_encrypted(key: str, data: bytes) -> str:
    """Store bytes under AES-256-GCM bound to their key; returns the sha256 of the plain bytes."""
    nonce = os.urandom(_NONCE)
    put(key, nonce + AESGCM(_template_key()).encrypt(nonce, data, key.encode()))
    return hashlib.sha256(data).hexdigest()


def get_encrypted(key: str, sha256: str) -> bytes:
    """Read what `put_encrypted` stored.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
    """
    sealed = get(key)
    try:
        data = AESGCM(_template_key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], key.encode())
    except InvalidTag as error:
        raise Tampered(f"{key} can't be decrypted.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Tampered(f"{key} is not the recorded version.")
    return data


def put_encrypted_file(key: str, file: IO[bytes]) -> str:
    """Store a file as `put_encrypted` stores bytes, a part at a time; returns its SHA-256 in hex.

    Raises:
        StorageUnavailable: try again later.
    """
    nonce, digest = os.urandom(_NONCE), hashlib.sha256()
    encryptor = Cipher(algorithms.AES(_template_key()), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(key.encode())
    with TemporaryFile() as sealed:
        sealed.write(nonce)
        file.seek(0)
        for part in _parts(file):
            digest.update(part)
            sealed.write(encryptor.update(part))
        sealed.write(encryptor.finalize() + encryptor.tag)
        sealed.seek(0)
        _save(key, File(sealed))
    return digest.hexdigest()


def get_encrypted_file(key: str, sha256: str) -> IO[bytes]:
    """Read what `put_encrypted` or `put_encrypted_file` stored into a temporary file.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
    """
    plain, digest = TemporaryFile(), hashlib.sha256()  # noqa: SIM115 - whoever reads it closes it
    try:
        with default_storage.open(key) as sealed:
            decryptor = Cipher(
                algorithms.AES(_template_key()), modes.GCM(sealed.read(_NONCE))
            ).decryptor()
            decryptor.authenticate_additional_data(key.encode())
            left = sealed.size - _NONCE - _TAG
            for part in _parts(sealed, left):
                opened = decryptor.update(part)
                digest.update(opened)
                plain.write(opened)
            decryptor.finalize_with_tag(sealed.read(_TAG))
    except (InvalidTag, ValueError) as error:
        plain.close()
        raise Tampered(f"{key} can't be decrypted.") from error
    except (OSError, BotoCoreError, ClientError) as error:
        plain.close()
        raise StorageUnavailable(f"{key}: {error}") from error
    if digest.hexdigest() != sha256:
        plain.close()
        raise Tampered(f"{key} is not the recorded version.")
    plain.seek(0)
    return plain


def _parts(file: IO[bytes] | File[bytes], left: int | None = None) -> Iterator[bytes]:
    """What is left of a file, or its next bytes, in parts."""
    while part := file.read(PART if left is None else min(PART, left)):
        yield part
        left = None if left is None else left - len(part)


def decryptor_of(key: str, nonce: bytes) -> AEADDecryptionContext:
    """What decrypts, part by part, an object that `put_encrypted_file` stored; prove it at the end."""
    decryptor = Cipher(algorithms.AES(_template_key()), modes.GCM(nonce)).decryptor()
    decryptor.authenticate_additional_data(key.encode())
    return decryptor


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
