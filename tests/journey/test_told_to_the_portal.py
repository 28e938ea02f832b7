"""The national portal is told only what happened: each state once, in order, whatever goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import FreshDatabase
from tests.journey.house import Town, open_town
from tests.journey.portal import Fault, PortalOverHttp, portal_over_http
from tests.journey.province import JUSTICE_DESK

WHOLE_WAY = [2, 4, 5, 4, 9, 10]
CALLS = 3 * len(WHOLE_WAY) + 1
"""Per state look up, write, add; and once the procedure's field."""
HOURS_LATER = 12


@asynccontextmanager
async def town_with_portal(url: str, folder: Path) -> AsyncIterator[tuple[Town, PortalOverHttp]]:
    async with (
        portal_over_http() as portal,
        open_town(url, folder, **portal.environ) as town,
    ):
        yield town, portal


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Town, PortalOverHttp]]:
    async with town_with_portal(database_url, tmp_path) as pair:
        yield pair


async def worker_looks(town: Town) -> int:
    """The worker's turn towards the portal."""
    return await town.house.jobs()._outside["portal"].dispatch()


async def worker_until_told(town: Town) -> None:
    """Turns, with the growing pauses between them, until nothing waits."""
    for _ in range(HOURS_LATER * 4):
        await worker_looks(town)
        if not await waiting(town):
            return
        for _ in range(15):
            town.tick()
    raise AssertionError(await waiting(town))


async def waiting(town: Town) -> list[tuple[object, ...]]:
    return list(
        await town.rows(
            "SELECT key, attempts, error FROM outbox"
            " WHERE topic = 'portal.report' AND done_at IS NULL AND not_before < '9000-01-01'"
        )
    )


async def noted(town: Town, code: str) -> list[int]:
    rows = await town.rows(
        "SELECT status FROM portal_step WHERE dossier_code = :code AND told_at < '9000-01-01'"
        " ORDER BY number",
        code=code,
    )
    return [int(status) for (status,) in rows]


async def whole_way(town: Town) -> str:
    """Decided on the spot, so that the story is short: with a supplement, back to the citizen."""
    code = await town.clerk.receives()
    await town.justice.at(JUSTICE_DESK).scans("take_up", f"{code}/H1")
    justice = town.justice.at("STP")
    await justice.asks_supplement(code)
    await town.clerk.at("HCC-TN").brings_supplement(code)
    result = await justice.issues(code)
    await town.desk.scans("hand_back", result)
    await town.desk.returns(code)
    return code


async def test_the_whole_way_is_told_as_it_happens(opened: tuple[Town, PortalOverHttp]) -> None:
    town, portal = opened
    code = await town.clerk.receives(channel=3, return_mode=1)
    assert await worker_looks(town) == 1
    assert portal.states[code] == [2]
    await town.clerk.digitises(code)
    await town.carries(f"{code}/H1", giver=town.clerk, receiver=town.justice)
    await worker_looks(town)
    slip = (await town.justice.asks_supplement(code))["item"]["code"]
    await town.carries(slip, giver=town.justice, receiver=town.desk)
    await worker_looks(town)
    more = (await town.clerk.at("HCC-TN").brings_supplement(code))["item"]["code"]
    await town.carries(more, giver=town.clerk, receiver=town.justice)
    result = await town.justice.issues(code)
    await worker_looks(town)
    await town.carries(result, giver=town.justice, receiver=town.desk)
    await worker_looks(town)
    await town.desk.sends_home(result, by=town.courier)
    courier = town.courier.at("BDT")
    # Nobody at home; the citizen opens the second time. The first knock is heard of last.
    knock = courier.scan("fail", result)
    await courier.scans("deliver", result)
    await courier.uploads(knock)
    await worker_looks(town)

    assert portal.states[code] == portal.way(code) == await noted(town, code) == WHOLE_WAY
    case = await town.clerk.dossier(code)
    records = portal.records[code]
    assert [int(one["TrangThaiHoSo"]) for one in records] == WHOLE_WAY
    assert [one["HoSoCoThanhPhanSoHoa"] for one in records] == ["0", *["1"] * 5]
    assert {(one["KenhThucHien"], one["HinhThuc"]) for one in records} == {("3", "1")}
    assert [bool(one["NgayTra"]) for one in records] == [False] * 5 + [True]
    before, after = records[2]["NgayHenTra"], records[3]["NgayHenTra"]
    assert before < after, "the supplement moved the promise, and not before it was brought"
    assert records[-1]["NgayKetThucXuLy"] < records[-1]["NgayTra"]
    moments = [step["ThoiDiemXuLy"] for step in portal.steps[code]]
    assert moments == sorted(moments)
    assert case["status"] == 10
    assert await waiting(town) == []


