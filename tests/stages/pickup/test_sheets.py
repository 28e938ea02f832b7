"""A round is gathered for paper, calendar and map."""

from postal_bridge.pickup.records import PickupKind
from postal_bridge.pickup.requests import cancel
from postal_bridge.pickup.round_sheet import RoundSheet
from postal_bridge.pickup.sheets import requests_of, sheet_of, trip_starts
from tests.stages.pickup.office import DEPOT, Office, refused


async def test_a_sheet_has_every_stop_that_counts_in_order() -> None:
    office = Office()
    made = [await office.asks(n, note="cổng sau") for n in (1, 2)]
    brought = await office.asks(3, kind=PickupKind.RETURN)
    (one,) = (await office.plans()).rounds
    await cancel(office.desk(), made[0].number, reason="đi vắng")
    sheet = await sheet_of(office.work, one.number, names={"tuan": "Vi Văn Tuấn"})
    assert isinstance(sheet, RoundSheet)
    assert (sheet.courier_name, sheet.office_name) == ("Vi Văn Tuấn", "Bưu điện tỉnh")
    assert sheet.depot == DEPOT
    assert {stop.number for stop in sheet.stops} == {made[1].number, brought.number}
    assert [stop.position for stop in sheet.stops] == [1, 2]
    assert sheet.trip_starts == trip_starts(one)
    assert len(sheet.trip_starts) == 1
    stops = await office.work.rounds.stops(one.number)
    assert set(await requests_of(office.work, stops)) >= {stop.number for stop in sheet.stops}


async def test_there_is_no_sheet_of_an_unknown_round() -> None:
    assert refused(await sheet_of(Office().work, "TX-0", names={})) == "round-unknown"
