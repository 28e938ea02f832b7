"""Generated days of scans, held against a slow, obvious model of what they mean.

Several devices, offline spells, batches sent twice, out of order and in other parcels, whole
pouches, corrections, commands in between, a house that falls over and is opened again: the answer
to every batch, and afterwards every event, chain, position, dossier, consignment and notice, is
what the model says. `--hypothesis-profile=long` plays ten times as many days.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from postal_bridge.storage.custody_store import CustodyStore
from postal_bridge.tracking import custody, scan_objections
from postal_bridge.tracking.records import CustodyEvent
from tests.invariants.days.play import DAYS_WITH_THE_SAME_PAPERS, Wrong, play_days
from tests.invariants.days.town import Town

DAYS = 24
SOON = 32
"""Within so many days a planted fault shows."""
REASONS = {
    "act-unknown",
    "correction-unknown",
    "handover-pending",
    "item-closed",
    "item-in-pouch",
    "item-unknown",
    "other-place",
    "pouch-not-sealed",
    "pouch-opened",
    "pouch-sealed",
    "pouch-unknown",
    "role-not-allowed",
    "scan-id-not-v7",
    "scan-id-reused",
    "scan-in-future",
}


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(database_url, tmp_path)
    await made.open()
    try:
        await made.settle()
        yield made
    finally:
        await made.close()


async def test_whatever_a_day_brings_the_house_says_what_the_model_says(town: Town) -> None:
    days = DAYS * (settings().max_examples // 100 or 1)
    tally = await play_days(town, range(days // DAYS_WITH_THE_SAME_PAPERS))
    assert tally.days == days
    # The days are worth playing: all that can become of a scan did become of some.
    assert set(tally.refused) == REASONS
    assert min(tally.accepted, tally.duplicates, tally.late) > 5 * DAYS
    assert tally.crashes > 0


# --- the model bites: a fault that is put into the house shows within a few days --------------------


async def nothing_known(self: CustodyStore, event_ids: object) -> Mapping[object, CustodyEvent]:
    """The fault: no scan id is ever recognised."""
    return {}


async def nothing_fixed(*_: object) -> None:
    """The fault: what a command had sealed into a pouch can be scanned out of it."""


def as_they_came(events: Any) -> list[CustodyEvent]:
    """The fault: events are taken in the order of their arrival."""
    ordered = custody_in_order(events)
    return sorted(ordered, key=lambda event: event.seq)


def only_its_item(event: CustodyEvent) -> None:
    """The fault: the scan of a pouch counts as a scan of each item by itself."""


custody_in_order = custody.in_order
FAULTS: dict[str, tuple[Any, str, Any]] = {
    "duplicates are not recognised": (CustodyStore, "by_event_id", nothing_known),
    "the sealed rule is dropped": (scan_objections.Objections, "_fixed", nothing_fixed),
    "device time does not count": (custody, "in_order", as_they_came),
    "corrections count for nothing": (custody, "takes_out", lambda *_: False),
    "a pouch is no more than its items": (custody, "moved_with", only_its_item),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_fault_in_the_house_shows_within_a_few_days(
    town: Town, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, name, instead = FAULTS[fault]
    monkeypatch.setattr(target, name, instead)
    with pytest.raises(Wrong, match="day"):
        await play_days(town, range(SOON // DAYS_WITH_THE_SAME_PAPERS))
