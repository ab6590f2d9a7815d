"""In which time zone a user is told times."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.refusals import Refused

COOKIE = "zone"  # in which static/js/zone.js names that of the device
UTC = "UTC"  # may be chosen, too, by those whose device is elsewhere
# Places by which people find their zone; the rest of the database is aliases and offsets
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
          "Indian", "Pacific")  # fmt: skip


@cache
def names() -> tuple[str, ...]:
    """The names of every zone that can be chosen, in order: Africa/Abidjan and so on."""
    return tuple(sorted(name for name in available_timezones() if name.startswith(_areas())))


def _areas() -> tuple[str, ...]:
    return tuple(f"{area}/" for area in _AREAS)


def by_area() -> dict[str, list[tuple[str, str]]]:
    """The zones of each part of the world: (name, what it is called within its part)."""
    return {
        area: [(name, name.partition("/")[2].replace("_", " ")) for name in found]
        for area, found in groupby(names(), key=lambda name: name.partition("/")[0])
    }


def zone_called(name: str) -> ZoneInfo | None:
    """The zone of a name that can be chosen; None: it can't."""
    return ZoneInfo(name) if name == UTC or name in names() else None


def zone_of(user: User) -> ZoneInfo | None:
    """The zone that a user chose; None: they chose none, or it is no longer known."""
    return zone_called(user.time_zone)


def choose_zone(*, user: User, name: str) -> None:
    """Tell a user times in another zone from now on; "" as to visitors: in that of their device.

    Raises:
        Refused: time_zone.
    """
    if name and zone_called(name) is None:
        raise Refused("time_zone", gettext("Choose a time zone from the list."))
    User.objects.filter(pk=user.pk).update(time_zone=name)
    user.time_zone = name


def told_in(user: User) -> str:
    """The zone of the times that a user is told, in words."""
    return user.time_zone.replace("_", " ") if zone_of(user) else gettext("your device’s time zone")
