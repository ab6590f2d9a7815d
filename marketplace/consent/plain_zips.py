"""ZIPs that hold their parts and nothing beside them, so that every reader sees the same."""

from __future__ import annotations

import struct
import zipfile
import zlib

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_READ = 1 << 20  # bytes that are unpacked at once


def is_plain(data: bytes, parts: list[zipfile.ZipInfo]) -> bool:
    """Whether a ZIP is its parts back to back, their directory and its end, from the first byte to the last.

    A reader that goes through a file from its start, or looks for the first end, sees other parts than
    one that trusts the directory if anything stands before, between or after them, or in a comment.

    parts: as the directory has them.

    Raises:
        BadZipFile, zlib.error: a part is packed in a way that is none of ours, or damaged.
    """
    directory, at = b"", 0
    for part in parts:
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(part.compress_type)
        name = part.filename.encode()
        head = (part.compress_type, *_dos_time(part), part.CRC)
        sizes = (part.compress_size, part.file_size, len(name))
        needed, flags = part.extract_version, part.flag_bits
        local = _LOCAL.pack(b"PK\3\4", needed, flags, *head, *sizes, 0) + name
        if part.header_offset != at or not data.startswith(local, at):
            return False
        if flags or not _is_all_read(data, at + len(local), part):
            return False
        made_on = part.create_version | part.create_system << 8
        directory += _CENTRAL.pack(
            b"PK\1\2", made_on, needed, flags, *head, *sizes, 0, 0, 0, part.internal_attr,
            part.external_attr, at,
        ) + name  # fmt: skip
        at += len(local) + part.compress_size
    many = len(parts)
    end = _END.pack(b"PK\5\6", 0, 0, many, many, len(directory), at, 0)
    return data[at:] == directory + end


def _dos_time(part: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = part.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def _is_all_read(data: bytes, start: int, part: zipfile.ZipInfo) -> bool:
    """Whether what stands for a part is all read as the part."""
    if part.compress_type == zipfile.ZIP_STORED:
        return part.compress_size == part.file_size
    unpacking, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    rest = data[start : start + part.compress_size]
    while rest and not unpacking.eof and size <= part.file_size:
        size += len(unpacking.decompress(rest, _READ))
        rest = unpacking.unconsumed_tail
    return unpacking.eof and not unpacking.unused_data and size == part.file_size
