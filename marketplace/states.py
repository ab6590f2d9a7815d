"""State machines: one method assigns a state, and refuses a move that isn't declared."""

from __future__ import annotations

from django.db import models

from marketplace.refusals import InvalidTransition

_STATE: str = "state"


class Stateful(models.Model):
    """A row with a `state`; services move it with `transition`, inside a transaction."""

    state: models.Field[str, str]

    class Meta:
        abstract = True

    def transition(self, to: str, *, allowed_from: set[str]) -> None:
        """Assign the state and save it.

        Raises:
            InvalidTransition: the present state is not in `allowed_from`.
        """
        current = str(self.state)
        if current not in allowed_from:
            raise InvalidTransition(
                f"{type(self).__name__} {self.pk} is {current}; it can't become {to}."
            )
        setattr(self, _STATE, to)
        self.save(update_fields=(_STATE,))
