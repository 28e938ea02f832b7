"""Invariant 6: no state without its event, no message without its row, in one transaction."""

from postal_bridge.journey import ItemKind, move_for
from postal_bridge.tracking.consignments import BOOK_TOPIC, CANCEL_TOPIC
from postal_bridge.tracking.records import ConsignmentState
from tests.invariants.conftest import Play
from tests.invariants.machine import Journeys, kinds
from tests.invariants.province import notices_of

TOLD = {ItemKind.APPLICATION, ItemKind.RESULT}


def events_and_messages(machine: Journeys) -> None:
    """Each change has its event; each notice that is due, and no other, has its row."""
    before, now = machine.before, machine.now
    for code, position in now.positions.items():
        events = now.events_of(code)
        assert position.seq == len(events)
        earlier = before.positions.get(code)
        if earlier is not None and tuple(earlier) != tuple(position):
            assert position.seq > earlier.seq, f"{code} was changed without an event"
    rows = machine.province.run(lambda unit: notices_of(unit, list(now.items)), write=False)
    assert len(rows) == len(set(rows))
    kind_of = kinds(now)
    new = now.events[len(before.events) :]
    for event in new:
        move = move_for(kind_of[event.item_code], event.act)
        due = (
            move is not None
            and move.notice is not None
            and kind_of[event.item_code] in TOLD
            and now.positions[event.item_code].last_event_id == event.event_id
        )
        key = f"{event.item_code}:{move.notice if move else ''}:{event.event_id}"
        assert (("notice", key) in rows) == due, f"{event.act} of {event.item_code}"
    bookings = machine.province.run(
        lambda unit: notices_of(unit, list(now.consignments)), write=False
    )
    called_off = [
        number
        for number, one in now.consignments.items()
        if one.state is ConsignmentState.CANCELLED
    ]
    assert sorted(bookings) == sorted(
        [
            *((BOOK_TOPIC, number) for number in now.consignments),
            *((CANCEL_TOPIC, number) for number in called_off),
        ]
    )


def test_every_change_has_its_event_and_every_message_its_row(play: Play) -> None:
    play(events_and_messages, examples=10, steps=30)


def test_a_fault_at_any_call_of_a_store_leaves_nothing_behind(play: Play) -> None:
    play(events_and_messages, examples=5, steps=20, faults=True)
