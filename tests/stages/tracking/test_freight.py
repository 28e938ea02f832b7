"""What a consignment carries: a result by itself, a pouch with all that is sealed in it."""

import pytest

from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.carrier_records import Milestone
from postal_bridge.tracking.freight import REPORTED, hold_freight
from tests.stages.memory import CENTRE, DEPARTMENT, MemoryWork
from tests.stages.tracking.carriers import RESULT
from tests.stages.tracking.test_pouch_legs import a_sealed_pouch
from tests.stores import DOSSIER, ITEM


async def test_a_result_is_sent_out_and_delivered(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    freight = await hold_freight(work, RESULT)
    assert [one.item.code for one in freight.papers] == [RESULT]
    assert freight.leaving is Act.SEND_OUT
    assert freight.at_the_door[Milestone.DELIVERED] is Act.DELIVER
    assert freight.place_of(Act.DELIVER) == CENTRE


async def test_a_pouch_is_loaded_and_arrives_where_it_was_sent(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    freight = await hold_freight(work, pouch)
    assert [one.item.code for one in freight.papers] == [ITEM, f"{DOSSIER[:-1]}2/H1"]
    assert freight.leaving is Act.LOAD
    assert dict(freight.at_the_door) == {Milestone.DELIVERED: Act.ARRIVE}
    assert (freight.place_of(Act.LOAD), freight.place_of(Act.ARRIVE)) == (CENTRE, DEPARTMENT)


@pytest.mark.parametrize("code", ["TUI-190110-0009-4", f"{DOSSIER}/K9"])
async def test_what_nobody_knows_carries_nothing(work: MemoryWork, code: str) -> None:
    assert not (await hold_freight(work, code)).papers


def test_every_act_that_a_report_can_become_is_named_once() -> None:
    assert set(REPORTED) == {Act.SEND_OUT, Act.LOAD, Act.FAIL, Act.DELIVER, Act.ARRIVE}
