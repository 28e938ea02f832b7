"""Twenty thousand events: nothing false is found while others write, memory stays, a lie is named."""

import asyncio
import random
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from postal_bridge.storage import ledger_store
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.tracking.ledger import Pass, Verification, verify_ledger
from tests.doors.storage.long_ledger import fill
from tests.stores import a_position, an_event, opened

pytestmark = pytest.mark.scale

ITEMS = 5000
MEGABYTE = 1024 * 1024


@pytest.fixture
def signer(tmp_path: Path) -> LedgerKey:
    return LedgerKey(tmp_path / "ledger.pem")


@pytest.fixture
async def storage(database_url: str, signer: LedgerKey) -> AsyncIterator[Storage]:
    async with opened(database_url) as found:
        await fill(found, items=ITEMS, signer=signer, days=3, chance=random.Random(7))
        yield found


async def checked(storage: Storage, signer: LedgerKey) -> Verification:
    async with storage.begin(write=False) as work:
        await work.ledger.hold_still()
        return await verify_ledger(work.ledger, signer=signer)


async def test_a_long_ledger_is_checked_while_others_write(
    storage: Storage, signer: LedgerKey, database_url: str
) -> None:
    before = await checked(storage, signer)
    assert (before.items, before.days, before.findings) == (ITEMS, 3, ())
    assert before.events > 15_000
    written = 0
    done = asyncio.Event()
    steps: list[tuple[Pass, int, int]] = []

    async def write() -> None:
        """Events that no honest check would pass, so that each one that is seen is told."""
        nonlocal written
        async with opened(database_url) as other:
            while not done.is_set():
                written += 1
                item = f"MOI-{written:06}"
                async with other.begin() as work:
                    await work.custody.record(an_event(1, item=item), a_position(item=item))
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        async with storage.begin(write=False) as work:
            await work.ledger.hold_still()
            assert await work.ledger.count() == before.events
            tasks.create_task(write())
            meanwhile = await verify_ledger(
                work.ledger, signer=signer, progress=lambda *step: steps.append(step)
            )
        done.set()

    assert meanwhile == before
    assert written > 1
    assert steps[-1] == (Pass.CHAINS, before.events, before.events)
    assert {step for step, _, _ in steps} == set(Pass)
    assert len((await checked(storage, signer)).findings) >= written


async def test_memory_does_not_grow_with_the_ledger(
    storage: Storage, signer: LedgerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_store, "PART", 500)
    await checked(storage, signer)  # what is kept for good is there now
    tracemalloc.start()
    try:
        found = await checked(storage, signer)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.findings == ()
    # The whole ledger as records takes about 40 MB.
    assert peak < 6 * MEGABYTE


async def test_one_edited_row_among_all_is_named(storage: Storage, signer: LedgerKey) -> None:
    async with storage.begin() as work:
        item = "000.00.06.H37-190110-003217/H1"
        change = "UPDATE custody_event SET actor = 'ai-do' WHERE item_code = :item AND seq = 2"
        await work.connection.execute(text(change), {"item": item})
    found = await checked(storage, signer)
    assert [(one.what, one.where) for one in found.findings] == [("edited", f"{item} #2")]
