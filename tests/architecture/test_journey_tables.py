"""The floor plan is complete: everything in it has a name, can be reached and leads on."""

import unicodedata
from enum import Enum
from typing import Any

import pytest

from postal_bridge import journey
from postal_bridge.identity import ROLE_NAMES, Role
from postal_bridge.journey import Act, Direction, DossierAct, ItemKind, Stage, Status

# Not moves: a correction names the event it corrects and leads wherever that event should have;
# what a night amends is a fact of the dossier, and its papers stay where they are.
ACTS_THAT_ARE_NO_MOVE = {Act.CORRECT, Act.AMEND}
# These come from the one-stop system and are only read here (Decision 468/QD-TTg leaves the
# decision on a dossier with the department).
STATUSES_WE_NEVER_SET = {Status.NEW, Status.FEE_WANTED, Status.WITHDRAWN}
# Intake decides on these before there is any item.
DOSSIER_ACTS_WITHOUT_ITEM = {DossierAct.ACCEPT, DossierAct.REFUSE}

NAMED: dict[str, tuple[type[Enum], dict[Any, tuple[str, str]]]] = {
    "stage": (Stage, journey.STAGE_NAMES),
    "act": (Act, journey.ACT_NAMES),
    "kind": (ItemKind, journey.KIND_NAMES),
    "status": (Status, journey.STATUS_NAMES),
    # A role's own word is its English name.
    "role": (Role, {role: (ROLE_NAMES.get(role, ""), role.value) for role in Role}),
}


def reached_from(start: Stage | None, direction: Direction) -> set[Stage]:
    """Every stage that an item going this way can come to from `start`."""
    found: set[Stage] = set()
    to_visit: list[Stage | None] = [start]
    while to_visit:
        here = to_visit.pop()
        further = {
            move.after
            for move in journey.MOVES.values()
            if move.direction is direction and here in move.before
        }
        to_visit += further - found
        found |= further
    return found


@pytest.mark.parametrize("table", NAMED)
def test_everything_is_named_in_vietnamese_and_in_english(table: str) -> None:
    members, names = NAMED[table]
    assert set(names) == set(members)
    for member, (vietnamese, english) in names.items():
        assert vietnamese.strip(), f"{member!r} has no Vietnamese name"
        assert english.isascii(), f"{member!r} has no English name: {english!r}"
        assert english.strip(), f"{member!r} has no English name"
        # Typed on some keyboards, a letter and its accent arrive apart: such words find nothing.
        assert unicodedata.is_normalized("NFC", vietnamese), f"{member!r}: {vietnamese!r}"


@pytest.mark.parametrize("table", NAMED)
def test_no_two_things_of_one_table_share_a_name(table: str) -> None:
    _, names = NAMED[table]
    for language in (0, 1):
        assert len({name[language] for name in names.values()}) == len(names)


def test_no_row_of_the_table_hides_another() -> None:
    rows = (*journey._OUT_MOVES, *journey._BACK_MOVES)
    assert len(rows) == len(journey.MOVES)


def test_every_stage_can_be_reached() -> None:
    reached = {stage for way in Direction for stage in reached_from(journey.START, way)}
    assert reached == set(Stage)


@pytest.mark.parametrize("direction", Direction)
def test_no_stage_is_a_dead_end(direction: Direction) -> None:
    stuck = [
        stage
        for stage in reached_from(journey.START, direction) & journey.OPEN_STAGES
        if not reached_from(stage, direction) & journey.CLOSED_STAGES
    ]
    assert not stuck, f"an item going {direction} never comes out of {stuck}"


@pytest.mark.parametrize("direction", Direction)
def test_nothing_follows_the_end_of_a_journey(direction: Direction) -> None:
    ends = reached_from(journey.START, direction) & journey.CLOSED_STAGES
    assert not [stage for stage in ends if reached_from(stage, direction)]


def test_every_move_starts_where_an_item_can_be() -> None:
    for move in journey.MOVES.values():
        possible = {journey.START, *reached_from(journey.START, move.direction)}
        assert move.before & possible, f"{move.act} ({move.direction}) can never happen"


def test_every_act_is_a_move() -> None:
    assert {move.act for move in journey.MOVES.values()} == set(Act) - ACTS_THAT_ARE_NO_MOVE


def test_every_kind_of_item_has_a_way() -> None:
    assert set(journey.DIRECTION_OF) == set(ItemKind)
    assert set(journey.DIRECTION_OF.values()) == set(Direction)


def test_every_role_has_something_to_do() -> None:
    allowed = [move.roles for move in journey.MOVES.values()]
    assert all(allowed), "a move that nobody may make"
    assert frozenset[Role]().union(*allowed) == set(Role)


def test_every_status_is_set_by_us_or_known_to_come_from_the_other_side() -> None:
    assert set(journey.DOSSIER_MOVES.values()) == set(Status) - STATUSES_WE_NEVER_SET


def test_every_status_of_ours_can_be_reached_from_intake() -> None:
    reached: set[Status | None] = {None}
    for _ in Status:
        reached |= {
            after for (before, _act), after in journey.DOSSIER_MOVES.items() if before in reached
        }
    assert reached == {None, *Status} - STATUSES_WE_NEVER_SET


def test_every_act_on_a_dossier_follows_from_one_on_an_item() -> None:
    assert set(journey.STATUS_AFTER.values()) == set(DossierAct) - DOSSIER_ACTS_WITHOUT_ITEM
    for kind, act in journey.STATUS_AFTER:
        assert journey.move_for(kind, act), f"{act} does not exist for {kind}"
