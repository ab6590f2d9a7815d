"""Outgoing letters: written in the transaction of the change they report, deleted when sent."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.letters.kinds import Kind
from marketplace.states import Moves, Stateful


class Letter(Stateful):
    """One letter to one address, deleted once the mail server has accepted it."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be sent"
        GIVEN_UP = "given_up", "Given up"

    MOVES: ClassVar[Moves] = {
        State.WAITING: {State.GIVEN_UP},
        State.GIVEN_UP: {State.WAITING},
    }

    email = models.EmailField()
    sealed = models.BinaryField(help_text="Subject and text; a text may hold a link that acts.")
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="due_letters"),
        )


class UnwantedLetters(models.Model):
    """A kind of letter that a user turned off."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="unwanted_letters"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["user", "kind"], name="letters_are_turned_off_once"),
        )
