"""A copy of a person's data: everything we know about them, as JSON, and their audio as sent."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent
from marketplace.consent.evidence import reading_of
from marketplace.consent.models import Consent
from marketplace.privacy.inventory import PLACES, Place
from marketplace.refusals import StorageUnavailable, Tampered
from marketplace.voices.models import Preview, Recording
from marketplace.voices.services import recording_bytes

README = """Everything that {platform} knows about {email}.

data.json     every row, by table; times are UTC
audit.json    what you did here, and when
audio/        your recordings and readings as you sent them, and the clips made of your voice
missing.txt   objects that could not be read, if there are any

Not in it: voice templates, the numbers that make the engine speak as you. They never leave the
platform, not even to you; data.json lists them and how they were measured. Nor is what belongs to
others: what a speaker whom you invited read, and who bought licences of your voices.
"""


def data_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """A person's rows by table, with the columns that the copy includes."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for place in PLACES:
        if place.shown:
            rows = tables.setdefault(place.name, [])
            seen = {row["id"] for row in rows}
            found = place.rows(user)
            read = {row.pk: _read(place, row) for row in (found if _is_read(place) else ())}
            rows += [
                row | read.get(row["id"], {})
                for row in found.values("id", *place.shown)
                if row["id"] not in seen
            ]
    return {name: rows for name, rows in tables.items() if rows}


def _is_read(place: Place) -> bool:
    """Whether a copy holds something of its rows that their columns do not say by themselves."""
    return bool(place.unsealed or place.told)


def _read(place: Place, row: Any) -> dict[str, Any]:
    unsealed = {name: getattr(row, name) for name in place.unsealed}
    return unsealed | {name: tell(row) for name, tell in place.told.items()}


def _audio(user: User) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for recording in Recording.objects.filter(voice__creator__user=user):
        suffix = recording.file_name.rsplit(".", 1)[-1][:5]
        yield f"recordings/{recording.pk}.{suffix}", partial(recording_bytes, recording)
    for consent in Consent.objects.filter(voice__creator__user=user, invitation=None).exclude(
        recording_key=""
    ):
        yield f"readings/{consent.pk}", partial(reading_of, consent)
    for clip in Preview.objects.filter(version__voice__creator__user=user).exclude(storage_key=""):
        yield f"previews/{clip.pk}.mp3", partial(storage.get, clip.storage_key)


def make_copy(user: User, say: Callable[[str, float], None]) -> IO[bytes]:
    """The copy as a ZIP, in a temporary file: a creator's audio may be more than fits in memory."""
    events = AuditEvent.objects.filter(actor=user).order_by("id")
    parts = {
        "README.txt": README.format(platform=settings.PLATFORM_NAME, email=user.email),
        "data.json": _json(data_of(user)),
        "audit.json": _json(list(events.values("at", "action", "subject_type", "subject_id"))),
    }
    made, missing, audio = TemporaryFile(), [], list(_audio(user))  # noqa: SIM115 - the caller closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
        for number, (name, read) in enumerate(audio):
            say("Gathering your audio", number / len(audio))
            try:
                packed.writestr(f"audio/{name}", read(), zipfile.ZIP_STORED)
            except (StorageUnavailable, Tampered):
                missing.append(name)
        if missing:
            packed.writestr("missing.txt", "\n".join(missing))
    return made


def _json(rows: Any) -> str:
    return json.dumps(rows, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
