"""Objects by key in the configured store; templates encrypted before they leave the process."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import timedelta
from functools import lru_cache
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

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
from storages.backends.s3 import S3Storage

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


class Source(Protocol):
    """Bytes of which only what is asked for is brought into memory."""

    size: int

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on, fewer at the end."""

    def close(self) -> None:
        """Give back what is held open."""


class FileSource:
    """An open file as a source, which closes it."""

    def __init__(self, file: IO[bytes] | File[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on, fewer at the end."""
        self._file.seek(start)
        data: bytes = self._file.read(length)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _RemoteSource:
    """An object of a remote store: each read is a request, and nothing is held between two."""

    def __init__(self, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = _client(bucket), bucket, key
        found = self._client.head_object(Bucket=bucket, Key=key)
        self.size, self._etag = int(found["ContentLength"]), found["ETag"]

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on, fewer at the end.

        Raises:
            StorageUnavailable: no answer, or another object has taken its place.
        """
        last = min(start + length, self.size) - 1  # some stores refuse what is longer
        if last < start:
            return b""
        try:
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={start}-{last}"
            )
            data: bytes = answer["Body"].read()
        except (OSError, BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"{self._key}: {error}") from error
        if answer["ETag"] != self._etag:  # not every store knows `If-Match`
            raise StorageUnavailable(f"{self._key} was replaced while it was read.")
        return data

    def close(self) -> None:
        """Nothing is open."""


@lru_cache(maxsize=2)
def _client(bucket: str) -> Any:
    """One client for all threads: each is megabytes, and the store's own has one for each thread."""
    store: Any = default_storage
    return store.connection.meta.client


def open_source(key: str) -> Source:
    """The object under `key`, to be read a range at a time.

    Raises:
        StorageUnavailable: no answer or no such object.
    """
    try:
        if isinstance(default_storage, S3Storage):
            return _RemoteSource(str(default_storage.bucket_name), key)
        return FileSource(default_storage.open(key))
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
    return decrypted_file(key, sha256, _template_key())


def decrypted_file(key: str, sha256: str, secret: bytes | None, *, header: int = 0) -> IO[bytes]:
    """Decrypt an object into a temporary file, a part at a time, which is whole and proved before it is read.

    secret: of AES-256-GCM bound to the object's key; None for an object that is not encrypted.
    header: bytes before the nonce.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: changed, moved under another key, or not the version `sha256` names.
    """
    plain, digest = TemporaryFile(), hashlib.sha256()  # noqa: SIM115 - whoever reads it closes it
    try:
        with closing(open_source(key)) as stored:
            for part in _opened(stored, key, secret, header):
                digest.update(part)
                plain.write(part)
    except (InvalidTag, ValueError) as error:
        plain.close()
        raise Tampered(f"{key} can't be decrypted.") from error
    except OSError as error:
        plain.close()
        raise StorageUnavailable(f"{key}: {error}") from error
    except StorageUnavailable:
        plain.close()
        raise
    if digest.hexdigest() != sha256:
        plain.close()
        raise Tampered(f"{key} is not the recorded version.")
    plain.seek(0)
    return plain


def _opened(stored: Source, key: str, secret: bytes | None, header: int) -> Iterator[bytes]:
    """The decrypted parts of an object; only at their end is it proved that nobody changed them."""
    if secret is None:
        yield from (stored.read(at, PART) for at in range(0, stored.size, PART))
        return
    begin, end = header + _NONCE, stored.size - _TAG
    if end < begin:
        raise ValueError("Too short to be encrypted.")
    mode = modes.GCM(stored.read(header, _NONCE))
    decryptor = Cipher(algorithms.AES(secret), mode).decryptor()
    decryptor.authenticate_additional_data(key.encode())
    for at in range(begin, end, PART):
        yield decryptor.update(stored.read(at, min(PART, end - at)))
    decryptor.finalize_with_tag(stored.read(end, _TAG))


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of a file, in parts."""
    while part := file.read(PART):
        yield part


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
