"""What a tape must do for an adapter: give back in the same order what it was given to keep."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postal_bridge.reconciliation.ports import Tape
from postal_bridge.reconciliation.records import NightRun
from postal_bridge.reconciliation.tape import NightTape
from postal_bridge.storage import migrate
from postal_bridge.storage.vault import open_vault
from tests.onestop_systems import NotedTape
from tests.stages.reconciliation.two_sides import DAY
from tests.stores import opened

PORT = "reconciliation.ports.Tape"

Rewind = Callable[[], AbstractAsyncContextManager[Tape]]
"""Opens the tape from its beginning, as a new process would."""


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[Rewind]:
    tape = NotedTape()

    @asynccontextmanager
    async def rewound() -> AsyncIterator[Tape]:
        tape.rewind()
        yield tape

    yield rewound


@asynccontextmanager
async def of_a_night(folder: Path) -> AsyncIterator[Rewind]:
    url = f"sqlite+aiosqlite:///{folder}/tape.db"
    await migrate.upgrade_async(url)
    vault = open_vault("memory:")
    async with opened(url) as storage:
        async with storage.begin() as work:
            started = datetime(2019, 1, 10, 16, 30, tzinfo=UTC)
            run = NightRun(day=DAY, started_at=started, source="memory", sweep="full")
            await work.nights.begin_run(run)

        @asynccontextmanager
        async def rewound() -> AsyncIterator[Tape]:
            async with storage.begin(write=False) as work:
                recorded = {one.question: one for one in await work.nights.tape(DAY)}
            yield NightTape(DAY, storage=storage, vault=vault, recorded=recorded)

        yield rewound


IMPLEMENTATIONS = {"memory": in_memory, "night": of_a_night}


@pytest.fixture(params=IMPLEMENTATIONS)
async def rewind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rewind]:
    async with IMPLEMENTATIONS[request.param](tmp_path) as opener:
        yield opener


async def asked(tape: Tape, question: str, answer: bytes) -> bytes:
    taped = await tape.recall(question)
    if taped is None:
        await tape.keep(question, answer)
        return answer
    return taped


async def test_a_new_tape_knows_no_answer(rewind: Rewind) -> None:
    async with rewind() as tape:
        assert await tape.recall("GET /dossiers?start=0") is None


async def test_what_was_kept_is_recalled_from_the_beginning_and_only_once(rewind: Rewind) -> None:
    async with rewind() as tape:
        assert await asked(tape, "a", b"1") == b"1"
        assert await asked(tape, "b", b"2") == b"2"
    async with rewind() as tape:
        assert [await tape.recall(one) for one in ("a", "b", "a", "c")] == [b"1", b"2", None, None]


async def test_the_same_question_has_an_answer_for_each_time_it_was_asked(rewind: Rewind) -> None:
    async with rewind() as tape:
        for answer in (b"1", b"2", b"3"):
            await asked(tape, "a", answer)
    async with rewind() as tape:
        assert [await asked(tape, "a", b"-") for _ in range(4)] == [b"1", b"2", b"3", b"-"]


async def test_an_answer_of_any_bytes_is_given_back_as_it_was(rewind: Rewind) -> None:
    for body in (b"", b"\x00\xff", "Đối soát".encode()):
        async with rewind() as tape:
            question = repr(body)
            await asked(tape, question, body)
        async with rewind() as tape:
            assert await tape.recall(question) == body
