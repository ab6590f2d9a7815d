"""Files are encrypted, stored and read in parts, in the form of what is stored at once."""

from __future__ import annotations

import io
import os
import tracemalloc
from tempfile import TemporaryFile

import pytest

from marketplace import storage
from marketplace.refusals import StorageUnavailable, Tampered

KEY = "copies/test"


@pytest.mark.parametrize("size", [0, 1, storage.PART, 2 * storage.PART + 7])
def test_a_file_and_bytes_are_stored_alike(size: int) -> None:
    data = os.urandom(size)
    sha256 = storage.put_encrypted_file(KEY, io.BytesIO(data))
    assert storage.get_encrypted(KEY, sha256) == data
    assert len(data) < 16 or data[:100] not in storage.get(KEY)  # one byte may be there by chance
    assert storage.put_encrypted(KEY, data) == sha256
    with storage.get_encrypted_file(KEY, sha256) as file:
        assert file.read() == data


def test_of_a_file_that_was_changed_nothing_is_returned() -> None:
    sha256 = storage.put_encrypted_file(KEY, io.BytesIO(b"mine" * 100))
    sealed = storage.get(KEY)
    for changed in (sealed[:50] + b"x" + sealed[51:], sealed[:-1], sealed[:20], b""):
        storage.put(KEY, changed)
        with pytest.raises(Tampered):
            storage.get_encrypted_file(KEY, sha256)


def test_a_file_of_another_name_or_another_version_is_not_returned() -> None:
    sha256 = storage.put_encrypted_file(KEY, io.BytesIO(b"mine"))
    storage.put("copies/other", storage.get(KEY))
    with pytest.raises(Tampered):
        storage.get_encrypted_file("copies/other", sha256)
    storage.put_encrypted_file(KEY, io.BytesIO(b"newer"))
    with pytest.raises(Tampered, match="recorded version"):
        storage.get_encrypted_file(KEY, sha256)
    with pytest.raises(StorageUnavailable):
        storage.get_encrypted_file("copies/nothing", sha256)


def test_a_large_file_is_held_in_memory_neither_on_its_way_in_nor_out() -> None:
    size = 144 << 20
    tracemalloc.start()
    try:
        with TemporaryFile() as file:
            file.truncate(size)
            sha256 = storage.put_encrypted_file(KEY, file)
        with storage.get_encrypted_file(KEY, sha256) as file:
            assert file.seek(0, os.SEEK_END) == size
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        storage.delete(KEY)
    assert peak < 112 << 20  # the store's client sends ten parts of 8 MiB at once
