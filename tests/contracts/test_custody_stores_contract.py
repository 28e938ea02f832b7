"""What the store of custody and of the whole ledger must do on every database."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge.journey import Act, Direction, HolderAfter, ItemKind, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.ports import Chain, Custody, CustodyWork, Ledger, Tracked
from postal_bridge.tracking.records import LedgerDay
from tests.stores import (
    DOSSIER,
    HOUR,
    ITEM,
    NOW,
    a_dossier,
    a_position,
    an_event,
    an_item,
    opened,
)

PORTS = ("tracking.ports.Custody", "tracking.ports.Ledger", "tracking.ports.CustodyWork")
IMPLEMENTATIONS = ("sqlite", "postgresql")
RESULT = f"{DOSSIER}/K1"


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def chains_of(ledger: Ledger) -> list[Chain]:
    return [chain async for part in ledger.chains() for chain in part]


async def hashes_of(
    ledger: Ledger, *, after: int = 0, through: int | None = None
) -> list[tuple[int, str]]:
    return [pair async for part in ledger.hashes(after=after, through=through) for pair in part]


async def test_an_event_and_its_position_come_back_whole(storage: Storage) -> None:
    event, position = an_event(1), a_position(1)
    async with storage.begin() as work:
        custody: Custody = work.custody
        await custody.add_item(an_item())
        assert await custody.find(ITEM) == Tracked(an_item(), None)
        await custody.record(event, position)

    async with storage.begin() as work:
        assert await work.custody.find(ITEM) == Tracked(an_item(), position)
        found = await work.custody.history(ITEM)
        assert found == [event]
        assert isinstance(found[0].event_id, UUID)
        assert found[0].act is Act.RECEIVE
        assert found[0].custodian_kind is HolderAfter.DESK
        assert await work.custody.find("unknown") is None


async def test_history_is_by_number_and_the_position_is_the_latest(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.custody.add_item(an_item())
        for seq in (1, 2, 3):
            await work.custody.record(an_event(seq), a_position(seq))

        assert [event.seq for event in await work.custody.history(ITEM)] == [1, 2, 3]
        tracked = await work.custody.find(ITEM)
        assert tracked is not None
        assert tracked.position == a_position(3)


@pytest.mark.parametrize("again", ["number", "scan"])
async def test_no_number_and_no_scan_stands_twice_in_an_items_chain(
    storage: Storage, again: str
) -> None:
    if again == "number" and not storage.is_sqlite:
        return  # the lock on the position keeps numbers apart there: docs/adr/0009
    second = an_event(1) if again == "number" else an_event(2)
    second.event_id = UUID(int=77) if again == "number" else an_event(1).event_id
    async with storage.begin() as work:
        await work.custody.record(an_event(1), a_position(1))
    with pytest.raises(IntegrityError):
        async with storage.begin() as work:
            await work.custody.record(second, a_position(2))

    async with storage.begin() as work:
        assert await work.custody.history(ITEM) == [an_event(1)]


async def test_one_scan_may_write_an_event_for_each_item_of_a_pouch(storage: Storage) -> None:
    other = an_event(1, item=RESULT)
    other.event_id = an_event(1).event_id
    async with storage.begin() as work:
        await work.custody.record(an_event(1), a_position(1))
        await work.custody.record(other, a_position(1, item=RESULT))

        found = await work.custody.by_event_id([other.event_id, UUID(int=5)])
        assert list(found) == [other.event_id]


async def test_more_scans_than_fit_into_one_statement_are_looked_up(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.custody.record(an_event(1), a_position(1))
        wanted = [UUID(int=number) for number in range(1200)] + [an_event(1).event_id]

        assert await work.custody.by_event_id(wanted) == {an_event(1).event_id: an_event(1)}
        assert await work.custody.by_event_id([]) == {}


async def test_held_items_come_with_positions_and_unknown_ones_are_left_out(
    storage: Storage,
) -> None:
    async with storage.begin() as work:
        await work.custody.add_item(an_item())
        await work.custody.add_item(an_item(RESULT, kind=ItemKind.RESULT))
        await work.custody.record(an_event(1), a_position(1))

        held = await work.custody.hold([RESULT, ITEM, "unknown", ITEM])
        assert held == {
            ITEM: Tracked(an_item(), a_position(1)),
            RESULT: Tracked(an_item(RESULT, kind=ItemKind.RESULT), None),
        }
        assert await work.custody.hold([]) == {}


async def test_who_waited_for_an_item_sees_what_the_other_did_to_it(
    storage: Storage, database_url: str
) -> None:
    """Neither writes on the ground of a position that is not true any more."""
    async with storage.begin() as work:
        await work.custody.add_item(an_item())
        await work.custody.record(an_event(1), a_position(1))

    async def move(store: Storage) -> None:
        for _ in range(10):
            async with store.begin() as work:
                position = (await work.custody.hold([ITEM]))[ITEM].position
                assert position is not None
                await work.custody.record(an_event(position.seq + 1), a_position(position.seq + 1))

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        for store in (storage, other, storage):
            tasks.create_task(move(store))

    async with storage.begin() as work:
        assert [event.seq for event in await work.custody.history(ITEM)] == list(range(1, 32))


async def test_outstanding_is_what_was_carried_and_is_not_home(storage: Storage) -> None:
    """A dossier that nobody carried is not the post's to bring home."""
    async with storage.begin() as work:
        for item, act, seq in (
            ("D1/H1", Act.LOAD, 3),
            ("D2/H1", Act.TAKE_UP, 2),
            ("D3/H1", Act.LOAD, 1),
        ):
            await work.custody.add_item(an_item(item))
            at_department = a_position(seq, item=item, stage=Stage.DEPARTMENT)
            await work.custody.record(an_event(1, item=item, act=act), at_department)

        found = await work.custody.outstanding()
        assert [position.item_code for position in found] == ["D3/H1", "D1/H1"]


