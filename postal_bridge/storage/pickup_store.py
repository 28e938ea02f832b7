"""The stores of pickups: requests and slots, rounds and stops, the office's own addresses."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import case, func, select

from postal_bridge.clock import Clock
from postal_bridge.pickup.places import Correction
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    Half,
    KeptCorrection,
    PickupEvent,
    PickupRequest,
    PlanRun,
    Round,
    RoundState,
    RoundStop,
    Slot,
    StopState,
    WardExperience,
)
from postal_bridge.storage.pickup_tables import (
    AddressCorrectionRow,
    PickupEventRow,
    PickupRow,
    PlanRunRow,
    RoundRow,
    RoundStopRow,
    SlotRow,
    WardExperienceRow,
)
from postal_bridge.storage.rows import Rows, chunks


class PickupStore:
    """Requests, what happened to them, and the slots that they hold."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._pickups = rows.table(PickupRow)

    async def find(self, number: str) -> PickupRequest | None:
        """A request."""
        return await self._rows.one(PickupRequest, PickupRow, number=number)

    async def hold(self, number: str) -> PickupRequest | None:
        """A request, held until the transaction ends."""
        return await self._rows.locked(PickupRequest, PickupRow, number=number)

    async def put(self, request: PickupRequest, event: PickupEvent) -> None:
        """Write or renew a request together with what happened to it."""
        await self._rows.put(PickupRow, request)
        await self._rows.add(PickupEventRow, [event])

    async def listed(
        self, which: PickupFilter, *, after: str | None = None, limit: int = 500
    ) -> Sequence[PickupRequest]:
        """Requests by number, those after a number."""
        c = self._pickups.c
        equals: dict[str, object] = {}
        if which.office is not None:
            equals["office"] = which.office
        if which.day is not None:
            equals["day"] = which.day
        if which.dossier_code is not None:
            equals["dossier_code"] = which.dossier_code
        statement = select(self._pickups).where(self._rows.own(self._pickups, **equals))
        if which.states:
            statement = statement.where(c.state.in_(which.states))
        if which.carrier_states:
            statement = statement.where(c.carrier_state.in_(which.carrier_states))
        if after is not None:
            statement = statement.where(c.number > after)
        return await self._rows.all(PickupRequest, statement.order_by(c.number).limit(limit))

    async def in_series(self, series: str, day: date) -> Sequence[PickupRequest]:
        """What was made of a recurring shuttle for a day."""
        mine = self._rows.own(self._pickups, day=day, series=series)
        ordered = select(self._pickups).where(mine).order_by(self._pickups.c.number)
        return await self._rows.all(PickupRequest, ordered)

    async def history(self, number: str) -> Sequence[PickupEvent]:
        """What happened to a request, in order."""
        table = self._rows.table(PickupEventRow)
        mine = select(table).where(self._rows.own(table, request=number)).order_by(table.c.id)
        return await self._rows.all(PickupEvent, mine)

    async def hold_slot(self, office: str, day: date, half: Half, *, capacity: int) -> Slot:
        """A slot, held until the transaction ends; one that is new has this capacity."""
        key = {"office": office, "day": day, "half": half}
        found = await self._rows.locked(Slot, SlotRow, **key)
        if found is None:
            await self._rows.add_new(SlotRow, {**key, "capacity": capacity, "taken": 0})
            found = await self._rows.locked(Slot, SlotRow, **key)
        if found is None:
            raise LookupError(f"no slot for {office} {day}")
        return found

    async def put_slot(self, slot: Slot) -> None:
        """Renew a slot."""
        await self._rows.put(SlotRow, slot)

    async def slots(self, office: str, first: date, last: date) -> Sequence[Slot]:
        """The slots of these days that somebody has touched, in order."""
        table = self._rows.table(SlotRow)
        mine = self._rows.own(table, office=office)
        within = select(table).where(mine, table.c.day.between(first, last))
        order = case((table.c.half == Half.MORNING, 0), else_=1)
        return await self._rows.all(Slot, within.order_by(table.c.day, order))


