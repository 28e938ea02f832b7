"""The ledger by month on PostgreSQL: made ahead, moved to the archive, and never a row lost."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from postal_bridge.clock import months_after
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.failures import DatabaseUnavailable
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.postgres import months as postgres
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import CustodyEvent
from tests.conftest import MakeDatabase
from tests.stores import ITEM, a_position, an_event, opened

NOVEMBER = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
MONTHS = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.fixture
async def storage(make_database: MakeDatabase, postgres_template: str) -> AsyncIterator[Storage]:
    async with opened(make_database(template=postgres_template)) as found:
        yield found


@pytest.fixture
def months(storage: Storage) -> LedgerMonths:
    return LedgerMonths(storage)


def event_at(moment: datetime, seq: int, *, item: str = ITEM) -> CustodyEvent:
    """An event whose id a device made at this moment."""
    event_id = Identifiers(random.Random(f"{item} {seq}")).new(moment)
    times = {"event_id": event_id, "occurred_at": moment, "recorded_at": moment}
    return an_event(seq, item=item).model_copy(update=times)


async def put(storage: Storage, *events: CustodyEvent) -> None:
    async with storage.begin() as work:
        for event in events:
            await work.custody.record(event, a_position(event.seq, item=event.item_code))


async def where(storage: Storage) -> list[tuple[object, ...]]:
    """Which part of the ledger each event lies in, by entry."""
    rows: list[tuple[object, ...]] = []
    async with storage.begin(write=False) as work:
        for table in (postgres.LIVE, postgres.ARCHIVE):
            found = text(f"SELECT tableoid::regclass::text, seq FROM {table} ORDER BY entry")
            rows += [tuple(row) for row in await work.connection.execute(found)]
    return rows


async def live(storage: Storage) -> set[date]:
    async with storage.begin(write=False) as work:
        return (await postgres.existing(work.connection))[postgres.LIVE]


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    assert months_after(date(2026, 11, 1), 2) == date(2027, 1, 1)
    assert months_after(date(2026, 1, 1), -13) == date(2024, 12, 1)
    hanoi_morning = datetime.fromisoformat("2026-12-01T06:59:59+07:00")
    assert postgres.month_of(hanoi_morning) == date(2026, 11, 1)


def test_a_month_begins_with_the_first_id_of_its_first_millisecond() -> None:
    begins = datetime(2026, 11, 1, tzinfo=UTC)
    first = postgres.first_id(date(2026, 11, 1))
    made = [
        Identifiers(random.Random(1)).new(begins + timedelta(milliseconds=step)) for step in (-1, 0)
    ]
    assert made[0] < first < made[1]
    assert postgres.name_of(postgres.LIVE, date(2026, 11, 1)) == "custody_event_2026_11"


async def test_this_month_and_those_ahead_are_made_once(
    storage: Storage, months: LedgerMonths
) -> None:
    before = await live(storage)
    made = await months.ensure(now=NOVEMBER)
    assert set(MONTHS) <= before | set(made)
    assert await months.ensure(now=NOVEMBER) == []
    assert await months.missing(now=NOVEMBER) == []
    gone = datetime(2031, 5, 31, 23, 59, tzinfo=UTC)
    assert await months.missing(now=gone) == [date(2031, 5, 1), date(2031, 6, 1)]
    assert await months.ensure(now=gone, ahead=0) == [date(2031, 5, 1)]
    assert await months.missing(now=gone) == [date(2031, 6, 1)]


async def test_processes_that_make_them_at_once_make_them_once(
    storage: Storage, months: LedgerMonths
) -> None:
    now = datetime(2035, 1, 1, tzinfo=UTC)
    async with asyncio.TaskGroup() as tasks:
        each = [tasks.create_task(months.ensure(now=now)) for _ in range(5)]
    made = [month for one in each for month in one.result()]
    assert sorted(made) == [date(2035, 1, 1), date(2035, 2, 1), date(2035, 3, 1)]


async def test_events_that_came_before_their_month_was_made_are_moved_as_they_are(
    storage: Storage, months: LedgerMonths
) -> None:
    """Nobody made months for a while: neither those events nor older ones are in the way."""
    then = datetime(2033, 3, 31, 23, 59, 59, tzinfo=UTC)
    events = [event_at(then + timedelta(days=20 * step), step + 1) for step in range(4)]
    await put(storage, *events)
    assert {part for part, _ in await where(storage)} == {"custody_event_other"}
    whole = text("SELECT * FROM custody_event ORDER BY entry")
    async with storage.begin() as work:
        before = [tuple(row) for row in await work.connection.execute(whole)]

    made = await months.ensure(now=events[-1].recorded_at, ahead=0)

    assert made == [date(2033, 3, 1), date(2033, 4, 1), date(2033, 5, 1)]
    assert await where(storage) == [
        ("custody_event_2033_03", 1),
        ("custody_event_2033_04", 2),
        ("custody_event_2033_05", 3),
        ("custody_event_2033_05", 4),
    ]
    async with storage.begin() as work:
        assert [tuple(row) for row in await work.connection.execute(whole)] == before
        assert await work.custody.history(ITEM) == events


async def test_a_device_that_lives_in_another_year_makes_no_month(
    storage: Storage, months: LedgerMonths
) -> None:
    odd = event_at(datetime(1970, 1, 2, tzinfo=UTC), 1).model_copy(update={"recorded_at": NOVEMBER})
    no_moment = event_at(NOVEMBER, 2).model_copy(update={"event_id": UUID(int=(1 << 127) + 5)})
    await put(storage, odd, no_moment)
    await months.ensure(now=NOVEMBER)
    assert await where(storage) == [("custody_event_other", 1), ("custody_event_other", 2)]
    assert date(1970, 1, 1) not in await live(storage)
    async with storage.begin() as work:
        assert set(await work.custody.by_event_id([odd.event_id])) == {odd.event_id}


async def test_an_event_is_in_the_ledger_once_whatever_its_month(
    storage: Storage, months: LedgerMonths
) -> None:
    await months.ensure(now=NOVEMBER)
    event = event_at(NOVEMBER, 1)
    await put(storage, event)
    with pytest.raises(IntegrityError):
        await put(storage, event.model_copy(update={"seq": 2}))


async def of_two_years(storage: Storage, months: LedgerMonths) -> list[CustodyEvent]:
    """An event each month from 11/2024 to 10/2026; each month was made when it came."""
    events = []
    for step in range(24):
        month = months_after(date(2024, 11, 1), step)
        moment = datetime(month.year, month.month, 28, tzinfo=UTC)
        await months.ensure(now=moment, ahead=1)
        events.append(event_at(moment, step + 1))
        await put(storage, events[-1])
    return events


async def test_old_months_go_to_the_archive_and_are_read_there(
    storage: Storage, months: LedgerMonths
) -> None:
    events = await of_two_years(storage, months)
    async with storage.begin() as work:
        hashes = [pair async for part in work.ledger.hashes(after=0) for pair in part]

    moved = await months.archive(before=date(2025, 11, 1))

    assert moved == [months_after(date(2024, 11, 1), step) for step in range(12)]
    assert await months.archive(before=date(2025, 11, 1)) == []
    parts = await where(storage)
    assert parts[0] == ("custody_event_2025_11", 13)
    assert parts[12] == ("custody_archive_2024_11", 1)
    async with storage.begin(write=False) as work:
        assert await work.custody.history(ITEM) == events
        found = await work.custody.by_event_id([event.event_id for event in events])
        assert found == {event.event_id: event for event in events}
        assert [pair async for part in work.ledger.hashes(after=0) for pair in part] == hashes
        assert await work.ledger.count() == 24


async def test_what_each_month_holds_is_listed(storage: Storage, months: LedgerMonths) -> None:
    await of_two_years(storage, months)
    await months.archive(before=date(2024, 12, 1))
    listed = {(one.first, one.archived): one for one in await months.listed()}
    assert listed[date(2024, 11, 1), True].rows == 1
    assert listed[date(2024, 12, 1), False].rows == 1
    assert listed[None, False].rows == 0
    assert all(one.size_bytes > 0 for one in listed.values())
    assert (date(2024, 11, 1), False) not in listed


async def test_an_archived_month_is_not_made_again_for_a_straggler(
    storage: Storage, months: LedgerMonths
) -> None:
    """A device that was in a drawer for two years: its scan is kept with the others."""
    events = await of_two_years(storage, months)
    await months.archive(before=date(2025, 11, 1))
    late = event_at(events[3].occurred_at + timedelta(hours=1), 25)
    await put(storage, late)
    assert await months.ensure(now=events[3].occurred_at, ahead=0) == []
    assert ("custody_event_other", 25) in await where(storage)
    async with storage.begin() as work:
        assert await work.custody.history(ITEM) == [*events, late]


async def test_nothing_is_lost_and_nobody_fails_while_scans_come_in(
    storage: Storage, months: LedgerMonths
) -> None:
    """Every writer looks its id up, as scans do, and then writes: in one transaction."""
    await of_two_years(storage, months)
    done = asyncio.Event()
    written: dict[str, int] = {}

    async def scans(item: str) -> None:
        while not done.is_set():
            seq = written.get(item, 0) + 1
            event = event_at(NOVEMBER, seq, item=item)
            async with storage.begin() as work:
                assert await work.custody.by_event_id([event.event_id]) == {}
                assert len(await work.custody.history(item)) == seq - 1
                await work.custody.record(event, a_position(seq, item=item))
            written[item] = seq

    async def changes() -> Sequence[date]:
        moved = list(await months.archive(before=date(2025, 5, 1)))
        await months.ensure(now=NOVEMBER)
        moved += await months.archive(before=date(2026, 5, 1))
        done.set()
        return moved

    async with asyncio.TaskGroup() as tasks:
        for number in range(3):
            tasks.create_task(scans(f"D{number}/H1"))
        moved = tasks.create_task(changes())
    assert len(moved.result()) == 18
    async with storage.begin() as work:
        assert await work.ledger.count() == 24 + sum(written.values())
        for item, last in written.items():
            assert [event.seq for event in await work.custody.history(item)] == list(
                range(1, last + 1)
            )


async def test_a_long_reader_is_not_waited_for_and_scans_go_on(
    storage: Storage, months: LedgerMonths, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = await of_two_years(storage, months)
    monkeypatch.setattr(postgres, "PATIENCE_MS", 50)
    async with storage.begin(write=False) as reader:
        await reader.ledger.count()
        with pytest.raises(DatabaseUnavailable):
            await months.archive(before=date(2025, 1, 1))
        await put(storage, event_at(NOVEMBER, 25))
        assert await reader.custody.history(ITEM) == [*events, event_at(NOVEMBER, 25)]
    assert await months.archive(before=date(2025, 1, 1)) == [date(2024, 11, 1), date(2024, 12, 1)]


async def test_processes_that_archive_at_once_move_each_month_once(
    storage: Storage, months: LedgerMonths
) -> None:
    await of_two_years(storage, months)
    async with asyncio.TaskGroup() as tasks:
        each = [tasks.create_task(months.archive(before=date(2025, 2, 1))) for _ in range(4)]
    moved = sorted(month for one in each for month in one.result())
    assert moved == [date(2024, 11, 1), date(2024, 12, 1), date(2025, 1, 1)]


async def test_a_month_is_moved_without_being_read_through(
    storage: Storage, months: LedgerMonths
) -> None:
    """Its own check says where its ids lie, so the archive need not look at a single row."""
    await of_two_years(storage, months)
    checked = text(
        "SELECT relname FROM pg_class JOIN pg_constraint ON conrelid = pg_class.oid"
        " WHERE contype = 'c' AND conname = 'month' AND convalidated"
    )
    async with storage.begin(write=False) as work:
        names = set((await work.connection.execute(checked)).scalars())
    assert {f"custody_event_2024_{month}" for month in (11, 12)} <= names
    assert len(names) == len(await live(storage))
