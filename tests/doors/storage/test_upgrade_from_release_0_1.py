"""A database of the first release, with three months of work in it, is brought to this release.

`release_0_1.sql` was written by that release: the stories of a small province, played on it from
January to March 2019, dumped as plain SQL that both databases take. It holds scans of pouches, late
ones and a correction, three sealed days, and two scans of a handheld whose ids tell no moment or a
moment in 1970. It is never made anew: what it says is what is out there.
"""

import asyncio
import sqlite3
from base64 import b64decode
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from postal_bridge.journey import Act, ItemKind
from postal_bridge.storage import migrate
from postal_bridge.storage.postgres.months import existing
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.custody import walk
from postal_bridge.tracking.ledger import verify_ledger
from postal_bridge.tracking.records import CustodyEvent
from tests.conftest import MakeDatabase
from tests.stores import a_position, an_event, opened

ROWS = Path(__file__).with_name("release_0_1.sql")
EVENTS = 112
NO_MOMENT = UUID("5bd1e1b2-7a3c-4f0e-9d5c-0d7f4a1c2b3e")
IN_1970 = UUID("00000002-7c1f-7a3c-8d5c-0d7f4a1c2b3e")
MONTHS = [date(2019, month, 1) for month in (1, 2, 3)]
Row = dict[str, Any]


async def fill(url: str) -> None:
    script = ROWS.read_text(encoding="utf-8")
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database))) as connection:
            connection.executescript(script)
        return
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, server_settings={"timezone": "UTC"})
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def read(url: str) -> dict[str, list[Row]]:
    """Every row of the tables that the script fills."""
    tables = [
        line.split()[2]
        for line in ROWS.read_text(encoding="utf-8").splitlines()
        if line.startswith("INSERT INTO ")
    ]
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return {
                name: [
                    dict(row)
                    for row in (await connection.execute(text(f"SELECT * FROM {name}"))).mappings()
                ]
                for name in tables
            }
    finally:
        await engine.dispose()


async def histories(work: UnitOfWork) -> dict[str, Sequence[CustodyEvent]]:
    """The events of every item, as a trace shows them."""
    items = await work.connection.execute(text("SELECT code FROM item"))
    return {code: await work.custody.history(code) for code in items.scalars()}


def without(rows: Sequence[Row], names: set[str]) -> list[list[tuple[str, Any]]]:
    kept = [
        sorted((name, value) for name, value in row.items() if name not in names) for row in rows
    ]
    return sorted(kept, key=repr)


@pytest.fixture
def url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, not even tables."""
    if engine_name == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/first-release.db"
    make: MakeDatabase = request.getfixturevalue("make_database")
    return make()


@pytest.fixture
async def upgraded(url: str) -> str:
    await asyncio.to_thread(lambda: migrate.upgrade(url, revision="0001"))
    await fill(url)
    await migrate.upgrade_async(url)
    return url


async def test_every_row_is_still_there_as_it_was(url: str) -> None:
    await asyncio.to_thread(lambda: migrate.upgrade(url, revision="0001"))
    await fill(url)
    before = await read(url)
    await migrate.upgrade_async(url)
    after = await read(url)
    for table, rows in before.items():
        added = set(after[table][0]) - set(rows[0])
        assert without(after[table], added) == without(rows, set()), table
    assert len(after["custody_event"]) == EVENTS


class AnyKey:
    """Takes a signature by whatever key the row names: this house never had the other's key."""

    public_key = "none"

    def sign(self, root: str) -> str:
        raise NotImplementedError

    def verify(self, root: str, *, signature: str, public_key: str) -> bool:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key))
        key.verify(b64decode(signature), root.encode())
        return True


async def test_the_ledger_and_its_seals_hold(upgraded: str) -> None:
    async with opened(upgraded) as storage, storage.begin(write=False) as work:
        verified = await verify_ledger(work.ledger, signer=AnyKey())
    assert verified.findings == ()
    assert (verified.events, verified.items, verified.days) == (EVENTS, 21, 3)


async def test_entries_keep_their_numbers_and_the_next_one_follows(upgraded: str) -> None:
    async with opened(upgraded) as storage, storage.begin() as work:
        await work.custody.record(an_event(1, item="D9/H1"), a_position(1, item="D9/H1"))
        hashes = [pair async for part in work.ledger.hashes(after=0) for pair in part]
    assert [entry for entry, _ in hashes] == list(range(1, EVENTS + 2))


async def test_the_way_of_each_item_is_still_told(upgraded: str) -> None:
    async with opened(upgraded) as storage, storage.begin(write=False) as work:
        told = await histories(work)
        assert sum(len(events) for events in told.values()) == EVENTS
        odd = next(item for item, events in told.items() if events[-1].event_id == IN_1970)
        assert [step.event.act for step in walk(ItemKind.APPLICATION, told[odd])] == [
            Act.RECEIVE,
            Act.LOAD,
            Act.ARRIVE,
        ]
        assert {event.device_at for events in told.values() for event in events} == {None}


async def test_a_replay_of_a_scan_of_then_is_recognised(upgraded: str) -> None:
    async with opened(upgraded) as storage, storage.begin(write=False) as work:
        ids = {event.event_id for events in (await histories(work)).values() for event in events}
        found = await work.custody.by_event_id(ids)
    assert set(found) == ids >= {NO_MOMENT, IN_1970}


async def test_each_month_of_then_has_its_part(
    make_database: MakeDatabase,
) -> None:
    url = make_database()
    await asyncio.to_thread(lambda: migrate.upgrade(url, revision="0001"))
    await fill(url)
    await migrate.upgrade_async(url)
    query = (
        "SELECT tableoid::regclass::text, count(*), max(written_in) FROM custody_event GROUP BY 1"
    )
    async with opened(url) as storage, storage.begin(write=False) as work:
        parts = {name: (n, last) for name, n, last in await work.connection.execute(text(query))}
        made = (await existing(work.connection))["custody_event"]
    assert set(MONTHS) <= made
    assert date(1970, 1, 1) not in made
    assert parts.pop("custody_event_other") == (2, 0)
    assert set(parts) == {f"custody_event_2019_{month:02}" for month in (1, 2, 3)}
    assert sum(n for n, _ in parts.values()) == EVENTS - 2
    assert {last for _, last in parts.values()} == {0}
