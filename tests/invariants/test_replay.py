"""Invariant 3: the ledger, replayed from its first event, is the table of positions."""

from postal_bridge.dossiers.records import Item
from postal_bridge.journey import Status
from postal_bridge.tracking.custody import dossier_status, fold, replayed, walk
from postal_bridge.tracking.records import Position
from tests.invariants.conftest import Play
from tests.invariants.machine import Journeys, kinds
from tests.invariants.slow import way_of


def replay(machine: Journeys) -> None:
    now = machine.now
    for code, row in now.positions.items():
        events = now.events_of(code)
        item = Item.model_validate(now.items[code]._mapping)
        assert replayed(item, events) == Position.model_validate(row._mapping)
        slow = way_of(item.kind, events)[-1]
        assert (row.stage, row.place, row.since, row.last_event_id) == (
            slow.stage,
            slow.place,
            slow.by.occurred_at,
            slow.by.event_id,
        )
        assert [event.seq for event in events] == list(range(1, row.seq + 1))
        assert fold(item.kind, reversed(events)) == fold(item.kind, events)
    for code, dossier in now.dossiers.items():
        moved = [
            (kind, step.event)
            for item_code, kind in kinds(now).items()
            if now.items[item_code].dossier_code == code
            for step in walk(kind, now.events_of(item_code))
            if step.moved
        ]
        status, _ = dossier_status(Status.RECEIVED, moved)
        assert dossier.status == status


def test_the_replayed_ledger_is_the_table_of_positions(play: Play) -> None:
    play(replay, examples=15, steps=30)
