"""What erasure and copies put in place of a column, as a function of the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.billing.models import Invoice

ERASED = "(erased)"


def terms_erased(names: tuple[str, ...]) -> Callable[[Any], Any]:
    return lambda row: {k: ERASED if k in names else v for k, v in row.terms.items()}


def unless_invited(name: str) -> Callable[[Any], Any]:
    """A column of a consent, empty if an invited speaker gave it: the reading is theirs."""
    return lambda row: "" if row.invitation_id else getattr(row, name)


def sold_terms(row: Any) -> dict[str, Any]:
    """A licence's terms as its seller reads them: whoever bought it may be named by their address."""
    return {name: value for name, value in row.terms.items() if name != "licensee"}


def erased_party(side: str) -> Callable[[Any], Any]:
    """A side of a document without the person; the platform, on the other side, stays."""

    def told(row: Any) -> Any:
        own = "seller" if row.kind == Invoice.Kind.SELF_BILLED else "buyer"
        return {"name": ERASED} if side == own else getattr(row, side)

    return told
