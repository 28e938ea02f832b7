"""What the store of custody and of the whole ledger must do on every database."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge.journey import Act, Direction, HolderAfter, ItemKind, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.ports import Custody, CustodyWork, Ledger, Tracked, TransferFilter
from postal_bridge.tracking.records import CustodyEvent, LedgerDay, Position, RefusedScan
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


def a_refused_scan(number: int) -> RefusedScan:
    return RefusedScan(
        scan_id=UUID(int=number),
        code="không đọc được",
        act="load",
        place="desk-1",
        occurred_at=NOW,
        device="TC-1",
        reason="code-malformed",
        actor="tuan",
        recorded_at=NOW + number * HOUR,
    )


async def entries_of(ledger: Ledger) -> list[tuple[int, CustodyEvent]]:
    return [(one.entry, one.event) async for part in ledger.entries() for one in part]


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


async def test_refused_scans_wait_until_they_are_settled(storage: Storage) -> None:
    async with storage.begin() as work:
        for number in (1, 2, 3, 2):
            await work.custody.keep_refused(a_refused_scan(number))
        found = await work.custody.refused(limit=2)
        assert found == [a_refused_scan(3), a_refused_scan(2)]

        await work.custody.settle_refused([UUID(int=3), UUID(int=9)], at=NOW)
        await work.custody.settle_refused([], at=NOW)
        assert [scan.scan_id.int for scan in await work.custody.refused(limit=9)] == [2, 1]


async def test_transfers_are_restricted_by_what_is_asked_and_by_nothing_else(
    storage: Storage,
) -> None:
    def position(item: str, **values: object) -> Position:
        return a_position(item=item).model_copy(update=values)

    async with storage.begin() as work:
        for placed in (
            position("A", stage=Stage.TRANSFER, custodian="tuan"),
            position("B", direction=Direction.BACK, department="H37.02"),
            position("C", place="H37.01", since=NOW + 9 * HOUR),
        ):
            await work.custody.record(an_event(1, item=placed.item_code), placed)

        async def codes(wanted: TransferFilter) -> str:
            return "".join(found.item_code for found in await work.custody.transfers(wanted))

        assert await codes(TransferFilter()) == "ABC"
        assert await codes(TransferFilter(limit=2)) == "AB"
        assert await codes(TransferFilter(after="A")) == "BC"
        assert await codes(TransferFilter(direction=Direction.BACK)) == "B"
        assert await codes(TransferFilter(department="H37.02")) == "B"
        assert await codes(TransferFilter(stages=(Stage.TRANSFER, Stage.DESK))) == "A"
        assert await codes(TransferFilter(stages=("transfer",))) == "A"
        assert await codes(TransferFilter(custodian="tuan")) == "A"
        assert await codes(TransferFilter(place="H37.01")) == "C"
        assert await codes(TransferFilter(since_before=NOW + 9 * HOUR)) == "AB"


async def test_the_summary_counts_open_items_only(storage: Storage) -> None:
    stages = {"A": Stage.TRANSFER, "B": Stage.TRANSFER, "C": Stage.COUNTER, "D": Stage.RETURNED}
    async with storage.begin() as work:
        for item, stage in stages.items():
            await work.custody.record(an_event(1, item=item), a_position(item=item, stage=stage))

        assert await work.custody.summary() == [
            (Direction.OUT, "H37.01", "counter", 1),
            (Direction.OUT, "H37.01", "transfer", 2),
        ]


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
    written = [an_event(seq, item=item) for item in ("B", "A") for seq in (1, 2)]
    async with storage.begin() as work:
        await work.custody.add_item(an_item("Z/H1"))
        for event in written:
            await work.custody.record(event, a_position(event.seq, item=event.item_code))

    async with storage.begin() as work:
        ledger: Ledger = work.ledger
        read = await entries_of(ledger)
        assert [event for _, event in read] == written
        entries = [entry for entry, _ in read]
        assert entries == sorted(entries)
        assert await ledger.count() == 4
        assert await ledger.hashes(after=entries[1]) == [(n, e.hash) for n, e in read[2:]]
        parts = [part async for part in ledger.positions()]
        assert [position.item_code for part in parts for position in part] == ["A", "B"]
        assert await ledger.item_codes() == ["Z/H1"]


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
