"""The citizen comes to the desk before the courier has been there: the order is called off."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import RETURN_DESK


async def test_an_order_is_called_off_and_the_result_is_given_out_at_the_desk(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.dispatches()
    cancelled = await town.desk.calls_off(number)
    assert cancelled["state"] == "cancelled"
    assert await town.desk.where(result) == ("desk", RETURN_DESK, RETURN_DESK)
    await town.desk.returns(code)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.findings() == set()


async def test_an_order_that_was_called_off_stays_so_whatever_arrives_later(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.desk.calls_off(number)
    await town.dispatches()
    await town.courier.at(RETURN_DESK).scans("bring_back", result)
    found = await town.rows("SELECT number, state, attempts FROM consignment")
    assert found == [(number, "cancelled", 0)]


async def test_after_a_knock_at_the_door_it_is_too_late(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.courier.at("BDT").scans("fail", result)
    said = {"place": RETURN_DESK, "note": "Công dân đến quầy"}
    answer = await town.desk.asks("POST", f"/consignments/{number}/cancel", said)
    answer.refuses(409, "consignment-closed")
    assert await town.courier.where(result) == ("delivery", "BDT", town.courier.username)


async def test_it_is_called_off_by_who_works_where_the_result_is_to_lie(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    before = await town.dump(without=["refused_request"])
    said = {"place": "SXD", "note": "Nhầm nơi"}
    answer = await town.desk.asks("POST", f"/consignments/{number}/cancel", said)
    answer.refuses(403, "other-place")
    assert await town.dump(without=["refused_request"]) == before
