"""Files that are uploaded as evidence, and the multipart form in which they come."""

from __future__ import annotations

import base64
import re

from deploy.sandbox import shapes
from deploy.sandbox.objects import ObjectStore, Refusal, new_id
from deploy.sandbox.shapes import Object

LARGEST = 5 * 1024 * 1024
_KINDS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


def parse_multipart(body: bytes, content_type: str) -> Object:
    """The fields of a form, a file as its name and its content in base64 (RFC 7578)."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise Refusal("The form names no boundary.")
    form: Object = {}
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        value = value.removesuffix(b"\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        file = re.search(rb'filename="([^"]*)"', head)
        if name is None:
            continue
        form[name[1].decode()] = (
            {"name": file[1].decode(), "content": base64.b64encode(value).decode()}
            if file
            else value.decode()
        )
    return form


def upload(store: ObjectStore, form: Object) -> Object:
    """Keep what is known of a file of evidence; others are refused."""
    if form["purpose"] != "dispute_evidence":
        raise Refusal("The sandbox takes files for disputes only.", param="purpose")
    content = base64.b64decode(form["file"]["content"])
    kind = next((kind for head, kind in _KINDS.items() if content.startswith(head)), None)
    if kind is None:
        raise Refusal("Invalid file type: use PDF, JPEG or PNG.", param="file")
    if len(content) > LARGEST:
        raise Refusal("The file is too large.", param="file")
    identifier = new_id("file")
    return store.make(
        "file",
        "file",
        identifier=identifier,
        links=shapes.listed(f"/v1/file_links?file={identifier}"),
        filename=form["file"]["name"],
        purpose=form["purpose"],
        size=len(content),
        type=kind,
    )
