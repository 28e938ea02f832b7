"""What carriers reported stands beside the trace, in the order in which it happened."""

from postal_bridge.tracking.carriage import carriages_of
from postal_bridge.tracking.carrier_news import take_scans
from postal_bridge.tracking.carrier_records import Milestone, Source
from tests.stages.memory import MemoryWork
from tests.stages.tracking.carriers import (
    RESULT,
    WAYBILL,
    Map,
    a_travelling_result,
    at,
    recorder,
    scan,
)


async def test_a_consignment_comes_with_its_order_and_its_reports(work: MemoryWork) -> None:
    number = await a_travelling_result(work)
    told = [
        scan(code, at(work, minutes), reference=number)
        for minutes, code in ((9, "in_transit"), (5, "collected"), (7, "lạ lắm"))
    ]
    await take_scans(recorder(work), told, carrier="hang", source=Source.PULL, meanings=Map())
    (carriage,) = await carriages_of(work, RESULT)
    assert carriage.consignment.number == number
    assert carriage.order is not None
    assert carriage.order.waybill == WAYBILL
    assert [one.event.raw_code for one in carriage.reports] == ["collected", "lạ lắm", "in_transit"]
    assert [one.moved for one in carriage.reports] == [True, False, True]
    assert carriage.reports[-1].progress.milestone is Milestone.IN_TRANSIT


async def test_an_item_that_nobody_sent_has_none(work: MemoryWork) -> None:
    assert await carriages_of(work, RESULT) == []