class RoundStore:
    """Rounds, their stops, and what driving them taught."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._rounds = rows.table(RoundRow)
        self._stops = rows.table(RoundStopRow)

    async def find(self, number: str) -> Round | None:
        """A round."""
        return await self._rows.one(Round, RoundRow, number=number)

    async def hold(self, number: str) -> Round | None:
        """A round, held until the transaction ends."""
        return await self._rows.locked(Round, RoundRow, number=number)

    async def put(self, one: Round) -> None:
        """Write or renew a round."""
        await self._rows.put(RoundRow, one)

    async def listed(
        self,
        day: date,
        *,
        office: str | None = None,
        states: tuple[RoundState, ...] = (),
    ) -> Sequence[Round]:
        """The rounds of a day, by number."""
        equals = {} if office is None else {"office": office}
        mine = select(self._rounds).where(self._rows.own(self._rounds, day=day, **equals))
        if states:
            mine = mine.where(self._rounds.c.state.in_(states))
        return await self._rows.all(Round, mine.order_by(self._rounds.c.number))

    async def stops(self, number: str) -> Sequence[RoundStop]:
        """A round's stops: those that count by position, dropped ones last."""
        c = self._stops.c
        dropped = case((c.state == StopState.DROPPED, 1), else_=0)
        mine = select(self._stops).where(self._rows.own(self._stops, round=number))
        ordered = mine.order_by(dropped, c.position, c.request)
        return await self._rows.all(RoundStop, ordered)

    async def put_stops(self, stops: Iterable[RoundStop]) -> None:
        """Write or renew stops."""
        await self._rows.put(RoundStopRow, *stops)

    async def add_run(self, run: PlanRun) -> None:
        """Keep how a planning went."""
        await self._rows.add(PlanRunRow, [run])

    async def last_runs(self, day: date, *, office: str | None = None) -> Sequence[PlanRun]:
        """The latest planning of each office for a day, by office."""
        table = self._rows.table(PlanRunRow)
        equals = {} if office is None else {"office": office}
        mine = self._rows.own(table, day=day, **equals)
        latest = select(func.max(table.c.id)).where(mine).group_by(table.c.office)
        wanted = select(table).where(mine, table.c.id.in_(latest)).order_by(table.c.office)
        return await self._rows.all(PlanRun, wanted)

    async def experience(self, wards: Iterable[str]) -> Sequence[WardExperience]:
        """What is known of these wards."""
        table = self._rows.table(WardExperienceRow)
        found: list[WardExperience] = []
        for part in chunks(sorted(set(wards))):
            mine = select(table).where(self._rows.own(table), table.c.ward_code.in_(part))
            found += await self._rows.all(WardExperience, mine.order_by(table.c.ward_code))
        return found

    async def learn(self, lesson: WardExperience) -> None:
        """Add one round's lesson to what is known of its ward."""
        table = self._rows.table(WardExperienceRow)
        values = {**lesson.model_dump(), "province": self._rows.province}
        statement = self._rows.insert(table).values(values)
        sums = {
            name: table.c[name] + statement.excluded[name]
            for name in ("stops", "service_seconds", "late_seconds", "late_stops")
        }
        keys = ["province", "ward_code"]
        await self._rows.execute(statement.on_conflict_do_update(index_elements=keys, set_=sums))


class CorrectionStore:
    """The office's own knowledge of addresses."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    async def of(self, address: str) -> Correction | None:
        """What was said about a normalised address."""
        kept = await self._rows.one(KeptCorrection, AddressCorrectionRow, address=address)
        if kept is None:
            return None
        point = None
        if kept.latitude is not None and kept.longitude is not None:
            point = Location(kept.latitude, kept.longitude)
        return Correction(kept.address, kept.ward_code, point, kept.by)

    async def keep(self, correction: Correction) -> None:
        """Keep it in place of an earlier one for the same address."""
        point = correction.location
        await self._rows.put(
            AddressCorrectionRow,
            KeptCorrection(
                address=correction.address,
                ward_code=correction.ward_code,
                latitude=point.lat if point else None,
                longitude=point.lon if point else None,
                by=correction.by,
                at=self._clock.now(),
            ),
        )
