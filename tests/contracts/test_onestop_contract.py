"""What every one-stop system must do for the nightly count, whatever its make."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from aiohttp.test_utils import TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.reconciliation.ports import OneStop, OneStopDossier, OneStopPage, OneStopRefused
from postal_bridge.sandbox.onestop import Credentials, make_onestop
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.sandbox.onestop_state import STATUS_TEXT, Sandbox

PORT = "reconciliation.ports.OneStop"
PAGE_SIZE = 4
DAY = date(2019, 1, 10)
NEXT_DAY = date(2019, 1, 11)


async def never(seconds: float) -> None:
    raise AssertionError(f"nothing fails here, yet it wants to wait {seconds} s")


@asynccontextmanager
async def opencps_over_http(sandbox: Sandbox) -> AsyncIterator[OneStop]:
    credentials = Credentials()
    app = make_onestop(clock=sandbox.clock, sandbox=sandbox, credentials=credentials)
    async with TestServer(app) as server:
        adapter = OpenCps(
            str(server.make_url("/")),
            group_id=credentials.group_id,
            username=credentials.username,
            password=credentials.password,
            page_size=PAGE_SIZE,
            sleep=never,
        )
        yield adapter
        await adapter.close()


@asynccontextmanager
async def in_memory(sandbox: Sandbox) -> AsyncIterator[OneStop]:
    yield MemoryOneStop(sandbox, page_size=PAGE_SIZE)


Opener = Callable[[Sandbox], AbstractAsyncContextManager[OneStop]]
IMPLEMENTATIONS: dict[str, Opener] = {"opencps": opencps_over_http, "memory": in_memory}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(clock=ReplayClock(datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL)))


@pytest.fixture(params=IMPLEMENTATIONS)
async def onestop(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[OneStop]:
    async with IMPLEMENTATIONS[request.param](sandbox) as opened:
        yield opened


def number(serial: int) -> str:
    return f"000.00.00.H37-190110-{serial:04d}"


def plant(sandbox: Sandbox, serial: int, **columns: object) -> None:
    sandbox.put(
        {
            "dossierNo": number(serial),
            "serviceCode": "1.004199",
            "govAgencyCode": "000.00.04.H37",
            "receiveDate": "10/01/2019 08:00:00",
            "dossierStatus": "processing",
            **columns,
        },
    )


async def walked(onestop: OneStop, *, first: date = DAY, last: date = DAY) -> list[OneStopPage]:
    return [page async for page in onestop.pages(received_from=first, received_to=last)]


async def listed(onestop: OneStop, *, first: date = DAY, last: date = DAY) -> list[OneStopDossier]:
    return [row for page in await walked(onestop, first=first, last=last) for row in page.rows]


async def only(onestop: OneStop) -> OneStopDossier:
    rows = await listed(onestop)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 7, 8, 13])
async def test_every_dossier_comes_exactly_once(
    onestop: OneStop, sandbox: Sandbox, count: int
) -> None:
    for serial in range(count):
        plant(sandbox, serial)

    pages = await walked(onestop)

    assert sorted(row.code for page in pages for row in page.rows) == [
        number(serial) for serial in range(count)
    ]
    assert {page.total for page in pages} == {count}
    starts = [page.start for page in pages]
    assert starts == [sum(len(page.rows) for page in pages[:index]) for index in range(len(pages))]


async def test_the_evidence_holds_the_rows_as_they_came(onestop: OneStop, sandbox: Sandbox) -> None:
    for serial in range(6):
        plant(sandbox, serial)
    for page in await walked(onestop):
        envelope = json.loads(page.raw)
        sent = [row["dossierNo"] for row in envelope["data"]]
        assert envelope["total"] == page.total
        assert sent[len(sent) - len(page.rows) :] == [row.code for row in page.rows]


async def test_an_empty_night_is_one_empty_page_with_its_evidence(onestop: OneStop) -> None:
    pages = await walked(onestop)
    assert [(page.rows, page.total, page.start) for page in pages] == [([], 0, 0)]
    assert json.loads(pages[0].raw) == {"total": 0, "data": []}


async def test_days_begin_and_end_at_midnight_in_vietnam(
    onestop: OneStop, sandbox: Sandbox
) -> None:
    plant(sandbox, 1, receiveDate="09/01/2019 23:59:59")
    plant(sandbox, 2, receiveDate="10/01/2019 00:00:00")
    plant(sandbox, 3, receiveDate="10/01/2019 23:59:59")
    plant(sandbox, 4, receiveDate="11/01/2019 00:00:00")
    plant(sandbox, 5, receiveDate="")

    assert {row.code for row in await listed(onestop)} == {number(2), number(3)}
    both = await listed(onestop, last=NEXT_DAY)
    assert {row.code for row in both} == {number(2), number(3), number(4)}
    assert await listed(onestop, first=NEXT_DAY, last=DAY) == []


@pytest.mark.parametrize(
    ("word", "national"),
    [
        ("receiving", 1),
        ("new", 2),
        ("denied", 3),
        ("processing", 4),
        ("waiting", 5),
        ("paying", 6),
        ("cancelled", 7),
        ("unresolved", 8),
        ("releasing", 9),
        ("done", 10),
        ("interoperating", 0),
        ("posting", 0),
        ("pausing", 0),
        ("correcting", 0),
        ("cancelling", 0),
        ("a-word-of-tomorrow", 0),
    ],
)
async def test_a_status_has_its_national_number_and_keeps_its_own_word(
    onestop: OneStop, sandbox: Sandbox, word: str, national: int
) -> None:
    plant(sandbox, 1, dossierStatus=word)
    row = await only(onestop)
    assert (row.status, row.raw_status) == (national, word)


def test_every_status_of_the_stand_in_is_translated_above() -> None:
    assert len(STATUS_TEXT) == 15


@pytest.mark.parametrize(
    ("columns", "channel"),
    [
        ({}, 1),
        ({"online": True}, 2),
        ({"fromViaPostal": 1}, 3),
        ({"online": True, "fromViaPostal": 1}, 2),
    ],
)
async def test_the_channel_is_direct_online_or_postal(
    onestop: OneStop, sandbox: Sandbox, columns: dict[str, object], channel: int
) -> None:
    plant(sandbox, 1, **columns)
    assert (await only(onestop)).channel == channel


@pytest.mark.parametrize(("via_postal", "mode"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1)])
async def test_a_result_sent_or_delivered_by_post_still_counts_as_by_post(
    onestop: OneStop, sandbox: Sandbox, via_postal: int, mode: int
) -> None:
    plant(sandbox, 1, viaPostal=via_postal)
    assert (await only(onestop)).return_mode == mode


async def test_times_are_aware_and_in_utc_and_nothing_is_none(
    onestop: OneStop, sandbox: Sandbox
) -> None:
    plant(sandbox, 1, dueDate="17/01/2019 17:00:00", releaseDate="15/01/2019 09:30:15")
    row = await only(onestop)
    assert row.received_at == datetime(2019, 1, 10, 1, 0, tzinfo=UTC)
    assert row.promised_at == datetime(2019, 1, 17, 10, 0, tzinfo=UTC)
    assert row.resolved_at == datetime(2019, 1, 15, 2, 30, 15, tzinfo=UTC)
    assert row.returned_at is None
    assert row.received_at.utcoffset() == UTC.utcoffset(None)


async def test_a_dossier_is_found_by_its_whole_code_only(
    onestop: OneStop, sandbox: Sandbox
) -> None:
    plant(sandbox, 12, serviceCode="2.000889")
    found = await onestop.find(number(12))
    assert found is not None
    assert (found.code, found.procedure_code) == (number(12), "2.000889")
    assert found.department_code == "000.00.04.H37"
    assert await onestop.find(number(12)[:-1]) is None
    assert await onestop.find(number(13)) is None


async def test_no_code_finds_nothing_rather_than_everything(
    onestop: OneStop, sandbox: Sandbox
) -> None:
    plant(sandbox, 1)
    assert await onestop.find("  ") is None


async def test_two_dossiers_with_one_code_are_listed_both_and_looked_up_neither(
    onestop: OneStop, sandbox: Sandbox
) -> None:
    plant(sandbox, 1, dossierId=51)
    plant(sandbox, 1, dossierId=52)
    assert [row.code for row in await listed(onestop)] == [number(1), number(1)]
    with pytest.raises(OneStopRefused, match="2"):
        await onestop.find(number(1))


async def test_the_months_count_is_told_as_it_is(onestop: OneStop, sandbox: Sandbox) -> None:
    plant(sandbox, 1)
    plant(sandbox, 2, dossierStatus="waiting")
    plant(sandbox, 3, dossierStatus="denied")
    late = {"dueDate": "14/01/2019 17:00:00", "releaseDate": "15/01/2019 09:00:00"}
    plant(sandbox, 4, dossierStatus="releasing", **late)
    in_time = {"dueDate": "15/01/2019 17:00:00", "releaseDate": "15/01/2019 09:00:00"}
    plant(sandbox, 5, dossierStatus="done", finishDate="16/01/2019 09:00:00", **in_time)

    count = await onestop.statistics(year=2019, month=1)

    assert (count.total, count.received, count.processing) == (5, 4, 1)
    assert (count.released, count.done) == (2, 1)
    assert (count.betimes, count.ontime, count.overtime) == (0, 1, 1)
    assert json.loads(count.raw)["data"][0]["waitingCount"] == 1


async def test_a_month_without_dossiers_counts_nought(onestop: OneStop) -> None:
    count = await onestop.statistics(year=2018, month=12)
    assert (count.total, count.released) == (0, 0)


async def test_a_working_system_passes_its_check_and_can_be_closed_twice(onestop: OneStop) -> None:
    await onestop.check()
    await onestop.close()
    await onestop.close()
