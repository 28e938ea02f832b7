"""Invariant 5: whatever is changed behind the program's back is found, and named.

The ledger of a month's corner, sealed for its first part, is tampered with by SQL inside a
transaction that is undone again; the check runs in the same transaction and must see it.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from postal_bridge.journey import Act, HolderAfter, Stage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.tables import CustodyEventRow, LedgerDayRow, PositionRow, metadata
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.custody import event_hash
from postal_bridge.tracking.ledger import Verification, seal_day, verify_ledger
from postal_bridge.tracking.records import CustodyEvent
from tests.invariants.province import DEPARTMENTS, Broken, Province, World

EVENTS = metadata.tables[str(CustodyEventRow.__tablename__)]
POSITIONS = metadata.tables[str(PositionRow.__tablename__)]
DAYS = metadata.tables[str(LedgerDayRow.__tablename__)]
FIRST_DAY = date(2019, 1, 10)
MORE = (settings().max_examples // 100 or 1) * 40
PICK = st.integers(0, 10_000)

Tampering = Callable[[UnitOfWork], Awaitable[None]]


class Ledger:
    """A ledger with sealed days and events that no seal covers yet."""

    def __init__(self, world: World, key_file: Path) -> None:
        self.province = Province(world)
        self.signer = LedgerKey(key_file)
        for day, levels in enumerate(((0, 4, 2), (3, 1), (2, 4))):
            for number, level in enumerate(levels):
                self.province.get_on(DEPARTMENTS[number % 2], level=level)
            if day < 2:
                self._seal(FIRST_DAY + timedelta(days=day))
                self.province.tick(timedelta(days=1))
        snapshot = self.province.snapshot()
        self.events = snapshot.events
        self.rows = self.province.run(_entries, write=False)
        self.positions = list(snapshot.positions)
        self.sealed = self.province.run(_sealed, write=False)

    def _seal(self, day: date) -> None:
        self.province.run(
            lambda unit: seal_day(unit.ledger, day=day, now=self.province.now, signer=self.signer)
        )

    def verify(self, tamper: Tampering | None = None) -> Verification:
        """What the check says after this tampering, which is undone."""
        said: list[Verification] = []

        async def work(unit: UnitOfWork) -> None:
            if tamper is not None:
                await tamper(unit)
            said.append(await verify_ledger(unit.ledger, signer=self.signer))
            raise Broken

        with pytest.raises(Broken):
            self.province.run(work)
        return said[0]


async def _entries(unit: UnitOfWork) -> list[int]:
    statement = select(EVENTS.c.entry).where(EVENTS.c.province == unit._rows.province)
    return list((await unit.connection.execute(statement.order_by(EVENTS.c.entry))).scalars())


async def _sealed(unit: UnitOfWork) -> int:
    return sum(day.events for day in await unit.ledger.days())


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(world, tmp_path / "ledger.pem")
    clean = made.verify()
    assert clean.findings == ()
    assert (clean.events, clean.days) == (len(made.events), 2)
    yield made
    assert made.verify() == clean, "the tampering was not undone"


CHOICES: dict[str, type[Enum]] = {"act": Act, "custodian_kind": HolderAfter, "stage": Stage}
IDENTIFIERS = {"event_id", "corrects", "last_event_id"}


def another(value: object, *, column: str, number: int) -> object:
    """Some other value that the column takes."""
    if column in CHOICES:
        others = [one for one in CHOICES[column] if one != value]
        return others[number % len(others)]
    if column in IDENTIFIERS:
        return UUID(int=number + 1)
    if column in {"latitude", "longitude"}:
        return number / 100
    if column == "device_at" and value is None:
        return datetime(2019, 1, 10, tzinfo=UTC) + timedelta(minutes=number)
    match value:
        case datetime():
            return value + timedelta(microseconds=number + 1)
        case bool():
            return not value
        case int():
            return value + 100 + number
        case _:
            return f"{number}{value or ''}"[:60]


def named(verification: Verification, item: str) -> bool:
    return any(finding.where.partition(" ")[0] == item for finding in verification.findings)


COLUMNS = [name for name in CustodyEvent.model_fields if name != "item_code"]


@given(pick=PICK, column=st.sampled_from(COLUMNS), number=st.integers(0, 5000))
@settings(max_examples=MORE)
def test_an_edited_column_of_any_event_is_found_and_named(
    ledger: Ledger, pick: int, column: str, number: int
) -> None:
    index = pick % len(ledger.rows)
    event = ledger.events[index]
    value = another(getattr(event, column), column=column, number=number)

    async def tamper(unit: UnitOfWork) -> None:
        statement = update(EVENTS).where(EVENTS.c.entry == ledger.rows[index])
        await unit.connection.execute(statement.values({column: value}))

    assert named(ledger.verify(tamper), event.item_code)


@given(pick=PICK, to=PICK)
@settings(max_examples=MORE // 2)
def test_an_event_given_to_another_item_is_found(ledger: Ledger, pick: int, to: int) -> None:
    index = pick % len(ledger.rows)
    event = ledger.events[index]
    others = [code for code in (*ledger.positions, "KHONG-CO") if code != event.item_code]
    other = others[to % len(others)]

    async def tamper(unit: UnitOfWork) -> None:
        statement = update(EVENTS).where(EVENTS.c.entry == ledger.rows[index])
        await unit.connection.execute(statement.values(item_code=other, seq=99))

    found = ledger.verify(tamper)
    assert named(found, event.item_code)
    assert named(found, other)


@given(pick=PICK)
@settings(max_examples=MORE // 2)
def test_a_removed_event_is_found_and_named(ledger: Ledger, pick: int) -> None:
    index = pick % len(ledger.rows)
    event = ledger.events[index]

    async def tamper(unit: UnitOfWork) -> None:
        await unit.connection.execute(delete(EVENTS).where(EVENTS.c.entry == ledger.rows[index]))

    found = ledger.verify(tamper)
    assert ("removed", f"{event.item_code} #{event.seq}") in {
        (finding.what, finding.where) for finding in found.findings
    }


@given(pick=PICK, ghost=st.booleans(), act=st.sampled_from(Act), skilled=st.booleans())
@settings(max_examples=MORE // 2)
def test_an_inserted_event_is_found_and_named(
    ledger: Ledger, pick: int, ghost: bool, act: Act, skilled: bool
) -> None:
    """Also where the forger knows how to hash, and also for an item that never was."""
    last = {event.item_code: event for event in ledger.events}
    victim = last[ledger.positions[pick % len(ledger.positions)]]
    forged = victim.model_copy(
        update={
            "event_id": UUID(int=pick + 1),
            "item_code": "KHONG-CO" if ghost else victim.item_code,
            "seq": 1 if ghost else victim.seq + 1,
            "act": act,
            "previous_hash": "0" * 64 if ghost else victim.hash,
        }
    )
    if skilled:
        forged.hash = event_hash(forged)
    values = {name: getattr(forged, name) for name in CustodyEvent.model_fields}

    async def tamper(unit: UnitOfWork) -> None:
        values["province"] = unit._rows.province
        await unit.connection.execute(insert(EVENTS).values(values))

    found = ledger.verify(tamper)
    assert ("inserted", f"{forged.item_code} #{forged.seq}") in {
        (finding.what, finding.where) for finding in found.findings
    }


@given(one=PICK, two=PICK)
@settings(max_examples=MORE // 2)
def test_two_swapped_events_are_found(ledger: Ledger, one: int, two: int) -> None:
    """Of one item always, and of two items where the day is sealed: before that the ledger does
    not say which of two papers was written down first (docs/adr/0004)."""
    first = one % ledger.sealed
    second = two % ledger.sealed
    if first == second:
        second = (first + 1) % ledger.sealed

    async def tamper(unit: UnitOfWork) -> None:
        for entry, to in ((first, -1), (second, ledger.rows[first]), (None, ledger.rows[second])):
            old = -1 if entry is None else ledger.rows[entry]
            statement = update(EVENTS).where(EVENTS.c.entry == old)
            await unit.connection.execute(statement.values(entry=to))

    found = ledger.verify(tamper)
    assert found.findings
    assert any(finding.what == "root" for finding in found.findings)
    if ledger.events[first].item_code == ledger.events[second].item_code:
        assert named(found, ledger.events[first].item_code)


POSITION_COLUMNS = ["stage", "place", "custodian", "custodian_kind", "pouch", "sealed", "since"]
POSITION_COLUMNS += ["last_event_id", "latest_at", "seq", "last_hash", "department"]


@given(pick=PICK, column=st.sampled_from(POSITION_COLUMNS), number=st.integers(0, 500))
@settings(max_examples=MORE // 2)
def test_an_edited_position_is_found_and_named(
    ledger: Ledger, pick: int, column: str, number: int
) -> None:
    code = ledger.positions[pick % len(ledger.positions)]
    position = ledger.province.run(lambda unit: unit.custody.find(code), write=False)
    assert position is not None
    value = another(getattr(position.position, column), column=column, number=number)

    async def tamper(unit: UnitOfWork) -> None:
        own = (POSITIONS.c.province == unit._rows.province) & (POSITIONS.c.item_code == code)
        await unit.connection.execute(update(POSITIONS).where(own).values({column: value}))

    assert named(ledger.verify(tamper), code)


def test_a_removed_position_is_found_and_named(ledger: Ledger) -> None:
    code = ledger.positions[0]

    async def tamper(unit: UnitOfWork) -> None:
        own = (POSITIONS.c.province == unit._rows.province) & (POSITIONS.c.item_code == code)
        await unit.connection.execute(delete(POSITIONS).where(own))

    assert named(ledger.verify(tamper), code)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("events", 1),
        ("root", "f" * 64),
        ("previous_root", "f" * 64),
        ("signature", "AAAA"),
        ("public_key", "AAAA"),
        ("day", date(2019, 1, 9)),
    ],
)
def test_an_edited_seal_is_found_and_its_day_named(
    ledger: Ledger, column: str, value: object
) -> None:
    async def tamper(unit: UnitOfWork) -> None:
        own = (DAYS.c.province == unit._rows.province) & (DAYS.c.day == FIRST_DAY)
        await unit.connection.execute(update(DAYS).where(own).values({column: value}))

    found = ledger.verify(tamper)
    day = value if column == "day" else FIRST_DAY
    assert str(day) in {finding.where for finding in found.findings}


def test_a_removed_seal_is_found_by_the_next_one(ledger: Ledger) -> None:
    async def tamper(unit: UnitOfWork) -> None:
        own = (DAYS.c.province == unit._rows.province) & (DAYS.c.day == FIRST_DAY)
        await unit.connection.execute(delete(DAYS).where(own))

    assert {finding.what for finding in ledger.verify(tamper).findings} == {"root"}
