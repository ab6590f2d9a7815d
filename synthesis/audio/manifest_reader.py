"""Reads Content Credentials (C2PA) in a confined process: a file on standard input, JSON on standard output.

It says `null` where there are none, `{"readable": false}`, or what `read` returns. The library would fetch
what a file names ("remote manifests", revocation lists), so it is told not to, and has no sockets besides.
"""

from __future__ import annotations

import json
import sys
from typing import IO, Any

import c2pa

from synthesis.audio.confinement import confine

MEMORY = 1 << 30  # bytes of address space
PROCESSOR = 20  # seconds
MOST_TOLD = 200  # characters of one field
ASSERTION = "timbre.speech"
KNOWN = ("generation", "voice", "licence", "engine")  # of what an assertion says
UNREADABLE = {"readable": False}
_EMAIL, _DOCUMENTS, _TIMESTAMPS = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.8"


def _settings(own: str) -> c2pa.Settings:
    """No network at all; of all certificates, only those of `own` (PEM) are trusted."""
    anchors = {
        "trust_anchors": own,  # leaf certificates: nothing else is signed with their keys
        "allowed_list": own,
        "trust_config": f"{_EMAIL}\n{_DOCUMENTS}\n{_TIMESTAMPS}\n",
        "trust_uri": "urn:timbre:own",
        "trust_kind": "manifest",
    }
    return c2pa.Settings.from_dict(
        {
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
            "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
            "trust": {"anchors": [anchors]},
        }
    )


def _told(value: object) -> str:
    """A text of somebody else's, short and of characters that can be stored and shown; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value[:MOST_TOLD] if letter.isprintable())


def read(file: IO[bytes], media_type: str, context: c2pa.Context) -> dict[str, Any] | None:
    """Of the manifest in a file: whether it is `intact`, whether `own` says that one of our certificates
    signed it, the `issuer` that the certificate names, and the known `claims`.
    """
    try:
        with c2pa.Reader(media_type, file, context=context) as reader:
            store = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    manifest = store["manifests"].get(store.get("active_manifest"), {})
    found = [each["data"] for each in manifest.get("assertions", []) if each["label"] == ASSERTION]
    claims = found[0] if found and isinstance(found[0], dict) else None
    state = store.get("validation_state", "Invalid")
    return {
        "readable": True,
        "intact": state in ("Valid", "Trusted"),
        "own": state == "Trusted",
        "issuer": _told((manifest.get("signature_info") or {}).get("issuer")),
        "claims": None if claims is None else {name: _told(claims.get(name)) for name in KNOWN},
    }


def main(media_type: str, own: str) -> None:
    """Read standard input, confined. own: our certificates, as PEM."""
    context = c2pa.Context(_settings(own))
    confine(memory=MEMORY, seconds=PROCESSOR)
    with open(0, "rb", closefd=False) as file, open(1, "wb", closefd=False) as out:
        found: dict[str, Any] | None = UNREADABLE
        try:
            found = read(file, media_type, context)
        except (c2pa.C2paError, LookupError, ValueError, TypeError, AttributeError):
            pass
        except (RecursionError, MemoryError, OSError):
            pass
        out.write(json.dumps(found).encode())
        out.flush()
    sys.exit(0)
