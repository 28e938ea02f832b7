"""The jobs of pickups: rounds are planned in time and again when the day demands it; the rest is tended.

Every process looks; who plans an office's day is settled by the planner's own claim row.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from postal_bridge.errors import Accident
from postal_bridge.logs import get_logger

_log = get_logger(__name__)


class Tending(Protocol):
    """What nobody does by hand."""

    async def tend(self) -> Mapping[str, int]:
        """Do it; what was done, by name."""
        ...


class PickupsJob:
    """Looks after the offices.

    Args:
        offices: whose days are planned.
        is_due: whether an office's day has to be planned now.
        plan: plans it; who is told "no" because somebody else does it, has nothing more to do.
        upkeep: the rest.
        fetching: asks carriers for what they fetch.
    """

    def __init__(
        self,
        *,
        offices: Sequence[str],
        is_due: Callable[[str], Awaitable[bool]],
        plan: Callable[[str], Awaitable[object]],
        upkeep: Tending,
        fetching: Callable[[], Awaitable[Mapping[str, int]]],
    ) -> None:
        self._offices = tuple(offices)
        self._is_due = is_due
        self._plan = plan
        self._upkeep = upkeep
        self._fetching = fetching

    async def run_due(self) -> list[str]:
        """Do what is due; gives the offices that were planned."""
        done = {**await self._upkeep.tend(), **await self._fetching()}
        if any(done.values()):
            _log.info("pickups.tended", **done)
        planned = []
        for office in self._offices:
            if not await self._is_due(office):
                continue
            try:
                await self._plan(office)
            except Accident as trouble:
                _log.warning("pickups.not-planned", office=office, error=str(trouble))
                continue
            planned.append(office)
        return planned
