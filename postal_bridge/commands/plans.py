"""`postal-bridge plan`: an office's rounds, planned now."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

from postal_bridge.app import House, open_house
from postal_bridge.clock import format_local, to_local
from postal_bridge.commands.progress import Progress
from postal_bridge.errors import Misuse, Refusal
from postal_bridge.identity import NIGHT
from postal_bridge.pickup.planning import Planned
from postal_bridge.pickup.plans import Unserved, Why
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import PickupRequest, Round, RoundStop, StopState
from postal_bridge.pickup.solver_ports import Progress as Searched
from postal_bridge.settings import load_settings

_HARMLESS = frozenset({Why.MAY_WAIT, Why.TRIED})


def plan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Plan a date now: 0 when everybody who must be is served, 1 otherwise."""
    progress = Progress(sys.stderr, unit="giây")

    async def main() -> list[tuple[str, Planned, dict[str, PickupRequest]]]:
        async with open_house(load_settings(environ)) as house:
            await house.storage.ready()
            return [
                await _office(house, office, options, progress)
                for office in _offices(house, options)
            ]

    try:
        made = asyncio.run(main())
    finally:
        progress.close()
    if options.json:
        print(json.dumps([_told(*one) for one in made], ensure_ascii=False, indent=2))
    else:
        for office, planned, requests in made:
            _print_office(office, planned, requests)
    left = [out for _, planned, _ in made for out in planned.unserved if out.why not in _HARMLESS]
    return 1 if left else 0


def _offices(house: House, options: argparse.Namespace) -> tuple[str, ...]:
    offices = house.pickups.terms.offices
    if options.office:
        return (options.office,)
    if not offices:
        raise Misuse("[shifts.NAME]: không có ca xe nào / there are no shifts to plan for")
    return offices


async def _office(
    house: House, office: str, options: argparse.Namespace, progress: Progress
) -> tuple[str, Planned, dict[str, PickupRequest]]:
    seconds = options.seconds or house.pickups.terms.solver_seconds

    def searched(found: Searched) -> None:
        progress.step(f"Xếp tuyến {office}", min(int(found.seconds), int(seconds)), int(seconds))

    planned = await house.pickups.planner(NIGHT).plan(
        office, options.date, seed=options.seed, seconds=seconds, progress=searched
    )
    if isinstance(planned, Refusal):
        raise Misuse(planned.sentence())
    async with house.storage.begin(write=False) as work:
        found = await work.pickups.listed(
            PickupFilter(office=office, day=options.date), limit=100_000
        )
    return office, planned, {one.number: one for one in found}


def _print_office(office: str, planned: Planned, requests: Mapping[str, PickupRequest]) -> None:
    print(
        f"{office}: {len(planned.rounds)} tuyến, {planned.run.stops} điểm, "
        f"{planned.run.metres / 1000:.1f} km ({planned.run.solver})"
    )
    for vietnamese, _ in json.loads(planned.run.notes):
        print(f"  {vietnamese}")
    for one in planned.rounds:
        _print_round(one, planned.stops[one.number], requests)
    for out in planned.unserved:
        print(f"  {out.text()}")


def _print_round(
    one: Round, stops: Sequence[RoundStop], requests: Mapping[str, PickupRequest]
) -> None:
    print(
        f"  {one.number} · {one.vehicle} ({one.courier}) · {to_local(one.leaves_at):%H:%M}"
        f"–{to_local(one.back_at):%H:%M} · {one.metres / 1000:.1f} km"
    )
    for stop in _counting(stops):
        ward = requests[stop.request].ward if stop.request in requests else ""
        print(f"    {stop.position:>3}  {to_local(stop.begin_at):%H:%M}  {stop.request}  {ward}")


def _counting(stops: Sequence[RoundStop]) -> list[RoundStop]:
    return [one for one in stops if one.state is not StopState.DROPPED]


def _told(
    office: str, planned: Planned, requests: Mapping[str, PickupRequest]
) -> dict[str, object]:
    del requests  # who lives where is not for a file that a machine reads
    return {
        "office": office,
        "date": planned.run.day.isoformat(),
        "at": format_local(planned.run.at),
        "solver": planned.run.solver,
        "seed": planned.run.seed,
        "metres": planned.run.metres,
        "cost_dong": planned.run.cost_dong,
        "rounds": [
            {
                "number": one.number,
                "shift": one.shift,
                "courier": one.courier,
                "leaves_at": one.leaves_at.isoformat(),
                "back_at": one.back_at.isoformat(),
                "metres": one.metres,
                "stops": [
                    {"request": stop.request, "begin_at": stop.begin_at.isoformat()}
                    for stop in _counting(planned.stops[one.number])
                ],
            }
            for one in planned.rounds
        ],
        "unserved": [_left(one) for one in planned.unserved],
    }


def _left(out: Unserved) -> dict[str, str]:
    return {"request": out.visit, "why": out.why.value, "detail": out.text(), "en": out.text("en")}
