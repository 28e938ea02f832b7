"""How an item went with carriers: its consignments, their orders, and what carriers reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from postal_bridge.tracking.carrier_records import CarrierOrder
from postal_bridge.tracking.milestones import Report, follow
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import Consignment


@dataclass(frozen=True, kw_only=True)
class Carriage:
    """One consignment of an item; its reports in the order in which they happened."""

    consignment: Consignment
    order: CarrierOrder | None
    reports: Sequence[Report]


async def carriages_of(work: CustodyWork, item_code: str) -> list[Carriage]:
    """Every consignment of an item, and of the pouches it lay in, as they were booked."""
    history = await work.custody.history(item_code)
    pouches = {event.pouch for event in history if event.pouch}
    consignments = [
        one for code in (item_code, *pouches) for one in await work.consignments.of_item(code)
    ]
    consignments.sort(key=lambda one: (one.booked_at, one.number))
    orders = await work.carrier_desk.orders(one.number for one in consignments)
    return [
        Carriage(
            consignment=one,
            order=orders.get(one.number),
            reports=follow(await work.carrier_desk.events(one.number)),
        )
        for one in consignments
    ]
