"""How many coupon codes that don't exist somebody may try: a code can be as short as four characters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.rate_limit import counted, site_of
from marketplace.refusals import Refused

AN_HOUR = 3600  # seconds
OF_A_PERSON = 10  # unknown codes an hour
OF_A_LINE = 40


@contextmanager
def limited(*, code: str, person: User, address: str) -> Iterator[None]:
    """Use a code within this; one that turns out to be unknown counts for person and address.

    It counts before it is looked up, so that many tried at once are no more than many in turn.

    Raises:
        Refused: rate_limited, and whatever is raised within.
    """
    if not code.strip():
        yield
        return
    limits = {f"coupon:{person.pk}": OF_A_PERSON, f"coupon:{site_of(address)}": OF_A_LINE}
    for name, most in limits.items():
        tried, seconds = counted(name, span=AN_HOUR)
        if tried > most:
            raise Refused(
                "rate_limited",
                gettext(
                    "Too many codes that don't exist. Wait %(minutes)s min, or buy without one."
                )
                % {"minutes": -(-seconds // 60)},
            )
    is_unknown = False
    try:
        yield
    except Refused as refusal:
        is_unknown = refusal.code == "coupon_unknown"
        raise
    finally:
        for name in () if is_unknown else limits:
            counted(name, -1, span=AN_HOUR)
