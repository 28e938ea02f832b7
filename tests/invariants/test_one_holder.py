"""Invariant 1: one holder; what is in a sealed pouch moves only with it."""

from tests.invariants.conftest import Play
from tests.invariants.machine import Journeys, kinds
from tests.invariants.province import Snapshot
from tests.invariants.slow import way_of


def one_holder(machine: Journeys) -> None:
    """Every item has one position, and so one holder, and it is the one of the slow model."""
    now = machine.now
    assert set(now.positions) == set(now.items)
    for code, kind in kinds(now).items():
        paper = way_of(kind, now.events_of(code))[-1]
        position = now.positions[code]
        holder = position.pouch if position.sealed else position.custodian
        assert holder, f"{code} is held by nobody"
        assert (holder, position.pouch, position.sealed) == (
            paper.holder,
            paper.pouch,
            paper.sealed,
        )
        if position.sealed:
            assert position.pouch in now.pouches
    moved_only_with_the_pouch(machine.before, now)


def moved_only_with_the_pouch(before: Snapshot, now: Snapshot) -> None:
    """What stays sealed in one pouch is never torn apart: same place, stage and moment."""
    for pouch in now.pouches:
        inside = {
            code
            for code, one in now.positions.items()
            if one.sealed
            and one.pouch == pouch
            and code in before.positions
            and before.positions[code].sealed
            and before.positions[code].pouch == pouch
        }
        standings = {
            (one.place, one.stage, one.custodian)
            for one in (now.positions[code] for code in inside)
        }
        assert len(standings) <= 1, f"the contents of {pouch} have parted: {standings}"


def test_an_item_has_exactly_one_holder_and_a_sealed_pouch_moves_as_one(play: Play) -> None:
    play(one_holder, examples=15, steps=30)
