"""A supervisor's work on refused scans: explained, applied again as who scanned, dismissed."""

from dataclasses import replace as changed
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.tracking.records import RefusalStep, RefusedScan, SettledAs
from postal_bridge.tracking.refused_scans import (
    Stays,
    dismiss,
    explain,
    one_content,
    reapply,
)
from postal_bridge.tracking.scan_ports import RefusedFilter
from postal_bridge.tracking.scans import Geo, Scan, apply_scans
from tests.stages.memory import CENTRE, DEPARTMENT, DUNG, TUAN, MemoryWork
from tests.stores import ITEM

MINUTE = timedelta(minutes=1)


def a_scan(work: MemoryWork, **other: object) -> Scan:
    made = Scan(
        scan_id=work.identifiers.new(work.now),
        code=ITEM,
        act="load",
        place=CENTRE,
        at=work.now,
        geo=Geo(latitude=21.85, longitude=106.76),
        note="Giấy ướt",
    )
    return msgspec.structs.replace(made, **other)


async def refused(
    work: MemoryWork, scan: Scan, *, actor: Actor = TUAN, correction: timedelta = timedelta()
) -> RefusedScan:
    """Send a scan that is not taken; gives what is kept of it."""
    outcome = await apply_scans(
        work.by(actor),
        device="HH-01",
        scans=[scan],
        ahead_limit=5 * MINUTE,
        correction=correction,
    )
    assert len(outcome.refused) == 1
    return (await work.refused_scans.of(scan.scan_id))[-1]


async def again(
    work: MemoryWork, scan: RefusedScan, *, actor: Actor = TUAN, note: str | None = None
) -> RefusedScan | Stays:
    decided = work.by(DUNG)
    return await reapply(work.by(actor), scan, decided=decided, note=note, ahead_limit=5 * MINUTE)


async def steps(work: MemoryWork, scan: RefusedScan) -> list[tuple[RefusalStep, str | None]]:
    return [(one.step, one.text) for one in await work.refused_scans.steps(scan.scan_id)]


async def test_what_was_unknown_then_is_taken_now_as_who_scanned(work: MemoryWork) -> None:
    sent = a_scan(work, at=work.now + 3 * MINUTE)
    kept = await refused(work, sent)
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    became = await again(work, kept, note="hồ sơ nhập sau")

    assert isinstance(became, RefusedScan)
    assert (became.settled_as, became.settled_by) == (SettledAs.REAPPLIED, "dung")
    event = work.custody.events[-1]
    assert (event.event_id, event.actor, event.device) == (sent.scan_id, "tuan", "HH-01")
    assert (event.latitude, event.note) == (21.85, "Giấy ướt")
    assert work.custody.positions[ITEM].holder == "tuan"
    assert await work.refused_scans.listed(RefusedFilter(settled=False)) == []
    assert await steps(work, kept) == [(RefusalStep.REAPPLIED, "hồ sơ nhập sau")]
    assert await again(work, kept) == became
    assert len(await steps(work, kept)) == 1


async def test_refused_again_changes_nothing_but_the_history(work: MemoryWork) -> None:
    kept = await refused(work, a_scan(work))
    stays = await again(work, kept, note="thử")
    assert isinstance(stays, Stays)
    assert ITEM in stays.sentence("vi")
    assert stays.sentence("vi") != stays.sentence("en")
    assert await work.refused_scans.of(kept.scan_id) == [kept]
    assert await steps(work, kept) == [(RefusalStep.REFUSED_AGAIN, "thử")]


async def test_a_moment_that_was_put_right_stays_put_right(work: MemoryWork) -> None:
    ahead = 30 * MINUTE
    sent = a_scan(work, at=work.now + ahead + 3 * MINUTE)
    kept = await refused(work, sent, correction=ahead)
    assert (kept.occurred_at, kept.device_at) == (sent.at - ahead, sent.at)
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    await again(work, kept)
    event = work.custody.events[-1]
    assert (event.occurred_at, event.device_at) == (sent.at - ahead, sent.at)


