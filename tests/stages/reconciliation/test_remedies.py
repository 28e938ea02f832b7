"""What a night mends by itself: only what it may, only what is possible, and never without event."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from postal_bridge.identity import NIGHT
from postal_bridge.journey import Act, Stage, Status
from postal_bridge.outbox import RETURNED_TOPIC
from postal_bridge.reconciliation.records import Difference, DifferenceKind, OneStopDossier
from postal_bridge.reconciliation.remedies import RemedyPolicy, healed, remedy
from postal_bridge.tracking.acts import Recorder
from tests.stages.reconciliation.two_sides import DAY, PROMISED, their
from tests.stages.reconciliation.under_way import CODE, HOUR, UnderWay
from tests.stores import opened

K = DifferenceKind
ALLOWED = RemedyPolicy(follow_return_mode=True, follow_promised_day=True, tell_state=True)


@pytest.fixture
async def way(database_url: str) -> AsyncIterator[UnderWay]:
    async with opened(database_url, told=frozenset({RETURNED_TOPIC})) as storage:
        yield UnderWay(storage)


async def mended(
    way: UnderWay, kind: DifferenceKind, row: OneStopDossier | None, policy: RemedyPolicy = ALLOWED
) -> str:
    said = Difference(kind=kind, dossier_code=CODE, received_on=DAY)
    async with way.storage.begin() as work:
        now = way.now + HOUR
        recorder = Recorder(work, actor=NIGHT, now=now, identifiers=way.identifiers)
        return await remedy(said, row, recorder=recorder, policy=policy)


async def events(way: UnderWay) -> list[tuple[Act, str, str | None]]:
    async with way.storage.begin(write=False) as work:
        found = await work.custody.dossier_events(CODE)
    return [(event.act, event.actor, event.note) for _, event in found]


async def test_another_way_of_return_is_taken_over_with_its_event(way: UnderWay) -> None:
    await way.bring_to(Stage.COUNTER)
    said = await mended(way, K.RETURN_MODE, their(return_mode=1))
    assert said == "Theo hệ thống một cửa, hình thức trả: trả tại quầy → trả qua bưu chính"
    async with way.storage.begin(write=False) as work:
        dossier = await work.dossiers.find(CODE)
        assert dossier is not None
        assert dossier.return_mode == 1
        tracked = await work.custody.find(f"{CODE}/H1")
        assert tracked is not None
        assert tracked.position is not None
        assert tracked.position.stage is Stage.COUNTER
    assert (await events(way))[-1] == (Act.AMEND, "night", said)


async def test_another_promised_day_is_taken_over_with_its_event(way: UnderWay) -> None:
    await way.bring_to(Stage.COUNTER)
    later = PROMISED + timedelta(days=3)
    said = await mended(way, K.PROMISED_DAY, their(promised_at=later))
    assert said == "Theo hệ thống một cửa, ngày hẹn trả: 15/01/2019 → 18/01/2019"
    async with way.storage.begin(write=False) as work:
        dossier = await work.dossiers.find(CODE)
    assert dossier is not None
    assert dossier.promised_at == later
    assert (await events(way))[-1][0] is Act.AMEND


async def test_a_return_that_the_other_side_has_not_heard_of_is_told_again_once_a_night(
    way: UnderWay,
) -> None:
    await way.bring_to(Stage.RETURNED, status=Status.RETURNED)
    row = their(status=9, raw_status="releasing")
    for _ in range(2):
        assert await mended(way, K.STATE, row) != ""
    async with way.storage.begin() as work:
        waiting = await work.outbox.claim(
            topics=[RETURNED_TOPIC], owner="t", now=way.now, until=way.now, limit=9
        )
    assert [message.key for message in waiting if ":again:" in message.key] == [
        f"{CODE}:again:2019-01-10"
    ]
    assert not healed(Difference(kind=K.STATE, dossier_code=CODE, received_on=DAY))


@pytest.mark.parametrize("kind", [K.RETURN_MODE, K.PROMISED_DAY, K.STATE])
async def test_without_leave_nothing_is_mended(way: UnderWay, kind: DifferenceKind) -> None:
    await way.bring_to(Stage.COUNTER)
    before = await events(way)
    row = their(return_mode=1, promised_at=PROMISED + timedelta(days=1), status=9)
    assert await mended(way, kind, row, RemedyPolicy()) == ""
    assert await events(way) == before


@pytest.mark.parametrize("kind", [K.CHANNEL, K.DEPARTMENT, K.PROCEDURE, K.MISSING_HERE, K.FEE])
async def test_what_a_person_must_decide_is_never_mended(
    way: UnderWay, kind: DifferenceKind
) -> None:
    await way.bring_to(Stage.COUNTER)
    assert await mended(way, kind, their(channel=3)) == ""


async def test_what_is_already_on_its_way_to_the_citizen_keeps_its_way(way: UnderWay) -> None:
    await way.bring_to(Stage.DELIVERY)
    assert await mended(way, K.RETURN_MODE, their(return_mode=1)) == ""


async def test_what_has_ended_is_not_amended(way: UnderWay) -> None:
    await way.bring_to(Stage.RETURNED)
    assert await mended(way, K.PROMISED_DAY, their(promised_at=PROMISED + HOUR * 30)) == ""


async def test_a_dossier_that_nobody_has_is_not_mended(way: UnderWay) -> None:
    assert await mended(way, K.RETURN_MODE, their(return_mode=1)) == ""
    assert await mended(way, K.RETURN_MODE, None) == ""


async def test_only_a_return_is_told_again(way: UnderWay) -> None:
    await way.bring_to(Stage.DESK, status=Status.RESOLVED)
    assert await mended(way, K.STATE, their(status=4)) == ""
