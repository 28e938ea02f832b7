"""What nobody does by hand: shuttles are asked for, addresses looked up, forgotten days carried on.

Each of these may be run again at any moment, by any process: what is done is not done twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from postal_bridge.clock import at_local, local_day
from postal_bridge.errors import Refusal
from postal_bridge.identity import NIGHT
from postal_bridge.outbox import ANNOUNCEMENT_TOPIC, ROUND_NOT_LEFT
from postal_bridge.pickup.driving import agree_again
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.located import clear_enough
from postal_bridge.pickup.plans import Window
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    Deed,
    Half,
    PickupKind,
    PickupRequest,
    PickupState,
    Round,
    RoundState,
)
from postal_bridge.pickup.requests import Wish, ask, free_slot, put_place, release_from_round
from postal_bridge.pickup.terms import ShuttleTerms

_MOST_LOOK_UPS = 50


@dataclass(frozen=True, kw_only=True)
class PickupUpkeep:
    """Does it.

    Attributes:
        remind_before: a courier who has not left by so long before the first stop is reminded.
    """

    house: PickupHouse
    remind_before: timedelta

    async def tend(self) -> dict[str, int]:
        """All of it; what was done, by name."""
        return {
            "shuttles": await self.ask_for_shuttles(),
            "located": await self.look_up(),
            "carried_on": await self.carry_on(),
            "reminded": await self.remind(),
        }

    async def ask_for_shuttles(self) -> int:
        """Make the requests of recurring shuttles for today and the next working day."""
        now, terms = self.house.clock.now(), self.house.terms
        today = local_day(now)
        made = 0
        for day in (today, terms.calendar.next_working_day(today)):
            for shuttle in terms.shuttles:
                made += await self._ask_for(shuttle, day, now)
        return made

    async def _ask_for(self, shuttle: ShuttleTerms, day: date, now: datetime) -> bool:
        terms = self.house.terms
        if day.weekday() not in shuttle.weekdays or not terms.calendar.is_working_day(day):
            return False
        window = Window(at_local(day, shuttle.hours[0]), at_local(day, shuttle.hours[1]))
        if window.end <= now:
            return False
        async with self.house.transactions.begin(write=False) as work:
            if await work.pickups.in_series(shuttle.name, day):
                return False
        half = Half.MORNING if shuttle.hours[0] < terms.hours[Half.AFTERNOON][0] else Half.AFTERNOON
        async with self.house.transactions.begin() as work:
            # The slot is held first, so that two processes do not ask for the same day.
            await work.pickups.hold_slot(shuttle.office, day, half, capacity=terms.capacity)
            if await work.pickups.in_series(shuttle.name, day):
                return False
            place = await work.catalogue.place(shuttle.place)
            if place is None or place.latitude is None or place.longitude is None:
                return False
            desk = self.house.desk(work, NIGHT, now)
            wish = Wish(
                kind=PickupKind.SHUTTLE,
                office=shuttle.office,
                day=day,
                half=half,
                name=place.name,
                phone="",
                address=place.address or place.name,
                items=shuttle.items,
                grams=shuttle.grams,
                series=shuttle.name,
            )
            request = await ask(desk, wish, recurring=True)
            if isinstance(request, Refusal):
                return False
            request.opens_at, request.closes_at = window.start, window.end
            request.latitude, request.longitude = place.latitude, place.longitude
            request.confidence, request.state = 1.0, PickupState.CONFIRMED
            request.located = '{"source":"correction","band":"sure","why":[],"candidates":[]}'
            await desk.note(request, Deed.LOCATED, {"place": shuttle.place})
        return True

    async def look_up(self) -> int:
        """Ask the outside service for addresses in doubt; what it is sure of needs nobody."""
        settled = 0
        for request in await self._in_state(PickupState.ASKED, limit=_MOST_LOOK_UPS):
            if request.attempts:
                continue  # somebody has been there, and it was wrong: a person decides
            found = await self.house.patient.locate(request.address)
            if not clear_enough(found):
                continue
            async with self.house.transactions.begin() as work:
                here = await work.pickups.hold(request.number)
                if here is None or here.version != request.version:
                    continue
                put_place(here, found)
                desk = self.house.desk(work, NIGHT, self.house.clock.now())
                await desk.note(here, Deed.LOCATED, {"source": found.source})
            settled += 1
        return settled

    async def carry_on(self) -> int:
        """Give who was planned by nobody, or forgotten by a round, the next working day."""
        now = self.house.clock.now()
        late: list[PickupRequest] = []
        for state in (PickupState.CONFIRMED, PickupState.PLANNED, PickupState.ASKED):
            found = await self._in_state(state, limit=100_000)
            late += [one for one in found if local_day(one.closes_at) < local_day(now)]
        for request in late:
            async with self.house.transactions.begin() as work:
                here = await work.pickups.hold(request.number)
                if here is None or here.version != request.version:
                    continue
                desk = self.house.desk(work, NIGHT, now)
                in_doubt = here.state is PickupState.ASKED
                await release_from_round(desk, here)
                await free_slot(desk, here)
                if here.kind is PickupKind.SHUTTLE:
                    here.state = PickupState.FAILED
                    await desk.note(here, Deed.FAILED, {"reason": "not_driven"})
                    continue
                was = here.day
                await agree_again(desk, here)
                if in_doubt:
                    here.state = PickupState.ASKED
                await desk.note(here, Deed.CHANGED, {"carried_on_from": was.isoformat()})
        return len(late)

    async def remind(self) -> int:
        """Say once of each round whose courier should be on the way that he is not."""
        now = self.house.clock.now()
        async with self.house.transactions.begin(write=False) as work:
            rounds = await work.rounds.listed(local_day(now), states=(RoundState.PUBLISHED,))
        waiting = [one for one in rounds if one.leaves_at - self.remind_before <= now]
        for one in waiting:
            async with self.house.transactions.begin() as work:
                await work.outbox.put(
                    ANNOUNCEMENT_TOPIC,
                    key=f"{ROUND_NOT_LEFT}:{one.number}",
                    payload=reminder(one, now),
                )
        return len(waiting)

    async def _in_state(self, state: PickupState, *, limit: int) -> Sequence[PickupRequest]:
        async with self.house.transactions.begin(write=False) as work:
            return await work.pickups.listed(PickupFilter(states=(state,)), limit=limit)


def reminder(one: Round, now: datetime) -> dict[str, object]:
    """What subscribers are told of a round that has not left."""
    return {
        "id": f"{ROUND_NOT_LEFT}:{one.number}",
        "type": ROUND_NOT_LEFT,
        "subject": one.number,
        "at": now.isoformat(),
        "data": {"office": one.office, "courier": one.courier, "shift": one.shift},
    }
