"""A result that travels with a carrier, for the tests of what carriers report."""

from datetime import datetime, timedelta

from postal_bridge.identity import CARRIER
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.carrier_records import Milestone, OrderState, Why
from postal_bridge.tracking.carrier_values import CarrierScan
from postal_bridge.tracking.consignments import book_consignment
from postal_bridge.tracking.records import Consignment
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER

RESULT = f"{DOSSIER}/K1"
WAYBILL = "CH167101882VN"


class Map:
    """A status map of a few words; everything else is a gap."""

    def meaning(self, vocabulary: str, raw_code: str) -> tuple[Milestone, Why | None] | None:
        """The word is its own milestone; `vắng nhà` is a knock at a closed door."""
        if raw_code == "vắng nhà":
            return Milestone.ATTEMPTED, Why.NOT_HOME
        return (Milestone(raw_code), None) if raw_code in set(Milestone) else None


async def a_travelling_result(work: MemoryWork) -> str:
    """A consignment whose order the carrier has; the result lies on the desk."""
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    booked = await book_consignment(
        work.by(LAN), item_code=RESULT, carrier="hang", place=CENTRE, courier=None
    )
    assert isinstance(booked, Consignment)
    order = await work.carrier_desk.hold_order(booked.number)
    assert order is not None
    order.state, order.reference, order.waybill = OrderState.PLACED, booked.number, WAYBILL
    order.settled_at = order.asked_at = work.now
    await work.carrier_desk.put_order(order)
    kept = work.consignments.kept[booked.number]
    kept.carrier_reference = "HANG1"
    return booked.number


def at(work: MemoryWork, minutes: int) -> datetime:
    """So many minutes after the consignment was booked."""
    (consignment,) = work.consignments.kept.values()
    return consignment.booked_at + timedelta(minutes=minutes)


def scan(code: str, moment: datetime, *, reference: str = "", waybill: str = "") -> CarrierScan:
    """A report in the words of `Map`."""
    return CarrierScan(
        vocabulary="hang",
        raw_code=code,
        occurred_at=moment,
        reference=reference,
        waybill=waybill,
        raw_text=f"“{code}”",
    )


def recorder(work: MemoryWork, minutes: int = 600) -> Recorder:
    """Whoever writes down what carriers report."""
    now = at(work, minutes)
    return Recorder(work, actor=CARRIER, now=now, identifiers=work.identifiers)
