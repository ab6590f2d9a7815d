"""Where no mail server is set: letters are kept in a folder, for whoever runs this to read."""

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
class KeptLetter:
    """A letter as it would have been sent."""

    name: str
    to: str
    subject: str
    text: str
    written_at: datetime


class EmailBackend(BaseEmailBackend):
    """Writes each message into `LETTERS_FOLDER`, where only its owner reads."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep them; returns how many.

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


def kept() -> list[KeptLetter]:
    """Every letter that is kept, the newest first."""
    paths = sorted(Path(settings.LETTERS_FOLDER).glob("*.eml"), reverse=True)
    return [found for path in paths if (found := letter(path.stem)) is not None]


def forget(address: str) -> None:
    """Delete every letter that is kept for an address."""
    for found in kept() if settings.LETTERS_FOLDER else []:
        if parseaddr(found.to)[1].lower() == address.lower():
            (Path(settings.LETTERS_FOLDER) / f"{found.name}.eml").unlink(missing_ok=True)


def letter(name: str) -> KeptLetter | None:
    """One letter; None if there is none of that name."""
    if not NAME.fullmatch(name):
        return None
    try:
        data = (Path(settings.LETTERS_FOLDER) / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = email.message_from_bytes(data, _class=Message, policy=email.policy.default)
    body = message.get_body(("plain",))
    return KeptLetter(
        name=name,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body is not None else "",
        written_at=datetime.strptime(name[:20], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC),
    )
