"""What those who follow the ledger are told, in memory and on every database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, Stage
from postal_bridge.tracking import ports
from postal_bridge.tracking.changes import BEGINNING, ChangePage, Cursor, Onlooker
from postal_bridge.tracking.records import CustodyEvent, Position
from tests.stages.memory import MemoryWork
from tests.stores import HOUR, NOW, a_position, an_event, opened

PORT = "tracking.ports.Changes"
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")

LAN = Onlooker("lan", ("desk-1",))
HOA = Onlooker("hoa", ("desk-2", "desk-3"))
TUAN = Onlooker("tuan", ())
ALL = Onlooker("sang", (), sees_all=True)


class Ledger:
    """A ledger to write into and to follow."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._ends: dict[str, Position] = {}

    @asynccontextmanager
    async def look(self) -> AsyncIterator[ports.Changes]:
        if isinstance(self._storage, MemoryWork):
            yield self._storage.changes
        else:
            async with self._storage.glance() as look:
                yield look.changes

    async def write(
        self,
        item: str,
        *,
        place: str = "desk-1",
        actor: str = "lan",
        custodian: str | None = None,
        keeps: bool = False,
        act: Act = Act.RECEIVE,
        hours: int | None = None,
    ) -> CustodyEvent:
        """An event, and the position it leads to: its place and custodian, unless it `keeps` it."""
        before = self._ends.get(item)
        seq = before.seq + 1 if before else 1
        event = an_event(seq, item=item, act=act).model_copy(
            update={"place": place, "actor": actor, "custodian": custodian}
        )
        if custodian is None:
            event.custodian_kind = None
        if hours is not None:
            event.occurred_at = NOW + hours * HOUR
        position = before if keeps and before else a_position(item=item)
        where = {} if keeps else {"place": place, "custodian": custodian or position.custodian}
        self._ends[item] = position.model_copy(update={"seq": seq, **where})
        async with self._storage.begin() as work:
            await work.custody.record(event, self._ends[item])
        return event

    async def now(self) -> str:
        """The cursor of now, once nobody is writing anywhere in the cluster."""
        if isinstance(self._storage, MemoryWork):
            return await self._storage.changes.cursor()
        for _ in range(1000):
            async with self._storage.begin(write=False) as work:
                rows = await work._rows.fetch("SELECT max(entry) FROM custody_event", [])
                found: str = await work.changes.cursor()
            cursor = Cursor.read(found)
            assert cursor is not None
            if cursor.entry == (rows[0][0] or 0):
                return found
            await asyncio.sleep(0.01)
        raise AssertionError("somebody else's transaction stays open")

    async def after(
        self, cursor: str, onlooker: Onlooker = LAN, *, limit: int = 200
    ) -> ChangePage | None:
        await self.now()
        read = Cursor.read(cursor)
        assert read is not None
        async with self.look() as changes:
            return await changes.after(read, onlooker=onlooker, limit=limit)

    async def told(self, cursor: str, onlooker: Onlooker = LAN) -> dict[str, bool]:
        """The items, in order, and whether they are gone."""
        page = await self.after(cursor, onlooker)
        assert page is not None
        assert page.cursor == await self.now()
        return {change.code: change.gone for change in page.changes}


@asynccontextmanager
async def in_memory() -> AsyncIterator[MemoryWork]:
    yield MemoryWork()


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(engine_name: str, request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Any]:
    if engine_name == "memory":
        return in_memory()
    return opened(request.getfixturevalue("database_url"))


@pytest.fixture
async def ledger(place: AbstractAsyncContextManager[Any]) -> AsyncIterator[Ledger]:
    async with place as storage:
        yield Ledger(storage)


async def test_an_empty_ledger_ends_at_its_beginning(ledger: Ledger) -> None:
    assert await ledger.now() == BEGINNING.text
    assert await ledger.after(BEGINNING.text) == ChangePage(BEGINNING.text)


async def test_whoever_reads_from_the_end_is_told_only_what_comes_later(ledger: Ledger) -> None:
    await ledger.write("A", custodian="desk-1")
    start = await ledger.now()
    assert await ledger.told(start) == {}
    await ledger.write("B", custodian="desk-1")
    assert await ledger.told(start) == {"B": False}
    assert await ledger.told(BEGINNING.text) == {"A": False, "B": False}
    assert await ledger.told(await ledger.now()) == {}


async def test_somebody_is_told_of_their_places_their_papers_and_their_own_acts(
    ledger: Ledger,
) -> None:
    start = await ledger.now()
    await ledger.write("at-their-place", place="desk-2", actor="x", custodian="x")
    await ledger.write("borne-by-their-desk", place="y", actor="x", custodian="desk-3")
    await ledger.write("borne-by-themselves", place="y", actor="x", custodian="hoa")
    await ledger.write("done-by-themselves", place="y", actor="hoa", custodian="x")
    await ledger.write("nobody's-business", place="y", actor="x", custodian="x")
    assert await ledger.told(start, HOA) == {
        "at-their-place": False,
        "borne-by-their-desk": False,
        "borne-by-themselves": False,
        "done-by-themselves": True,
    }
    assert await ledger.told(start, TUAN) == {}


async def test_the_cursor_moves_on_where_nothing_concerned_the_reader(ledger: Ledger) -> None:
    start = await ledger.now()
    await ledger.write("A", custodian="desk-1")
    page = await ledger.after(start, TUAN)
    assert page == ChangePage(await ledger.now())
    assert page.cursor != start


