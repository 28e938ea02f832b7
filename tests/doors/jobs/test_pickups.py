"""The job of pickups: everything is tended, offices are planned when they are due, and only then."""

from collections.abc import Mapping

from postal_bridge.errors import Misuse
from postal_bridge.jobs.pickups import PickupsJob


class Tended:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def tend(self) -> Mapping[str, int]:
        self.times += 1
        return {"shuttles": 0}


def a_job(upkeep: Tended, due: set[str], planned: list[str]) -> PickupsJob:
    async def is_due(office: str) -> bool:
        return office in due

    async def plan(office: str) -> None:
        if office == "HỎNG":
            raise Misuse("no solver")
        planned.append(office)

    async def look() -> Mapping[str, int]:
        return {"offered": 1}

    return PickupsJob(
        offices=("A", "HỎNG", "B"), is_due=is_due, plan=plan, upkeep=upkeep, fetching=look
    )


async def test_only_offices_that_are_due_are_planned() -> None:
    upkeep, planned = Tended(), list[str]()
    assert await a_job(upkeep, {"B"}, planned).run_due() == ["B"]
    assert (upkeep.times, planned) == (1, ["B"])


async def test_an_office_that_fails_does_not_keep_the_others_waiting() -> None:
    upkeep, planned = Tended(), list[str]()
    assert await a_job(upkeep, {"A", "HỎNG", "B"}, planned).run_due() == ["A", "B"]
    assert planned == ["A", "B"]


async def test_nothing_due_is_nothing_done_but_tending() -> None:
    upkeep = Tended()
    assert await a_job(upkeep, set(), []).run_due() == []
    assert upkeep.times == 1
