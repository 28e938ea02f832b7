"""Has pictures and PDFs opened in processes of their own: the event loop never waits for them.

A worker that has answered is kept for the next job; one that died, hung or ran out of memory is
replaced, and the file that did it is not taken.
"""

import asyncio
from collections.abc import Sequence

from postal_bridge.digitising.frames import (
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
    said,
    written,
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
from postal_bridge.workers import WorkerDied, WorkerPool

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
        self._seconds = seconds
        memory = str(memory_mb * _MEGABYTE)
        self._pool = WorkerPool((*worker, memory), processes=processes)

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
        await self._pool.close()

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
        async with self._pool.worker() as worker:
            try:
                async with asyncio.timeout(self._seconds):
                    await worker.say(written(job))
                    return said(await worker.hear())
            except TimeoutError as late:
                raise _Lost(f"no answer within {self._seconds:g} s") from late
            except WorkerDied as died:
                raise _Lost(str(died)) from died


def _refused(answer: Said) -> Unreadable:
    """What a failure means for the file: our own mistake is told apart in the log, not to people."""
    if isinstance(answer, NotTaken):
        return answer.why
    _log.error("digitising failed", why=str(answer)[:400])
    return Unreadable(Trouble.BROKEN, str(answer)[:200])
