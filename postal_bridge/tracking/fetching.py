"""Pickups that a carrier makes instead of our own couriers, through the carriers' port.

The policy: who lives farther from the office than a round should go is offered to the configured
connection. A carrier that does not want it does not serve the place: the request goes back to our
own rounds. As with all orders (docs/adr/0015), it is written down as asked before the request
leaves, and whatever may be stored over there is looked up before anybody asks anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from postal_bridge.errors import Accident
from postal_bridge.identity import CARRIER
from postal_bridge.logs import get_logger
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.places import metres_between
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    CarrierFetch,
    Deed,
    PickupKind,
    PickupRequest,
    PickupState,
)
from postal_bridge.pickup.requests import free_slot, take_slot
from postal_bridge.tracking.carrier_ports import Books, Cancels, Finds
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    CarrierUnavailable,
    NotThere,
    Order,
    Party,
    Placed,
    Refused,
    Unknown,
    Window,
)
from postal_bridge.tracking.orders import Connection

CONTENTS = "Hồ sơ thủ tục hành chính"
_LONGEST_SAID = 400
_UNSETTLED = (CarrierFetch.WAITING, CarrierFetch.ASKED, CarrierFetch.CALLING_OFF)
_MOST = 1_000

_log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Fetching:
    """Offers requests to the carrier, and settles what became of them.

    Attributes:
        connections: by name.
        locate: the code of the province that an address names, by the national statistics office.
    """

    house: PickupHouse
    connections: Mapping[str, Connection]
    locate: Callable[[str], str | None]

    async def look(self) -> dict[str, int]:
        """Everything that is due; what was done, by name."""
        return {"offered": await self.offer(), "settled": await self.settle()}

    async def offer(self) -> int:
        """Give requests that are too far to the carrier; how many."""
        name = self.house.terms.carrier
        if name not in self.connections:
            return 0
        given = 0
        which = PickupFilter(states=(PickupState.CONFIRMED,))
        for request in await self._listed(which):
            if request.kind is PickupKind.COLLECT and request.carrier_state is None:
                given += await self._given(request, name)
        return given

    async def _given(self, seen: PickupRequest, name: str) -> bool:
        async with self.house.transactions.begin() as work:
            request = await work.pickups.hold(seen.number)
            if request is None or request.version != seen.version:
                return False
            desk = self.house.desk(work, CARRIER, self.house.clock.now())
            office = await desk.office_point(request.office)
            here = Location(request.latitude or 0.0, request.longitude or 0.0)
            far = self.house.terms.carrier_beyond_metres
            if office is None or metres_between(office, here) <= far:
                return False
            await free_slot(desk, request)
            request.state, request.carrier = PickupState.CARRIER, name
            request.carrier_state = CarrierFetch.WAITING
            await desk.note(request, Deed.GIVEN_TO_CARRIER, {"carrier": name})
        return True

    async def settle(self) -> int:
        """Bring what waits for a carrier's word to rest; how many came there."""
        settled = 0
        for request in await self._listed(PickupFilter(carrier_states=_UNSETTLED)):
            connection = self.connections.get(request.carrier or "")
            if connection is not None:
                settled += await self._settled(request, connection)
        return settled

    async def _settled(self, request: PickupRequest, connection: Connection) -> bool:
        try:
            if request.carrier_state is CarrierFetch.WAITING:
                return await self._ask(request, connection)
            if request.carrier_state is CarrierFetch.ASKED:
                return await self._look_up(request, connection)
            if request.carrier_state is CarrierFetch.CALLING_OFF:
                return await self._call_off(request, connection)
        except Accident as trouble:
            _log.warning("pickup.carrier", number=request.number, error=str(trouble))
        return False

    async def _ask(self, seen: PickupRequest, connection: Connection) -> bool:
        carrier = connection.carrier
        if not isinstance(carrier, Books):
            return await self._noted(seen, Refused(code="", text="hãng không nhận đơn (no orders)"))
        asked = await self._change(seen, CarrierFetch.ASKED)
        if asked is None:
            return False
        try:
            outcome = await carrier.book(await self._order(asked, connection))
        except CarrierUnavailable:
            # It was not heard; but an earlier try may have been.
            if seen.carrier_asked_at is None:
                await self._change(asked, CarrierFetch.WAITING)
            raise
        return await self._noted(asked, outcome)

    async def _look_up(self, seen: PickupRequest, connection: Connection) -> bool:
        carrier = connection.carrier
        asked_at = seen.carrier_asked_at or self.house.clock.now()
        if isinstance(carrier, Finds):
            found = await carrier.find(seen.number)
            if isinstance(found, Booked):
                return await self._noted(seen, found)
            known_absent = isinstance(found, NotThere)
        else:
            known_absent = carrier.repeatable
        if known_absent and self.house.clock.now() - asked_at >= connection.quiet:
            return await self._ask(seen, connection)
        return False

    async def _call_off(self, seen: PickupRequest, connection: Connection) -> bool:
        carrier = connection.carrier
        number = seen.carrier_number or seen.number
        if not isinstance(carrier, Cancels):
            await self._change(seen, CarrierFetch.CALLED_OFF, said="hãng không nhận hủy (by hand)")
            return True
        outcome = await carrier.cancel(Placed(reference=seen.number, carrier_number=number))
        if isinstance(outcome, Cancelled):
            await self._change(seen, CarrierFetch.CALLED_OFF)
        elif isinstance(outcome, Refused):
            await self._change(seen, CarrierFetch.CALLED_OFF, said=outcome.text)
        return isinstance(outcome, Cancelled | Refused)

    async def _noted(self, seen: PickupRequest, outcome: Booked | Refused | Unknown) -> bool:
        if isinstance(outcome, Unknown):
            await self._change(seen, CarrierFetch.ASKED, said=outcome.why)
            return False
        if isinstance(outcome, Booked):
            number = outcome.waybill or outcome.carrier_number
            await self._change(seen, CarrierFetch.PLACED, number=number)
        else:
            await self._taken_back(seen, outcome)
        return True

    async def _taken_back(self, seen: PickupRequest, refused: Refused) -> None:
        """The carrier does not serve it: our own couriers do."""
        async with self.house.transactions.begin() as work:
            request = await work.pickups.hold(seen.number)
            if request is None or request.state is not PickupState.CARRIER:
                return
            desk = self.house.desk(work, CARRIER, self.house.clock.now())
            await take_slot(desk, request.office, request.day, request.half, even_if_full=True)
            request.state, request.carrier_state = PickupState.CONFIRMED, CarrierFetch.REFUSED
            request.carrier_said = refused.text[:_LONGEST_SAID]
            await desk.note(request, Deed.RELEASED, {"carrier_said": refused.text})

    async def _change(
        self, seen: PickupRequest, state: CarrierFetch, *, said: str = "", number: str | None = None
    ) -> PickupRequest | None:
        """Write down how far it is; nothing where somebody else has been quicker."""
        async with self.house.transactions.begin() as work:
            request = await work.pickups.hold(seen.number)
            if request is None or request.carrier_state is not seen.carrier_state:
                return None
            now = self.house.clock.now()
            if state is CarrierFetch.ASKED:
                request.carrier_asked_at = now
            request.carrier_state = state
            request.carrier_said = said[:_LONGEST_SAID] or request.carrier_said
            request.carrier_number = number or request.carrier_number
            desk = self.house.desk(work, CARRIER, now)
            return await desk.note(request, Deed.CARRIER_TOLD, {"how": state, "said": said})

    async def _order(self, request: PickupRequest, connection: Connection) -> Order:
        """The citizen sends, the office receives."""
        ours = connection.sender
        return Order(
            number=request.number,
            reference=request.number,
            sender=Party(
                name=request.name,
                phone=request.phone,
                address=request.address,
                province=self.locate(request.ward or "") or ours.province,
                ward=(request.ward or "").partition(",")[0],
            ),
            # Both ends in two levels, as wards are named since 01/07/2025: a carrier that keeps
            # both catalogues (J&T) takes one of them for an order, and never both.
            receiver=replace(ours, district=""),
            contents=CONTENTS,
            weight_grams=request.grams,
            note=request.note or "",
            collect=True,
            window=Window(request.opens_at, request.closes_at),
        )

    async def _listed(self, which: PickupFilter) -> list[PickupRequest]:
        async with self.house.transactions.begin(write=False) as work:
            return list(await work.pickups.listed(which, limit=_MOST))
