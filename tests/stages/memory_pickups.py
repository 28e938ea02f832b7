"""Pickups and rounds in memory."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    Half,
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


class MemoryPickups:
    """Requests and slots, as the store keeps them: copies in, copies out."""

    def __init__(self) -> None:
        self.kept: dict[str, PickupRequest] = {}
        self.events: list[PickupEvent] = []
        self._slots: dict[tuple[str, date, Half], Slot] = {}

    async def find(self, number: str) -> PickupRequest | None:
        found = self.kept.get(number)
        return found.model_copy() if found else None

    hold = find

    async def put(self, request: PickupRequest, event: PickupEvent) -> None:
        self.kept[request.number] = request.model_copy()
        self.events.append(event.model_copy())

    async def listed(
        self, which: PickupFilter, *, after: str | None = None, limit: int = 500
    ) -> Sequence[PickupRequest]:
        found = [
            one.model_copy()
            for number, one in sorted(self.kept.items())
            if which.office in {None, one.office}
            and which.day in {None, one.day}
            and which.dossier_code in {None, one.dossier_code}
            and (not which.states or one.state in which.states)
            and (not which.carrier_states or one.carrier_state in which.carrier_states)
            and (after is None or number > after)
        ]
        return found[:limit]

    async def in_series(self, series: str, day: date) -> Sequence[PickupRequest]:
        return [one for one in self.kept.values() if (one.series, one.day) == (series, day)]

    async def history(self, number: str) -> Sequence[PickupEvent]:
        mine = (one for one in self.events if one.request == number)
        return sorted(mine, key=lambda one: one.id)

    async def hold_slot(self, office: str, day: date, half: Half, *, capacity: int) -> Slot:
        new = Slot(office=office, day=day, half=half, capacity=capacity)
        return self._slots.setdefault((office, day, half), new).model_copy()

    async def put_slot(self, slot: Slot) -> None:
        self._slots[slot.office, slot.day, slot.half] = slot.model_copy()

    async def slots(self, office: str, first: date, last: date) -> Sequence[Slot]:
        mine = [one for one in self._slots.values() if one.office == office]
        within = [one for one in mine if first <= one.day <= last]
        return sorted(within, key=lambda one: (one.day, one.half is Half.AFTERNOON))


class SecondOpenStop(Exception):  # noqa: N818 - what the databases say in their own words
    """A request would be in two rounds."""


class MemoryRounds:
    """Rounds, their stops and what they taught."""

    def __init__(self) -> None:
        self.kept: dict[str, Round] = {}
        self._stops: dict[tuple[str, str], RoundStop] = {}
        self._runs: list[PlanRun] = []
        self._wards: dict[str, WardExperience] = {}

    async def find(self, number: str) -> Round | None:
        found = self.kept.get(number)
        return found.model_copy() if found else None

    hold = find

    async def put(self, one: Round) -> None:
        self.kept[one.number] = one.model_copy()

    async def listed(
        self, day: date, *, office: str | None = None, states: tuple[RoundState, ...] = ()
    ) -> Sequence[Round]:
        return [
            one.model_copy()
            for _, one in sorted(self.kept.items())
            if one.day == day
            and office in {None, one.office}
            and (not states or one.state in states)
        ]

    async def stops(self, number: str) -> Sequence[RoundStop]:
        mine = [one.model_copy() for one in self._stops.values() if one.round == number]
        return sorted(
            mine, key=lambda one: (one.state is StopState.DROPPED, one.position, one.request)
        )

    async def put_stops(self, stops: Iterable[RoundStop]) -> None:
        for one in stops:
            rivals = [
                each
                for each in self._stops.values()
                if each.request == one.request
                and each.round != one.round
                and each.state is StopState.OPEN
            ]
            if one.state is StopState.OPEN and rivals:
                raise SecondOpenStop(one.request)
            self._stops[one.round, one.request] = one.model_copy()

    async def add_run(self, run: PlanRun) -> None:
        self._runs.append(run.model_copy())

    async def last_runs(self, day: date, *, office: str | None = None) -> Sequence[PlanRun]:
        latest: dict[str, PlanRun] = {}
        for one in sorted(self._runs, key=lambda each: each.id):
            if one.day == day and office in {None, one.office}:
                latest[one.office] = one
        return [latest[name] for name in sorted(latest)]

    async def experience(self, wards: Iterable[str]) -> Sequence[WardExperience]:
        return [self._wards[code] for code in sorted(set(wards)) if code in self._wards]

    async def learn(self, lesson: WardExperience) -> None:
        known = self._wards.get(lesson.ward_code, WardExperience(ward_code=lesson.ward_code))
        self._wards[lesson.ward_code] = WardExperience(
            ward_code=lesson.ward_code,
            stops=known.stops + lesson.stops,
            service_seconds=known.service_seconds + lesson.service_seconds,
            late_seconds=known.late_seconds + lesson.late_seconds,
            late_stops=known.late_stops + lesson.late_stops,
        )


class MemoryClaims:
    """Claim rows."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}
        self._done: dict[str, list[str]] = {}

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        del owner
        held = self._until.get((job, slot))
        if held is not None and held > now:
            return False
        self._until[job, slot] = until
        return True

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        del owner
        self._until[job, slot] = until
        return True
