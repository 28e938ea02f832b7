"""A sealed pouch goes to a department with VNPost: its word moves the papers, minutes hand them over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journey.house import Town, open_town
from tests.journey.province import BUILDING, COUNTER, JUSTICE, Json
from tests.journey.test_sent_home_by_vnpost import worker
from tests.journey.vnpost import COLLECTED, DELIVERED, IN_TRANSIT, Vnpost, vnpost_over_http

Two = tuple[Town, Vnpost]
PHONE = "02053812345"


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        vnpost_over_http(tmp_path) as vnpost,
        open_town(database_url, tmp_path, **vnpost.environ) as town,
    ):
        yield town, vnpost


async def a_bag(town: Town, *, to: str = JUSTICE) -> tuple[str, list[str]]:
    items = []
    for _ in range(2):
        code = await town.clerk.receives()
        await town.clerk.digitises(code)
        items.append(f"{code}/H1")
    return await town.clerk.bags(*items, to=to), items


async def custodians(town: Town) -> set[tuple[str, str]]:
    return set(await town.rows("SELECT custodian_kind, custodian FROM position"))


def terms(pouch: str, **other: object) -> Json:
    return {
        "item": pouch,
        "carrier": "vnpost",
        "place": COUNTER,
        "receiver_phone": PHONE,
        **other,
    }


async def test_from_the_counter_to_the_department(both: Two) -> None:
    town, vnpost = both
    pouch, items = await a_bag(town)
    number = (await town.clerk.posts("/consignments", terms(pouch)))["number"]
    assert number.startswith(f"VT-{pouch}-1-")
    await worker(town)
    assert await vnpost.orders() == [number]
    assert await town.clerk.where(items[0]) == ("pouch", COUNTER, pouch)

    await vnpost.reports(number, COLLECTED, town.now())
    await worker(town)
    assert [await town.clerk.where(one) for one in items] == [("transfer", COUNTER, pouch)] * 2
    assert await custodians(town) == {("carrier", "vnpost")}
    await vnpost.reports(number, IN_TRANSIT, town.now())
    await vnpost.reports(number, DELIVERED, town.now() + timedelta(hours=5))
    await worker(town, minutes=400)
    assert [await town.clerk.where(one) for one in items] == [("transfer", JUSTICE, pouch)] * 2

    minutes = await town.justice.offers(pouch, to=JUSTICE)
    accepted = await town.justice.accepts(minutes, 2)
    assert accepted["giver"] == "vnpost"
    assert [await town.clerk.where(one) for one in items] == [("department", JUSTICE, JUSTICE)] * 2
    trace = await town.clerk.trace(items[0])
    (carriage,) = trace["carriages"]
    assert (carriage["number"], carriage["milestone"]) == (number, "delivered")
    assert await town.rows("SELECT state FROM consignment") == [("delivered",)]
    assert await town.findings() == set()


async def test_reports_after_the_count_move_nothing_and_open_nothing(both: Two) -> None:
    town, vnpost = both
    pouch, items = await a_bag(town)
    number = (await town.clerk.posts("/consignments", terms(pouch)))["number"]
    await worker(town)
    await vnpost.reports(number, COLLECTED, town.now())
    await worker(town)
    # The van is at the door before its handheld has found a network.
    brought_at = town.now() + timedelta(minutes=30)
    town.clock.advance_to(brought_at + timedelta(minutes=5))
    minutes = await town.justice.offers(pouch, to=JUSTICE)
    await town.justice.accepts(minutes, 2)
    assert await town.rows("SELECT state FROM consignment") == [("delivered",)]
    await vnpost.reports(number, DELIVERED, brought_at)
    await worker(town, minutes=60)
    assert [await town.clerk.where(one) for one in items] == [("department", JUSTICE, JUSTICE)] * 2
    assert await town.rows("SELECT state FROM consignment") == [("delivered",)]
    assert await town.desk.incidents() == []
    assert await town.findings() == set()


async def test_what_is_short_on_arrival_is_counted_as_ever(both: Two) -> None:
    town, vnpost = both
    pouch, items = await a_bag(town)
    number = (await town.clerk.posts("/consignments", terms(pouch)))["number"]
    await worker(town)
    await vnpost.reports(number, DELIVERED, town.now() + timedelta(hours=1))
    await worker(town, minutes=120)
    minutes = await town.justice.offers(pouch, to=JUSTICE)
    await town.justice.accepts(minutes, 1, items=[items[0]], confirm_difference=True)
    assert [one["kind"] for one in await town.desk.incidents()] == ["short"]
    assert (await town.clerk.where(items[1]))[0] == "missing"
    assert await town.findings() == set()


async def test_a_pouch_that_cannot_go_is_refused_and_stays(both: Two) -> None:
    town, _ = both
    pouch, items = await a_bag(town)
    for said, slug in (
        (terms("TUI-190110-0009-4"), "pouch-unknown"),
        (terms(pouch, receiver_phone=None), "receiver-missing"),
        (terms(pouch, place="HCC-TKQ"), "item-held-elsewhere"),
    ):
        body = {name: value for name, value in said.items() if value is not None}
        answer = await town.clerk.asks("POST", "/consignments", body)
        answer.refuses(answer.status, slug)
    bag, _ = await a_bag(town, to=BUILDING)
    answer = await town.clerk.asks("POST", "/consignments", terms(bag))
    answer.refuses(422, "receiver-missing")
    assert await town.rows("SELECT count(*) FROM consignment") == [(0,)]
    await town.clerk.posts("/consignments", terms(pouch))
    again = await town.clerk.asks("POST", "/consignments", terms(pouch))
    again.refuses(409, "consignment-open")
    assert await town.clerk.where(items[0]) == ("pouch", COUNTER, pouch)


async def test_called_off_before_it_is_fetched_it_may_go_otherwise(both: Two) -> None:
    town, vnpost = both
    pouch, items = await a_bag(town)
    number = (await town.clerk.posts("/consignments", terms(pouch)))["number"]
    await worker(town)
    said = {"place": COUNTER, "note": "Chuyến xe của bưu điện đi sớm hơn"}
    await town.clerk.posts(f"/consignments/{number}/cancel", said)
    await worker(town)
    assert await vnpost.orders() == []
    assert await town.rows("SELECT state FROM consignment") == [("cancelled",)]
    await town.handover(town.clerk, town.courier, pouch, count=2)
    await town.delivery(town.courier, town.justice, pouch, count=2)
    assert [await town.clerk.where(one) for one in items] == [("department", JUSTICE, JUSTICE)] * 2


async def test_nobody_signs_for_a_carrier_that_does_not_have_it(both: Two) -> None:
    town, _ = both
    pouch, _ = await a_bag(town)
    await town.clerk.posts("/consignments", terms(pouch))
    await worker(town)
    said = {"place": JUSTICE, "receiver": JUSTICE, "pouches": [pouch]}
    answer = await town.justice.asks("POST", "/handovers", said)
    answer.refuses(409, "item-held-elsewhere")
