"""What the job may expect of the ledger's months, whether the database divides it or not."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from postal_bridge.jobs.ports import LedgerMonths
from postal_bridge.storage import months as adapters
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import CustodyEvent
from tests.stores import ITEM, a_position, an_event, opened

PORT = "jobs.ports.LedgerMonths"
IMPLEMENTATIONS = ("sqlite", "postgresql")
YEARS = [datetime(year, 3, 5, tzinfo=UTC) for year in (2024, 2025, 2026)]


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with opened(database_url) as found:
        yield found


@pytest.fixture
def months(storage: Storage) -> LedgerMonths:
    return adapters.LedgerMonths(storage)


async def filled(storage: Storage, months: LedgerMonths) -> list[CustodyEvent]:
    """An event a year, each written while its month was there."""
    events = []
    for seq, moment in enumerate(YEARS, start=1):
        await months.ensure(now=moment)
        event_id = Identifiers(random.Random(seq)).new(moment)
        said = {"event_id": event_id, "recorded_at": moment}
        events.append(an_event(seq).model_copy(update=said))
        async with storage.begin() as work:
            await work.custody.record(events[-1], a_position(seq))
    return events


async def test_all_events_are_found_before_and_after_archiving(
    storage: Storage, months: LedgerMonths
) -> None:
    events = await filled(storage, months)
    for before in (date(2024, 1, 1), date(2025, 1, 1), date(2026, 3, 1)):
        await months.archive(before=before)
        async with storage.begin(write=False) as work:
            assert await work.custody.history(ITEM) == events
            found = await work.custody.by_event_id([event.event_id for event in events])
            assert found == {event.event_id: event for event in events}
            assert await work.ledger.count() == len(events)


async def test_making_and_moving_again_changes_nothing(
    storage: Storage, months: LedgerMonths
) -> None:
    await filled(storage, months)
    await months.archive(before=date(2026, 1, 1))
    for moment in YEARS:
        assert await months.ensure(now=moment) == []
    assert await months.archive(before=date(2026, 1, 1)) == []


async def test_the_ledger_goes_on_after_archiving(storage: Storage, months: LedgerMonths) -> None:
    events = await filled(storage, months)
    await months.archive(before=date(2026, 12, 1))
    async with storage.begin() as work:
        await work.custody.record(an_event(4), a_position(4))
        assert await work.custody.history(ITEM) == [*events, an_event(4)]
