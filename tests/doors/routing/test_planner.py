"""The solver's processes: they may be killed, hang, or be called off, and nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from postal_bridge.pickup.greedy import GreedySolver, WithFallback
from postal_bridge.pickup.plans import Problem
from postal_bridge.pickup.solver_ports import (
    Effort,
    Progress,
    SolverDied,
    SolverHung,
    SolvingCancelled,
    SolvingFailed,
)
from postal_bridge.routing.planner import PyvrpSolver
from tests.pickup_days import generated
from tests.plan_checker import check

DAY = generated(5, 8, 2, hard=False)
QUICK = Effort(5, patience=50)
LONG = Effort(30, patience=10**9)


@pytest.fixture
async def solver() -> AsyncIterator[PyvrpSolver]:
    made = PyvrpSolver()
    yield made
    await made.close()


def pids(solver: PyvrpSolver) -> list[int]:
    return [worker.pid for worker in (*solver._pool._idle, *solver._pool._busy)]


async def planned(solver: PyvrpSolver, day: Problem = DAY) -> None:
    check(day, await solver.solve(day, QUICK))


async def test_a_worker_that_answered_plans_the_next_day_too(solver: PyvrpSolver) -> None:
    await planned(solver)
    first = pids(solver)
    await planned(solver)
    assert pids(solver) == first


async def test_a_worker_that_is_killed_is_told_and_replaced(solver: PyvrpSolver) -> None:
    def kill(_: Progress) -> None:
        for pid in pids(solver):
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(SolverDied, match="-9") as told:
        await solver.solve(DAY, LONG, progress=kill)
    assert told.value.retryable
    assert pids(solver) == []
    await planned(solver)


async def test_a_day_whose_solver_is_killed_is_planned_all_the_same(solver: PyvrpSolver) -> None:
    def kill(_: Progress) -> None:
        for pid in pids(solver):
            os.kill(pid, signal.SIGKILL)

    plan = await WithFallback(solver, GreedySolver()).solve(DAY, LONG, progress=kill)
    check(DAY, plan)
    assert plan.solver == "greedy"
    assert "-9" in str(plan.fallback)


async def test_an_idle_worker_that_is_killed_is_replaced(solver: PyvrpSolver) -> None:
    await planned(solver)
    (worker,) = solver._pool._idle
    worker.kill()
    await worker.wait()
    await planned(solver)


@pytest.mark.parametrize("script", ["import sys; sys.stdin.read()", "while True: pass"])
async def test_a_worker_that_hangs_is_ended_and_told(script: str) -> None:
    solver = PyvrpSolver(grace_seconds=0.2, worker=("-c", script))
    with pytest.raises(SolverHung):
        await solver.solve(DAY, Effort(0.1))
    assert pids(solver) == []


@pytest.mark.parametrize("script", ["raise SystemExit(3)", "print('hello, who is there?')"])
async def test_a_worker_that_does_not_plan_is_told(script: str) -> None:
    solver = PyvrpSolver(grace_seconds=5, worker=("-c", script))
    with pytest.raises(SolvingFailed):
        await solver.solve(DAY, Effort(0.1))
    assert pids(solver) == []


async def test_calling_off_ends_the_search_at_once(solver: PyvrpSolver) -> None:
    cancel = asyncio.Event()
    with pytest.raises(SolvingCancelled):
        await solver.solve(DAY, LONG, progress=lambda _: cancel.set(), cancel=cancel)
    assert pids(solver) == []
    await planned(solver)


async def test_a_cancelled_task_leaves_no_worker_behind(solver: PyvrpSolver) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(solver.solve(DAY, LONG, progress=lambda _: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pids(solver) == []
    await planned(solver)


async def test_who_comes_later_waits_for_a_turn(solver: PyvrpSolver) -> None:
    busy: list[int] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(
                solver.solve(
                    DAY, Effort(0.8, 10**9), progress=lambda _: busy.append(len(pids(solver)))
                )
            )
    assert set(busy) == {1}


async def test_a_problem_that_breaks_the_search_is_told(solver: PyvrpSolver) -> None:
    with pytest.raises(SolvingFailed, match="gave up"):
        await solver.solve(replace(DAY, seed=-1), QUICK)
    await planned(solver)
