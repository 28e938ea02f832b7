"""What is iGate's own: its Keycloak, its Spring pages, its names for states, what was paid."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import OneStopRefused, Slice
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests.onestop_systems import Answer, Fact, Planted, answering, codes, facts, igate

DAY = date(2019, 1, 10)
NOW = datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL)
CODES = codes(9)


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def system(clock: ReplayClock) -> AsyncIterator[Planted]:
    async with igate(clock) as opened:
        yield opened


@pytest.fixture
def adapter(system: Planted) -> IGate:
    return cast("IGate", system.onestop)


async def listed(adapter: IGate) -> list[OneStopDossier]:
    rows: list[OneStopDossier] = []
    async for page in adapter.pages(received_from=DAY, received_to=DAY):
        rows = page.rows if page.start == 0 else rows + page.rows
    return rows


def queries(system: Planted, route: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(entry.target).query) for entry in system.http.log.of(route)]


def connected(address: str, **changes: object) -> IGate:
    given: dict[str, object] = {
        "token_url": f"{address}/token",
        "client_id": "c",
        "username": "a",
        "password": "b",
        "patience": Patience(attempts=1),
        **changes,
    }
    return IGate(address, **given)  # type: ignore[arg-type]


async def told(page: object, fees: object = ()) -> list[OneStopDossier]:
    """What the adapter lists from a server whose list and whose fees are these."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/token":
            return web.json_response({"access_token": "t"})
        return web.json_response(list(fees) if "fee" in request.path else page)  # type: ignore[call-overload]

    async with answering(cast("Answer", answer)) as address:
        adapter = connected(address)
        try:
            return await listed(adapter)
        finally:
            await adapter.close()


# --- how it asks ----------------------------------------------------------------------------------


async def test_it_asks_for_numbered_pages_in_the_order_of_ids_and_for_the_row_between_them(
    system: Planted, adapter: IGate
) -> None:
    system.plant(*facts(9))
    assert len(await listed(adapter)) == 9
    asked = queries(system, "search")
    assert [(one["page"][0], one["size"][0]) for one in asked] == [
        ("0", "4"),
        ("1", "4"),
        ("3", "1"),
        ("2", "4"),
        ("7", "1"),
    ]
    for one in asked:
        assert one["sort"] == ["id,asc"]
        assert one["spec"] == ["page"]
        assert one["accepted-from"] == one["accepted-to"] == ["10/01/2019"]
        assert one["remove-status"] == ["0"]


async def test_what_was_paid_is_asked_for_page_by_page(system: Planted, adapter: IGate) -> None:
    system.plant(*facts(9), Fact(code=CODES[3], fee=12_000))
    paid = {row.code: row.fee_vnd for row in await listed(adapter)}
    assert paid == {**dict.fromkeys(CODES, 0), CODES[3]: 12_000}
    assert [len(one["dossier-ids"][0].split(",")) for one in queries(system, "fees")] == [4, 4, 1]


async def test_an_empty_page_asks_for_no_fees(system: Planted, adapter: IGate) -> None:
    assert await listed(adapter) == []
    assert queries(system, "fees") == []


