"""What pickups need of a transaction: requests with their slots and history, rounds, corrections."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.pickup.place_ports import Corrections
from postal_bridge.pickup.records import (
    CarrierFetch,
    Half,
    PickupEvent,
    PickupRequest,
    PickupState,
    PlanRun,
    Round,
    RoundState,
    RoundStop,
    Slot,
    WardExperience,
)


@dataclass(frozen=True, kw_only=True)
class PickupFilter:
    """Which requests; nothing said means all."""

    office: str | None = None
    day: date | None = None
    dossier_code: str | None = None
    states: tuple[PickupState, ...] = ()
    carrier_states: tuple[CarrierFetch, ...] = ()


class Pickups(Protocol):
    """Requests, what happened to them, and the slots that they hold."""

    async def find(self, number: str) -> PickupRequest | None:
        """A request."""
        ...

    async def hold(self, number: str) -> PickupRequest | None:
        """A request, held until the transaction ends."""
        ...

    async def put(self, request: PickupRequest, event: PickupEvent) -> None:
        """Write or renew a request together with what happened to it."""
        ...

    async def listed(
        self, which: PickupFilter, *, after: str | None = None, limit: int = 500
    ) -> Sequence[PickupRequest]:
        """Requests by number, those after a number."""
        ...

    async def in_series(self, series: str, day: date) -> Sequence[PickupRequest]:
        """What was made of a recurring shuttle for a day."""
        ...

    async def history(self, number: str) -> Sequence[PickupEvent]:
        """What happened to a request, in order."""
        ...

    async def hold_slot(self, office: str, day: date, half: Half, *, capacity: int) -> Slot:
        """A slot, held until the transaction ends; one that is new has this capacity."""
        ...

    async def put_slot(self, slot: Slot) -> None:
        """Renew a slot."""
        ...

    async def slots(self, office: str, first: date, last: date) -> Sequence[Slot]:
        """The slots of these days that somebody has touched, in order."""
        ...


class Rounds(Protocol):
    """Rounds, their stops, and what driving them taught."""

    async def find(self, number: str) -> Round | None:
        """A round."""
        ...

    async def hold(self, number: str) -> Round | None:
        """A round, held until the transaction ends."""
        ...

    async def put(self, one: Round) -> None:
        """Write or renew a round."""
        ...

    async def listed(
        self,
        day: date,
        *,
        office: str | None = None,
        states: tuple[RoundState, ...] = (),
    ) -> Sequence[Round]:
        """The rounds of a day, by number."""
        ...

    async def stops(self, number: str) -> Sequence[RoundStop]:
        """A round's stops: those that count by position, dropped ones last."""
        ...

    async def put_stops(self, stops: Iterable[RoundStop]) -> None:
        """Write or renew stops.

        The database itself refuses a second open stop of a request.
        """
        ...

    async def add_run(self, run: PlanRun) -> None:
        """Keep how a planning went."""
        ...

    async def last_runs(self, day: date, *, office: str | None = None) -> Sequence[PlanRun]:
        """The latest planning of each office for a day, by office."""
        ...

    async def experience(self, wards: Iterable[str]) -> Sequence[WardExperience]:
        """What is known of these wards."""
        ...

    async def learn(self, lesson: WardExperience) -> None:
        """Add one round's lesson to what is known of its ward."""
        ...


class PickupWork(DossierWork, Protocol):
    """The stores of one transaction that pickups' use cases work with."""

    @property
    def pickups(self) -> Pickups:
        """Requests."""
        ...

    @property
    def rounds(self) -> Rounds:
        """Rounds."""
        ...

    @property
    def corrections(self) -> Corrections:
        """The office's own knowledge of addresses."""
        ...


class PickupTransactions(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[PickupWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...
