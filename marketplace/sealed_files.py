"""Encrypted files that are read from the store as they are sent, and are nowhere decrypted whole."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse
from storages.backends.s3 import S3File

from marketplace import storage
from marketplace.refusals import StorageUnavailable, Tampered
from marketplace.storage import PART

NONCE, TAG = 12, 16  # bytes around what AES-GCM encrypts


@dataclass(frozen=True)
class SealedFile:
    """What `storage.put_encrypted_file` stored under a key.

    size: of the plain bytes.
    """

    key: str
    sha256: str
    size: int
    sealed: File[bytes]

    def parts(self) -> Iterator[bytes]:
        """The plain bytes in parts; the last one only if all of them are as they were written.

        Whoever gets less than `size` bytes therefore has a file that was not proved.

        Raises:
            StorageUnavailable: no answer, or it was deleted meanwhile.
            Tampered: changed, moved under another key, or not the version `sha256` names.
        """
        digest, held = hashlib.sha256(), b""
        with self.sealed:
            decryptor = storage.decryptor_of(self.key, self._read(0, NONCE))
            for start in range(0, self.size, PART):
                if held:
                    yield held
                held = decryptor.update(self._read(NONCE + start, min(PART, self.size - start)))
                digest.update(held)
            try:
                decryptor.finalize_with_tag(self._read(NONCE + self.size, TAG))
            except (InvalidTag, ValueError) as error:
                raise Tampered(f"{self.key} can't be decrypted.") from error
        if digest.hexdigest() != self.sha256:
            raise Tampered(f"{self.key} is not the recorded version.")
        yield held

    def _read(self, start: int, length: int) -> bytes:
        try:
            if isinstance(self.sealed, S3File):  # reading it would put all of it on the disk first
                last = start + length - 1
                part: bytes = self.sealed.obj.get(Range=f"bytes={start}-{last}")["Body"].read()
            else:
                self.sealed.seek(start)
                part = self.sealed.read(length)
        except (OSError, BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"{self.key}: {error}") from error
        return part


def open_sealed(key: str, sha256: str) -> SealedFile:
    """Open what `storage.put_encrypted_file` stored, without reading it.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: it is too short to be what was written.
    """
    try:
        sealed = default_storage.open(key)
        size = sealed.size - NONCE - TAG
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailable(f"{key}: {error}") from error
    if size < 0:
        raise Tampered(f"{key} can't be decrypted.")
    return SealedFile(key, sha256, size, sealed)


def send_sealed(file: SealedFile, *, name: str, content_type: str) -> StreamingHttpResponse:
    """The response that sends a file to be saved under a name.

    A file that was changed breaks the connection off before its end, so that no browser keeps it.
    """
    return StreamingHttpResponse(
        _sent(file.parts()),
        content_type=content_type,
        headers={
            "Content-Length": str(file.size),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _sent(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Asynchronous, because a server of ASGI collects what an ordinary iterator gives in memory."""
    while part := await asyncio.to_thread(next, parts, b""):
        yield part
