"""What every one-stop system must do for the nightly count, whatever its make."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.onestop.reading import READINGS
from postal_bridge.reconciliation.ports import (
    Counter,
    OneStop,
    OneStopPage,
    OneStopRefused,
    OneStopUnavailable,
    Slice,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests import onestop_systems
from tests.onestop_systems import AGENCY, ATTEMPTS, Fact, NotedTape, Planted, codes, facts

PORT = "reconciliation.ports.OneStop"
IMPLEMENTATIONS = {
    "memory": onestop_systems.in_memory,
    "opencps": onestop_systems.opencps,
    "tandan": onestop_systems.tandan,
    "igate": onestop_systems.igate,
}
OVER_HTTP = [name for name in IMPLEMENTATIONS if name != "memory"]
WITH_TOKENS = ["tandan", "igate"]

DAY = date(2019, 1, 10)
NEXT_DAY = date(2019, 1, 11)
CODES = codes(9)
PAGES = 3
"""9 rows in pages of 4."""


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL))


@pytest.fixture(params=IMPLEMENTATIONS)
async def system(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        yield opened


@pytest.fixture(params=OVER_HTTP)
async def remote(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        opened.plant(*facts(9))
        yield opened


@pytest.fixture(params=WITH_TOKENS)
async def guarded(request: pytest.FixtureRequest, clock: ReplayClock) -> AsyncIterator[Planted]:
    async with IMPLEMENTATIONS[request.param](clock) as opened:
        opened.plant(*facts(9))
        yield opened


async def walked(
    onestop: OneStop, *, first: date = DAY, last: date = DAY, tape: NotedTape | None = None
) -> list[OneStopPage]:
    """The pages of the last reading: one that begins anew makes what came before it void."""
    kept: list[OneStopPage] = []
    async for page in onestop.pages(received_from=first, received_to=last, tape=tape):
        kept = [page] if page.start == 0 else [*kept, page]
    return kept


async def listed(onestop: OneStop, *, first: date = DAY, last: date = DAY) -> list[OneStopDossier]:
    return [row for page in await walked(onestop, first=first, last=last) for row in page.rows]


async def names(onestop: OneStop) -> list[str]:
    return sorted(row.code for row in await listed(onestop))


async def only(system: Planted, fact: Fact) -> OneStopDossier:
    system.plant(fact)
    rows = await listed(system.onestop)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 13])
async def test_every_dossier_comes_exactly_once(system: Planted, count: int) -> None:
    system.plant(*facts(count))
    pages = await walked(system.onestop)
    assert sorted(row.code for page in pages for row in page.rows) == codes(count)
    assert {page.total for page in pages} == {count}
    starts = [page.start for page in pages]
    assert starts == [sum(len(page.rows) for page in pages[:index]) for index in range(len(pages))]


async def test_pages_come_as_they_are_read(remote: Planted) -> None:
    pages = remote.onestop.pages(received_from=DAY, received_to=DAY)
    first = await anext(pages)
    assert (first.start, first.total, len(first.rows)) == (0, 9, 4)
    assert remote.http.log.count(remote.route) == 1


async def test_the_evidence_holds_the_rows_as_they_came(system: Planted) -> None:
    system.plant(*facts(6))
    for page in await walked(system.onestop):
        assert all(row.code.encode() in page.raw for row in page.rows)


async def test_an_empty_night_is_one_empty_page_with_its_evidence(system: Planted) -> None:
    pages = await walked(system.onestop)
    assert [(page.rows, page.total, page.start) for page in pages] == [([], 0, 0)]
    assert pages[0].raw.startswith(b"{")


async def test_days_begin_and_end_at_midnight_in_vietnam(system: Planted) -> None:
    for serial, moment in enumerate(
        [
            datetime(2019, 1, 9, 23, 59, 59, tzinfo=LOCAL),
            datetime(2019, 1, 10, 0, 0, 0, tzinfo=LOCAL),
            datetime(2019, 1, 10, 23, 59, 59, tzinfo=LOCAL),
            datetime(2019, 1, 11, 0, 0, 0, tzinfo=LOCAL),
            None,
        ]
    ):
        system.plant(Fact(code=CODES[serial], received=moment))
    assert await names(system.onestop) == CODES[1:3]
    both = await listed(system.onestop, last=NEXT_DAY)
    assert sorted(row.code for row in both) == CODES[1:4]
    assert await listed(system.onestop, first=NEXT_DAY, last=DAY) == []


@pytest.mark.parametrize("status", range(1, 11))
async def test_a_state_has_its_national_number_and_keeps_its_own_word(
    system: Planted, status: int
) -> None:
    row = await only(system, Fact(code=CODES[0], status=status))
    assert row.status == status
    assert row.raw_status
    assert row.strange == ""


async def test_a_code_with_a_nul_comes_with_a_letter_that_every_database_keeps(
    remote: Planted,
) -> None:
    remote.plant(Fact(code="THU\x00NGHIEM"))
    assert sorted([*CODES, "THU\N{REPLACEMENT CHARACTER}NGHIEM"]) == await names(remote.onestop)


@pytest.mark.parametrize("channel", [1, 2, 3])
@pytest.mark.parametrize("mode", [0, 1])
async def test_the_ways_in_and_out_are_told(system: Planted, channel: int, mode: int) -> None:
    row = await only(system, Fact(code=CODES[0], channel=channel, return_mode=mode))
    assert (row.channel, row.return_mode) == (channel, mode)


async def test_times_are_aware_and_in_utc_and_nothing_is_none(system: Planted) -> None:
    promised = datetime(2019, 1, 17, 17, 0, tzinfo=LOCAL)
    resolved = datetime(2019, 1, 15, 9, 30, 15, tzinfo=LOCAL)
    row = await only(system, Fact(code=CODES[0], status=9, promised=promised, resolved=resolved))
    assert row.received_at == datetime(2019, 1, 10, 1, 0, tzinfo=UTC)
    assert row.promised_at == datetime(2019, 1, 17, 10, 0, tzinfo=UTC)
    assert row.resolved_at == datetime(2019, 1, 15, 2, 30, 15, tzinfo=UTC)
    assert row.returned_at is None
    assert row.received_at.utcoffset() == timedelta()


async def test_fees_are_told_by_those_who_say_so(system: Planted) -> None:
    system.plant(Fact(code=CODES[0], fee=30_000), Fact(code=CODES[1]))
    told = {row.code: row.fee_vnd for row in await listed(system.onestop)}
    expected = {CODES[0]: 30_000, CODES[1]: 0}
    assert told == (expected if system.onestop.tells_fees else dict.fromkeys(expected))
    found = await system.onestop.find(CODES[0])
    assert found is not None
    assert found.fee_vnd == told[CODES[0]]


async def test_a_dossier_is_found_by_its_whole_code_only(system: Planted) -> None:
    system.plant(Fact(code=CODES[2], procedure="2.000889"))
    found = await system.onestop.find(f" {CODES[2]} ")
    assert found is not None
    assert (found.code, found.procedure_code) == (CODES[2], "2.000889")
    assert found.department_code == AGENCY
    assert await system.onestop.find(CODES[2][:-1]) is None
    assert await system.onestop.find(CODES[3]) is None


async def test_a_look_up_tells_what_the_list_tells(system: Planted) -> None:
    moment = datetime(2019, 1, 16, 9, 0, tzinfo=LOCAL)
    row = await only(
        system,
        Fact(code=CODES[0], status=10, channel=3, resolved=moment, returned=moment, fee=500),
    )
    assert await system.onestop.find(CODES[0]) == row


async def test_no_code_finds_nothing_rather_than_everything(system: Planted) -> None:
    system.plant(Fact(code=CODES[0]))
    assert await system.onestop.find("  ") is None


# --- counts ---------------------------------------------------------------------------------------


def of_all_kinds() -> list[Fact]:
    agencies = (AGENCY, "000.00.07.H37")
    made = [
        Fact(
            code=code,
            status=1 + serial % 10,
            agency=agencies[serial % 2],
            channel=1 + serial % 3,
            return_mode=serial % 2,
        )
        for serial, code in enumerate(codes(30))
    ]
    return [*made, Fact(code=f"{AGENCY}-190111-0001", received=made_next_day())]


def made_next_day() -> datetime:
    return datetime(2019, 1, 11, 8, 0, tzinfo=LOCAL)


async def test_every_part_that_can_be_counted_is_counted_as_it_is_listed(system: Planted) -> None:
    system.plant(*of_all_kinds())
    onestop = system.onestop
    rows = await listed(onestop)
    assert "days" in onestop.countable
    day = Slice(first=DAY, last=DAY)
    assert await onestop.count(day) == len(rows) == 30
    assert await onestop.count(Slice(first=DAY, last=NEXT_DAY)) == 31
    parts = {
        "status": ([replace(day, status=one) for one in range(1, 11)], "status"),
        "agency": ([replace(day, agency=one) for one in (AGENCY, "x")], "department_code"),
        "channel": ([replace(day, channel=one) for one in (1, 2, 3)], "channel"),
        "return_mode": ([replace(day, return_mode=one) for one in (0, 1)], "return_mode"),
    }
    for name in onestop.countable - {"days"}:
        slices, column = parts[name]
        for part in slices:
            wanted = getattr(part, name)
            fitting = sum(getattr(row, column) == wanted for row in rows)
            assert await onestop.count(part) == fitting, part


async def test_its_own_figures_agree_with_its_list_where_it_works(system: Planted) -> None:
    moment = datetime(2019, 1, 10, 16, 0, tzinfo=LOCAL)
    system.plant(
        Fact(code=CODES[0]),
        Fact(code=CODES[1], channel=2),
        Fact(code=CODES[2], channel=3, return_mode=1),
        Fact(code=CODES[3], status=3, channel=3, return_mode=1),
        Fact(code=CODES[4], status=9, promised=RECEIVED_EARLY, resolved=moment, return_mode=1),
        Fact(code=CODES[5], status=10, resolved=moment, returned=moment),
    )
    told = await system.onestop.statistics(first=DAY, last=DAY)
    assert told.broken == []
    figures = {one.counter: one.value for one in told.counted if one.agency == ""}
    expected = {
        Counter.RECEIVED: 5,
        Counter.RECEIVED_DIRECT: 3,
        Counter.RECEIVED_ONLINE: 1,
        Counter.RECEIVED_POSTAL: 1,
        Counter.RESOLVED: 2,
        Counter.LATE: 1,
        Counter.RETURNED: 1,
        Counter.POSTAL_REGISTERED: 2,
    }
    # A figure that does not mean the same is left out, and something always is told.
    assert figures == {counter: expected[counter] for counter in figures}
    for one in told.counted:
        assert one.agency in {"", AGENCY}
        assert one.first <= DAY <= one.last
    assert figures or told.missing


RECEIVED_EARLY = datetime(2019, 1, 10, 9, 0, tzinfo=LOCAL)


async def test_days_without_dossiers_count_nought(system: Planted) -> None:
    told = await system.onestop.statistics(first=date(2018, 12, 1), last=date(2018, 12, 31))
    assert {one.value for one in told.counted} <= {0}
    assert await system.onestop.count(Slice(first=DAY, last=DAY)) == 0


# --- the tape -------------------------------------------------------------------------------------


async def test_a_second_run_with_the_same_tape_asks_nothing(remote: Planted) -> None:
    tape = NotedTape()
    onestop = remote.onestop

    async def run() -> object:
        pages = await walked(onestop, tape=tape)
        count = await onestop.count(Slice(first=DAY, last=DAY), tape=tape)
        return pages, count, await onestop.statistics(first=DAY, last=DAY, tape=tape)

    first = await run()
    asked = remote.http.log.count()
    remote.plant(Fact(code="000.00.00.H37-190110-9999"))
    tape.rewind()
    assert await run() == first
    assert remote.http.log.count() == asked


async def test_a_run_that_broke_off_goes_on_where_it_was(remote: Planted) -> None:
    tape = NotedTape()
    remote.fail(Fault(kind=FaultKind.SERVER_ERROR, route=remote.route, after=1, times=ATTEMPTS))
    with pytest.raises(OneStopUnavailable):
        await walked(remote.onestop, tape=tape)
    kept = len(tape.kept)
    assert kept
    asked = remote.requests()
    tape.rewind()
    rows = [row.code for page in await walked(remote.onestop, tape=tape) for row in page.rows]
    assert sorted(rows) == CODES
    assert remote.requests() - asked == len(tape.kept) - kept


async def test_a_night_that_gave_up_on_a_restless_list_asks_anew_when_it_is_run_again(
    remote: Planted,
) -> None:
    tape = NotedTape()
    remote.plant(*facts(40))
    remote.fail(Fault(kind=FaultKind.ROW_LEAVES, route=remote.route, times=None))
    with pytest.raises(OneStopUnavailable, match="moved"):
        await walked(remote.onestop, tape=tape)
    remote.http.plan.faults = []
    tape.rewind()
    rows = [row.code for page in await walked(remote.onestop, tape=tape) for row in page.rows]
    assert sorted(rows) == await names(remote.onestop)


async def test_a_look_up_is_of_now_and_never_taped(remote: Planted) -> None:
    tape = NotedTape()
    await walked(remote.onestop, tape=tape)
    kept = dict(tape.kept)
    assert await remote.onestop.find(CODES[0]) is not None
    assert tape.kept == kept


async def test_nothing_secret_and_no_address_is_in_a_question(remote: Planted) -> None:
    tape = NotedTape()
    await walked(remote.onestop, tape=tape)
    for question, _ in tape.kept:
        assert "127.0.0.1" not in question
        assert "cau-noi" not in question
        assert question.split(" ")[0] in {"GET", "POST"}


# --- faults that pass -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (FaultKind.SERVER_ERROR, {"status": 500}),
        (FaultKind.SERVER_ERROR, {"times": 2}),
        (FaultKind.TRUNCATED, {}),
        (FaultKind.HALF_BODY, {}),
        (FaultKind.TOO_MANY, {"retry_after": "7"}),
        (FaultKind.CONNECTION_LOST, {}),
        (FaultKind.REPLY_LOST, {}),
        (FaultKind.TIMEOUT, {"seconds": 0.05}),
        (FaultKind.SLOW, {"seconds": 0.05}),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_passing_fault_costs_no_row(
    remote: Planted, kind: FaultKind, changes: dict[str, object], after: int
) -> None:
    remote.fail(Fault(kind=kind, route=remote.route, after=after, **changes))  # type: ignore[arg-type]
    assert await names(remote.onestop) == CODES
    if kind is FaultKind.TOO_MANY:
        assert remote.waits == [7.0]


async def test_every_question_is_repeated(remote: Planted) -> None:
    onestop = remote.onestop
    for ask in (
        lambda: onestop.count(Slice(first=DAY, last=DAY)),
        lambda: onestop.find(CODES[0]),
        lambda: onestop.statistics(first=DAY, last=DAY),
        onestop.check,
    ):
        remote.fail(Fault(kind=FaultKind.SERVER_ERROR))
        await ask()


# --- faults that stay -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (FaultKind.SERVER_ERROR, "HTTP 503"),
        (FaultKind.CONNECTION_LOST, "connection lost"),
        (FaultKind.TRUNCATED, "connection lost"),
        (FaultKind.HALF_BODY, "JSON broken off"),
        (FaultKind.TOO_MANY, "HTTP 429"),
    ],
)
async def test_a_fault_that_stays_ends_as_unavailable_after_the_last_attempt(
    remote: Planted, kind: FaultKind, told: str
) -> None:
    remote.fail(Fault(kind=kind, route=remote.route, times=None))
    with pytest.raises(OneStopUnavailable, match=told) as caught:
        await names(remote.onestop)
    assert caught.value.retryable
    assert len(remote.waits) == ATTEMPTS - 1


async def test_a_login_page_with_status_200_is_named_for_what_it_is(remote: Planted) -> None:
    await remote.onestop.check()
    asked = remote.http.log.count()
    remote.fail(Fault(kind=FaultKind.LOGIN_PAGE, route=remote.route))
    with pytest.raises(OneStopRefused) as caught:
        await names(remote.onestop)
    assert "trang HTML “Đăng nhập - Cổng dịch vụ công”" in str(caught.value)
    assert not caught.value.retryable
    assert remote.http.log.count() == asked + 1


# --- a list that moves ----------------------------------------------------------------------------

MOVING = [FaultKind.ROW_APPEARS, FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP]


async def truth(system: Planted) -> int:
    return await system.onestop.count(Slice(first=DAY, last=DAY))


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_list_that_moves_behind_a_page_still_comes_whole(
    remote: Planted, kind: FaultKind, after: int
) -> None:
    remote.fail(Fault(kind=kind, route=remote.route, after=after))
    told = await names(remote.onestop)
    assert len(set(told)) == len(told)
    # Those that were there all the while must have come; one that came or went may have or not.
    remote.http.plan.faults = []
    now = set(await names(remote.onestop))
    assert now & set(CODES) <= set(told) <= now | set(CODES)


@pytest.mark.parametrize("kind", MOVING)
async def test_a_list_that_moved_is_read_again_from_its_start(
    remote: Planted, kind: FaultKind
) -> None:
    remote.fail(Fault(kind=kind, route=remote.route))
    pages = remote.onestop.pages(received_from=DAY, received_to=DAY)
    assert [page.start async for page in pages].count(0) == 2


@pytest.mark.parametrize("kind", MOVING)
async def test_a_list_that_never_rests_is_unavailable_rather_than_wrong(
    remote: Planted, kind: FaultKind
) -> None:
    remote.plant(*facts(40))
    remote.fail(Fault(kind=kind, route=remote.route, times=None))
    with pytest.raises(OneStopUnavailable, match=f"moved in each of {READINGS}") as caught:
        await names(remote.onestop)
    assert caught.value.retryable


async def test_a_row_delivered_twice_is_counted_once(remote: Planted) -> None:
    remote.fail(Fault(kind=FaultKind.DUPLICATE, route=remote.route, after=1))
    assert await names(remote.onestop) == CODES


async def test_a_dossier_delivered_twice_to_a_look_up_is_still_one(remote: Planted) -> None:
    remote.fail(Fault(kind=FaultKind.DUPLICATE, times=None))
    found = await remote.onestop.find(CODES[0])
    assert found is not None
    assert found.code == CODES[0]


async def test_rows_that_always_come_twice_are_unavailable(remote: Planted) -> None:
    remote.fail(Fault(kind=FaultKind.DUPLICATE, route=remote.route, times=None))
    with pytest.raises(OneStopUnavailable, match="twice"):
        await names(remote.onestop)


# --- tokens ---------------------------------------------------------------------------------------


async def test_one_token_serves_many_questions(guarded: Planted) -> None:
    await names(guarded.onestop)
    await guarded.onestop.find(CODES[0])
    assert guarded.token_requests() == 1


async def test_many_questions_at_once_fetch_one_token(guarded: Planted) -> None:
    async with asyncio.TaskGroup() as group:
        for code in CODES:
            group.create_task(guarded.onestop.find(code))
    assert guarded.token_requests() == 1


async def test_a_token_that_is_no_longer_taken_is_renewed_once_and_no_row_is_lost(
    guarded: Planted,
) -> None:
    await guarded.onestop.check()
    guarded.fail(Fault(kind=FaultKind.UNAUTHORIZED, route=guarded.route, after=1))
    assert await names(guarded.onestop) == CODES
    assert guarded.token_requests() == 2
    assert guarded.waits == []


async def test_many_expired_questions_at_once_renew_the_token_once(
    guarded: Planted, clock: ReplayClock
) -> None:
    await guarded.onestop.check()
    clock.advance_to(clock.now() + timedelta(hours=2))
    asked = guarded.token_requests()
    async with asyncio.TaskGroup() as group:
        for code in CODES:
            group.create_task(guarded.onestop.find(code))
    # One renewal; where the token to renew with was over too, one sign-in after it.
    assert guarded.token_requests() - asked <= 2


async def test_a_second_no_in_a_row_is_wrong_credentials(guarded: Planted) -> None:
    guarded.fail(Fault(kind=FaultKind.UNAUTHORIZED, route=guarded.route, times=None))
    with pytest.raises(OneStopRefused, match="401"):
        await names(guarded.onestop)
    assert guarded.http.log.count(guarded.route) == 2
    assert guarded.token_requests() == 2
    assert guarded.waits == []


@pytest.mark.parametrize("make", OVER_HTTP)
async def test_a_wrong_password_is_refused_and_never_tried_twice(
    make: str, clock: ReplayClock
) -> None:
    async with IMPLEMENTATIONS[make](clock, password="sai-mat-khau") as opened:  # type: ignore[call-arg]
        with pytest.raises(OneStopRefused) as caught:
            await opened.onestop.check()
        assert not caught.value.retryable
        assert opened.http.log.count() == 1
        assert "sai-mat-khau" not in str(caught.value)


async def test_a_working_system_passes_its_check_and_can_be_closed_twice(system: Planted) -> None:
    await system.onestop.check()
    await system.onestop.close()
    await system.onestop.close()
