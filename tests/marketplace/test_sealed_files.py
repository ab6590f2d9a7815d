"""Encrypted files are read from the store part by part, and proved before their last part is given."""

from __future__ import annotations

import io
import os
import tracemalloc
from tempfile import TemporaryFile

import pytest
from storages.backends.s3 import S3File

from marketplace import storage
from marketplace.refusals import StorageUnavailable, Tampered
from marketplace.sealed_files import open_sealed

KEY = "copies/sealed"


@pytest.mark.parametrize("size", [0, 1, storage.PART, 2 * storage.PART + 7])
def test_a_file_is_read_as_it_was_stored(size: int) -> None:
    data = os.urandom(size)
    file = open_sealed(KEY, storage.put_encrypted_file(KEY, io.BytesIO(data)))
    assert file.size == size
    assert b"".join(file.parts()) == data


def test_of_a_short_file_that_was_changed_nothing_is_given() -> None:
    sha256 = storage.put_encrypted_file(KEY, io.BytesIO(b"mine" * 100))
    sealed = storage.get(KEY)
    for changed in (sealed[:50] + b"x" + sealed[51:], sealed[:-1], sealed[:20], b""):
        storage.put(KEY, changed)
        with pytest.raises(Tampered):
            next(open_sealed(KEY, sha256).parts())


def test_a_file_of_another_name_or_another_version_is_not_given() -> None:
    sha256 = storage.put_encrypted_file(KEY, io.BytesIO(b"mine"))
    storage.put("copies/other", storage.get(KEY))
    with pytest.raises(Tampered):
        next(open_sealed("copies/other", sha256).parts())
    storage.put_encrypted_file(KEY, io.BytesIO(b"newer"))
    with pytest.raises(Tampered, match="recorded version"):
        next(open_sealed(KEY, sha256).parts())
    with pytest.raises(StorageUnavailable):
        open_sealed("copies/nothing", sha256)


def test_a_large_file_is_whole_neither_in_memory_nor_on_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = 64 << 20
    with TemporaryFile() as file:
        file.truncate(size)
        sha256 = storage.put_encrypted_file(KEY, file)
    monkeypatch.setattr(S3File, "_get_file", lambda file: pytest.fail("read whole"))
    tracemalloc.start()
    try:
        assert sum(map(len, open_sealed(KEY, sha256).parts())) == size
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
