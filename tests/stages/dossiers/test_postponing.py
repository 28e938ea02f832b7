"""A later day, promised with an apology; what the law promised stays what it was."""

from datetime import UTC, datetime, timedelta

import pytest

from postal_bridge.dossiers.postponing import postpone_result
from postal_bridge.dossiers.records import Postponement
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import ItemKind, Notice, Stage, Status
from tests.stages.memory import DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM

DAY = timedelta(days=1)
PROMISED = datetime(2019, 1, 11, 3, tzinfo=UTC)


@pytest.fixture
async def processed(work: MemoryWork) -> MemoryWork:
    await work.an_item_at(Stage.DEPARTMENT, code=ITEM, kind=ItemKind.APPLICATION)
    await work.dossiers.change(DOSSIER, promised_at=PROMISED)
    return work


async def postpone(
    work: MemoryWork, to: datetime, *, code: str = DOSSIER, actor: Actor = HOA
) -> Postponement | Refusal:
    return await postpone_result(
        work,
        code=code,
        reason="Chờ xác minh.",
        promised_at=to,
        place=DEPARTMENT,
        actor=actor,
        now=work.now,
    )


async def test_each_apology_builds_on_the_day_promised_before(processed: MemoryWork) -> None:
    first = await postpone(processed, PROMISED + DAY)
    second = await postpone(processed, PROMISED + 3 * DAY)
    assert isinstance(first, Postponement)
    assert isinstance(second, Postponement)
    assert [one.number for one in (first, second)] == [1, 2]
    assert second.promised_before == first.promised_at
    assert processed.dossiers.kept[DOSSIER].promised_at == PROMISED
    keys = [key for _, key in processed.outbox.kept if Notice.POSTPONED in key]
    assert len(keys) == 2


@pytest.mark.parametrize("hours", [-1, 0])
async def test_a_new_day_must_be_later(processed: MemoryWork, hours: int) -> None:
    answer = await postpone(processed, PROMISED + timedelta(hours=hours))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.PROMISE_NOT_LATER
    processed.now = PROMISED + 10 * DAY
    gone = await postpone(processed, PROMISED + DAY)
    assert isinstance(gone, Refusal)


@pytest.mark.parametrize(
    ("code", "actor", "status", "reason"),
    [
        pytest.param("khong-co", HOA, Status.PROCESSING, Reason.DOSSIER_UNKNOWN, id="unknown"),
        pytest.param(DOSSIER, LAN, Status.PROCESSING, Reason.OTHER_PLACE, id="not-department"),
        pytest.param(DOSSIER, HOA, Status.RESOLVED, Reason.DOSSIER_WRONG_STATUS, id="decided"),
    ],
)
async def test_what_cannot_be_postponed_is_refused(
    processed: MemoryWork, code: str, actor: Actor, status: Status, reason: Reason
) -> None:
    await processed.dossiers.change(DOSSIER, status=status)
    answer = await postpone(processed, PROMISED + DAY, code=code, actor=actor)
    assert isinstance(answer, Refusal)
    assert answer.reason is reason


async def test_a_dossier_without_a_promised_day_has_none_to_move(processed: MemoryWork) -> None:
    await processed.dossiers.change(DOSSIER, promised_at=None)
    answer = await postpone(processed, PROMISED + DAY)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.PROMISE_MISSING
