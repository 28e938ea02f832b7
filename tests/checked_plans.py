"""Every plan that is written down in a test has been looked at by the independent checker."""

from typing import Any

import pytest

from postal_bridge.pickup import planning
from tests.plan_checker import check


@pytest.fixture(autouse=True)
def every_plan_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at plans on their way into the database, and at what is left of them."""
    written, without = planning.Planner._written, planning.without

    async def checked(self: Any, known: Any, problem: Any, plan: Any, measured: Any) -> Any:
        check(problem, plan)
        return await written(self, known, problem, plan, measured)

    def checked_rest(problem: Any, plan: Any, gone: Any) -> Any:
        fewer, rest = without(problem, plan, gone)
        check(fewer, rest)
        return fewer, rest

    monkeypatch.setattr(planning.Planner, "_written", checked)
    monkeypatch.setattr(planning, "without", checked_rest)
