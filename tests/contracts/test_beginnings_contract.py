"""How an item's custody begins: tracking does it, on every database."""

import random
from collections.abc import AsyncIterator

import pytest

from postal_bridge.dossiers.ports import Beginnings
from postal_bridge.events import GENESIS
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.identifiers import Identifiers
from tests.stores import ITEM, NOW, a_dossier, an_item

PORT = "dossiers.ports.Beginnings"
IMPLEMENTATIONS = ("sqlite", "postgresql")
LAN = Actor(username="lan", name="Hoàng Thị Lan", role=Role.CLERK, places=("desk-1",))


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def work(storage: Storage) -> AsyncIterator[UnitOfWork]:
    async with storage.begin() as unit:
        await unit.dossiers.add(a_dossier(), [])
        yield unit


@pytest.fixture
def beginnings(work: UnitOfWork) -> Beginnings:
    return Recorder(work, actor=LAN, now=NOW, identifiers=Identifiers(random.Random(1)))


async def test_an_item_begins_with_one_event_and_a_position(
    beginnings: Beginnings, work: UnitOfWork
) -> None:
    await beginnings.begin(an_item(), Act.RECEIVE, place="desk-1", note="đủ giấy tờ")

    tracked = await work.custody.find(ITEM)
    assert tracked is not None
    assert tracked.item == an_item()
    assert tracked.position is not None
    assert (tracked.position.stage, tracked.position.place) == (Stage.COUNTER, "desk-1")
    (event,) = await work.custody.history(ITEM)
    assert (event.act, event.seq, event.previous_hash) == (Act.RECEIVE, 1, GENESIS)
    assert (event.actor, event.note, event.recorded_at) == ("lan", "đủ giấy tờ", NOW)
    assert tracked.position.last_hash == event.hash
