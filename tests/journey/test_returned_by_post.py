"""The result goes home with a courier, and the first knock is answered."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import RETURN_DESK, read


async def test_a_result_is_delivered_at_the_first_attempt(town: Town) -> None:
    code, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    assert await town.desk.where(result) == ("delivery", RETURN_DESK, town.courier.username)
    await town.dispatches()

    knock = await town.courier.at("BDT").scans("deliver", result, note="Đã ký nhận")
    assert await town.desk.where(result) == ("returned", "BDT", "citizen")
    case = await town.desk.dossier(code)
    assert case["status"] == Status.RETURNED
    assert read(case["returned_at"]) == read(knock["at"])
    (order,) = await town.rows(
        "SELECT state, attempts FROM consignment WHERE number = :n", n=number
    )
    assert order == ("delivered", 1)
    assert await town.findings() == set()


async def test_the_courier_can_deliver_before_the_carrier_has_confirmed_the_order(
    town: Town,
) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    await town.courier.at("BDT").scans("deliver", result)
    await town.dispatches()
    found = await town.rows("SELECT state, carrier_reference FROM consignment")
    assert found == [("delivered", f"NB-{number}")]


async def test_who_asked_for_the_desk_is_not_sent_anything(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=0)
    said = {"item": result, "courier": town.courier.username, "place": RETURN_DESK}
    answer = await town.desk.asks("POST", "/consignments", said)
    assert "quầy trả kết quả" in answer.refuses(409, "return-mode-differs")


async def test_without_an_address_nothing_can_be_sent(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1, applicant_address="")
    said = {"item": result, "courier": town.courier.username, "place": RETURN_DESK}
    answer = await town.desk.asks("POST", "/consignments", said)
    assert "địa chỉ" in answer.refuses(422, "receiver-missing")


async def test_one_result_does_not_travel_under_two_orders(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.sends_home(result, by=town.courier)
    said = {"item": result, "courier": town.colleague.username, "place": RETURN_DESK}
    answer = await town.desk.asks("POST", "/consignments", said)
    assert number in answer.refuses(409, "consignment-open")


async def test_a_result_is_sent_from_the_desk_where_it_lies(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    before = await town.dump(without=["refused_request"])
    said = {"item": result, "courier": town.courier.username, "place": "HCC-TN"}
    answer = await town.clerk.asks("POST", "/consignments", said)
    answer.refuses(409, "item-held-elsewhere")
    assert await town.dump(without=["refused_request"]) == before
