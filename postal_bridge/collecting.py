"""Pickups, built: who finds addresses, who plans rounds, and the job that sees to both."""

import asyncio
import random
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from postal_bridge.carriers.provinces import locate
from postal_bridge.clock import Clock, local_day
from postal_bridge.decided import make_geography, make_pickup_terms
from postal_bridge.identity import NIGHT
from postal_bridge.jobs.pickups import PickupsJob
from postal_bridge.pickup.greedy import GreedySolver, WithFallback
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.place_ports import Corrections
from postal_bridge.pickup.places import Candidate, Correction, Located, Measured
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.replanning import is_due
from postal_bridge.pickup.upkeep import PickupUpkeep
from postal_bridge.routing.planner import PyvrpSolver
from postal_bridge.sections import PickupSettings, Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.fetching import Fetching
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.watching import Watched
from postal_bridge.worktime import WorkCalendar

if TYPE_CHECKING:
    from postal_bridge.geography.opening import Geography


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


class _Places:
    """The geography, opened when somebody first asks where something is: most commands never do.

    It is a geocoder that may ask an outside service, knows distances, and finds wards.
    """

    def __init__(self, settings: Settings, *, storage: Storage, clock: Clock) -> None:
        self._settings = settings
        self._corrections = _KeptCorrections(storage)
        self._clock = clock
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._geography: Geography | None = None

    async def opened(self) -> "Geography":
        """The geography.

        Raises:
            Misuse: the section `geography` cannot work; the text names the key.
        """
        from postal_bridge.geography.opening import opened_geography  # heavy

        async with self._opening:
            if self._geography is None:
                opening = opened_geography(
                    make_geography(self._settings), corrections=self._corrections, clock=self._clock
                )
                self._geography = await self._stack.enter_async_context(opening)
        return self._geography

    async def close(self) -> None:
        """Give connections back."""
        await self._stack.aclose()

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        """Where an address is; it may take as long as an outside service does."""
        return await (await self.opened()).geocoder.locate(text, near=near)

    async def matrix(self, places: Sequence[Location]) -> Measured:
        """Metres and seconds from each place to each."""
        return await (await self.opened()).distances.matrix(places)

    async def ward(self, code: str) -> Candidate | None:
        """A ward of today by its code."""
        gazetteer = (await self.opened()).gazetteer
        return gazetteer.candidate(code, None, 1.0) if code in gazetteer.units.wards else None


@dataclass(frozen=True)
class _AtOnce:
    """A geocoder that knows the gazetteer and some corrections, and asks nobody outside."""

    places: _Places
    corrections: Corrections

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        """Where an address is."""
        from postal_bridge.geography.chain import ChainGeocoder  # heavy

        gazetteer = (await self.places.opened()).gazetteer
        chain = ChainGeocoder(gazetteer, corrections=self.corrections)
        return await chain.locate(text, near=near)


@asynccontextmanager
async def opened_pickups(
    settings: Settings, *, storage: Storage, calendar: WorkCalendar, clock: Clock
) -> AsyncIterator[PickupHouse]:
    """Everything that pickups are done with, closed at the end."""
    identifiers = Identifiers(random.Random(secrets.randbits(128)))  # noqa: S311 - not secrets
    searches = settings.pickup.solver_seconds > 0
    solver = WithFallback(PyvrpSolver(), GreedySolver()) if searches else GreedySolver()
    places = _Places(settings, storage=storage, clock=clock)
    try:
        yield PickupHouse(
            transactions=storage,
            terms=make_pickup_terms(settings, calendar),
            geocoder=partial(_AtOnce, places),
            patient=places,
            ward=places.ward,
            distances=places,
            ready=places.opened,
            solver=solver,
            clock=clock,
            new_id=identifiers.new,
            owner=f"{socket.gethostname()}-{secrets.token_hex(4)}",
        )
    finally:
        await solver.close()
        await places.close()


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
