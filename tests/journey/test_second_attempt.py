"""Nobody was at home; the courier comes again."""

from postal_bridge.journey import Status
from tests.journey.house import Town


async def test_nobody_opens_and_the_second_knock_is_answered(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.dispatches()
    courier = town.courier.at("BDT")

    town.wait_until("10/01/2019 16:00")
    await courier.scans("fail", result, note="Không có người ở nhà")
    assert await courier.where(result) == ("delivery", "BDT", courier.username)
    assert (await town.desk.dossier(code))["status"] == Status.RESOLVED
    assert await town.rows("SELECT number, state, attempts FROM consignment") == [
        (number, "attempted", 1)
    ]

    town.wait_until("11/01/2019 09:00")
    await courier.scans("deliver", result)
    assert await courier.where(result) == ("returned", "BDT", "citizen")
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.rows("SELECT number, state, attempts FROM consignment") == [
        (number, "delivered", 2)
    ]
    assert await town.findings() == set()


async def test_a_first_failure_that_arrives_after_the_delivery_is_still_an_attempt(
    town: Town,
) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    courier = town.courier.at("BDT")
    failed = courier.scan("fail", result)
    delivered = courier.scan("deliver", result)
    await courier.uploads(delivered)
    outcome = await courier.uploads(failed)
    assert (outcome["accepted"], outcome["late"], outcome["refused"]) == (1, 1, [])
    assert await courier.where(result) == ("returned", "BDT", "citizen")
    assert await town.rows("SELECT state, attempts FROM consignment") == [("delivered", 2)]