async def test_another_content_under_a_used_id_is_never_taken(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    sent = a_scan(work, at=work.now + MINUTE)
    await apply_scans(work.by(TUAN), device="HH-01", scans=[sent], ahead_limit=5 * MINUTE)
    kept = await refused(work, msgspec.structs.replace(sent, place=DEPARTMENT))
    for _ in range(2):
        stays = await again(work, kept)
        assert isinstance(stays, Stays)
        assert isinstance(stays.why, Refusal)
        assert stays.why.reason is Reason.SCAN_ID_REUSED
    assert len(work.custody.events) == 2


async def test_of_two_contents_under_one_id_one_must_be_named(work: MemoryWork) -> None:
    sent = a_scan(work)
    first = await refused(work, sent)
    second = await refused(work, msgspec.structs.replace(sent, note="Giấy khô"))
    assert first.fingerprint != second.fingerprint
    unnamed = await one_content(work, scan_id=sent.scan_id, fingerprint=None)
    assert isinstance(unnamed, Refusal)
    assert first.fingerprint in unnamed.sentence()
    named = await one_content(work, scan_id=sent.scan_id, fingerprint=second.fingerprint)
    assert named == second
    unknown = await one_content(work, scan_id=UUID(int=9), fingerprint=None)
    assert isinstance(unknown, Refusal)
    assert unknown.reason is Reason.REFUSED_SCAN_UNKNOWN


async def test_only_the_content_that_was_taken_is_settled(work: MemoryWork) -> None:
    sent = a_scan(work, at=work.now + 3 * MINUTE)
    first = await refused(work, sent)
    second = await refused(work, msgspec.structs.replace(sent, act="arrive"))
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    await again(work, first)
    (waiting,) = await work.refused_scans.listed(RefusedFilter(settled=False))
    assert waiting.fingerprint == second.fingerprint


async def test_a_dismissal_is_explained_and_holds_when_it_comes_again(work: MemoryWork) -> None:
    sent = a_scan(work)
    kept = await refused(work, sent)
    explained = await explain(work.by(DUNG), kept, text="đang hỏi bưu tá")
    assert (explained.explanation, explained.settled_as) == ("đang hỏi bưu tá", None)
    became = await dismiss(work.by(DUNG), kept, explanation="quét nhầm giấy khác")
    assert isinstance(became, RefusedScan)
    assert (became.settled_as, became.explained_by) == (SettledAs.DISMISSED, "dung")
    assert await refused(work, sent) == became
    assert isinstance(await dismiss(work.by(DUNG), kept, explanation="lần nữa"), Stays)
    assert [step for step, _ in await steps(work, kept)] == [
        RefusalStep.EXPLAINED,
        RefusalStep.DISMISSED,
    ]


async def test_a_dismissal_that_was_a_mistake_can_be_undone(work: MemoryWork) -> None:
    kept = await refused(work, a_scan(work, at=work.now + 3 * MINUTE))
    await dismiss(work.by(DUNG), kept, explanation="tưởng quét nhầm")
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    became = await again(work, kept, note="bưu tá nói đúng")
    assert isinstance(became, RefusedScan)
    assert (became.settled_as, became.explanation) == (SettledAs.REAPPLIED, "tưởng quét nhầm")
    assert [step for step, _ in await steps(work, kept)] == [
        RefusalStep.DISMISSED,
        RefusalStep.REAPPLIED,
    ]


@pytest.mark.parametrize("places", [(), (CENTRE,)])
async def test_role_and_places_are_those_of_today(
    work: MemoryWork, places: tuple[str, ...]
) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    elsewhere = changed(TUAN, places=(DEPARTMENT,))
    kept = await refused(work, a_scan(work, at=work.now + MINUTE), actor=elsewhere)
    assert kept.reason == "other-place"
    became = await again(work, kept, actor=changed(TUAN, places=places))
    assert isinstance(became, RefusedScan) is bool(places)


async def test_what_came_again_meanwhile_is_not_taken_twice(work: MemoryWork) -> None:
    sent = a_scan(work, at=work.now + 3 * MINUTE)
    kept = await refused(work, sent)
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    await apply_scans(work.by(TUAN), device="HH-01", scans=[sent], ahead_limit=5 * MINUTE)
    became = await again(work, kept)
    assert isinstance(became, RefusedScan)
    assert (became.settled_as, became.settled_by) == (SettledAs.TAKEN, None)
    assert len(work.custody.events) == 2
