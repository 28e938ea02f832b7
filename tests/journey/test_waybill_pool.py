"""Orders bear numbers that the carrier gave out beforehand: loaded, taken, given back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postal_bridge.codes import make_s10
from tests.journey.house import Town, open_town
from tests.journey.province import RETURN_DESK
from tests.journey.test_sent_home_by_vnpost import given_to_vnpost, worker
from tests.journey.vnpost import DELIVERED, Vnpost, vnpost_over_http

Two = tuple[Town, Vnpost]
PATH = "/carriers/vnpost/waybills"


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        vnpost_over_http(tmp_path) as vnpost,
        open_town(
            database_url, tmp_path, **vnpost.environ, PB_CARRIERS__VNPOST__WAYBILLS="true"
        ) as town,
    ):
        yield town, vnpost


async def test_a_range_is_loaded_and_each_order_has_a_number_of_it(both: Two) -> None:
    town, vnpost = both
    _, result, number = await given_to_vnpost(town)
    await worker(town)
    assert await vnpost.orders() == [], "without a number the order waits"
    assert "còn 0" in (await town.supervisor.reads("/incidents"))["incidents"][0]["note"]

    said = {"prefix": "ek", "first": 101, "last": 102}
    pool = await town.supervisor.posts(PATH, said)
    assert (pool["loaded"], pool["free"], pool["live"]) == (2, 2, 0)
    await worker(town)
    assert await vnpost.orders() == [number]
    order = (await town.desk.reads(f"/consignments/{number}"))["order"]
    assert order["waybill"] == make_s10("EK", 101)
    label = await town.desk.asks("GET", f"/consignments/{number}/label.pdf")
    assert label.status == 200
    assert await town.rows("SELECT purpose FROM look WHERE purpose = 'label'") == [("label",)]

    _, _, other = await given_to_vnpost(town)
    await worker(town)
    note = {"place": RETURN_DESK, "note": "Công dân đến nhận tại quầy"}
    await town.desk.posts(f"/consignments/{other}/cancel", note)
    await worker(town)
    pool = await town.supervisor.reads(PATH)
    assert (pool["free"], pool["live"], pool["used"]) == (1, 1, 1)

    await vnpost.reports(number, DELIVERED, town.now())
    await worker(town)
    assert (await town.desk.where(result))[0] == "returned"
    assert await town.findings() == set()


async def test_numbers_that_cannot_be_are_refused_and_none_is_loaded(both: Two) -> None:
    town, _ = both
    good = make_s10("EK", 1)
    for said, slug in (
        ({"numbers": [good, "EK000000018VN"]}, "waybill-malformed"),
        ({"numbers": [good, good]}, "waybill-loaded"),
        ({"prefix": "EK", "first": 5, "last": 1}, "waybill-range"),
        ({}, "waybill-range"),
    ):
        answer = await town.supervisor.asks("POST", PATH, said)
        answer.refuses(answer.status, slug)
    answer = await town.supervisor.asks("POST", "/carriers/own_fleet/waybills", {"numbers": [good]})
    answer.refuses(422, "no-pool")
    assert (await town.supervisor.reads(PATH))["free"] == 0
