"""Invariant 2: over any set of places, in = out + held + missing with an open incident.

An item comes *in* each time an event that counts brings it from outside the set (or from
nowhere, at its beginning) to a place of the set. It goes *out* each time one takes it to a place
outside, or gives it to the citizen, who stands outside of every set. What is *held* lies, by the
table of positions, at a place of the set. What is missing is held by nobody: it counts as an
open incident, at the place where it was missed, and for every such item one must be open.
"""

from itertools import chain, combinations

from postal_bridge.journey import Stage
from postal_bridge.tracking.records import IncidentKind
from tests.invariants.conftest import Play
from tests.invariants.machine import Journeys, kinds
from tests.invariants.province import PLACES
from tests.invariants.slow import way_of

EVERY_SET = tuple(
    frozenset(chosen)
    for chosen in chain.from_iterable(combinations(PLACES, n) for n in range(len(PLACES) + 1))
)
AWAY = {Stage.RETURNED}


def conservation(machine: Journeys) -> None:
    now = machine.now
    ways = {code: way_of(kind, now.events_of(code)) for code, kind in kinds(now).items()}
    incidents = {
        incident.code
        for incident in now.incidents
        if incident.closed_at is None
        and incident.kind in {IncidentKind.SHORT, IncidentKind.LOST}
        and now.positions[incident.code].stage is Stage.MISSING
    }
    for places in EVERY_SET:
        came, went = 0, 0
        for way in ways.values():
            inside = False
            for paper in way:
                here = paper.place in places and paper.stage not in AWAY
                came += here and not inside
                went += inside and not here
                inside = here
        at = [one for one in now.positions.values() if one.place in places]
        held = [one for one in at if one.stage not in AWAY and one.stage is not Stage.MISSING]
        missing = [one for one in at if one.item_code in incidents]
        assert came == went + len(held) + len(missing), sorted(places)


def test_over_any_set_of_places_what_came_in_went_out_or_is_held_or_missed(play: Play) -> None:
    play(conservation, examples=15, steps=30)