async def test_a_page_is_never_larger_than_the_system_gives(clock: ReplayClock) -> None:
    async with igate(clock, page_size=200) as system:
        system.plant(*facts(120))
        rows = await listed(cast("IGate", system.onestop))
        assert sorted(row.code for row in rows) == codes(120)
        assert queries(system, "search")[0]["size"] == ["50"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"token_url": ""}, "token_url"),
        ({"token_url": "sso.example"}, "token_url"),
        ({"client_id": ""}, "client_id"),
        ({"page_size": 1}, "page_size"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(
    changes: dict[str, object], named: str
) -> None:
    with pytest.raises(Misuse, match=named):
        connected("http://onestop.example", **changes)
    with pytest.raises(Misuse, match="base_url"):
        connected("onestop.example", token_url="http://sso.example/token")


async def test_a_part_of_a_code_finds_nothing(system: Planted, adapter: IGate) -> None:
    system.plant(Fact(code=CODES[1]), Fact(code=f"{CODES[1]}-1"))
    found = await adapter.find(CODES[1])
    assert found is not None
    assert found.code == CODES[1]
    assert await adapter.find(CODES[1][:-2]) is None


async def test_two_dossiers_with_one_code_are_looked_up_neither(
    system: Planted, adapter: IGate
) -> None:
    row = {"code": CODES[1], "acceptedDate": "2019-01-10T08:00:00.000+0700"}
    system.http.put_all([{"id": "a" * 24, **row}, {"id": "b" * 24, **row}])
    assert [one.code for one in await listed(adapter)] == [CODES[1], CODES[1]]
    with pytest.raises(OneStopRefused, match="2"):
        await adapter.find(CODES[1])


async def test_a_count_asks_by_the_two_published_ways_home(system: Planted, adapter: IGate) -> None:
    system.plant(Fact(code=CODES[0], return_mode=1), Fact(code=CODES[1]))
    assert await adapter.count(Slice(first=DAY, last=DAY, return_mode=1)) == 1
    asked = queries(system, "search")[0]
    assert asked["receiving-kind-id"] == ["5f8969018fffa53e4c073dee"]
    assert asked["size"] == ["1"]


# --- tokens ---------------------------------------------------------------------------------------


async def test_a_token_that_ran_out_is_renewed_and_then_got_anew(
    system: Planted, adapter: IGate, clock: ReplayClock
) -> None:
    await adapter.check()
    clock.advance_to(clock.now() + timedelta(minutes=10))
    await adapter.check()
    clock.advance_to(clock.now() + timedelta(hours=10))
    await adapter.check()
    grants = [entry.body.split("&")[0] for entry in system.http.log.of("token")]
    assert [grant.partition("=")[2] for grant in grants] == [
        "password",
        "refresh_token",
        "refresh_token",
        "password",
    ]


async def test_wrong_credentials_at_the_keycloak_name_its_path(clock: ReplayClock) -> None:
    async with igate(clock, client_id="ai-do") as system:
        with pytest.raises(OneStopRefused, match="/token"):
            await system.onestop.check()
        assert system.http.log.count() == 1


async def test_a_fault_while_asking_for_fees_costs_no_row(system: Planted, adapter: IGate) -> None:
    system.plant(*facts(9))
    for kind in (FaultKind.SERVER_ERROR, FaultKind.HALF_BODY, FaultKind.UNAUTHORIZED):
        system.fail(Fault(kind=kind, route="fees"))
        assert sorted(row.code for row in await listed(adapter)) == CODES


# --- rows -----------------------------------------------------------------------------------------

GOOD = {
    "id": "a" * 24,
    "code": CODES[0],
    "dossierStatus": {"id": 2, "name": "Đang xử lý"},
    "applyMethod": {"id": 1, "name": "Trực tiếp"},
    "acceptedDate": "2019-01-10T08:00:00.000+0700",
}


def page_of(*rows: object) -> dict[str, object]:
    return {"content": list(rows), "totalElements": len(rows), "size": 50, "number": 0}


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "một đối tượng"),
        ({"content": []}, "totalElements"),
        ({"totalElements": 1}, "content"),
        (page_of("x"), r"content\[0\]"),
        (page_of({"code": "A"}), r"content\[0\].id"),
        ({**page_of(), "totalElements": 9_000_000}, "9000000"),
    ],
)
async def test_json_of_another_shape_is_refused_by_the_fields_name(
    answer: object, field: str
) -> None:
    with pytest.raises(OneStopRefused, match=field):
        await told(answer)


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("code", "", "code"),
        ("applyMethod", {"id": 4, "name": "Bồ câu"}, "applyMethod.name"),
        ("applyMethod", None, "applyMethod.name"),
        ("dossierReceivingKind", {"id": "0" * 24}, "dossierReceivingKind.id"),
        ("acceptedDate", "2019-02-30T08:00:00.000+0700", "acceptedDate"),
        ("appointmentDate", "mai", "appointmentDate"),
        ("agency", {"code": ["x"]}, "agency.code"),
    ],
)
async def test_a_row_with_a_column_that_cannot_be_read_is_strange_and_no_other_row_is(
    column: str, value: object, named: str
) -> None:
    other = {**GOOD, "id": "b" * 24, "code": CODES[1]}
    odd, plain = await told(page_of({**GOOD, column: value}, other))
    assert f"“{named}”" in odd.strange
    assert (plain.code, plain.strange, plain.status) == (CODES[1], "", 4)
    assert odd.status == 4
    assert odd.fee_vnd == 0


async def test_a_page_with_a_strange_row_tells_its_other_rows_as_any_other_page() -> None:
    rows: list[dict[str, object]] = [
        {
            **GOOD,
            "id": f"{number:024d}",
            "code": code,
            "procedure": {"code": "1.004199"} if number % 2 else None,
            "agency": {"id": "7", "code": "H37.4", "name": "Sở Y tế"},
            "applyMethod": {"name": ("Trực tiếp", "Trực tuyến", "Bưu chính")[number % 3]},
            "dossierReceivingKind": {"id": "5f8969018fffa53e4c073dee"} if number % 2 else None,
            "appointmentDate": "2019-01-20T17:00:00.000+0700" if number % 3 else "",
        }
        for number, code in enumerate(codes(20))
    ]
    fast = await told(page_of(*rows))
    *exact, odd = await told(page_of(*rows, {**GOOD, "agency": {"code": 7.5}}))
    assert exact == fast
    assert [row.channel for row in fast[:3]] == [1, 2, 3]
    assert odd.strange


@pytest.mark.parametrize(
    ("number", "name", "national"),
    [
        (0, "Chờ tiếp nhận", 1),
        (77, "Đã trả kết quả", 10),
        ("4", " Đã xử lý xong ", 9),
        (5, "Một tên của ngày mai", 0),
        (5, None, 0),
    ],
)
async def test_a_state_is_known_by_its_name_and_by_no_unpublished_number(
    number: object, name: object, national: int
) -> None:
    (row,) = await told(page_of({**GOOD, "dossierStatus": {"id": number, "name": name}}))
    assert row.status == national
    assert row.raw_status.startswith(str(number))
    assert row.strange == ""


async def test_offsets_without_a_colon_are_read() -> None:
    (row,) = await told(page_of({**GOOD, "acceptedDate": "2019-01-10T01:00:00.000+0000"}))
    assert row.received_at == datetime(2019, 1, 10, 1, 0, tzinfo=UTC)


async def test_lines_of_one_dossier_add_up_and_come_with_or_without_a_point() -> None:
    of = {"dossier": {"id": "a" * 24}}
    (row,) = await told(page_of(GOOD), [{"paid": 10000.0, **of}, {"paid": "5", **of}, {**of}])
    assert row.fee_vnd == 10_005


async def test_fees_of_another_shape_are_refused_by_the_fields_name() -> None:
    with pytest.raises(OneStopRefused, match=r"fees\[0\].dossier"):
        await told(page_of(GOOD), [{"paid": 1}])


async def test_no_statistics_are_published_and_that_is_said(adapter: IGate) -> None:
    statistics = await adapter.statistics(first=DAY, last=DAY)
    assert statistics.counted == []
    assert "không công bố" in statistics.missing[0]
