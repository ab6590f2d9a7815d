"""Encrypted files that are read from the store as they are sent, and are nowhere decrypted whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import AEADDecryptionContext

from marketplace import storage
from marketplace.refusals import Tampered
from marketplace.storage import PART, Source

NONCE, TAG = 12, 16  # bytes around what AES-GCM encrypts


class SealedFile:
    """What `storage.put_encrypted_file` stored under a key, as a source that is read from its start to its end.

    size: of the plain bytes. The last of them are given only if all are as they were written, so whoever
    gets less than `size` bytes has a file that was not proved.
    """

    def __init__(self, key: str, sha256: str, sealed: Source) -> None:
        self._key, self._sha256, self._sealed = key, sha256, sealed
        self.size = sealed.size - NONCE - TAG
        self._digest = hashlib.sha256()
        self._decryptor: AEADDecryptionContext | None = None

    def read(self, start: int, length: int) -> bytes:
        """The next plain bytes.

        Raises:
            StorageUnavailable: no answer, or it was deleted or replaced meanwhile.
            Tampered: changed, moved under another key, or not the version that was recorded.
        """
        if self._decryptor is None:
            self._decryptor = storage.decryptor_of(self._key, self._sealed.read(0, NONCE))
        length = min(length, self.size - start)
        plain = self._decryptor.update(self._sealed.read(NONCE + start, length))
        self._digest.update(plain)
        if start + length == self.size:
            self._prove(self._decryptor)
        return plain

    def _prove(self, decryptor: AEADDecryptionContext) -> None:
        try:
            decryptor.finalize_with_tag(self._sealed.read(NONCE + self.size, TAG))
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"{self._key} can't be decrypted.") from error
        if self._digest.hexdigest() != self._sha256:
            raise Tampered(f"{self._key} is not the recorded version.")

    def parts(self) -> Iterator[bytes]:
        """All plain bytes, a part at a time; raises what `read` raises."""
        try:
            for start in range(0, max(1, self.size), PART):
                yield self.read(start, PART)
        finally:
            self.close()

    def close(self) -> None:
        """Give back what is held open."""
        self._sealed.close()


def open_sealed(key: str, sha256: str) -> SealedFile:
    """Open what `storage.put_encrypted_file` stored, without reading it.

    Raises:
        StorageUnavailable: no answer or no such object.
        Tampered: it is too short to be what was written.
    """
    sealed = storage.open_source(key)
    if sealed.size < NONCE + TAG:
        sealed.close()
        raise Tampered(f"{key} can't be decrypted.")
    return SealedFile(key, sha256, sealed)
