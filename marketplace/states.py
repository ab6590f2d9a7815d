"""State machines: each row's legal moves are a table, and one method makes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

from django.apps import apps
from django.db import models
from django.utils.translation import gettext

from marketplace.refusals import InvalidTransition

Moves = Mapping[str, Collection[str]]  # the states that each state may change to
_STATE: str = "state"


class Stateful(models.Model):
    """A row with a `state`; services move it with `transition`, inside a transaction."""

    MOVES: ClassVar[Moves]
    state: models.Field[str, str]

    class Meta:
        abstract = True

    def transition(self, to: str, *, only_from: Collection[str] | None = None) -> None:
        """Assign the state and save it.

        only_from: states that this verb starts from, where the table allows more.

        Raises:
            InvalidTransition: the table has no such move, or the verb starts elsewhere.
        """
        current = str(self.state)
        if to not in self.MOVES[current] or (only_from is not None and current not in only_from):
            raise InvalidTransition(
                gettext("%(row)s %(number)s is %(state)s; it can't become %(other)s.")
                % {
                    "row": type(self).__name__,
                    "number": self.pk,
                    "state": current,
                    "other": to,
                }
            )
        setattr(self, _STATE, to)
        self.save(update_fields=(_STATE,))


def stateful_models() -> Iterator[type[Stateful]]:
    """Every model with states, by app and name."""
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
        if issubclass(model, Stateful):
            yield model


def moves_table() -> str:
    """Every table of moves, as the Markdown that ARCHITECTURE.md holds."""
    lines = ["| row | from | may become |", "| --- | --- | --- |"]
    for model in stateful_models():
        name = model._meta.label
        for state, targets in model.MOVES.items():
            lines.append(f"| {name} | {state} | {', '.join(sorted(targets)) or '– (final)'} |")
            name = ""
    return "\n".join(lines) + "\n"
