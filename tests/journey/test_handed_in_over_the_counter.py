"""A result is handed in at the post's counter: the number on the receipt is all there is to follow."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.doors.carriers.stand_vnpost_soap import TrackAndTraceTown, opened_vnpost_soap
from tests.doors.carriers.stand_vnpost_soap import settings_of as soap_settings
from tests.journey.house import Town, open_town
from tests.journey.test_sent_home_by_vnpost import worker
from tests.journey.vnpost import vnpost_over_http

RECEIPT = "CH167101882VN"
Three = tuple[Town, TrackAndTraceTown]


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Three]:
    async with opened_vnpost_soap() as soap, vnpost_over_http(tmp_path) as vnpost:
        settings = soap_settings(soap.server)
        values = {
            "kind": settings.kind,
            "base_url": settings.base_url,
            "username": settings.username,
            "password": settings.password.get_secret_value(),
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        file = tmp_path / "dinh_vi.toml"
        file.write_text("\n".join(["[carriers.dinh_vi]", *lines]), encoding="utf-8")
        environ = {"PB_CONFIG": f"{vnpost.environ['PB_CONFIG']}:{file}"}
        async with open_town(database_url, tmp_path, **environ) as town:
            yield town, soap


async def test_the_way_of_a_receipt_is_followed_to_the_door(both: Three) -> None:
    town, soap = both
    _, result = await town.at_return_desk(return_mode=1)
    said = {"item": result, "carrier": "dinh_vi", "place": town.desk.place}
    booked = await town.desk.posts("/consignments", {**said, "waybill": " ch167101882vn "})
    await worker(town)
    await soap.happens("", soap.COLLECTED, town.now())
    await soap.happens("", soap.UNHEARD_OF, town.now() + timedelta(hours=1))
    await soap.happens("", soap.DELIVERED, town.now() + timedelta(hours=2))
    await worker(town, minutes=180)

    assert (await town.desk.where(result))[::2] == ("returned", "citizen")
    trace = await town.desk.trace(result)
    (carriage,) = trace["carriages"]
    assert (carriage["number"], carriage["waybill"]) == (booked["number"], RECEIPT)
    assert carriage["milestone"] == "delivered"
    told = [
        (one["raw_code"], one.get("milestone_name"), one["moved"]) for one in carriage["reports"]
    ]
    assert told == [
        (soap.COLLECTED, "hãng đã lấy hàng", True),
        (soap.UNHEARD_OF, None, False),
        (soap.DELIVERED, "phát thành công", True),
    ]
    proof = await town.desk.reads(f"/consignments/{booked['number']}/proof")
    assert proof == {"asked": False, "pictures": []}


async def test_terms_that_a_carrier_cannot_keep_are_refused_by_field(both: Three) -> None:
    town, _ = both
    _, result = await town.at_return_desk(return_mode=1)
    noon = town.now().isoformat()
    later = (town.now() + timedelta(hours=2)).isoformat()
    for terms, slug, field in (
        ({"carrier": "dinh_vi"}, "waybill-needed", "waybill"),
        ({"carrier": "vnpost", "waybill": RECEIPT}, "waybill-unwanted", "waybill"),
        ({"carrier": "vnpost", "collect_from": noon}, "window-wrong", "collect_until"),
        (
            {"carrier": "vnpost", "collect_from": later, "collect_until": noon},
            "window-wrong",
            "collect_until",
        ),
        (
            {"carrier": "vnpost", "collect_from": noon, "collect_until": later},
            "window-unwanted",
            "collect_from",
        ),
    ):
        answer = await town.desk.asks(
            "POST", "/consignments", {"item": result, "place": town.desk.place, **terms}
        )
        answer.refuses(422, slug)
        assert answer.body["errors"][0]["field"] == field
    assert await town.rows("SELECT count(*) FROM consignment") == [(0,)]


async def test_a_receipt_is_not_used_twice(both: Three) -> None:
    town, _ = both
    answers = []
    for _ in range(2):
        _, result = await town.at_return_desk(return_mode=1)
        said = {"item": result, "carrier": "dinh_vi", "place": town.desk.place, "waybill": RECEIPT}
        answers.append(await town.desk.asks("POST", "/consignments", said))
    assert answers[0].status == 201
    answers[1].refuses(409, "waybill-taken")


async def test_prices_are_asked_and_money_to_collect_is_told(both: Three) -> None:
    town, _ = both
    code, result = await town.at_return_desk(return_mode=1)
    offers = (await town.desk.reads(f"/dossiers/{code}/quotes", cod_dong="150000"))["offers"]
    assert [one["carrier"] for one in offers] == ["vnpost"]
    assert "không báo giá" in offers[0]["refused"]
    said = {"item": result, "carrier": "vnpost", "place": town.desk.place, "cod_dong": 150_000}
    booked = await town.desk.posts("/consignments", said)
    await worker(town)
    shown = await town.desk.reads(f"/consignments/{booked['number']}")
    assert shown["order"]["state"] == "placed"
    assert shown["order"]["cod_dong"] == 150_000
