"""Everything that pickups are done with, handed in once by the roof."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postal_bridge.clock import Clock
from postal_bridge.identity import Actor
from postal_bridge.pickup.place_ports import Corrections, Distances, Geocoder
from postal_bridge.pickup.places import Candidate
from postal_bridge.pickup.planning import Planner
from postal_bridge.pickup.ports import PickupTransactions, PickupWork
from postal_bridge.pickup.requests import Desk
from postal_bridge.pickup.solver_ports import Solver
from postal_bridge.pickup.terms import PickupTerms

_TELLS_APART = 8
"""Letters by which two plannings of one process differ in their claims."""


@dataclass(frozen=True, kw_only=True)
class PickupHouse:
    """What does not change between transactions.

    Attributes:
        geocoder: one that answers at once, with these corrections.
        patient: one that may ask an outside service; never used inside a transaction.
        ward: of today, by its code; none where there is no such code.
        ready: reads what would otherwise be read when the first address is looked up.
        owner: names this process in claims.
    """

    transactions: PickupTransactions
    terms: PickupTerms
    geocoder: Callable[[Corrections], Geocoder]
    patient: Geocoder
    ward: Callable[[str], Awaitable[Candidate | None]]
    ready: Callable[[], Awaitable[object]]
    distances: Distances
    solver: Solver
    clock: Clock
    new_id: Callable[[datetime], UUID]
    owner: str

    def desk(self, work: PickupWork, actor: Actor, now: datetime) -> Desk:
        """Whoever works on requests, in this transaction."""
        return Desk(
            work=work,
            actor=actor,
            now=now,
            new_id=self.new_id,
            terms=self.terms,
            geocoder=self.geocoder(work.corrections),
        )

    def planner(self, actor: Actor) -> Planner:
        """Plans rounds, in this person's name."""
        return Planner(
            transactions=self.transactions,
            desk=lambda work, now: self.desk(work, actor, now),
            terms=self.terms,
            distances=self.distances,
            solver=self.solver,
            clock=self.clock,
            owner=f"{self.owner}-{str(self.new_id(self.clock.now()))[-_TELLS_APART:]}",
        )
