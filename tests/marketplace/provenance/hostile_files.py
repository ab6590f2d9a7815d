"""Files whose Content Credentials want something of whoever reads them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from marketplace.provenance import credentials
from synthesis.audio.encoding import encode

_XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{url}"></rdf:Description></rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
)


def tone(audio_format: str) -> bytes:
    """Four seconds that nobody speaks."""
    at = np.arange(24_000 * 4) / 24_000
    return encode((0.3 * np.sin(2 * np.pi * 220 * at)).astype(np.float32), audio_format)


def _sevens(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def _number(sevens: bytes) -> int:
    return sum((byte & 127) << shift for byte, shift in zip(sevens, (21, 14, 7, 0), strict=True))


def naming(url: str, *, with_boxes: bool = False) -> bytes:
    """An MP3 that names an address where its manifest is; with_boxes: and seems to hold one."""
    named = b"XMP\0" + _XMP.format(url=url).encode()
    frame = b"PRIV" + _sevens(len(named)) + b"\0\0" + named
    if with_boxes:
        seeming = (
            b"other\0"
            + struct.pack(">I", 64)
            + b"jumb"
            + struct.pack(">I", 32)
            + b"jumd"
            + bytes(48)
        )
        frame += b"PRIV" + _sevens(len(seeming)) + b"\0\0" + seeming
    return b"ID3\x04\0\0" + _sevens(len(frame)) + frame + tone("mp3")


def claiming(claims: dict[str, Any], audio_format: str = "mp3") -> bytes:
    """A file whose manifest claims what you like, signed by this platform."""
    return credentials.embed(tone(audio_format), audio_format, {"engine": "e", **claims})


def claiming_much(size: int) -> bytes:
    """An MP3 one claim of which has been grown to a size, whatever its signature says."""
    file = claiming({"generation": "g", "voice": "MARKERHERE"})
    box = file.find(b"jumb") - 4
    at = file.find(b"MARKERHERE", box)
    grown = b"\x7a" + struct.pack(">I", size) + b"A" * size
    head = bytearray(file[: at - 1])
    for begin in _boxes_around(file, box, at):
        length = struct.unpack(">I", head[begin : begin + 4])[0]
        struct.pack_into(">I", head, begin, length + len(grown) - 11)
    for place in (6, file.find(b"GEOB") + 4):
        longer = _number(head[place : place + 4]) + len(grown) - 11
        head[place : place + 4] = _sevens(longer)
    return bytes(head) + grown + file[at + 10 :]


def _boxes_around(file: bytes, begin: int, at: int) -> list[int]:
    found = [begin]
    child, end = begin + 8, begin + struct.unpack(">I", file[begin : begin + 4])[0]
    while child + 8 <= end:
        length = struct.unpack(">I", file[child : child + 4])[0]
        if child <= at < child + length:
            if file[child + 4 : child + 8] == b"jumb":
                return found + _boxes_around(file, child, at)
            return [*found, child]
        child += length
    return found
