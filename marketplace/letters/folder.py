"""Without a mail server, letters are stored in a folder for the operator to read."""

from __future__ import annotations

import email
import email.policy
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage as Message
from email.utils import parseaddr
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200  # letters; the oldest go first
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")


@dataclass(frozen=True)
class StoredLetter:
    """A letter as it would have been sent."""

    name: str
    to: str
    subject: str
    text: str
    written_at: datetime


class EmailBackend(BaseEmailBackend):
    """Write each message into `LETTERS_FOLDER`, which only its owner can read."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages; returns how many.

        Raises:
            OSError: the disk is full, or the folder is another user's.
        """
        folder = Path(settings.LETTERS_FOLDER)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{os.urandom(4).hex()}"
            unfinished = folder / name
            with unfinished.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(message.message().as_bytes())
            unfinished.rename(folder / f"{name}.eml")
        for old in sorted(folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


def stored_letters() -> list[StoredLetter]:
    """Every stored letter, newest first."""
    paths = sorted(Path(settings.LETTERS_FOLDER).glob("*.eml"), reverse=True)
    return [stored for path in paths if (stored := letter(path.stem)) is not None]


def forget(address: str) -> None:
    """Delete every stored letter to an address."""
    for stored in stored_letters() if settings.LETTERS_FOLDER else []:
        if parseaddr(stored.to)[1].lower() == address.lower():
            (Path(settings.LETTERS_FOLDER) / f"{stored.name}.eml").unlink(missing_ok=True)


def letter(name: str) -> StoredLetter | None:
    """One letter; None if there is none with that name."""
    if not NAME.fullmatch(name):
        return None
    try:
        data = (Path(settings.LETTERS_FOLDER) / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = email.message_from_bytes(data, _class=Message, policy=email.policy.default)
    body = message.get_body(("plain",))
    return StoredLetter(
        name=name,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body is not None else "",
        written_at=datetime.strptime(name[:20], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC),
    )
