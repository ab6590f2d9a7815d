"""What nothing here reads of installed packages: taken away after an installation (0.45 GB)."""

from __future__ import annotations

import os
import re
import shutil
import struct
from pathlib import Path

# Of paths below `site-packages`: C++ headers and tests, what linkers read, the Python tests that packages bring
# along, and descriptions of web services other than object store, key service and how one signs in to them
UNUSED = re.compile(
    r"torch/(test|include)/|torch/bin/(test_|protoc|\w+StoreTest)"
    r"|(.+/)?tests/|onnx/backend/test/data/|.+\.rlib$"
    r"|botocore/data/(?!(kms|s3|signin|sso|sso-oidc|sts)/)[^/]+/"
)
_LIBRARY = re.compile(r"\.so(\.[0-9.]+)?$")
_ELF64 = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_HEADER, _SEGMENT = 64, 56  # bytes
_WORTH_IT = 100_000  # bytes that a library must lose


def make_lean(packages: Path) -> None:
    """Remove what is unused, and cut the symbols off libraries that only debuggers read."""
    for name, folders, files in os.walk(packages):
        place = Path(name).relative_to(packages)
        for folder in [each for each in folders if UNUSED.match(f"{place / each}/")]:
            folders.remove(folder)  # what is removed is not walked through
            shutil.rmtree(packages / place / folder, ignore_errors=True)
        for path in [packages / place / each for each in files]:
            if path.is_symlink() or not path.is_file():
                continue
            if UNUSED.match(str(path.relative_to(packages))):
                path.unlink()
            elif _LIBRARY.search(path.name):
                cut(path)


def cut(library: Path) -> None:
    """Cut off what follows the last segment of a library: its sections, which no loader reads.

    That is what `strip` of elfutils or binutils does, which a bare system lacks. Format: System V ABI, ELF-64.
    """
    end = _loaded(library)
    if end is None or library.stat().st_size - end < _WORTH_IT:
        return
    part = library.with_name(
        f"{library.name}.part"
    )  # a running process keeps the file that it maps
    with library.open("rb") as whole, part.open("wb") as short:
        short.write(_without_sections(whole.read(_HEADER)))
        while short.tell() < end:
            short.write(whole.read(min(1 << 20, end - short.tell())))
    part.chmod(library.stat().st_mode)
    part.replace(library)


def is_cut(library: Path) -> bool:
    """Whether a file is a library that ends where it says, without sections."""
    end = _loaded(library)
    if end is None or library.stat().st_size != end:
        return False
    with library.open("rb") as file:
        header = file.read(_HEADER)
    return header == _without_sections(header)


def _without_sections(header: bytes) -> bytes:
    """The header with no table of sections: its place, and the size, number and names of its rows."""
    return header[:40] + bytes(8) + header[48:58] + struct.pack("<HHH", _HEADER, 0, 0)


def _loaded(library: Path) -> int | None:
    """The bytes from the start of a library to the end of its last segment; None if it is none."""
    with library.open("rb") as file:
        header = file.read(_HEADER)
        if len(header) < _HEADER or not header.startswith(_ELF64):
            return None
        (table,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        file.seek(table)
        rows = file.read(size * count)
    if size != _SEGMENT or len(rows) < size * count:
        return None
    ends: list[int] = [table + size * count, _HEADER]
    for row in range(count):
        (offset,) = struct.unpack_from("<Q", rows, row * size + 8)
        (length,) = struct.unpack_from("<Q", rows, row * size + 32)
        ends.append(offset + length)
    return max(ends)
