"""Telling the one-stop system: what still holds, and nothing that it has no way for."""

import json
from datetime import datetime

import pytest

from postal_bridge.journey import Status
from postal_bridge.outbox import REGISTER_TOPIC, RETURNED_TOPIC, Claimed
from postal_bridge.reconciliation.desk_ports import PostalReceiver
from postal_bridge.reconciliation.ports import OneStopRefused, OneStopUnavailable
from postal_bridge.reconciliation.telling import NotTakenYet, OneStopTelling
from tests.stages.memory import MemoryWork
from tests.stores import DOSSIER, NOW, a_dossier


class Desk:
    """Writes down what it was told, or says no."""

    name = "memory"

    def __init__(self) -> None:
        self.writes = frozenset({"record_returned", "register_return", "withdraw_registration"})
        self.told: list[tuple[str, object]] = []
        self.trouble: Exception | None = None

    async def record_returned(self, code: str, at: datetime) -> None:
        self._tell(code, at)

    async def register_return(self, code: str, receiver: PostalReceiver) -> None:
        self._tell(code, receiver)

    async def withdraw_registration(self, code: str) -> None:
        self._tell(code, None)

    async def close(self) -> None:
        """Nothing is open."""

    def _tell(self, code: str, what: object) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append((code, what))


@pytest.fixture
def work() -> MemoryWork:
    return MemoryWork()


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def tells(work: MemoryWork, desk: Desk, topic: str, **dossier: object) -> None:
    await work.dossiers.add(a_dossier().model_copy(update=dossier), [])
    payload = json.dumps({"dossier": DOSSIER})
    message = Claimed(id=1, topic=topic, key="k", payload=payload, attempt=1)
    await OneStopTelling(transactions=work, desk=desk).handlers()[topic](message)


async def test_a_return_is_told_with_its_moment(work: MemoryWork, desk: Desk) -> None:
    await tells(work, desk, RETURNED_TOPIC, status=Status.RETURNED, returned_at=NOW)
    assert desk.told == [(DOSSIER, NOW)]


async def test_a_return_that_was_corrected_meanwhile_is_not_told(
    work: MemoryWork, desk: Desk
) -> None:
    await tells(work, desk, RETURNED_TOPIC, status=Status.RESOLVED, returned_at=None)
    assert desk.told == []


async def test_who_gets_the_result_by_post_is_told(work: MemoryWork, desk: Desk) -> None:
    await tells(work, desk, REGISTER_TOPIC, return_mode=1, applicant_ward="Xã Tân Thanh")
    ((code, receiver),) = desk.told
    assert code == DOSSIER
    assert isinstance(receiver, PostalReceiver)
    assert (receiver.name, receiver.phone) == ("Nông Thị Hồng Đào", "0912345678")
    assert (receiver.address, receiver.ward) == ("Thôn Nà Sầm, xã Hoàng Văn Thụ", "Xã Tân Thanh")


@pytest.mark.parametrize(
    "dossier", [{"return_mode": 0}, {"status": Status.REFUSED}, {"status": Status.RETURNED}]
)
async def test_what_does_not_go_home_by_post_any_more_is_not_registered(
    work: MemoryWork, desk: Desk, dossier: dict[str, object]
) -> None:
    await tells(work, desk, REGISTER_TOPIC, **dossier)
    assert desk.told == []


async def test_a_make_without_a_way_is_left_alone(work: MemoryWork, desk: Desk) -> None:
    desk.writes = frozenset()
    await tells(work, desk, REGISTER_TOPIC, return_mode=1)
    await tells(work, desk, RETURNED_TOPIC, status=Status.RETURNED, returned_at=NOW)
    assert desk.told == []


@pytest.mark.parametrize("topic", [REGISTER_TOPIC, RETURNED_TOPIC])
async def test_a_no_is_tried_again_because_the_other_clerk_may_be_behind(
    work: MemoryWork, desk: Desk, topic: str
) -> None:
    status = Status.RETURNED if topic == RETURNED_TOPIC else Status.RECEIVED
    desk.trouble = OneStopRefused("chưa xử lý xong")
    with pytest.raises(NotTakenYet, match="chưa xử lý xong") as caught:
        await tells(work, desk, topic, status=status, returned_at=NOW)
    assert caught.value.retryable


async def test_an_answer_that_did_not_come_is_tried_again(work: MemoryWork, desk: Desk) -> None:
    desk.trouble = OneStopUnavailable("không trả lời")
    with pytest.raises(OneStopUnavailable):
        await tells(work, desk, RETURNED_TOPIC, status=Status.RETURNED, returned_at=NOW)
