"""Which consignment a line of a payment is for: by our number, our reference, the carrier's waybill.

Carriers retype, print and export these names; so blanks, marks and small letters do not matter.
Whatever fits two consignments fits none: a person decides. The same line for the second time in
one payment is set aside, because a list that was pasted twice looks just like it.
"""

from collections.abc import Iterable, Sequence

from postal_bridge.codes import clean
from postal_bridge.remittances.ports import CodWork
from postal_bridge.remittances.records import MatchedBy, RemittanceLine, Trouble
from postal_bridge.tracking.carrier_records import CarrierOrder


def key_of(said: str) -> str:
    """A name without blanks and marks, in capitals."""
    return "".join(char for char in clean(said) if char.isalnum())


def set_repeats_aside(lines: Sequence[RemittanceLine]) -> None:
    """Mark each line of a payment that says exactly what one before it says."""
    seen: set[tuple[str, int, int]] = set()
    for line in lines:
        same = (key_of(line.said), line.amount_dong, line.fee_dong)
        if same in seen:
            line.trouble = Trouble.TWICE
        seen.add(same)


async def match(work: CodWork, carrier: str, lines: Iterable[RemittanceLine]) -> None:
    """Find the consignments of lines that have none; those that were set aside stay so."""
    waiting = [one for one in lines if one.number is None and one.trouble is not Trouble.TWICE]
    names = {name for one in waiting for name in (one.said.strip(), clean(one.said)) if name}
    if not names:
        return
    desk = work.carrier_desk
    exactly = await desk.named(carrier, references=names, waybills=names)
    orders = {one.number: one for one in exactly}
    for one in (await desk.orders(names)).values():
        if one.carrier == carrier:
            orders[one.number] = one
    _settle(waiting, orders.values())
    left = [one for one in waiting if one.trouble is Trouble.UNKNOWN]
    if keys := {key_of(one.said) for one in left} - {""}:
        _settle(left, await work.cod_books.resembling(carrier, keys))


def _settle(lines: Iterable[RemittanceLine], orders: Iterable[CarrierOrder]) -> None:
    called: dict[str, dict[str, MatchedBy]] = {}
    for order in orders:
        for how, name in _names(order):
            called.setdefault(key_of(name), {}).setdefault(order.number, how)
    for line in lines:
        found = called.get(key_of(line.said), {})
        line.number = line.matched_by = None
        line.trouble = Trouble.AMBIGUOUS if found else Trouble.UNKNOWN
        if len(found) == 1:
            ((line.number, line.matched_by),) = found.items()
            line.trouble = None


def _names(order: CarrierOrder) -> Iterable[tuple[MatchedBy, str]]:
    yield MatchedBy.NUMBER, order.number
    yield MatchedBy.REFERENCE, order.reference
    for name in (order.waybill, order.carrier_number):
        if name:
            yield MatchedBy.WAYBILL, name
