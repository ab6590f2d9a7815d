"""Places in line for what anyone may send: one sender has few at once, so that others are heard between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from marketplace.rate_limit import client_network, site_of
from marketplace.refusals import SpeechRefused

Row = TypeVar("Row")
PLACES = 3  # that one sender has at once in one line


class InLine(models.Model):
    """A row that waits for a worker; the database gives each place of a sender once."""

    sender = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Keyed hash of a network; forgotten with the turn.",
    )
    place = models.PositiveSmallIntegerField(null=True)

    class Meta:
        abstract = True
        constraints = (
            models.UniqueConstraint(
                fields=["sender", "place"],
                condition=~models.Q(sender=""),
                name="%(class)s_has_a_place_of_its_own",
            ),
        )

    def leave_line(self) -> None:
        """Give the place back, and forget who had it; the caller saves `LEFT`."""
        self.sender, self.place = "", None


LEFT = ("sender", "place")


def sender_of(request: HttpRequest) -> str:
    """By which a sender's clips are counted: a keyed hash of the network of their line."""
    line = site_of(client_network(request).partition("/")[0])
    return salted_hmac("in-line", line, algorithm="sha256").hexdigest()


def require_place(rows: models.Manager[Any], sender: str) -> None:
    """Refuse before anything is stored whoever has all of their places in a line.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    if rows.filter(sender=sender).count() >= PLACES:
        raise _full()


def take_place(sender: str, write: Callable[[str, int], Row]) -> Row:
    """Write a row with the first free place of its sender; write: with the sender and the place.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    for place in range(1, PLACES + 1):
        try:
            with transaction.atomic():
                return write(sender, place)
        except IntegrityError:
            continue
    raise _full()


def others_wait(row: InLine) -> bool:
    """Whether somebody else waits for the worker that serves all lines in turn."""
    own = models.Q(sender="") | models.Q(sender=row.sender)
    return any(line._default_manager.exclude(own).exists() for line in InLine.__subclasses__())


def _full() -> SpeechRefused:
    told = gettext("%(most)s of your clips are being listened to. Wait until one of them is done.")
    return SpeechRefused(429, "rate_limited", told % {"most": PLACES})
