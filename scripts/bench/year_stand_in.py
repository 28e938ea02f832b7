"""The other side of Lào Cai's year: `python -m scripts.bench.year_stand_in PORT BY KINDS FILE [gzip]`.

The OpenCPS stand-in on loopback, in a process of its own, filled from the plan and not from our
ledger, with one mistake of each of these kinds (`countable` or `all`). The keys of the differences
that they make are written into the file. With `gzip` answers are compressed for who takes that.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.onestop import make_onestop
from postal_bridge.sandbox.onestop_state import Row, Sandbox, Search, as_text, sortable
from postal_bridge.sandbox.running import opened_app
from postal_bridge.sandbox.year_rows import COUNTABLE_MISTAKES, MISTAKES, with_mistakes
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar
from scripts.bench.year_fill import EVENING
from scripts.bench.year_house import demo_province, lao_cai

READY = "/_control/requests?route=none"
KINDS = {"all": MISTAKES, "countable": COUNTABLE_MISTAKES}
GZIP = "gzip"
PLANNING_SECONDS = 600
"""More than it needs to plan its year on a slow machine."""


@web.middleware
async def compressing(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """As a reverse proxy in front of such a system does, where the client takes it."""
    response = await handler(request)
    response.enable_compression()
    return response


def other_side(by: int, kinds: str, file: Path) -> web.Application:
    """The stand-in with its year; the planted keys are in the file."""
    plan = lao_cai(by, calendar=WorkCalendar.load(load_settings({}).calendar))
    rows, planted = with_mistakes(plan.dossiers, demo_province(), kinds=KINDS[kinds])
    file.write_text(json.dumps(planted), encoding="utf-8")
    sandbox = ByDay(clock=ReplayClock(EVENING))
    sandbox.put_all(rows)
    return make_onestop(clock=sandbox.clock, sandbox=sandbox)


class ByDay(Sandbox):
    """The stand-in's dossiers with an index by the day of reception, as a real system has one.

    Without it a count looks at every dossier of the year, and a night of counts would measure how
    slow the stand-in is. Nothing changes once it has been asked.
    """

    @cached_property
    def _by_day(self) -> dict[str, list[Row]]:
        days: dict[str, list[Row]] = {}
        for row in self.rows():
            days.setdefault(sortable(row["receiveDate"])[:8], []).append(row)
        return days

    @override
    def search(self, search: Search) -> list[Row]:
        """The same rows, found by the days where these are asked for."""
        first, last = search.days.get("receiveDate", ("", ""))
        if not (first and last) or search.keyword or len(search.days) > 1 or search.descending:
            return super().search(search)
        found = [
            row
            for day in sorted(self._by_day)
            if first <= day <= last
            for row in self._by_day[day]
            if all(as_text(row[name]) in allowed for name, allowed in search.equal.items())
        ]
        # Every question of a night is for the order of dossierId.
        return sorted(found, key=lambda row: int(row["dossierId"]))


async def serve(app: web.Application, port: int) -> None:
    """Answer until the process is ended."""
    async with opened_app(app, port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    port_, by_, kinds_, file_, *more = sys.argv[1:]
    stand_in = other_side(int(by_), kinds_, Path(file_))
    if more == [GZIP]:
        stand_in.middlewares.append(compressing)
    asyncio.run(serve(stand_in, int(port_)))
