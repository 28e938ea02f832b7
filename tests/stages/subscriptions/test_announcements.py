"""What is announced: CloudEvents without anybody's name, once for each who wants them."""

import json

import pytest

from postal_bridge.journey import Act, ItemKind
from postal_bridge.subscriptions.announcements import (
    TYPES,
    body_of,
    deliveries_of,
    of_entry,
    wants,
    webhook_id_of,
)
from postal_bridge.subscriptions.records import SubscriptionState
from tests.stages.subscriptions.receivers import a_subscriber, an_announced, an_entry
from tests.stores import DOSSIER, ITEM, NOW

LARGEST = 20_000


def test_an_act_is_announced_and_what_it_means_for_the_dossier() -> None:
    loaded, accepted = of_entry(an_entry(1)), of_entry(an_entry(2, act=Act.ACCEPT))
    assert [(one.type, one.subject) for one in loaded] == [("item.load", ITEM)]
    assert [(one.type, one.subject) for one in accepted] == [
        ("item.accept", ITEM),
        ("dossier.begun", DOSSIER),
    ]
    assert len({one.id for one in (*loaded, *accepted)}) == 3


def test_every_act_has_a_type_that_somebody_can_ask_for() -> None:
    for act in Act:
        for kind in ItemKind:
            for one in of_entry(an_entry(1, act=act, kind=kind)):
                assert one.type in TYPES


def test_an_event_has_the_attributes_that_cloudevents_wants() -> None:
    event = json.loads(body_of(an_announced(), source="urn:postal-bridge:H37"))
    assert event == {
        "specversion": "1.0",
        "id": "su-kien-1",
        "source": "urn:postal-bridge:H37",
        "type": "vn.postal-bridge.item.load",
        "subject": ITEM,
        "time": NOW.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {"item": ITEM, "act": "load"},
    }
    assert len(body_of(an_announced(), source="urn:x")) < LARGEST


@pytest.mark.parametrize(
    ("types", "wanted"),
    [("item.load", True), ("item.*", True), ("*", True), ("dossier.* item.l*", True)],
)
def test_types_are_asked_for_one_by_one_or_by_how_they_begin(types: str, wanted: bool) -> None:
    assert wants(a_subscriber(types=types), "item.load") is wanted
    assert not wants(a_subscriber(types="item.lo dossier.*"), "item.load")


def test_each_who_wants_it_has_a_delivery_of_its_own_id() -> None:
    off = a_subscriber("ba")
    off.state = SubscriptionState.DISABLED
    on_hold = a_subscriber("hai")
    on_hold.state = SubscriptionState.PAUSED
    told = deliveries_of(
        [an_announced()],
        [a_subscriber(), on_hold, off, a_subscriber("tu", types="dossier.*")],
        source="urn:x",
        now=NOW,
    )
    assert [one.subscription_id for one in told] == ["mot", "hai"]
    assert [one.id for one in told] == [
        webhook_id_of("mot", "su-kien-1"),
        webhook_id_of("hai", "su-kien-1"),
    ]
