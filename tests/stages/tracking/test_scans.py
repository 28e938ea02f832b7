"""Scans: taken in any order, once; refused for what no other scan could change."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from msgspec.structs import replace

from postal_bridge.codes import make_seal_code
from postal_bridge.errors import Reason
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.handovers import Offer, offer_handover
from postal_bridge.tracking.incidents import close_incident, report_lost
from postal_bridge.tracking.pouches import make_pouch, open_pouch, seal_pouch
from postal_bridge.tracking.records import Incident, Pouch
from postal_bridge.tracking.scan_ports import RefusedFilter
from postal_bridge.tracking.scans import Outcome, Scan, apply_scans
from tests.stages.memory import CENTRE, DEPARTMENT, DUNG, HOA, LAN, TUAN, MemoryWork
from tests.stores import DOSSIER, ITEM

SECOND = f"{DOSSIER[:-1]}2/H1"
RESULT = f"{DOSSIER}/K1"
MINUTE = timedelta(minutes=1)
WAITING = RefusedFilter(settled=False)


def scan_id(number: int) -> UUID:
    return UUID(int=(7 << 76) | (2 << 62) | number)


def a_scan(number: int, code: str, act: str, *, at: timedelta, work: MemoryWork) -> Scan:
    return Scan(scan_id=scan_id(number), code=code, act=act, place=CENTRE, at=work.now + at)


async def tell(work: MemoryWork, *scans: Scan, actor: Actor = DUNG) -> Outcome:
    recorder = work.by(actor)
    return await apply_scans(recorder, device="HH-01", scans=scans, ahead_limit=5 * MINUTE)


def counts(outcome: Outcome) -> tuple[int, int, int, list[Reason]]:
    reasons = [one.refusal.reason for one in outcome.refused]
    return outcome.accepted, outcome.duplicates, outcome.late, reasons


async def a_pouch(work: MemoryWork, *items: str) -> str:
    made = await make_pouch(work.by(LAN), origin=CENTRE, destination=DEPARTMENT, items=items)
    assert isinstance(made, Pouch)
    return made.code


async def a_sealed_pouch(work: MemoryWork) -> str:
    for code in (ITEM, SECOND):
        await work.an_item_at(Stage.COUNTER, code=code, kind=ItemKind.APPLICATION)
    code = await a_pouch(work, ITEM, SECOND)
    await seal_pouch(work.by(LAN), code=code, seal=make_seal_code(1))
    return code


def stages(work: MemoryWork) -> list[Stage]:
    return [position.stage for _, position in sorted(work.custody.positions.items())]


async def test_a_scan_that_comes_again_is_a_duplicate(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    scan = a_scan(1, ITEM, "load", at=MINUTE, work=work)
    assert counts(await tell(work, scan, scan)) == (1, 1, 0, [])
    assert counts(await tell(work, scan)) == (0, 1, 0, [])
    other = replace(scan, place=DEPARTMENT)
    assert counts(await tell(work, other)) == (0, 0, 0, [Reason.SCAN_ID_REUSED])
    assert len(work.custody.events) == 2


async def test_a_late_scan_is_taken_counted_and_moves_nothing(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    arrive = a_scan(1, ITEM, "arrive", at=3 * MINUTE, work=work)
    load = a_scan(2, ITEM, "load", at=2 * MINUTE, work=work)
    assert counts(await tell(work, arrive, load)) == (2, 0, 1, [])
    position = work.custody.positions[ITEM]
    assert (position.since, position.custodian) == (arrive.at, "dung")


async def test_one_scan_of_a_pouch_moves_all_that_lies_in_it(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    scan = a_scan(1, pouch, "load", at=MINUTE, work=work)
    assert counts(await tell(work, scan, actor=TUAN)) == (1, 0, 0, [])
    assert counts(await tell(work, scan, actor=TUAN)) == (0, 1, 0, [])
    assert stages(work) == [Stage.TRANSFER] * 2
    assert {p.holder for p in work.custody.positions.values()} == {pouch}

    await report_lost(work.by(LAN), code=SECOND, place=CENTRE, note=None)
    await tell(work, a_scan(2, pouch, "arrive", at=MINUTE, work=work), actor=TUAN)
    assert stages(work) == [Stage.TRANSFER, Stage.MISSING]


async def test_a_pouch_is_corrected_as_a_whole_and_no_item_of_it_alone(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    await tell(work, a_scan(1, pouch, "load", at=MINUTE, work=work))
    alone = replace(a_scan(2, ITEM, "correct", at=2 * MINUTE, work=work), corrects=scan_id(1))
    assert counts(await tell(work, alone))[3] == [Reason.CORRECTION_UNKNOWN]
    whole = replace(alone, scan_id=scan_id(3), code=pouch)
    assert counts(await tell(work, whole)) == (1, 0, 0, [])
    assert stages(work) == [Stage.POUCH] * 2


async def test_a_pouch_is_scanned_between_sealing_and_opening(work: MemoryWork) -> None:
    empty = await a_pouch(work)
    pouch = await a_sealed_pouch(work)
    await open_pouch(work.by(LAN), code=pouch, place=CENTRE, note="rách")
    late = a_scan(1, pouch, "load", at=-10 * MINUTE, work=work)
    after = a_scan(2, pouch, "load", at=MINUTE, work=work)
    others = [
        a_scan(3, empty, "load", at=MINUTE, work=work),
        a_scan(4, "TUI-190110-0009-1", "load", at=MINUTE, work=work),
        a_scan(5, pouch, "pack", at=-10 * MINUTE, work=work),
    ]
    assert counts(await tell(work, late, after, *others)) == (
        1,
        0,
        1,
        [
            Reason.POUCH_OPENED,
            Reason.POUCH_NOT_SEALED,
            Reason.POUCH_UNKNOWN,
            Reason.ACT_UNKNOWN,
        ],
    )
    assert stages(work) == [Stage.DIGITISED] * 2


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_a_correction_may_come_before_what_it_corrects(
    work: MemoryWork, order: tuple[int, ...]
) -> None:
    """Delivered by mistake, noticed at the next door, tried again: whatever comes first."""
    await work.an_item_at(Stage.DELIVERY, code=RESULT, kind=ItemKind.RESULT)
    scans = [
        a_scan(1, RESULT, "deliver", at=MINUTE, work=work),
        a_scan(2, RESULT, "fail", at=2 * MINUTE, work=work),
        replace(a_scan(3, RESULT, "correct", at=3 * MINUTE, work=work), corrects=scan_id(1)),
        a_scan(4, RESULT, "bring_back", at=4 * MINUTE, work=work),
    ]
    base = work.now
    for number in order:
        assert counts(await tell(work, scans[number]))[0] == 1
    position = work.custody.positions[RESULT]
    assert (position.stage, position.since) == (Stage.DESK, base + 4 * MINUTE)
    assert work.dossiers.kept[DOSSIER].returned_at is None


@pytest.mark.parametrize(
    ("named", "reason"),
    [(None, Reason.CORRECTION_UNKNOWN), ("own", Reason.CORRECTION_UNKNOWN), ("other", None)],
)
async def test_what_a_command_did_is_not_corrected(
    work: MemoryWork, named: str | None, reason: Reason | None
) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    first = work.custody.events[0].event_id
    ids = {"own": first, "other": scan_id(77)}
    scan = replace(
        a_scan(1, ITEM, "correct", at=MINUTE, work=work), corrects=ids.get(named) if named else None
    )
    assert counts(await tell(work, scan))[3] == ([reason] if reason else [])
    assert stages(work) == [Stage.COUNTER]


async def test_a_scan_of_another_paper_is_not_corrected_here(work: MemoryWork) -> None:
    for code in (ITEM, SECOND):
        await work.an_item_at(Stage.COUNTER, code=code, kind=ItemKind.APPLICATION)
    await tell(work, a_scan(1, SECOND, "load", at=MINUTE, work=work))
    scan = replace(a_scan(2, ITEM, "correct", at=2 * MINUTE, work=work), corrects=scan_id(1))
    assert counts(await tell(work, scan))[3] == [Reason.CORRECTION_UNKNOWN]


async def test_a_paper_that_is_missing_again_has_an_incident_again(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    lost = await report_lost(work.by(LAN), code=ITEM, place=CENTRE, note=None)
    assert isinstance(lost, Incident)
    await tell(work, a_scan(1, ITEM, "load", at=MINUTE, work=work))
    work.now += MINUTE
    await close_incident(work.by(DUNG), incident_id=lost.id, explanation="bưu tá cầm")
    wrong = replace(a_scan(2, ITEM, "correct", at=MINUTE, work=work), corrects=scan_id(1))
    await tell(work, wrong)

    assert stages(work) == [Stage.MISSING]
    assert [one.id for one in await work.incidents.about(ITEM)] not in ([], [lost.id])


@pytest.mark.parametrize(
    ("scan", "actor", "reason"),
    [
        ({"code": "khong-co"}, DUNG, Reason.ITEM_UNKNOWN),
        ({"act": "vẽ"}, DUNG, Reason.ACT_UNKNOWN),
        ({"act": "seal"}, DUNG, Reason.ACT_UNKNOWN),
        ({"act": "deliver"}, DUNG, Reason.ACT_UNKNOWN),
        ({"place": DEPARTMENT}, LAN, Reason.OTHER_PLACE),
        ({"act": "load"}, LAN, Reason.ROLE_NOT_ALLOWED),
        ({"act": "correct", "corrects": scan_id(5)}, LAN, Reason.ROLE_NOT_ALLOWED),
        ({"at": 7 * MINUTE}, DUNG, Reason.SCAN_IN_FUTURE),
        ({"act": "pack", "pouch": None}, DUNG, Reason.POUCH_UNKNOWN),
        ({"act": "pack", "pouch": "sealed"}, DUNG, Reason.POUCH_SEALED),
        ({"act": "pack", "pouch": "open", "code": "offered"}, DUNG, Reason.HANDOVER_PENDING),
        ({"code": "sealed"}, DUNG, Reason.ITEM_IN_POUCH),
    ],
)
async def test_a_refused_scan_is_kept_with_its_reason(
    work: MemoryWork, scan: dict[str, object], actor: Actor, reason: Reason
) -> None:
    pouch, third = await a_sealed_pouch(work), f"{DOSSIER[:-1]}3/H1"
    await work.an_item_at(Stage.COUNTER, code=third, kind=ItemKind.APPLICATION)
    offered = f"{DOSSIER[:-1]}4/H1"
    await work.an_item_at(Stage.COUNTER, code=offered, kind=ItemKind.APPLICATION)
    offer = Offer(place=CENTRE, receiver=DEPARTMENT, items=[offered])
    await offer_handover(work.by(LAN), offer, province="H37")
    names = {"sealed": pouch, "open": await a_pouch(work), "offered": offered}
    facts = {"code": third, **scan}
    if facts["code"] == "sealed":
        facts["code"] = ITEM
    facts = {key: names.get(str(value), value) for key, value in facts.items()}
    at = facts.pop("at", MINUTE)
    assert isinstance(at, timedelta)
    sent = replace(a_scan(1, third, "arrive", at=at, work=work), **facts)
    written = len(work.custody.events)
    outcome = await tell(work, sent, actor=actor)

    assert counts(outcome) == (0, 0, 0, [reason])
    assert len(work.custody.events) == written
    assert [one.reason for one in await work.refused_scans.listed(WAITING)] == [reason.slug]


async def test_an_end_that_a_command_made_is_final_for_scans(work: MemoryWork) -> None:
    await work.an_item_at(Stage.RETURNED, code=RESULT, kind=ItemKind.RESULT)
    late = a_scan(1, RESULT, "arrive", at=-MINUTE * 60, work=work)
    after = a_scan(2, RESULT, "arrive", at=MINUTE, work=work)
    outcome = await tell(work, late, after)
    assert counts(outcome) == (1, 0, 1, [Reason.ITEM_CLOSED])
    assert outcome.refused[0].holder == "citizen"
    assert stages(work) == [Stage.RETURNED]


async def test_a_refused_scan_that_fits_later_is_taken_and_settled(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    scan = a_scan(1, ITEM, "load", at=4 * MINUTE, work=work)
    assert counts(await tell(work, scan))[3] == [Reason.ITEM_IN_POUCH]
    await open_pouch(work.by(LAN), code=pouch, place=CENTRE, note="rách")
    assert counts(await tell(work, scan)) == (1, 0, 0, [])
    assert await work.refused_scans.listed(WAITING) == []


async def test_a_pouch_that_an_item_scan_names_moves_nothing_with_it(work: MemoryWork) -> None:
    """Only packing asks for a pouch; else an item could leave a sealed one by naming it."""
    pouch = await a_sealed_pouch(work)
    await tell(work, a_scan(1, pouch, "load", at=3 * MINUTE, work=work), actor=TUAN)
    sly = replace(a_scan(2, ITEM, "unpack", at=-MINUTE, work=work), pouch=pouch)
    await tell(work, sly)
    assert stages(work) == [Stage.TRANSFER] * 2
    assert work.custody.positions[ITEM].pouch == pouch
    assert all(e.pouch is None for e in work.custody.events if e.act is Act.UNPACK)


async def test_the_department_takes_up_at_its_own_desk(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    scan = replace(a_scan(1, ITEM, "take_up", at=MINUTE, work=work), place=DEPARTMENT)
    assert counts(await tell(work, scan, actor=HOA)) == (1, 0, 0, [])
    assert stages(work) == [Stage.DEPARTMENT]
