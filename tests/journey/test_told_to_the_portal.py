"""The national portal is told only what happened: each state once, in order, whatever goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from postal_bridge.commands.doctor import examine
from postal_bridge.decided import topics_told
from postal_bridge.onestop.national_portal import DvcNationalPortal
from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC, RETURNED_TOPIC
from postal_bridge.sandbox.faults import FaultKind
from tests.conftest import FreshDatabase
from tests.journey.house import Town, open_town
from tests.journey.portal import FAULTS, PortalOverHttp, portal_over_http
from tests.journey.province import JUSTICE_DESK, town_settings

WHOLE_WAY = [2, 4, 5, 4, 9, 10]
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
    assert portal.states(code) == [2]
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
    portal.stand.sessions.end_all()
    await town.desk.sends_home(result, by=town.courier)
    courier = town.courier.at("BDT")
    # Nobody at home; the citizen opens the second time. The first knock is heard of last.
    knock = courier.scan("fail", result)
    await courier.scans("deliver", result)
    await courier.uploads(knock)
    await worker_looks(town)

    assert portal.states(code) == portal.way(code) == await noted(town, code) == WHOLE_WAY
    case = await town.clerk.dossier(code)
    records = portal.records(code)
    assert [int(one["TrangThaiHoSo"]) for one in records] == WHOLE_WAY
    assert [one["HoSoCoThanhPhanSoHoa"] for one in records] == ["0", *["1"] * 5]
    assert {(one["KenhThucHien"], one["HinhThuc"]) for one in records} == {("3", "1")}
    assert [bool(one["NgayTra"]) for one in records] == [False] * 5 + [True]
    before, after = records[2]["NgayHenTra"], records[3]["NgayHenTra"]
    assert before < after, "the supplement moved the promise, and not before it was brought"
    assert records[-1]["NgayKetThucXuLy"] < records[-1]["NgayTra"]
    moments = [str(step["ThoiDiemXuLy"]) for step in portal.told(code).progress]
    assert moments == sorted(moments)
    assert case["status"] == 10
    assert await waiting(town) == []


async def test_a_refusal_at_the_counter_is_told_as_what_it_is(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code = await town.clerk.receives(refusal="Không đúng thẩm quyền.", papers=[])
    await worker_looks(town)
    assert portal.states(code) == portal.way(code) == [3]
    (record,) = portal.records(code)
    assert record["NgayTuChoi"] == record["NgayTiepNhan"]
    assert record["NgayHenTra"] == ""


async def test_a_stop_is_told_as_what_it_is_and_never_as_done(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code = await town.at_department()
    await town.justice.asks_supplement(code)
    notice = await town.justice.posts(
        f"/dossiers/{code}/stop",
        {"reason": "Không bổ sung đúng hạn.", "place": town.justice.place},
    )
    await worker_until_told(town)
    await town.carries(notice["code"], giver=town.justice, receiver=town.desk)
    await town.desk.returns(code)
    await worker_until_told(town)
    assert portal.states(code) == portal.way(code) == await noted(town, code) == [2, 4, 5, 8]
    last = portal.records(code)[-1]
    assert last["NgayKetThucXuLy"]
    assert last["NgayTra"] == ""


async def test_whoever_connects_late_is_told_the_whole_way(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code = await whole_way(town)
    await worker_until_told(town)
    assert portal.states(code) == portal.way(code) == await noted(town, code) == WHOLE_WAY
    assert portal.calls("DongBoHoSoMC") == len(WHOLE_WAY)
    assert (portal.told(code).repeats, portal.told(code).repeated_steps) == (0, 0)


async def test_a_correction_before_a_word_left_leaves_no_trace_at_the_portal(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    wrong = await town.courier.at("BDT").scans("deliver", result)
    await town.supervisor.scans("correct", result, corrects=wrong["scan_id"], note="Nhầm nhà")
    await worker_until_told(town)
    assert portal.states(code) == portal.way(code) == [2, 4, 9]
    await town.courier.scans("deliver", result)
    await worker_until_told(town)
    assert portal.states(code) == portal.way(code) == [2, 4, 9, 10]
    assert await town.supervisor.incidents() == []


async def test_a_correction_of_what_was_told_waits_for_a_person(
    opened: tuple[Town, PortalOverHttp],
) -> None:
    town, portal = opened
    code, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    wrong = await town.courier.at("BDT").scans("deliver", result)
    await worker_looks(town)
    asked = portal.calls()
    await town.supervisor.scans("correct", result, corrects=wrong["scan_id"], note="Nhầm nhà")
    assert await worker_looks(town) == 0
    await town.courier.scans("deliver", result)
    assert await worker_looks(town) == 0
    assert portal.states(code) == portal.way(code) == [2, 4, 9, 10]
    assert portal.calls() == asked, "nothing is sent, not even a question"
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


async def told_once(town: Town, portal: PortalOverHttp, code: str) -> None:
    told = portal.states(code), portal.way(code), await noted(town, code)
    assert told == (WHOLE_WAY, WHOLE_WAY, WHOLE_WAY)
    assert portal.told(code).rewrites == 0


@pytest.mark.parametrize("tells_states", [True, False])
async def test_every_fault_at_every_call(
    opened: tuple[Town, PortalOverHttp], tells_states: bool
) -> None:
    town, portal = opened
    if not tells_states:
        portal.keeps_states_to_itself()
    for number, kind in enumerate(FAULTS):
        code = await whole_way(town)
        portal.fails([kind] * 6, pause=number % 2)
        await worker_until_told(town)
        await told_once(town, portal, code)


async def test_an_answer_that_comes_too_late_was_an_answer_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    async with portal_over_http() as portal:
        hasty = {**portal.environ, "PB_NATIONAL_PORTAL__TIMEOUT_SECONDS": "0.5"}
        async with open_town(database_url, tmp_path, **hasty) as town:
            code = await whole_way(town)
            portal.hold = {"DongBoHoSoMC", "CapNhatTienDoHoSoMC"}
            await worker_until_told(town)
            await told_once(town, portal, code)


@settings(max_examples=5)
@given(
    faults=st.lists(st.sampled_from(FAULTS), max_size=12),
    pause=st.integers(0, 4),
    tells_states=st.booleans(),
)
async def test_random_faults_lose_and_double_nothing(
    faults: list[FaultKind],
    pause: int,
    tells_states: bool,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    async with town_with_portal(fresh_database(), tmp_path) as (town, portal):
        if not tells_states:
            portal.keeps_states_to_itself()
        codes = [await whole_way(town) for _ in range(2)]
        portal.fails(faults, pause=pause)
        await worker_until_told(town)
        for code in codes:
            await told_once(town, portal, code)


async def test_where_no_portal_is_configured_no_message_is_written(town: Town) -> None:
    await whole_way(town)
    topics = await town.rows("SELECT DISTINCT topic FROM outbox")
    assert topics == [("notice",)]
    assert not {"portal", "onestop"} & set(town.house.jobs()._outside)


async def test_the_doctor_signs_in_at_the_portal(
    opened: tuple[Town, PortalOverHttp], tmp_path: Path
) -> None:
    town, _ = opened
    (check,) = [one for one in await examine(town.house) if "national portal" in one.name]
    assert check.well
    wrong = town.house.settings.national_portal.model_copy(update={"password": SecretStr("sai")})
    ill = replace(town.house, portal=DvcNationalPortal(wrong, clock=town.clock))
    (check,) = [one for one in await examine(ill) if "national portal" in one.name]
    assert (check.well, check.outside) == (False, True)
    assert "Sai tài khoản hoặc mật khẩu" in check.detail
    assert ill.portal is not None
    await ill.portal.close()


def test_only_topics_that_somebody_takes_are_told(tmp_path: Path) -> None:
    def told(**variables: str) -> frozenset[str]:
        return topics_told(town_settings("sqlite+aiosqlite:///x.db", tmp_path, **variables))

    onestop = {"PB_ONESTOP__BASE_URL": "http://127.0.0.1:1"}
    assert told() == told(**onestop) == frozenset()
    assert told(PB_ONESTOP__WRITE_BACK="true") == frozenset()
    assert told(**onestop, PB_ONESTOP__WRITE_BACK="true") == {REGISTER_TOPIC, RETURNED_TOPIC}
    assert told(PB_NATIONAL_PORTAL__BASE_URL="http://127.0.0.1:1") == {PORTAL_TOPIC}
