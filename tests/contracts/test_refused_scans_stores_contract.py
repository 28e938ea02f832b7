"""What the stores of refused scans and of devices must do on every database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from postal_bridge.journey import Act
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.records import (
    Device,
    RefusalStep,
    RefusedScan,
    RefusedScanStep,
    SettledAs,
)
from postal_bridge.tracking.refused_content import fingerprint
from postal_bridge.tracking.scan_ports import Devices, RefusedFilter, RefusedScans
from tests.stores import HOUR, ITEM, NOW, PROVINCE, a_position, an_event, an_item, opened

PORTS = ("tracking.scan_ports.RefusedScans", "tracking.scan_ports.Devices")
IMPLEMENTATIONS = ("sqlite", "postgresql")
WAITING = RefusedFilter(settled=False)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_refused_scan(number: int, **other: object) -> RefusedScan:
    facts: dict[str, Any] = {
        "scan_id": UUID(int=number),
        "fingerprint": "",
        "code": "không đọc được",
        "act": "load",
        "place": "desk-1",
        "occurred_at": NOW,
        "device_at": NOW + HOUR,
        "device": "TC-1",
        "pouch": "TUI-1",
        "latitude": 21.8537,
        "longitude": 106.7615,
        "note": "Giấy ướt",
        "corrects": UUID(int=99),
        "reason": "item-unknown",
        "facts": '{"code": "không đọc được"}',
        "actor": "tuan",
        "recorded_at": NOW + number * HOUR,
    }
    made = RefusedScan(**(facts | other))
    made.fingerprint = fingerprint(made)
    return made


def numbers(found: object) -> list[int]:
    assert isinstance(found, list)
    return [scan.scan_id.int for scan in found]


async def test_a_refused_scan_comes_back_whole_and_is_kept_once(storage: Storage) -> None:
    one, other = a_refused_scan(1), a_refused_scan(1, note="Giấy khô")
    async with storage.begin() as work:
        refused: RefusedScans = work.refused_scans
        await refused.keep_refused([])
        await refused.keep_refused([other, one, one])
    async with storage.begin() as work:
        await work.refused_scans.keep_refused([one.model_copy(update={"reason": "other-place"})])
    async with storage.begin(write=False) as work:
        found = await work.refused_scans.of(UUID(int=1))
        assert {scan.fingerprint: scan for scan in found} == {
            scan.fingerprint: scan for scan in (one, other)
        }
        assert isinstance(found[0].corrects, UUID)
        assert await work.refused_scans.of(UUID(int=2)) == []


async def test_a_list_is_newest_first_page_by_page(storage: Storage) -> None:
    async with storage.begin() as work:
        scans = [a_refused_scan(n) for n in (1, 2, 3)]
        same_moment = [a_refused_scan(n, recorded_at=NOW + 2 * HOUR) for n in (4, 5)]
        await work.refused_scans.keep_refused([*scans, *same_moment])
    async with storage.begin(write=False) as work:
        seen: list[int] = []
        after = None
        while page := await work.refused_scans.listed(RefusedFilter(after=after, limit=2)):
            seen += numbers(page)
            after = page[-1].scan_id, page[-1].fingerprint
        assert seen == [3, 5, 4, 2, 1]
        unknown = RefusedFilter(after=(UUID(int=77), "0" * 16))
        assert await work.refused_scans.listed(unknown) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RefusedFilter(), [4, 3, 2, 1]),
        (RefusedFilter(settled=False), [4, 3, 2]),
        (RefusedFilter(settled=True), [1]),
        (RefusedFilter(reason="other-place"), [2]),
        (RefusedFilter(device="TC-2"), [3]),
        (RefusedFilter(actor="minh"), [4]),
        (RefusedFilter(place="desk-1", settled=False, device="TC-1"), [4, 2]),
        (RefusedFilter(place="desk-9"), []),
    ],
)
async def test_a_list_holds_what_is_asked_for_and_nothing_else(
    storage: Storage, wanted: RefusedFilter, found: list[int]
) -> None:
    async with storage.begin() as work:
        await work.refused_scans.keep_refused(
            [
                a_refused_scan(1, settled_at=NOW, settled_as=SettledAs.DISMISSED),
                a_refused_scan(2, reason="other-place"),
                a_refused_scan(3, device="TC-2"),
                a_refused_scan(4, actor="minh"),
            ]
        )
        assert numbers(await work.refused_scans.listed(wanted)) == found


async def test_what_the_ledger_has_now_is_settled_and_no_other_content(storage: Storage) -> None:
    taken = an_event(1, act=Act.LOAD)
    same = a_refused_scan(
        1, scan_id=taken.event_id, code=ITEM, occurred_at=taken.occurred_at, device_at=None
    )
    others = [
        a_refused_scan(2, scan_id=taken.event_id, code=ITEM, act="arrive"),
        a_refused_scan(3),
        a_refused_scan(4, settled_at=NOW, settled_as=SettledAs.DISMISSED),
    ]
    async with storage.begin() as work:
        await work.refused_scans.settle_refused([taken.event_id], at=NOW)
        await work.refused_scans.keep_refused([same, *others])
        await work.custody.add_item(an_item())
        await work.custody.record(taken, a_position(1))
        ids = [taken.event_id, UUID(int=3), UUID(int=4), UUID(int=5)]
        await work.refused_scans.settle_refused(ids, at=NOW + HOUR)
        await work.refused_scans.settle_refused([], at=NOW)
    async with storage.begin() as work:
        expected = {"settled_at": NOW + HOUR, "settled_as": SettledAs.TAKEN}
        found = {one.fingerprint: one for one in await work.refused_scans.of(taken.event_id)}
        assert found[same.fingerprint] == same.model_copy(update=expected)
        assert found[others[0].fingerprint] == others[0]
        assert len(await work.refused_scans.listed(WAITING)) == 2


async def test_a_scan_is_held_and_renewed(storage: Storage) -> None:
    one, other = a_refused_scan(1), a_refused_scan(1, note="khác")
    async with storage.begin() as work:
        await work.refused_scans.keep_refused([one, other])
        held = await work.refused_scans.hold(one.scan_id, one.fingerprint)
        assert held == one
        held.explanation, held.explained_by, held.explained_at = "quét nhầm", "dung", NOW
        held.settled_as, held.settled_by, held.settled_at = SettledAs.DISMISSED, "dung", NOW
        await work.refused_scans.put(held)
        assert await work.refused_scans.hold(one.scan_id, "0" * 16) is None
    async with storage.begin() as work:
        await work.refused_scans.keep_refused([one])
        assert await work.refused_scans.hold(one.scan_id, one.fingerprint) == held
        assert await work.refused_scans.hold(one.scan_id, other.fingerprint) == other


async def test_the_history_is_in_order_for_each_content(storage: Storage) -> None:
    written = [
        RefusedScanStep(
            scan_id=UUID(int=1),
            fingerprint=mark * 16,
            number=number,
            step=RefusalStep.REFUSED_AGAIN,
            actor="dung",
            happened_at=NOW,
            text="thử",
            reason="item-unknown",
            facts="{}",
        )
        for mark in "ab"
        for number in (1, 2)
    ]
    async with storage.begin() as work:
        for step in reversed(written):
            await work.refused_scans.add_step(step)
    async with storage.begin(write=False) as work:
        assert await work.refused_scans.steps(UUID(int=1)) == written
        assert await work.refused_scans.steps(UUID(int=2)) == []


async def test_batches_that_are_refused_at_once_do_not_wait_for_each_other_forever(
    storage: Storage, database_url: str
) -> None:
    scans = [a_refused_scan(number) for number in range(60)]

    async def keep(store: Storage, order: int) -> None:
        for start in range(0, 60, 20):
            async with store.begin() as work:
                await work.refused_scans.keep_refused(scans[start:][::order])

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        for number, store in enumerate((storage, other, storage, other)):
            tasks.create_task(keep(store, -1 if number % 2 else 1))
    async with storage.begin(write=False) as work:
        assert len(await work.refused_scans.listed(RefusedFilter(limit=100))) == 60


async def test_what_waits_is_found_by_its_own_index(storage: Storage) -> None:
    """The commonest question, asked with each batch that was taken, is one look."""
    async with storage.begin() as work:
        settled = {"settled_at": NOW, "settled_as": SettledAs.TAKEN}
        await work.refused_scans.keep_refused([a_refused_scan(n, **settled) for n in range(300)])
    async with storage.begin() as work:
        await work.flush()
        explain = "EXPLAIN QUERY PLAN" if storage.is_sqlite else "EXPLAIN"
        if not storage.is_sqlite:
            await work.connection.execute(text("ANALYZE refused_scan"))
        plan = await work.connection.execute(
            text(
                f"{explain} SELECT scan_id FROM refused_scan WHERE province = '{PROVINCE}' "
                "AND settled_at IS NULL LIMIT 1"
            )
        )
        assert "ix_refused_scan_waiting" in " ".join(str(row) for row in plan)


async def test_a_device_comes_back_whole_by_name_and_in_pages(storage: Storage) -> None:
    made = [
        Device(
            name=name,
            username="tuan",
            skew_ms=-40 * 365 * 86_400_000,
            measured_at=NOW,
            seen_at=NOW + timedelta(minutes=5),
        )
        for name in ("HH-1", "HH-2", "HH-3")
    ]
    async with storage.begin() as work:
        devices: Devices = work.devices
        for device in reversed(made):
            await devices.put(device)
        await devices.put(made[1].model_copy(update={"skew_ms": 7, "username": "minh"}))
    async with storage.begin(write=False) as work:
        assert await work.devices.find("HH-1") == made[0]
        assert await work.devices.find("HH-9") is None
        assert [one.name for one in await work.devices.listed(limit=2)] == ["HH-1", "HH-2"]
        (last,) = await work.devices.listed(limit=2, after="HH-2")
        assert last == made[2]
        renewed = await work.devices.find("HH-2")
        assert renewed is not None
        assert (renewed.skew_ms, renewed.username) == (7, "minh")
