"""The other side of Lào Cai's year: `python -m scripts.bench.year_stand_in PORT BY KINDS FILE [gzip]`.

The OpenCPS stand-in on loopback, in a process of its own, filled from the plan and not from our
ledger, with one mistake of each of these kinds (`countable` or `all`). The keys of the differences
that they make are written into the file. With `gzip` answers are compressed for who takes that.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiohttp import web

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.onestop import STAND, make_onestop
from postal_bridge.sandbox.running import opened_app
from postal_bridge.sandbox.year_rows import COUNTABLE_MISTAKES, MISTAKES, with_mistakes
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar
from scripts.bench.year_fill import EVENING
from scripts.bench.year_house import demo_province, lao_cai

READY = "/_control/requests?route=none"
KINDS = {"all": MISTAKES, "countable": COUNTABLE_MISTAKES}
GZIP = "gzip"


async def _compressed(request: web.Request, response: web.StreamResponse) -> None:
    """As a reverse proxy in front of such a system does, where the client takes it."""
    del request
    response.enable_compression()


def other_side(by: int, kinds: str, file: Path) -> web.Application:
    """The stand-in with its year; the planted keys are in the file."""
    plan = lao_cai(by, calendar=WorkCalendar.load(load_settings({}).calendar))
    rows, planted = with_mistakes(plan.dossiers, demo_province(), kinds=KINDS[kinds])
    file.write_text(json.dumps(planted), encoding="utf-8")
    app = make_onestop(clock=ReplayClock(EVENING))
    app[STAND].put_all(rows)
    return app


async def serve(app: web.Application, port: int) -> None:
    """Answer until the process is ended."""
    async with opened_app(app, port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    port_, by_, kinds_, file_, *more = sys.argv[1:]
    stand_in = other_side(int(by_), kinds_, Path(file_))
    if more == [GZIP]:
        stand_in.on_response_prepare.append(_compressed)
    asyncio.run(serve(stand_in, int(port_)))
