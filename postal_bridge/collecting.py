"""Pickups, built: who finds addresses, who plans rounds, and the job that sees to both."""

import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from postal_bridge.carriers.provinces import locate
from postal_bridge.clock import Clock, local_day
from postal_bridge.decided import make_geography, make_pickup_terms
from postal_bridge.geography.chain import ChainGeocoder
from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.opening import Geography, opened_geography
from postal_bridge.identity import NIGHT
from postal_bridge.jobs.pickups import PickupsJob
from postal_bridge.pickup.greedy import GreedySolver, WithFallback
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.place_ports import Corrections, Geocoder
from postal_bridge.pickup.places import Candidate, Correction
from postal_bridge.pickup.replanning import is_due
from postal_bridge.pickup.upkeep import PickupUpkeep
from postal_bridge.routing.planner import PyvrpSolver
from postal_bridge.sections import PickupSettings, Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.fetching import Fetching
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.watching import Watched
from postal_bridge.worktime import WorkCalendar


class _KeptCorrections:
    """Corrections outside a transaction: each look is one of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of(self, address: str) -> Correction | None:
        """What was said about a normalised address."""
        async with self._storage.begin(write=False) as work:
            return await work.corrections.of(address)

    async def keep(self, correction: Correction) -> None:
        """Keep it in place of an earlier one for the same address."""
        async with self._storage.begin() as work:
            await work.corrections.keep(correction)


@asynccontextmanager
async def opened_pickups(
    settings: Settings, *, storage: Storage, calendar: WorkCalendar, clock: Clock
) -> AsyncIterator[PickupHouse]:
    """Everything that pickups are done with, closed at the end.

    Raises:
        Misuse: the section `geography` cannot work; the text names the key.
    """
    identifiers = Identifiers(random.Random(secrets.randbits(128)))  # noqa: S311 - not secrets
    searches = settings.pickup.solver_seconds > 0
    solver = WithFallback(PyvrpSolver(), GreedySolver()) if searches else GreedySolver()
    options, corrections = make_geography(settings), _KeptCorrections(storage)
    async with opened_geography(options, corrections=corrections, clock=clock) as geography:
        try:
            yield PickupHouse(
                transactions=storage,
                terms=make_pickup_terms(settings, calendar),
                geocoder=_known_at_once(geography),
                patient=geography.geocoder,
                ward=partial(_ward, geography.gazetteer),
                distances=geography.distances,
                solver=solver,
                clock=clock,
                new_id=identifiers.new,
                owner=f"{socket.gethostname()}-{secrets.token_hex(4)}",
            )
        finally:
            await solver.close()


def _known_at_once(geography: Geography) -> Callable[[Corrections], Geocoder]:
    """Geocoders that know the gazetteer and some corrections, and ask nobody outside."""
    return lambda corrections: ChainGeocoder(geography.gazetteer, corrections=corrections)


def _ward(gazetteer: Gazetteer, code: str) -> Candidate | None:
    return gazetteer.candidate(code, None, 1.0) if code in gazetteer.units.wards else None


def make_pickups_job(
    house: PickupHouse, settings: PickupSettings, carriers: Mapping[str, Watched]
) -> PickupsJob:
    """Plans rounds in time, and tends the rest."""
    before = timedelta(minutes=settings.plan_before_minutes)
    pause = timedelta(minutes=settings.replan_minutes)

    async def due(office: str) -> bool:
        async with house.transactions.begin(write=False) as work:
            return await is_due(
                work, office, now=house.clock.now(), terms=house.terms, before=before, pause=pause
            )

    async def plan(office: str) -> object:
        return await house.planner(NIGHT).plan(office, local_day(house.clock.now()))

    connections = {name: one.connection for name, one in carriers.items()}
    return PickupsJob(
        offices=house.terms.offices,
        is_due=due,
        plan=plan,
        upkeep=PickupUpkeep(
            house=house, remind_before=timedelta(minutes=settings.remind_before_minutes)
        ),
        fetching=Fetching(house=house, connections=connections, locate=locate).look,
    )