async def test_whoever_loses_an_item_is_told_that_it_is_gone(ledger: Ledger) -> None:
    await ledger.write("A", place="desk-2", actor="x", custodian="desk-2")
    start = await ledger.now()
    await ledger.write("A", place="y", actor="tuan", custodian="tuan")
    assert await ledger.told(start, HOA) == {"A": True}
    assert await ledger.told(start, TUAN) == {"A": False}
    later = await ledger.now()
    await ledger.write("A", place="z", actor="tuan", custodian="tuan")
    assert await ledger.told(later, HOA) == {}


async def test_who_had_it_is_known_past_events_that_left_it_where_it_was(ledger: Ledger) -> None:
    await ledger.write("A", place="desk-2", actor="x", custodian="tuan")
    await ledger.write("A", place="y", actor="x", keeps=True, act=Act.DIGITISE)
    start = await ledger.now()
    await ledger.write("A", place="z", actor="x", custodian="x")
    assert await ledger.told(start, TUAN) == {"A": True}
    assert await ledger.told(start, HOA) == {}


async def test_who_had_it_is_known_past_a_scan_that_came_late(ledger: Ledger) -> None:
    await ledger.write("A", place="y", actor="x", custodian="tuan", hours=10)
    await ledger.write("A", place="y", actor="x", custodian="x", keeps=True, hours=5)
    start = await ledger.now()
    await ledger.write("A", place="z", actor="x", custodian="desk-1", hours=12)
    assert await ledger.told(start, TUAN) == {"A": True}


async def test_who_has_it_again_through_a_correction_is_told(ledger: Ledger) -> None:
    """The correction was made elsewhere by others, and does not say itself who bears the item."""
    await ledger.write("A", place="y", actor="x", custodian="x")
    start = await ledger.now()
    position = a_position(item="A").model_copy(
        update={"seq": 1, "place": "desk-2", "custodian": "desk-2"}
    )
    ledger._ends["A"] = position
    await ledger.write("A", place="y", actor="x", keeps=True, act=Act.CORRECT)
    assert await ledger.told(start, HOA) == {"A": False}


async def test_an_item_stands_once_with_what_happened_to_it_last(ledger: Ledger) -> None:
    start = await ledger.now()
    await ledger.write("A", custodian="desk-1")
    await ledger.write("B", custodian="desk-1")
    last = await ledger.write("A", actor="hoa", custodian="desk-1", act=Act.DIGITISE)
    page = await ledger.after(start)
    assert page is not None
    assert [change.code for change in page.changes] == ["B", "A"]
    told = page.changes[1]
    assert (told.act, told.at, told.by) == (Act.DIGITISE, last.occurred_at, "hoa")
    assert (told.stage, told.place, told.holder) == (Stage.COUNTER, "desk-1", "desk-1")
    assert (told.since, told.gone) == (NOW + HOUR, False)


async def test_the_holder_of_what_lies_in_a_sealed_pouch_is_the_pouch(ledger: Ledger) -> None:
    start = await ledger.now()
    ledger._ends["A"] = a_position(item="A").model_copy(
        update={"seq": 0, "pouch": "TUI-1", "sealed": True}
    )
    await ledger.write("A", custodian="desk-1", keeps=True)
    page = await ledger.after(start)
    assert page is not None
    assert [change.holder for change in page.changes] == ["TUI-1"]


async def test_supervisors_without_a_place_look_at_everything(ledger: Ledger) -> None:
    start = await ledger.now()
    await ledger.write("A", place="y", actor="x", custodian="x")
    sang = Actor("sang", "Bế Văn Sáng", Role.SUPERVISOR)
    at_desk = Actor("sang", "Bế Văn Sáng", Role.SUPERVISOR, ("desk-1",))
    assert await ledger.told(start, Onlooker.of(sang)) == {"A": False}
    assert await ledger.told(start, Onlooker.of(at_desk)) == {}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_leave_nothing_out_and_repeat_nothing(ledger: Ledger, limit: int) -> None:
    cursor = await ledger.now()
    for number in range(7):
        await ledger.write(f"item-{number}", custodian="desk-1")
        await ledger.write(f"other-{number}", place="y", actor="x", custodian="x")
    told: list[str] = []
    more = True
    while more:
        page = await ledger.after(cursor, limit=limit)
        assert page is not None
        assert len(page.changes) <= limit
        told += [change.code for change in page.changes]
        cursor, more = page.cursor, page.more
    assert told == [f"item-{number}" for number in range(7)]
    assert cursor == await ledger.now()


async def test_a_cursor_into_another_ledger_is_too_old(ledger: Ledger) -> None:
    """A backup was restored: the event is not there, or its number belongs to another one."""
    await ledger.write("A", custodian="desk-1")
    now = Cursor.read(await ledger.now())
    assert now is not None
    restored = Cursor(now.written_in, now.entry, "f" * 8)
    ahead = Cursor(now.written_in, now.entry + 1, now.mark)
    other_cluster = Cursor(now.written_in + 1000, now.entry, now.mark)
    for cursor in (restored, ahead, other_cluster):
        assert await ledger.after(cursor.text) is None
    assert await ledger.told(now.text) == {}


async def test_another_provinces_events_are_not_told(ledger: Ledger) -> None:
    if isinstance(ledger._storage, MemoryWork):
        return  # there is one province in the memory
    start = await ledger.now()
    await ledger.write("A", custodian="desk-1")
    async with ledger._storage.begin() as work:
        await work.connection.execute(text("UPDATE custody_event SET province = 'H01'"))
    async with ledger.look() as changes:
        assert await changes.after(BEGINNING, onlooker=ALL, limit=9) == ChangePage(start)
