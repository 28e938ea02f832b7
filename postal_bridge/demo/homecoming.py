"""How the demo's results came home: by which carrier, and what carriers told of them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from postal_bridge.clock import day_bounds
from postal_bridge.codes import make_item_code
from postal_bridge.demo.carrierside import OWN_FLEET, carrier_of
from postal_bridge.demo.client import Clients
from postal_bridge.demo.score import Score

_PAUSE_SECONDS = 0.4
_TURNS = 115
"""Each turn is a minute of the replay, so that the connections are due again."""


@dataclass(frozen=True)
class Homecoming:
    """What came home, and by whom.

    Attributes:
        planned: results that should have come home, by carrier.
        delivered: results that a carrier reported as delivered, by carrier.
        shown: one trace for each carrier that reports.
    """

    planned: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)


async def read_homecoming(
    clients: Clients, supervisor: str, *, score: Score, begins: datetime
) -> Homecoming:
    """Wait until what the carriers told by now is read; gives up after a while.

    The carriers' job runs beside the replay, as it does beside everybody's work.
    """
    end = day_bounds(score.last_day)[1]
    waiting: dict[str, str] = {}
    told = Homecoming()
    for plan in score.dossiers:
        carrier, home = carrier_of(plan), plan.returned.at if plan.returned else None
        if carrier is not None and carrier != OWN_FLEET and home is not None and home < end:
            told.planned[carrier] += 1
            waiting[make_item_code(plan.code, "K", 1)] = carrier
    at = begins
    for _ in range(_TURNS):
        for item, carrier in sorted(waiting.items()):
            trace = await clients.ask(supervisor, f"/items/{item}", at=at)
            if not _is_home(trace):
                continue
            told.delivered[carrier] += 1
            told.shown.setdefault(carrier, trace)
            del waiting[item]
        if not waiting:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        at += timedelta(minutes=1)
    return told


def _is_home(trace: dict[str, Any]) -> bool:
    return any(one.get("milestone") == "delivered" for one in trace.get("carriages", ()))
