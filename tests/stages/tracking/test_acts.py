"""Writing an act down: who may, from where, and what goes with it."""

from datetime import timedelta

import pytest

from postal_bridge.errors import Reason
from postal_bridge.identity import ROLE_NAMES, Actor, Role
from postal_bridge.journey import MOVES, Act, Direction, ItemKind, Move, Stage, Status
from postal_bridge.tracking.acts import Circumstances
from tests.stages.memory import DEPARTMENT, HOA, LAN, TUAN, WAYS, MemoryWork
from tests.stores import DOSSIER, ITEM

RESULT = f"{DOSSIER}/K1"
KINDS = {
    Direction.OUT: (ItemKind.APPLICATION, ITEM),
    Direction.BACK: (ItemKind.RESULT, RESULT),
}
MOVE_LIST = sorted(MOVES.values(), key=lambda move: (move.direction, move.act))


def named(move: Move) -> str:
    return f"{move.direction}-{move.act}"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("move", [m for m in MOVE_LIST if None not in m.before], ids=named)
async def test_a_command_needs_the_role_that_the_table_names(
    work: MemoryWork, move: Move, role: Role
) -> None:
    kind, code = KINDS[move.direction]
    stage = next(s for d, s in WAYS if d is move.direction and s in move.before)
    tracked = await work.an_item_at(stage, code=code, kind=kind)
    refusal = work.by(Actor("ai", "Ai đó", role)).check(tracked, move.act)

    if role in move.roles:
        assert refusal is None
    else:
        assert refusal is not None
        assert refusal.reason is Reason.ROLE_NOT_ALLOWED
        assert ROLE_NAMES[role] in refusal.sentence()


@pytest.mark.parametrize("move", MOVE_LIST, ids=named)
async def test_a_command_starts_from_the_stages_that_the_table_names(
    work: MemoryWork, move: Move
) -> None:
    kind, code = KINDS[move.direction]
    role = min(move.roles)
    for number, stage in enumerate((s for d, s in WAYS if d is move.direction), start=1):
        tracked = await work.an_item_at(stage, code=f"{code[:-1]}{number}", kind=kind)
        refusal = work.by(Actor("ai", "Ai đó", role)).check(tracked, move.act)
        assert (refusal is None) == (stage in move.before), stage
        if refusal is not None:
            assert refusal.reason is Reason.ACT_NOT_POSSIBLE


async def test_an_act_that_does_not_exist_for_the_kind_is_refused(work: MemoryWork) -> None:
    tracked = await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    refusal = work.by(LAN).check(tracked, Act.RETURN)
    assert refusal is not None
    assert refusal.reason is Reason.ACT_UNKNOWN


async def test_the_dossier_follows_its_items(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    assert work.dossiers.kept[DOSSIER].status is Status.RECEIVED
    await work.does(HOA, ITEM, Act.TAKE_UP)
    assert work.dossiers.kept[DOSSIER].status is Status.PROCESSING
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    resolved = work.dossiers.kept[DOSSIER]
    assert (resolved.status, resolved.resolved_at) == (Status.RESOLVED, work.now)
    await work.does(LAN, RESULT, Act.RETURN)
    returned = work.dossiers.kept[DOSSIER]
    assert (returned.status, returned.returned_at) == (Status.RETURNED, work.now)


async def test_a_new_item_begins_after_all_that_is_known_of_the_dossier(work: MemoryWork) -> None:
    """A handheld a few minutes ahead does not keep the status from following the request."""
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    ahead = work.now + timedelta(minutes=4)
    await work.does(HOA, ITEM, Act.TAKE_UP, occurred_at=ahead, device="HH-01")
    slip = f"{DOSSIER}/P1"
    await work.an_item_at(Stage.ISSUED, code=slip, kind=ItemKind.SUPPLEMENT_REQUEST)

    assert work.now < ahead
    position = (await work.at(slip)).position
    assert position is not None
    assert position.since == ahead + timedelta(microseconds=1)
    assert work.dossiers.kept[DOSSIER].status is Status.SUPPLEMENT


async def test_a_late_scan_is_kept_and_moves_and_tells_nothing(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DELIVERY, code=RESULT, kind=ItemKind.RESULT)
    before, told = (await work.at(RESULT)).position, len(work.outbox.kept)
    assert before is not None
    early = before.since - timedelta(seconds=1)
    after = await work.does(TUAN, RESULT, Act.FAIL, occurred_at=early, device="HH-01")

    assert (after.stage, after.since, after.seq) == (Stage.DELIVERY, before.since, before.seq + 1)
    assert len(work.outbox.kept) == told


@pytest.mark.parametrize("kind", ItemKind)
async def test_the_citizen_hears_of_the_dossier_and_its_result_only(
    work: MemoryWork, kind: ItemKind
) -> None:
    letter = {
        "application": "H",
        "supplement": "B",
        "result": "K",
        "supplement_request": "P",
        "stop_notice": "D",
    }
    code = f"{DOSSIER}/{letter[kind]}1"
    out = kind in {ItemKind.APPLICATION, ItemKind.SUPPLEMENT}
    await work.an_item_at(Stage.COUNTER if out else Stage.DESK, code=code, kind=kind)
    assert bool(work.outbox.kept) == (kind in {ItemKind.APPLICATION, ItemKind.RESULT})


async def test_a_carrier_bears_what_is_sent_out(work: MemoryWork) -> None:
    tracked = await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    facts = Circumstances(place=DEPARTMENT, custodian="tuan", consignment="VD-1")
    position = await work.by(LAN).record(tracked, Act.SEND_OUT, facts)
    assert (position.custodian, position.holder) == ("tuan", "tuan")
