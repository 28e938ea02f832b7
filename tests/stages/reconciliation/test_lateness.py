"""A scan still on its way is called so, and says whom to call; everything else stays a state."""

from collections.abc import AsyncIterator

import pytest

from postal_bridge.journey import Stage
from postal_bridge.reconciliation.lateness import with_late_arrivals
from postal_bridge.reconciliation.records import Difference, DifferenceKind, OneStopDossier
from tests.stages.reconciliation.two_sides import DAY, RECEIVED, their
from tests.stages.reconciliation.under_way import CODE, HOUR, UnderWay
from tests.stores import opened

K = DifferenceKind


@pytest.fixture
async def way(database_url: str) -> AsyncIterator[UnderWay]:
    async with opened(database_url) as storage:
        yield UnderWay(storage)


async def called(way: UnderWay, row: OneStopDossier, kind: DifferenceKind = K.STATE) -> Difference:
    said = Difference(
        kind=kind, dossier_code=CODE, ours="đang xử lý", theirs="khác", received_on=DAY
    )
    async with way.storage.begin(write=False) as work:
        (result,) = await with_late_arrivals([said], [row], work)
    return result


async def test_a_result_that_a_courier_has_while_the_other_side_has_returned_it(
    way: UnderWay,
) -> None:
    await way.bring_to(Stage.DELIVERY)
    row = their(status=10, raw_status="done", returned_at=way.now + HOUR)
    found = await called(way, row)
    assert found.kind is K.LATE_ARRIVAL
    assert found.ours == f"đang xử lý; {CODE}/K1 do tuan giữ từ 10/01/2019 10:30"


async def test_an_application_under_way_that_the_department_works_on(way: UnderWay) -> None:
    await way.bring_to(Stage.TRANSFER)
    assert (await called(way, their(status=4))).kind is K.LATE_ARRIVAL


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (Stage.DELIVERY, 9),
        (Stage.DELIVERY, 5),
        (Stage.TRANSFER, 9),
        (Stage.TRANSFER, 10),
        (Stage.DESK, 10),
        (Stage.COUNTER, 4),
    ],
)
async def test_what_the_next_scan_would_not_bring_about_is_a_state(
    way: UnderWay, stage: Stage, status: int
) -> None:
    await way.bring_to(stage)
    assert (await called(way, their(status=status))).kind is K.STATE


async def test_a_return_from_before_the_courier_took_it_is_no_late_scan(way: UnderWay) -> None:
    await way.bring_to(Stage.DELIVERY)
    row = their(status=10, raw_status="done", returned_at=RECEIVED)
    assert (await called(way, row)).kind is K.STATE


async def test_other_differences_stay_what_they_are(way: UnderWay) -> None:
    await way.bring_to(Stage.DELIVERY)
    row = their(status=10, returned_at=way.now + HOUR)
    assert (await called(way, row, K.CHANNEL)).kind is K.CHANNEL


async def test_a_dossier_that_is_not_ours_is_left_alone(way: UnderWay) -> None:
    assert (await called(way, their(status=10))).kind is K.STATE
