"""Nobody was at home twice: the result comes back to the desk and is given out there."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import RETURN_DESK


async def test_two_failures_bring_the_result_back_to_the_desk(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.dispatches()
    courier = town.courier.at("BDT")
    town.wait_until("10/01/2019 16:00")
    await courier.scans("fail", result)
    town.wait_until("11/01/2019 09:00")
    await courier.scans("fail", result)
    await courier.at(RETURN_DESK).scans("bring_back", result)

    assert await town.desk.where(result) == ("desk", RETURN_DESK, RETURN_DESK)
    assert (await town.desk.dossier(code))["status"] == Status.RESOLVED
    assert await town.rows("SELECT number, state, attempts FROM consignment") == [
        (number, "brought_back", 2)
    ]
    await town.desk.returns(code)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.findings() == set()


async def test_it_can_be_sent_once_more_under_a_number_of_its_own(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    first = await town.desk.sends_home(result, by=town.courier)
    await town.courier.at("BDT").scans("fail", result)
    await town.courier.at(RETURN_DESK).scans("bring_back", result)
    second = await town.desk.sends_home(result, by=town.colleague)
    assert second != first
    await town.colleague.at("BDT").scans("deliver", result)
    orders = await town.rows("SELECT number, state, attempts FROM consignment ORDER BY number")
    assert orders == [(first, "brought_back", 1), (second, "delivered", 1)]
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
