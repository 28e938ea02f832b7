"""What the stores of what the portal was told must do on every database."""

import asyncio
from datetime import timedelta

import pytest

from postal_bridge.journey import Status
from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC
from postal_bridge.reconciliation.portal import Transactions
from postal_bridge.reconciliation.portal_ports import NOT_YET
from postal_bridge.reconciliation.records import PortalStep
from postal_bridge.storage.engine import Storage
from tests.stores import DOSSIER, HOUR, NOW, opened

PORTS = ("reconciliation.portal_ports.PortalSteps", "reconciliation.portal_ports.Slots")
IMPLEMENTATIONS = ("sqlite", "postgresql")
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def transactions(storage: Storage) -> Transactions:
    """By the eyes of whoever tells the portal: mypy checks here that all stores fit."""
    return storage


def a_step(number: int, status: Status = Status.RECEIVED, *, dossier: str = DOSSIER) -> PortalStep:
    return PortalStep(
        dossier_code=dossier,
        number=number,
        status=status,
        happened_at=NOW + number * HOUR,
        told_at=NOT_YET,
    )


async def steps_of(transactions: Transactions, code: str = DOSSIER) -> list[PortalStep]:
    async with transactions.begin(write=False) as work:
        return list(await work.portal_steps.of(code))


async def test_steps_come_back_as_noted_by_number_and_by_dossier(
    transactions: Transactions,
) -> None:
    async with transactions.begin() as work:
        assert await work.portal_steps.add(a_step(2, Status.PROCESSING))
        assert await work.portal_steps.add(a_step(1))
        assert await work.portal_steps.add(a_step(1, dossier="other"))
    assert await steps_of(transactions) == [a_step(1), a_step(2, Status.PROCESSING)]
    assert await steps_of(transactions, "unknown") == []


async def test_a_number_is_noted_once(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        assert await work.portal_steps.add(a_step(1))
        assert not await work.portal_steps.add(a_step(1, Status.REFUSED))
    assert await steps_of(transactions) == [a_step(1)]


async def test_what_is_settled_is_neither_settled_again_nor_dropped(
    transactions: Transactions,
) -> None:
    async with transactions.begin() as work:
        await work.portal_steps.add(a_step(1))
        await work.portal_steps.add(a_step(2, Status.PROCESSING))
        await work.portal_steps.settle(DOSSIER, 1, told_at=NOW)
        await work.portal_steps.settle(DOSSIER, 1, told_at=NOW + HOUR)
        await work.portal_steps.drop(DOSSIER, 1)
        await work.portal_steps.drop(DOSSIER, 2)
    (kept,) = await steps_of(transactions)
    assert (kept.number, kept.told_at) == (1, NOW)


async def test_a_slot_has_one_holder_until_it_is_given_back(transactions: Transactions) -> None:
    async def claims(owner: str, *, minutes: int = 0) -> bool:
        now = NOW + minutes * MINUTE
        async with transactions.begin() as work:
            return await work.job_runs.claim(
                "portal", DOSSIER, owner=owner, now=now, until=now + HOUR
            )

    assert await claims("w1")
    assert not await claims("w2")
    async with transactions.begin() as work:
        await work.job_runs.release("portal", DOSSIER, owner="w2")
    assert not await claims("w2")
    async with transactions.begin() as work:
        await work.job_runs.release("portal", DOSSIER, owner="w1")
    assert await claims("w2")
    async with transactions.begin() as work:
        assert not await work.job_runs.hold_until("portal", DOSSIER, owner="w1", until=NOW)
        assert await work.job_runs.hold_until("portal", DOSSIER, owner="w2", until=NOW)
    assert await claims("w3", minutes=1), "the lease had run out"


async def test_of_two_who_claim_at_once_one_gets_the_slot(transactions: Transactions) -> None:
    async def claims(owner: str) -> bool:
        async with transactions.begin() as work:
            return await work.job_runs.claim(
                "portal", DOSSIER, owner=owner, now=NOW, until=NOW + HOUR
            )

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(claims(f"w{number}")) for number in range(4)]
    assert sum(task.result() for task in tasks) == 1


async def test_a_message_that_nobody_takes_here_is_not_written(
    transactions: Transactions, storage: Storage
) -> None:
    async with transactions.begin() as work:
        await work.outbox.put(PORTAL_TOPIC, key="1", payload={})
        await work.outbox.put("notice", key="1", payload={})
    async with storage.begin(write=False) as work:
        assert await work.outbox.waiting() == 1


async def test_a_message_that_somebody_takes_is_written(database_url: str) -> None:
    async with opened(database_url, told=frozenset({PORTAL_TOPIC})) as storage:
        async with storage.begin() as work:
            await work.outbox.put(PORTAL_TOPIC, key="1", payload={})
            await work.outbox.put(REGISTER_TOPIC, key="1", payload={})
        async with storage.begin() as work:
            (message,) = await work.outbox.claim(
                topics=[PORTAL_TOPIC, REGISTER_TOPIC], owner="w", now=NOW, until=NOW, limit=9
            )
    assert message.topic == PORTAL_TOPIC
