"""A plan at once, and what happens where the real solver fails."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal_bridge.pickup.greedy import GreedySolver, WithFallback, plan_at_once
from postal_bridge.pickup.plans import Plan, Problem
from postal_bridge.pickup.solver_ports import (
    Effort,
    Progress,
    SolverDied,
    SolvingCancelled,
    SolvingFailed,
)
from tests.pickup_days import generated, under_way
from tests.plan_checker import check

DAY = generated(5, 8, 2, hard=False)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6), stops=st.integers(0, 14), cars=st.integers(0, 3), hard=st.booleans()
)
def test_every_plan_at_once_can_be_driven(seed: int, stops: int, cars: int, hard: bool) -> None:
    day = generated(seed, stops, cars, hard=hard)
    check(day, plan_at_once(day))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(1, 14), hour=st.floats(6, 18))
def test_every_plan_made_again_during_the_day_can_be_driven(
    seed: int, stops: int, hour: float
) -> None:
    day = generated(seed, stops, 3)
    later = under_way(day, plan_at_once(day).rounds, hour, seed)
    check(later, plan_at_once(later))


class Failing:
    """A solver that fails."""

    def __init__(self, failure: SolvingFailed) -> None:
        self.failure = failure

    async def solve(
        self,
        problem: Problem,
        effort: Effort,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Plan:
        raise self.failure

    async def close(self) -> None:
        pass


async def test_where_the_solver_dies_the_day_is_planned_all_the_same_and_says_so() -> None:
    solver = WithFallback(Failing(SolverDied("killed")), GreedySolver())
    plan = await solver.solve(DAY, Effort(1))
    check(DAY, plan)
    assert (plan.solver, plan.fallback) == ("greedy", "killed")
    await solver.close()


async def test_what_was_called_off_stays_called_off() -> None:
    solver = WithFallback(Failing(SolvingCancelled("by hand")), GreedySolver())
    with pytest.raises(SolvingCancelled):
        await solver.solve(DAY, Effort(1))


async def test_a_plan_by_the_first_solver_stays_as_it_is() -> None:
    solver = WithFallback(GreedySolver(), Failing(SolverDied("killed")))
    assert (await solver.solve(DAY, Effort(1))).fallback is None
