"""Objections: each names its reason, and the first one that holds is the one that is told."""

from datetime import timedelta
from uuid import UUID

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances
from postal_bridge.tracking.records import Pouch, PouchState
from postal_bridge.tracking.scan_objections import Objections
from postal_bridge.tracking.scans import Scan
from tests.stages.memory import CENTRE, DUNG, LAN, TUAN, MemoryWork
from tests.stores import ITEM, NOW

LATEST = NOW + timedelta(days=1)
SCAN = UUID(int=(7 << 76) | (2 << 62) | 1)
OTHER = UUID(int=(7 << 76) | (2 << 62) | 2)
POUCH = Pouch(
    code="TUI-190110-0001-5", origin=CENTRE, destination="STP", created_at=NOW, created_by="lan"
)


async def objection(
    work: MemoryWork, act: Act, *, by: Actor, told: dict[str, object] | None = None
) -> Refusal | None:
    """The objection to a scan of an item on the centre's desk; `told` replaces what it says."""
    if ITEM not in work.custody.positions:
        await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    said = {"pouch": POUCH.code, "corrects": None, "place": CENTRE, "at": NOW, **(told or {})}
    objections = Objections(work.by(by), latest=LATEST)
    objections.known = {OTHER}
    objections.pouches = {POUCH.code: POUCH, "sealed": replace_state(POUCH, PouchState.SEALED)}
    objections.waiting = {ITEM: "BG-1"} if said.pop("offered", False) else {}
    scan = Scan(scan_id=SCAN, code=ITEM, act=act.value, **said)  # type: ignore[arg-type]
    facts = Circumstances(
        place=scan.place,
        occurred_at=scan.at,
        event_id=SCAN,
        device="HH-01",
        corrects=scan.corrects,
    )
    return await objections.to_item(scan, act, await work.at(ITEM), facts)


def replace_state(pouch: Pouch, state: PouchState) -> Pouch:
    return pouch.model_copy(update={"state": state})


@pytest.mark.parametrize(
    ("act", "by", "told", "reason"),
    [
        (Act.LOAD, TUAN, {}, None),
        (Act.LOAD, TUAN, {"place": "elsewhere"}, Reason.OTHER_PLACE),
        (Act.LOAD, LAN, {}, Reason.ROLE_NOT_ALLOWED),
        (Act.LOAD, LAN, {"place": "elsewhere"}, Reason.OTHER_PLACE),
        (Act.LOAD, DUNG, {"place": "elsewhere"}, None),
        (Act.PACK, LAN, {}, None),
        (Act.PACK, LAN, {"pouch": "unknown"}, Reason.POUCH_UNKNOWN),
        (Act.PACK, LAN, {"pouch": None}, Reason.POUCH_UNKNOWN),
        (Act.PACK, LAN, {"pouch": "sealed"}, Reason.POUCH_SEALED),
        (Act.PACK, LAN, {"offered": True}, Reason.HANDOVER_PENDING),
        (Act.CORRECT, TUAN, {"corrects": OTHER}, Reason.ROLE_NOT_ALLOWED),
        (Act.CORRECT, DUNG, {"corrects": None}, Reason.CORRECTION_UNKNOWN),
        (Act.CORRECT, DUNG, {"corrects": SCAN}, Reason.CORRECTION_UNKNOWN),
        (Act.CORRECT, DUNG, {"corrects": OTHER}, Reason.CORRECTION_UNKNOWN),
        (Act.CORRECT, DUNG, {"corrects": UUID(int=9)}, None),
    ],
)
async def test_the_first_objection_that_holds_is_told(
    work: MemoryWork, act: Act, by: Actor, told: dict[str, object], reason: Reason | None
) -> None:
    found = await objection(work, act, by=by, told=told)
    assert (found.reason if found else None) is reason


async def test_a_clock_may_be_ahead_up_to_the_limit_and_no_further(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    for over, reason in ((timedelta(), None), (timedelta(microseconds=1), Reason.SCAN_IN_FUTURE)):
        at = LATEST + over
        found = await objection(work, Act.LOAD, by=TUAN, told={"at": at})
        assert (found.reason if found else None) is reason
