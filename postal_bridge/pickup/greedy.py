"""A plan at once, without looking for better ones; and what to do where the real solver fails.

Each stop is put in where it costs least, those first that must be served and cannot wait. It needs
no library and no process of its own, so that a morning's rounds go out whatever happens.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from postal_bridge.pickup.assembling import Made, assemble
from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.solver_ports import (
    Effort,
    Progress,
    Solver,
    SolvingCancelled,
    SolvingFailed,
)


def plan_at_once(problem: Problem) -> Plan:
    """The plan, made here and now."""
    sheet = Sheet(problem)
    return assemble(sheet, [[] for _ in sheet.cars], Made(solver="greedy"))


class GreedySolver:
    """Makes a plan at once."""

    async def solve(
        self,
        problem: Problem,
        effort: Effort,  # noqa: ARG002 - it has nothing to look for
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Plan:
        """See the port; it takes as long as it takes, a second for some hundred stops."""
        if cancel and cancel.is_set():
            raise SolvingCancelled("called off before it began")
        plan = await asyncio.to_thread(plan_at_once, problem)
        if cancel and cancel.is_set():
            raise SolvingCancelled("called off")
        if progress:
            progress(Progress(seconds=0.0, iterations=0, cost_dong=plan.cost_dong))
        return plan

    async def close(self) -> None:
        """There is nothing to let go of."""


class WithFallback:
    """Has one solver plan, and another one where it dies or hangs; the plan says so.

    What was called off stays called off.
    """

    def __init__(self, first: Solver, second: Solver) -> None:
        self._first, self._second = first, second

    async def solve(
        self,
        problem: Problem,
        effort: Effort,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Plan:
        """See the port."""
        try:
            return await self._first.solve(problem, effort, progress=progress, cancel=cancel)
        except SolvingCancelled:
            raise
        except SolvingFailed as failure:
            plan = await self._second.solve(problem, effort, progress=progress, cancel=cancel)
            return replace(plan, fallback=str(failure))

    async def close(self) -> None:
        """Let go of both."""
        await self._first.close()
        await self._second.close()
