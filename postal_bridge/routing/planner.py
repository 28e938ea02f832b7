"""Has PyVRP plan in processes of its own: the event loop never waits for it.

A process can be ended at any moment, whatever it is at; a thread cannot. A worker that has
answered is kept for the next plan; one that died, hung or was called off is replaced.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.solver_ports import (
    Effort,
    Progress,
    SolverDied,
    SolverHung,
    SolvingCancelled,
    SolvingFailed,
)
from postal_bridge.routing.frames import Failed, Finished, Job, said, written
from postal_bridge.workers import Worker, WorkerDied, WorkerPool

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
        self._pool = WorkerPool(worker, processes=processes)

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
        await self._pool.close()

    async def _planned(
        self, problem: Problem, effort: Effort, progress: Callable[[Progress], None] | None
    ) -> Plan:
        async with self._pool.worker() as worker:
            try:
                async with asyncio.timeout(effort.seconds + self._grace):
                    return await _asked(worker, Job(problem, effort), progress)
            except TimeoutError as late:
                raise SolverHung(
                    f"no plan within {effort.seconds:g} s and {self._grace:g} s of grace"
                ) from late


async def _asked(worker: Worker, job: Job, progress: Callable[[Progress], None] | None) -> Plan:
    try:
        await worker.say(written(job))
        while True:
            message = said(await worker.hear())
            if isinstance(message, Finished):
                return message.plan
            if isinstance(message, Failed):
                raise SolvingFailed(f"the solver gave up: {message.why}")
            if progress:
                progress(message.progress)
    except WorkerDied as died:
        raise SolverDied(f"the solver: {died}") from died