async def test_a_refusal_at_the_counter_is_told_as_what_it_is(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code = await town.clerk.receives(refusal="Không đúng thẩm quyền.", papers=[])
    await worker_looks(town)
    assert portal.states[code] == portal.way(code) == [3]
    (record,) = portal.records[code]
    assert record["NgayTuChoi"] == record["NgayTiepNhan"]
    assert record["NgayHenTra"] == ""


async def test_whoever_connects_late_is_told_the_whole_way(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code = await whole_way(town)
    await worker_until_told(town)
    assert portal.states[code] == portal.way(code) == await noted(town, code) == WHOLE_WAY
    assert portal.calls.count("DongBoHoSoMC") == len(WHOLE_WAY)


async def test_a_correction_before_a_word_left_leaves_no_trace_at_the_portal(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    wrong = await town.courier.at("BDT").scans("deliver", result)
    await town.supervisor.scans("correct", result, corrects=wrong["scan_id"], note="Nhầm nhà")
    await worker_until_told(town)
    assert portal.states[code] == portal.way(code) == [2, 4, 9]
    await town.courier.scans("deliver", result)
    await worker_until_told(town)
    assert portal.states[code] == portal.way(code) == [2, 4, 9, 10]
    assert await town.supervisor.incidents() == []


async def test_a_correction_of_what_was_told_waits_for_a_person(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    wrong = await town.courier.at("BDT").scans("deliver", result)
    await worker_looks(town)
    asked = len(portal.calls)
    await town.supervisor.scans("correct", result, corrects=wrong["scan_id"], note="Nhầm nhà")
    assert await worker_looks(town) == 0
    await town.courier.scans("deliver", result)
    assert await worker_looks(town) == 0
    assert portal.states[code] == portal.way(code) == [2, 4, 9, 10]
    assert len(portal.calls) == asked, "nothing is sent, not even a question"
    incidents = await town.supervisor.incidents()
    assert {(one["kind"], one["code"]) for one in incidents} == {("portal", code)}
    assert len(incidents) == 1
    assert "10 đã trả kết quả" in incidents[0]["note"]
    set_aside = await town.rows(
        "SELECT error FROM outbox WHERE topic = 'portal.report' AND done_at IS NULL"
    )
    assert all("không gửi gì thêm" in str(error) for (error,) in set_aside)
    number = incidents[0]["id"]
    closed = await town.supervisor.posts(
        f"/incidents/{number}/closing", {"explanation": "Đã sửa trên Cổng."}
    )
    assert closed["explanation"] == "Đã sửa trên Cổng."


@pytest.mark.parametrize("tells_states", [True, False])
async def test_every_fault_at_every_call(
    opened: tuple[Town, PortalOverHttp], tells_states: bool
) -> None:
    town, portal = opened
    portal.tells_states = tells_states
    for fault in Fault:
        code = await whole_way(town)
        for call in range(CALLS):
            # Every other call fails once, beginning with another one each time.
            portal.faults.extend([None] * (call % 3) + [fault])
        await worker_until_told(town)
        portal.faults.clear()
        told = portal.states[code], portal.way(code), await noted(town, code)
        assert told == (WHOLE_WAY, WHOLE_WAY, WHOLE_WAY), fault


@settings(max_examples=8)
@given(
    faults=st.lists(st.sampled_from([None, None, *Fault]), max_size=40),
    tells_states=st.booleans(),
)
async def test_random_faults_lose_and_double_nothing(
    faults: list[Fault | None],
    tells_states: bool,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    async with town_with_portal(fresh_database(), tmp_path) as (town, portal):
        portal.tells_states = tells_states
        portal.faults.extend(faults)
        codes = [await whole_way(town) for _ in range(2)]
        await worker_until_told(town)
        for code in codes:
            told = portal.states[code], portal.way(code), await noted(town, code)
            assert told == (WHOLE_WAY, WHOLE_WAY, WHOLE_WAY)


async def test_where_no_portal_is_configured_no_message_is_written(town: Town) -> None:
    await whole_way(town)
    topics = await town.rows("SELECT DISTINCT topic FROM outbox")
    assert topics == [("notice",)]
    assert town.house.jobs()._outside == {}
