"""The fold: every act tried from every stage, and the few things that move nothing."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from postal_bridge.events import GENESIS, link
from postal_bridge.journey import (
    CLOSED_STAGES,
    MOVES,
    START,
    Act,
    Direction,
    DossierAct,
    HolderAfter,
    ItemKind,
    Move,
    Stage,
    Status,
)
from postal_bridge.tracking.custody import (
    Standing,
    advance,
    chained,
    custodian_after,
    dossier_status,
    event_hash,
    fold,
    in_order,
    moment_after,
    placed,
    replayed,
    takes_out,
    walk,
)
from postal_bridge.tracking.records import CustodyEvent
from tests.stores import HOUR, ITEM, NOW, an_event, an_item

KIND_OF = {Direction.OUT: ItemKind.APPLICATION, Direction.BACK: ItemKind.RESULT}
POUCH = "TUI-190110-0001-8"
MOVE_LIST = sorted(MOVES.values(), key=lambda move: (move.direction, move.act))


def event(
    act: Act,
    hour: float,
    *,
    number: int = 0,
    pouch: str | None = None,
    device: str | None = "HH-01",
    corrects: UUID | None = None,
    place: str = "desk-2",
) -> CustodyEvent:
    made = an_event(number or int(hour * 10) + 1, act=act)
    made.occurred_at = NOW + hour * HOUR
    made.pouch, made.device, made.corrects, made.place = pouch, device, corrects, place
    made.custodian_kind, made.custodian = None, None
    return made


def standing(stage: Stage, *, pouch: str | None = None, sealed: bool = False) -> Standing:
    return Standing(
        stage=stage,
        place="desk-1",
        custodian_kind=HolderAfter.PERSON,
        custodian="tuan",
        pouch=pouch,
        sealed=sealed,
        since=NOW,
        last_event_id=UUID(int=1),
    )


@pytest.mark.parametrize("before", [None, *Stage])
@pytest.mark.parametrize("move", MOVE_LIST, ids=lambda m: f"{m.direction}-{m.act}")
def test_every_act_leads_to_its_one_stage_from_every_open_stage(
    move: Move, before: Stage | None
) -> None:
    kind = KIND_OF[move.direction]
    here = standing(before) if before else None
    after = advance(kind, here, event(move.act, 1))
    if before in CLOSED_STAGES or (before is None and START not in move.before):
        assert after is here
    else:
        assert after is not None
        assert (after.stage, after.place, after.since) == (move.after, "desk-2", NOW + HOUR)


@pytest.mark.parametrize("kind", ItemKind)
def test_an_act_that_does_not_exist_for_a_kind_moves_nothing(kind: ItemKind) -> None:
    here = standing(Stage.PACKED)
    for act in Act:
        known = any(KIND_OF[d] is kind and a is act for d, a in MOVES)
        if kind in KIND_OF.values() and not known:
            assert advance(kind, here, event(act, 1)) is here


@pytest.mark.parametrize("act", [Act.LOAD, Act.ARRIVE, Act.UNPACK, Act.PACK, Act.MISS, Act.ACCEPT])
def test_what_lies_in_a_sealed_pouch_moves_only_with_it(act: Act) -> None:
    here = standing(Stage.POUCH, pouch=POUCH, sealed=True)
    for pouch in (None, "another"):
        assert advance(ItemKind.APPLICATION, here, event(act, 1, pouch=pouch)) is here
    moved = advance(ItemKind.APPLICATION, here, event(act, 1, pouch=POUCH))
    assert moved is not None
    stays_inside = act in {Act.LOAD, Act.ARRIVE}
    assert moved.sealed == stays_inside
    assert moved.pouch == (POUCH if stays_inside or act is Act.PACK else None)


@pytest.mark.parametrize("act", [Act.LOAD, Act.ARRIVE])
def test_the_scan_of_a_pouch_moves_nothing_that_lies_in_it_no_more(act: Act) -> None:
    here = standing(Stage.MISSING)
    assert advance(ItemKind.APPLICATION, here, event(act, 1, pouch=POUCH)) is here
    assert advance(ItemKind.APPLICATION, here, event(act, 1)) is not here


def test_an_act_that_changes_no_holder_leaves_the_bearer() -> None:
    arrived = advance(ItemKind.APPLICATION, standing(Stage.TRANSFER), event(Act.ARRIVE, 1))
    assert arrived is not None
    assert (arrived.custodian_kind, arrived.custodian) == (HolderAfter.PERSON, "tuan")


def a_way() -> list[CustodyEvent]:
    return [
        event(Act.RECEIVE, 0, device=None),
        event(Act.PACK, 1, pouch=POUCH),
        event(Act.UNPACK, 2),
        event(Act.LOAD, 2, number=99),  # the same moment: the identifier decides
        event(Act.ARRIVE, 3),
    ]


def test_the_order_of_arrival_and_repetition_change_nothing() -> None:
    expected = fold(ItemKind.APPLICATION, a_way())
    assert expected is not None
    assert (expected.stage, expected.since) == (Stage.TRANSFER, NOW + 3 * HOUR)
    for shuffled in permutations(a_way()):
        assert fold(ItemKind.APPLICATION, [*shuffled, shuffled[0]]) == expected


def test_the_walk_says_what_moved_and_what_was_unusual() -> None:
    steps = walk(ItemKind.APPLICATION, [*a_way(), event(Act.PACK, -1, number=7, pouch=POUCH)])
    assert [(s.event.act, s.moved, s.regular) for s in steps] == [
        (Act.PACK, False, False),  # by a clock that stood before the beginning
        (Act.RECEIVE, True, True),
        (Act.PACK, True, True),
        (Act.UNPACK, True, True),
        (Act.LOAD, True, True),
        (Act.ARRIVE, True, True),
    ]
    assert [(s.before, s.after) for s in steps][1:3] == [
        (None, Stage.COUNTER),
        (Stage.COUNTER, Stage.PACKED),
    ]


@pytest.mark.parametrize(
    ("wrong", "correction", "works"),
    [
        (event(Act.LOAD, 2), {}, True),
        (event(Act.LOAD, 2, device=None), {}, False),
        (event(Act.LOAD, 2, pouch=POUCH), {}, False),
        (event(Act.LOAD, 2, pouch=POUCH), {"pouch": POUCH}, True),
        (event(Act.PACK, 2, pouch=POUCH), {}, True),
        (event(Act.LOAD, 2), {"pouch": POUCH}, False),
        (event(Act.LOAD, 4), {}, False),
        (event(Act.CORRECT, 2), {}, False),
    ],
)
def test_a_correction_reaches_scans_only_backwards_and_pouches_as_a_whole(
    wrong: CustodyEvent, correction: dict[str, str], works: bool
) -> None:
    correct = event(Act.CORRECT, 3, corrects=wrong.event_id, pouch=correction.get("pouch"))
    assert takes_out(correct, wrong) == works
    assert (wrong not in in_order([correct, wrong])) == (works or wrong.act is Act.CORRECT)
    assert in_order([wrong, correct]) == in_order([correct, wrong])


def test_a_position_kept_step_by_step_is_the_replayed_one() -> None:
    item, position = an_item(), None
    history: list[CustodyEvent] = []
    for one in [*a_way()[::2], *a_way()[1::2]]:
        if not history and one.act is not Act.RECEIVE:
            continue
        written = chained(one, position)
        position = placed(item, position, written, history)
        history.append(written)
        assert replayed(item, history) == position
        assert (position.seq, position.last_hash) == (len(history), written.hash)
    assert history[0].previous_hash == GENESIS
    assert [e.previous_hash for e in history[1:]] == [e.hash for e in history[:-1]]


def test_an_item_whose_first_event_places_it_nowhere_is_an_accident() -> None:
    with pytest.raises(ValueError, match=ITEM):
        placed(an_item(), None, event(Act.LOAD, 1), [])
    assert replayed(an_item(), []) is None
    assert fold(ItemKind.APPLICATION, []) is None


@pytest.mark.parametrize("field", [f for f in CustodyEvent.model_fields if f != "hash"])
def test_every_fact_of_an_event_is_in_its_hash(field: str) -> None:
    one = event(Act.LOAD, 1, pouch=POUCH)
    other = one.model_copy()
    values = {"event_id": UUID(int=5), "corrects": UUID(int=5), "seq": 9, "act": Act.ARRIVE}
    values |= {"occurred_at": NOW, "recorded_at": NOW, "custodian_kind": HolderAfter.DESK}
    values |= {"latitude": 1.5, "longitude": 1.5, "device_at": NOW}
    setattr(other, field, values.get(field, "khác"))
    assert event_hash(other) != event_hash(one)


@pytest.mark.parametrize("everything", [True, False])
def test_an_events_hash_is_made_as_the_first_release_made_it(everything: bool) -> None:
    one = event(Act.CORRECT, 1, pouch=POUCH, corrects=UUID(int=5))
    one.latitude, one.note = 1e16, "Đã giao 😀\x00\u2028"
    one.custodian_kind, one.device_at = HolderAfter.DESK, NOW
    if not everything:
        one = event(Act.LOAD, 1)
        one.latitude = one.longitude = one.note = None
    facts = one.model_dump(exclude={"hash", "previous_hash"})
    for name, spell in (
        ("event_id", str),
        ("corrects", str),
        ("latitude", repr),
        ("longitude", repr),
    ):
        facts[name] = spell(facts[name]) if facts[name] is not None else None
    assert event_hash(one) == link(one.previous_hash, facts)


def test_a_command_happens_after_everything_that_is_known() -> None:
    assert moment_after(None, NOW) == NOW
    assert moment_after(NOW - HOUR, NOW) == NOW
    for latest in (NOW, NOW + HOUR):
        assert moment_after(latest, NOW) == latest + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        (HolderAfter.DESK, (HolderAfter.DESK, "TT")),
        (HolderAfter.PERSON, (HolderAfter.PERSON, "tuan")),
        (HolderAfter.CARRIER, (HolderAfter.CARRIER, "nam")),
        (HolderAfter.CITIZEN, (HolderAfter.CITIZEN, "citizen")),
        (HolderAfter.POUCH, (HolderAfter.DESK, "TT")),
        (HolderAfter.SAME, (None, None)),
    ],
)
def test_who_bears_an_item_after_a_move(
    holder: HolderAfter, expected: tuple[HolderAfter | None, str | None]
) -> None:
    assert custodian_after(holder, place="TT", actor="tuan", carrier="nam") == expected


def test_a_status_follows_from_events_in_their_order_and_skips_nothing() -> None:
    taken_up = (ItemKind.APPLICATION, event(Act.TAKE_UP, 1))
    asked = (ItemKind.SUPPLEMENT_REQUEST, event(Act.ISSUE, 2))
    brought = (ItemKind.SUPPLEMENT, event(Act.RECEIVE, 3))
    home = (ItemKind.RESULT, event(Act.HAND_BACK, 4))
    given = (ItemKind.RESULT, event(Act.RETURN, 5))
    every = [taken_up, asked, brought, home, given]

    expected = [Status.PROCESSING, Status.SUPPLEMENT, Status.PROCESSING]
    expected += [Status.RESOLVED, Status.RETURNED]
    for count, status in enumerate(expected, start=1):
        assert dossier_status(Status.RECEIVED, every[:count])[0] is status
    status, moments = dossier_status(Status.RECEIVED, reversed(every))
    assert status is Status.RETURNED
    assert moments[DossierAct.RESOLVE] == NOW + 4 * HOUR
    assert dossier_status(Status.RECEIVED, [home, given]) == (Status.RECEIVED, {})
