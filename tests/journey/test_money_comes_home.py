"""Three results go home against money; one payment is short, one late, one split; nought remains."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from tests.ground.workbooks import workbook
from tests.journey.house import Town, open_town
from tests.journey.people import Answer, Person
from tests.journey.province import POST_OFFICE, RETURN_DESK, Json
from tests.journey.vnpost import COLLECTED, DELIVERED, Vnpost, vnpost_over_http

Two = tuple[Town, Vnpost]
COD = 100_000


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        vnpost_over_http(tmp_path) as vnpost,
        open_town(database_url, tmp_path, **vnpost.environ) as town,
    ):
        yield town, vnpost


async def sent_home(town: Town) -> str:
    _, result = await town.at_return_desk(return_mode=1)
    said = {"item": result, "carrier": "vnpost", "place": RETURN_DESK, "cod_dong": COD}
    return str((await town.desk.posts("/consignments", said))["number"])


async def worker(town: Town) -> None:
    """The scheduled work, once, a quarter of an hour later."""
    town.clock.advance_to(town.now() + timedelta(minutes=15))
    await town.dispatches()
    carriers = town.house.jobs()._carriers
    assert carriers is not None
    await carriers.run_due()


async def looks_at_money(town: Town, day: str) -> bool:
    """The job of a new day."""
    town.wait_until(day)
    town.tick()
    return bool(await town.house.jobs()._besides["cod"][0]())


async def delivered(town: Town, vnpost: Vnpost, *numbers: str) -> None:
    for number in numbers:
        await vnpost.reports(number, COLLECTED, town.now())
        await vnpost.reports(number, DELIVERED, town.now() + timedelta(minutes=5))
    await worker(town)


async def enters(
    town: Town, reference: str, *lines: tuple[str, int, int], total: int | None = None
) -> Json:
    together = sum(amount for _, amount, _ in lines)
    return await town.supervisor.posts(
        "/remittances", payment(town, reference, *lines, total=total or together)
    )


def payment(town: Town, reference: str, *lines: tuple[str, int, int], total: int) -> dict[str, Any]:
    return {
        "carrier": "vnpost",
        "bank_reference": reference,
        "paid_on": town.now().astimezone().date().isoformat(),
        "total_dong": total,
        "lines": [
            {"name": name, "amount_dong": amount, "fee_dong": fee} for name, amount, fee in lines
        ],
    }


async def uploads(town: Town, reference: str, raw: bytes, total: int, **more: Any) -> Answer:
    said = payment(town, reference, total=total)
    params = {name: str(value) for name, value in said.items() if name != "lines"}
    return await town.supervisor.asks("POST", "/remittances/file", raw=raw, params=params, **more)


async def states(town: Town) -> dict[str, str]:
    shown = await town.supervisor.reads("/cod")
    return {one["number"]: one["state"] for one in shown["cod"]}


async def case_kinds(town: Town) -> dict[str, str]:
    shown = await town.supervisor.reads("/cod/cases")
    return {one["key"]: one["kind"] for one in shown["cases"]}


async def second_supervisor(town: Town) -> Person:
    async with town.house.storage.begin() as work:
        known = await work.inbound.staff("sang")
        assert known is not None
        one = Staff(**{**known.model_dump(), "username": "yen", "name": "Chu Thị Yến"})
        await work.inbound.save_staff(one)
    return Person(town, "yen", "Chu Thị Yến", Role.SUPERVISOR, (POST_OFFICE,), POST_OFFICE)


async def test_one_short_one_late_one_split_and_nought_at_the_end(both: Two) -> None:
    town, vnpost = both
    short, late, split = [await sent_home(town) for _ in range(3)]
    await worker(town)
    assert set((await states(town)).values()) == {"waiting"}
    await delivered(town, vnpost, short, late, split)
    assert set((await states(town)).values()) == {"owed"}

    # The first list: a workbook with a title, fees, a sum; one line short, one in parts.
    raw = workbook(
        [
            ["BẢNG KÊ TRẢ TIỀN THU HỘ"],
            ["STT", "Mã đơn hàng", "Phí", "Thực trả"],
            [1, short, 10_000, 75_000],
            [2, split.lower(), 0, 40_000],
            ["", "Tổng cộng", 10_000, 115_000],
        ]
    )
    answer = await uploads(town, "FT19014-1", raw, 115_000)
    assert answer.status == 201, answer.body
    assert (answer.body["line_count"], answer.body["difference_dong"]) == (2, 0)
    assert await case_kinds(town) == {f"owed:{short}": "short", f"owed:{split}": "short"}
    await enters(town, "FT19014-2", (split, 30_000, 0))
    assert (await case_kinds(town))[f"owed:{split}"] == "split"

    # Thursday 10/01; five working days end with Thursday 17/01.
    await looks_at_money(town, "17/01/2019 23:00")
    assert f"owed:{late}" not in await case_kinds(town)
    await looks_at_money(town, "18/01/2019 00:10")
    assert (await case_kinds(town))[f"owed:{late}"] == "late"
    assert not await looks_at_money(town, "18/01/2019 02:00")

    await enters(town, "FT19018", (late, COD, 0), (split, 30_000, 0))
    await town.desk.asks("GET", "/cod")
    path = f"/cod/cases/owed:{short}"
    said = {"write_off": {"amount_dong": 15_000, "reason": "Công dân trả thiếu, đã xác minh"}}
    done = await town.supervisor.asks("PATCH", path, said)
    assert (done.status, done.body["state"]) == (200, "closed")

    assert await case_kinds(town) == {}
    assert set((await states(town)).values()) == {"settled"}
    total = (await town.supervisor.reads("/cod/summary"))["total"]
    assert total["ties_out"]
    money = {name: total[name] for name in total if name.endswith("_dong") and total[name]}
    assert money == {
        "due_dong": 3 * COD,
        "remitted_dong": 275_000,
        "withheld_dong": 10_000,
        "written_off_dong": 15_000,
        "received_dong": 275_000,
    }


async def test_a_payment_is_there_once_however_often_it_is_sent(both: Two) -> None:
    town, vnpost = both
    number = await sent_home(town)
    await worker(town)
    await delivered(town, vnpost, number)
    said = payment(town, "FT1", (number, 60_000, 0), total=60_000)
    first = await town.supervisor.asks("POST", "/remittances", said, key="một")
    again = await town.supervisor.asks("POST", "/remittances", said, key="một")
    other_key = await town.supervisor.asks("POST", "/remittances", said, key="hai")
    assert [one.status for one in (first, again, other_key)] == [201, 201, 200]
    assert other_key.body["already"]
    assert {one.body["id"] for one in (first, again, other_key)} == {first.body["id"]}
    (await town.supervisor.asks("POST", "/remittances", {**said, "total_dong": 1})).refuses(
        409, "remittance-differs"
    )
    (listed,) = (await town.supervisor.reads("/remittances", carrier="vnpost"))["remittances"]
    assert (listed["lines_dong"], listed["entered_by"]) == (60_000, "sang")
    shown = await town.officer.reads(f"/remittances/{first.body['id']}")
    assert shown["lines"][0]["number"] == number
    (await town.officer.asks("GET", "/remittances/none")).refuses(404, "remittance-unknown")


async def test_nothing_is_kept_of_a_list_that_cannot_be_read(both: Two) -> None:
    town, _ = both
    raw = "Mã vận đơn;Thực trả\nEE1;5.000\nEE2;năm nghìn\n".encode()
    vietnamese = (await uploads(town, "FT1", raw, 5_000)).refuses(422, "remittance-cells")
    assert "3 · “Thực trả”" in vietnamese
    english = await uploads(town, "FT1", raw, 5_000, language="en")
    assert "nothing was kept" in english.refuses(422, "remittance-cells")
    assert '"row": 3' in json.dumps(english.body, ensure_ascii=False)
    (await uploads(town, "FT1", b"%PDF-1.7", 5)).refuses(422, "remittance-file")
    assert await town.rows("SELECT * FROM remittance") == []
    assert (await town.supervisor.reads("/cod/cases"))["cases"] == []


async def test_who_may_do_what_and_when_it_takes_two(both: Two) -> None:
    town, vnpost = both
    number = await sent_home(town)
    await worker(town)
    await delivered(town, vnpost, number)
    paid = await enters(town, "FT1", (number, 1_000, -0), ("EE404", 7_000, 0), total=9_000)
    said = payment(town, "FT2", (number, 1, 0), total=1)
    (await town.desk.asks("POST", "/remittances", said)).refuses(403, "role-not-allowed")
    (await town.courier.asks("GET", "/cod")).refuses(403, "role-not-allowed")

    path = f"/cod/cases/owed:{number}"
    case = await town.officer.asks("PATCH", path, {"explanation": "Hãng hẹn thứ Sáu"})
    assert (case.body["state"], case.body["owner_role"]) == ("explained", "supervisor")
    wanted = {"write_off": {"amount_dong": 99_000, "reason": "Hãng ngừng hoạt động"}}
    (await town.officer.asks("PATCH", path, wanted)).refuses(403, "role-not-allowed")
    proposed = (await town.supervisor.asks("PATCH", path, wanted)).body
    assert (proposed["state"], proposed["proposed_dong"]) == ("explained", 99_000)
    (await town.supervisor.asks("PATCH", path, {"approve": True})).refuses(
        403, "second-person-needed"
    )
    agreed = await (await second_supervisor(town)).asks("PATCH", path, {"approve": True})
    assert [one["kind"] for one in agreed.body["history"]] == [
        *("opened", "explained", "proposed", "written_off", "closed"),
    ]
    (await town.supervisor.asks("PATCH", path, wanted)).refuses(409, "cod-case-closed")

    line = f"/cod/cases/line:{paid['id']}:2"
    assigned = await town.supervisor.asks("PATCH", line, {"consignment": number})
    assert assigned.body["state"] == "closed"
    assert await case_kinds(town) == {
        f"over:{number}": "over",
        f"total:{paid['id']}": "total_differs",
    }
    assert (await town.supervisor.reads("/cod/summary"))["total"]["ties_out"]
    (await town.supervisor.asks("PATCH", "/cod/cases/owed:X", {"approve": True})).refuses(
        404, "cod-case-unknown"
    )
