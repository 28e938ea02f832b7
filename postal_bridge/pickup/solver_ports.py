"""What planning needs of a solver."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from postal_bridge.errors import Accident
from postal_bridge.pickup.plans import Plan, Problem


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look for a good plan.

    Attributes:
        seconds: it answers by then (a moment later where the machine is busy).
        patience: it ends after so many iterations without a better plan. Where that ends it, and
            not the time, the same seed gives the same plan.
        iterations: exactly so many, to make a plan again that says how many it took; 0: no limit.
    """

    seconds: float
    patience: int = 5_000
    iterations: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the search is.

    Attributes:
        seconds: since it began.
        cost_dong: of the best plan so far, as the solver reckons: stops that it leaves out may
            weigh in it. It only falls. None before there is a plan that can be driven.
    """

    seconds: float
    iterations: int
    cost_dong: int | None


class SolvingFailed(Accident):
    """No plan was made: the solver died, hung, or was called off. Nothing was changed."""

    retryable = True


class SolverDied(SolvingFailed):
    """The solver's process ended in the middle."""


class SolverHung(SolvingFailed):
    """The solver did not answer in time, and was ended."""


class SolvingCancelled(SolvingFailed):
    """Somebody called it off."""


class Solver(Protocol):
    """Makes plans."""

    async def solve(
        self,
        problem: Problem,
        effort: Effort,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Plan:
        """Plan the rounds; a stop that cannot be served is told in `Plan.unserved`, with why.

        The event loop goes on meanwhile. Cancelling the task ends the search, too.

        Args:
            problem: what has to be driven.
            effort: how long to look.
            progress: told about every second.
            cancel: set to call it off.

        Raises:
            SolvingFailed: it died, hung, or was called off; trying again can help.
        """
        ...

    async def close(self) -> None:
        """Let go of processes; it may be used again afterwards."""
        ...