async def test_a_dossiers_events_come_with_the_kinds_of_its_items(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.custody.add_item(an_item())
        await work.custody.add_item(an_item(RESULT, kind=ItemKind.RESULT))
        await work.custody.record(an_event(1), a_position(1))
        await work.custody.record(an_event(1, item=RESULT), a_position(1, item=RESULT))

        found = await work.custody.dossier_events(DOSSIER)
        assert {(kind, event.item_code) for kind, event in found} == {
            (ItemKind.APPLICATION, ITEM),
            (ItemKind.RESULT, RESULT),
        }
        assert await work.custody.dossier_events("unknown") == []


async def test_an_item_that_was_carried_twice_counts_once(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.custody.add_item(an_item())
        for seq, handover in ((1, "BG-1"), (2, "BG-2"), (3, None)):
            event = an_event(seq, act=Act.ACCEPT, handover=handover)
            await work.custody.record(event, a_position(seq))

        async def carried(direction: Direction, act: Act, hours: int = 9) -> int:
            return await work.custody.carried(direction, act, NOW, NOW + hours * HOUR)

        assert await carried(Direction.OUT, Act.ACCEPT) == 1
        assert await carried(Direction.OUT, Act.ACCEPT, hours=1) == 0
        assert await carried(Direction.BACK, Act.ACCEPT) == 0
        assert await carried(Direction.OUT, Act.LOAD) == 0


async def test_the_ledger_is_read_in_the_order_in_which_it_was_written(storage: Storage) -> None:
    written = [an_event(seq, item=item) for seq in (1, 2) for item in ("B", "A")]
    async with storage.begin() as work:
        for event in written:
            await work.custody.record(event, a_position(event.seq, item=event.item_code))

    async with storage.begin() as work:
        ledger: Ledger = work.ledger
        read = await hashes_of(ledger)
        assert [value for _, value in read] == [event.hash for event in written]
        entries = [entry for entry, _ in read]
        assert entries == sorted(entries)
        assert await ledger.count() == 4
        assert await hashes_of(ledger, after=entries[1]) == read[2:]
        assert await hashes_of(ledger, after=entries[0], through=entries[2]) == read[1:3]
        assert await hashes_of(ledger, after=entries[3]) == []


async def test_what_is_kept_of_an_item_is_read_side_by_side(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.custody.add_item(an_item("Z/H1"))
        await work.custody.add_item(an_item("A"))
        for item, seq in (("B", 1), ("A", 1), ("B", 2), ("A", 2)):
            await work.custody.record(an_event(seq, item=item), a_position(seq, item=item))

    async with storage.begin() as work:
        chains = {chain.code: chain for chain in await chains_of(work.ledger)}
    assert set(chains) == {"A", "B", "Z/H1"}
    assert all(chain.readable for chain in chains.values())
    assert [one.event for one in chains["A"].entries] == [an_event(seq, item="A") for seq in (1, 2)]
    assert [one.entry for one in chains["A"].entries] == [2, 4]
    assert chains["A"].item == an_item("A")
    assert chains["B"].position == a_position(2, item="B")
    assert chains["B"].item is None
    assert (chains["Z/H1"].position, list(chains["Z/H1"].entries)) == (None, [])


async def test_who_holds_still_reads_one_moment_and_keeps_nobody_from_writing(
    storage: Storage, database_url: str
) -> None:
    async with opened(database_url) as other, storage.begin(write=False) as work:
        await work.ledger.hold_still()
        assert await work.ledger.count() == 0
        async with other.begin() as writing:
            await writing.custody.record(an_event(1), a_position(1))
        assert await work.ledger.count() == 0
        assert await hashes_of(work.ledger) == []
        assert await chains_of(work.ledger) == []

    async with storage.begin(write=False) as work:
        assert await work.ledger.count() == 1


async def test_a_sealed_day_comes_back_whole_and_is_sealed_once(storage: Storage) -> None:
    day = LedgerDay(
        day=date(2019, 1, 10),
        events=3,
        last_entry=5_000_000_000,
        previous_root="0" * 64,
        root="1" * 64,
        signature="c2ln",
        public_key="a2V5",
        sealed_at=NOW,
    )
    async with storage.begin() as work:
        await work.ledger.barrier()
        await work.ledger.seal(day)
    with pytest.raises(IntegrityError):
        async with storage.begin() as work:
            await work.ledger.seal(day)

    async with storage.begin(write=False) as work:
        assert await work.ledger.days() == [day]


async def test_behind_the_barrier_no_event_appears(storage: Storage, database_url: str) -> None:
    behind = asyncio.Event()

    async def write_meanwhile(store: Storage) -> None:
        await behind.wait()
        async with store.begin() as work:
            await work.custody.record(an_event(1), a_position(1))

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        tasks.create_task(write_meanwhile(other))
        async with storage.begin() as work:
            await work.ledger.barrier()
            behind.set()
            for _ in range(20):
                await asyncio.sleep(0.005)
                assert await work.ledger.count() == 0

    async with storage.begin() as work:
        assert await work.ledger.count() == 1


async def test_all_stores_of_tracking_work_in_one_transaction(storage: Storage) -> None:
    async with storage.begin() as unit:
        work: CustodyWork = unit
        await work.dossiers.add(a_dossier(), [])
        await work.custody.add_item(an_item())
        await work.custody.record(an_event(1), a_position(1))
        assert await work.ledger.count() == 1
        assert await work.pouches.find("TUI") is None
        assert await work.handovers.find("BG") is None
        assert await work.incidents.listed(open_only=True, limit=9) == []
        assert await work.consignments.of_item(ITEM) == []
        assert await work.catalogue.places() == []
        assert await work.counters.next("pouch") == 1
        await work.outbox.put("notice", key="1", payload={})
