"""Has PyVRP plan in processes of its own: the event loop never waits for it.

A process can be ended at any moment, whatever it is at; a thread cannot. A worker that has
answered is kept for the next plan; one that died, hung or was called off is replaced.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.solver_ports import (
    Effort,
    Progress,
    SolverDied,
    SolverHung,
    SolvingCancelled,
    SolvingFailed,
)
from postal_bridge.routing.frames import HEAD, Failed, Finished, Job, framed, said

WORKER = ("-m", "postal_bridge.routing.worker")


class PyvrpSolver:
    """See the port; it plans several days at once, each in a process.

    Args:
        processes: how many plan at the same time; who comes later waits.
        grace_seconds: how much longer than its effort a worker may take before it counts as hung.
        worker: what Python is started with; another one in tests.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        grace_seconds: float = 15.0,
        worker: tuple[str, ...] = WORKER,
    ) -> None:
        self._grace = grace_seconds
        self._worker = worker
        self._turn = asyncio.Semaphore(processes)
        self._idle: list[Process] = []
        self._busy: set[Process] = set()

    async def solve(
        self,
        problem: Problem,
        effort: Effort,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Plan:
        """See the port."""
        if cancel is None:
            return await self._planned(problem, effort, progress)
        # Two tasks race: whichever is done first ends the other.
        planning = asyncio.ensure_future(self._planned(problem, effort, progress))
        calling_off = asyncio.ensure_future(cancel.wait())
        try:
            await asyncio.wait({planning, calling_off}, return_when=asyncio.FIRST_COMPLETED)
            if cancel.is_set() and not planning.done():
                raise SolvingCancelled("planning was called off")
            return await planning
        finally:
            for task in (planning, calling_off):
                task.cancel()
                with suppress(asyncio.CancelledError, SolvingFailed):
                    await task

    async def close(self) -> None:
        """End all workers; a plan that one of them is at comes to nothing."""
        for worker in self._busy:
            with suppress(ProcessLookupError):
                worker.kill()
        while self._idle:
            await _end(self._idle.pop())

    async def _planned(
        self, problem: Problem, effort: Effort, progress: Callable[[Progress], None] | None
    ) -> Plan:
        async with self._turn, self._worker_at_hand() as worker:
            try:
                async with asyncio.timeout(effort.seconds + self._grace):
                    return await _asked(worker, Job(problem, effort), progress)
            except TimeoutError as late:
                raise SolverHung(
                    f"no plan within {effort.seconds:g} s and {self._grace:g} s of grace"
                ) from late

    @asynccontextmanager
    async def _worker_at_hand(self) -> AsyncIterator[Process]:
        """A worker for one plan; where that fails, whyever, the worker is ended."""
        worker = await self._idle_or_new()
        self._busy.add(worker)
        try:
            yield worker
        except BaseException:
            await _end(worker)
            raise
        else:
            self._idle.append(worker)
        finally:
            self._busy.discard(worker)

    async def _idle_or_new(self) -> Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        return await asyncio.create_subprocess_exec(
            sys.executable, *self._worker, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )


async def _asked(worker: Process, job: Job, progress: Callable[[Progress], None] | None) -> Plan:
    assert worker.stdin is not None  # noqa: S101 - it was started with pipes
    assert worker.stdout is not None  # noqa: S101 - the same
    try:
        worker.stdin.write(framed(job))
        await worker.stdin.drain()
        while True:
            (length,) = HEAD.unpack(await worker.stdout.readexactly(HEAD.size))
            message = said(await worker.stdout.readexactly(length))
            if isinstance(message, Finished):
                return message.plan
            if isinstance(message, Failed):
                raise SolvingFailed(f"the solver gave up: {message.why}")
            if progress:
                progress(message.progress)
    except (asyncio.IncompleteReadError, ConnectionError) as broken:
        code = await worker.wait()
        raise SolverDied(f"the solver's process ended in the middle, with code {code}") from broken


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
