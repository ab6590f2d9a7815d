"""What upgrades were bought with: value of a licence that its earlier payments had paid for.

An upgrade costs its price less the unused value of the licence, so what it took stays paid only as long
as those payments stand. It takes from the latest of them first, and hands on what an upgrade before it had taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Listing


@dataclass(frozen=True)
class Carried:
    """used: of what each order cost, what later upgrades took; lacking: of what each upgrade took, what
    no payment stands for any more; both by the order's id, in minor units without tax.
    """

    used: dict[int, int]
    lacking: dict[int, int]


def orders_of(licence: Licence) -> list[Order]:
    """What was paid for a licence, in the order of payment, with what was refunded."""
    changes = licence.change_orders.filter(state=Order.State.PAID).order_by("paid_at", "pk")
    return [licence.order, *changes]


def carried(orders: Sequence[Order], *, gone: Callable[[Order], int]) -> Carried:
    """What the upgrades among a licence's orders took of the others; those that went back took nothing.

    gone: what an order's payment doesn't stand for any more, minor units without tax.
    """
    found, before, handed_on = Carried({}, {}), list[Order](), 0
    for order in orders:
        if order.kind == Order.Kind.UPGRADE and gone(order) < order.due.minor:
            left = order.credited_minor
            for earlier in reversed(before):
                part = min(left, max(0, earlier.due.minor - gone(earlier)))
                found.used[earlier.pk] = part
                left -= part
            found.lacking[order.pk] = max(0, left - handed_on)
            before, handed_on = [], order.credited_minor - found.lacking[order.pk]
        before.append(order)
    return found


def went_back(order: Order) -> int:
    """Of what an order cost, what went back for good; minor units without tax."""
    return order.due.minor if order.undone_at else order.returned_minor


def may_go_back(order: Order) -> int:
    """The same with what is asked back or disputed."""
    return order.due.minor if order.undone_at else order.returned_minor + order.returning_minor


def undone(order: Order) -> int:
    """The same of what was refunded whole alone: a part that goes back leaves what was bought."""
    return order.due.minor if order.undone_at else 0


def lock(order: Order) -> Order:
    """Lock an order and then its licence, as fulfilling does, in the caller's transaction.

    No upgrade of the licence is paid for meanwhile.
    """
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
    if order.granted is not None:
        lock_licence(order.granted)
    return order


def lock_licence(licence: Licence) -> Licence:
    """Lock a licence after the listing of its voice, which may follow it, in the caller's transaction.

    The other way round, whoever fulfils an order of it meanwhile would wait for ever.
    """
    Listing.objects.select_for_update(no_key=True).filter(voice=licence.voice_id).first()
    return Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)


def used_of(order: Order, *, asked: bool) -> int:
    """What later upgrades took of what an order cost, which must not go back while they stand.

    asked: whether one that is only asked back, or disputed, counts as gone already.
    """
    licence = order.granted
    if licence is None:
        return 0

    def gone(each: Order) -> int:
        return may_go_back(each) if asked and each.pk != order.pk else went_back(each)

    return carried(orders_of(licence), gone=gone).used.get(order.pk, 0)


def has_open_return(licence: Licence) -> bool:
    """Whether a payment for a licence may go back: a refund waits, or a dispute is not decided."""
    return any(order.returning_minor for order in orders_of(licence))


def is_unpaid(licence: Licence, upgrade: Order | None = None) -> bool:
    """Whether an upgrade of a licence, or one more, took value that no payment stands for."""
    orders = [*orders_of(licence), *([upgrade] if upgrade is not None else [])]
    return any(carried(orders, gone=may_go_back).lacking.values())


def lost_value(licence: Licence) -> int:
    """What went back of the payments since the last upgrade, which the next one can't take again."""
    lost = 0
    for order in orders_of(licence):
        if order.kind == Order.Kind.UPGRADE and went_back(order) < order.due.minor:
            lost = 0
        if order.undone_at is None:  # what was undone is in the licence's terms no more
            lost += went_back(order)
    return lost


def note_returns(*, order: Order, returned_minor: int, returning_minor: int) -> None:
    """Keep what went back of what an order cost, and what may; the caller has locked it.

    Both in minor units without tax.
    """
    order.returned_minor, order.returning_minor = returned_minor, returning_minor
    order.save(update_fields=["returned_minor", "returning_minor"])
