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
    """Every consignment of an item, in the order in which they were booked."""
    consignments = await work.consignments.of_item(item_code)
    orders = await work.carrier_desk.orders(one.number for one in consignments)
    return [
        Carriage(
            consignment=one,
            order=orders.get(one.number),
            reports=follow(await work.carrier_desk.events(one.number)),
        )
        for one in consignments
    ]
