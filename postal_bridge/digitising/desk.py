"""Has pictures and PDFs opened in processes of their own: the event loop never waits for them.

A worker that has answered is kept for the next job; one that died, hung or ran out of memory is
replaced, and the file that did it is not taken.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from postal_bridge.digitising.frames import (
    HEAD,
    Assemble,
    Examine,
    Job,
    Looked,
    Made,
    MakePage,
    NotTaken,
    Preview,
    Said,
    Written,
    framed,
    said,
)
from postal_bridge.documents.page_values import (
    ArchivedPage,
    DocumentFacts,
    Examined,
    FileLimits,
    PageSheet,
    PageWish,
    Trouble,
    Unreadable,
)
from postal_bridge.errors import Accident
from postal_bridge.logs import get_logger

WORKER = ("-m", "postal_bridge.digitising.worker")
_MEGABYTE = 2**20
_log = get_logger(__name__)


class DigitisingFailed(Accident):
    """A worker could not do its work; nothing was kept of it."""

    retryable = True


class _Lost(Exception):  # noqa: N818 - turned into an answer or an accident right away
    """A worker ended, or did not answer."""


class DigitisingDesk:
    """See the port `Digitiser`.

    Args:
        processes: how many work at the same time; who comes later waits.
        memory_mb: so much address space each may use.
        seconds: longer than that no page takes.
        worker: what Python is started with; another one in tests.
    """

    def __init__(
        self,
        *,
        limits: FileLimits | None = None,
        processes: int = 1,
        memory_mb: int = 2_000,
        seconds: float = 30.0,
        worker: tuple[str, ...] = WORKER,
    ) -> None:
        self._limits = limits or FileLimits()
        self._memory = memory_mb * _MEGABYTE
        self._seconds = seconds
        self._worker = worker
        self._turn = asyncio.Semaphore(processes)
        self._idle: list[Process] = []

    async def examine(self, content: bytes) -> Examined | Unreadable:
        """See the port."""
        answer = await self._opened(Examine(content, self._limits))
        if isinstance(answer, Looked):
            return answer.examined
        return _refused(answer)

    async def archive_page(self, content: bytes, wish: PageWish) -> ArchivedPage | Unreadable:
        """See the port."""
        answer = await self._opened(MakePage(content, wish, self._limits))
        if isinstance(answer, Made):
            return answer.page
        return _refused(answer)

    async def assemble(self, pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
        """See the port."""
        return await self._made(Assemble(list(pages), facts))

    async def preview(self, image: bytes, *, longest_px: int) -> bytes:
        """See the port."""
        return await self._made(Preview(image, longest_px))

    async def close(self) -> None:
        """End all workers."""
        while self._idle:
            await _end(self._idle.pop())

    async def _opened(self, job: Job) -> Said:
        """A file from outside: whoever it kills, it is the file's fault."""
        try:
            return await self._asked(job)
        except _Lost as lost:
            _log.warning("digitising worker lost", why=str(lost))
            return NotTaken(Unreadable(Trouble.EXHAUSTED, str(lost)))

    async def _made(self, job: Job) -> bytes:
        try:
            answer = await self._asked(job)
        except _Lost as lost:
            raise DigitisingFailed(str(lost)) from lost
        if not isinstance(answer, Written):
            raise DigitisingFailed(str(answer))
        return answer.content

    async def _asked(self, job: Job) -> Said:
        async with self._turn, self._worker_at_hand() as worker:
            try:
                async with asyncio.timeout(self._seconds):
                    return await _answer(worker, job)
            except TimeoutError as late:
                raise _Lost(f"no answer within {self._seconds:g} s") from late

    @asynccontextmanager
    async def _worker_at_hand(self) -> AsyncIterator[Process]:
        """A worker for one job; where that fails, whyever, the worker is ended."""
        worker = await self._idle_or_new()
        try:
            yield worker
        except BaseException:
            await _end(worker)
            raise
        else:
            self._idle.append(worker)

    async def _idle_or_new(self) -> Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        return await asyncio.create_subprocess_exec(
            sys.executable, *self._worker, str(self._memory),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        )  # fmt: skip


def _refused(answer: Said) -> Unreadable:
    """What a failure means for the file: our own mistake is told apart in the log, not to people."""
    if isinstance(answer, NotTaken):
        return answer.why
    _log.error("digitising failed", why=str(answer)[:400])
    return Unreadable(Trouble.BROKEN, str(answer)[:200])


async def _answer(worker: Process, job: Job) -> Said:
    assert worker.stdin is not None  # noqa: S101 - it was started with pipes
    assert worker.stdout is not None  # noqa: S101 - the same
    try:
        worker.stdin.write(framed(job))
        await worker.stdin.drain()
        (length,) = HEAD.unpack(await worker.stdout.readexactly(HEAD.size))
        return said(await worker.stdout.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError) as broken:
        code = await worker.wait()
        raise _Lost(f"the worker ended with code {code}") from broken


async def _end(worker: Process) -> None:
    """End a worker for good; nothing of it stays open."""
    with suppress(ProcessLookupError):
        worker.kill()
    if worker.stdin is not None:
        worker.stdin.close()
        with suppress(ConnectionError):
            await worker.stdin.wait_closed()
    if worker.stdout is not None:
        await worker.stdout.read()
    await worker.wait()
