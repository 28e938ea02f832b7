"""The tape of a run: every answer is kept once, and given back to whoever goes on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from postal_bridge.reconciliation.records import NightRun
from postal_bridge.reconciliation.tape import NightTape
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.vault import ObjectVault, open_vault
from tests.stages.reconciliation.two_sides import DAY
from tests.stores import opened

STARTED = datetime(2019, 1, 10, 16, 30, tzinfo=UTC)


@dataclass
class Run:
    """One run, continued by as many processes as it takes."""

    storage: Storage
    vault: ObjectVault

    async def tape(self) -> NightTape:
        async with self.storage.begin(write=False) as work:
            recorded = {one.question: one for one in await work.nights.tape(DAY)}
        return NightTape(DAY, storage=self.storage, vault=self.vault, recorded=recorded)


@pytest.fixture
async def run(database_url: str) -> AsyncIterator[Run]:
    async with opened(database_url) as storage:
        async with storage.begin() as work:
            begun = NightRun(day=DAY, started_at=STARTED, source="memory", sweep="full")
            await work.nights.begin_run(begun)
        yield Run(storage, open_vault("memory:"))


async def ask(tape: NightTape, question: str, body: bytes) -> bytes:
    answer = await tape.recall(question)
    if answer is None:
        await tape.keep(question, body)
        return body
    return answer


async def test_a_new_process_gets_the_answers_of_the_old_one_and_asks_the_rest(run: Run) -> None:
    first = await run.tape()
    await ask(first, "a", b"1")
    await ask(first, "b", b"2")
    second = await run.tape()
    assert [await ask(second, one, b"new") for one in ("a", "b", "c")] == [b"1", b"2", b"new"]
    assert second.evidence[:2] == first.evidence
    assert await run.vault.fetch(second.evidence[2]) == b"new"


async def test_a_question_asked_again_gets_its_second_answer(run: Run) -> None:
    first = await run.tape()
    await ask(first, "page 1", b"before")
    await ask(first, "page 1", b"after the list has moved")
    second = await run.tape()
    assert await ask(second, "page 1", b"-") == b"before"
    assert await ask(second, "page 1", b"-") == b"after the list has moved"
    assert await ask(second, "page 1", b"third") == b"third"


async def test_an_answer_that_the_vault_has_lost_is_asked_for_again(run: Run) -> None:
    await ask(await run.tape(), "a", b"1")
    run.vault = open_vault("memory:")
    assert await (await run.tape()).recall("a") is None


async def test_two_processes_at_once_keep_one_answer_to_a_question(run: Run) -> None:
    one, other = await run.tape(), await run.tape()
    await ask(one, "a", b"1")
    await ask(other, "a", b"2")
    assert await ask(await run.tape(), "a", b"3") == b"1"


async def test_a_run_that_begins_anew_forgets_the_answers(run: Run) -> None:
    await ask(await run.tape(), "a", b"1")
    async with run.storage.begin() as work:
        begun = NightRun(day=DAY, started_at=STARTED, source="memory", sweep="full")
        await work.nights.begin_run(begun)
    assert await (await run.tape()).recall("a") is None
