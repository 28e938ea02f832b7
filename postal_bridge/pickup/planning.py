"""A day's rounds are planned and given to their couriers.

Reading, solving and writing are three steps, because solving takes seconds in which life goes on.
What changed meanwhile (called off, changed, driven) is left out of what is written, and the rest is
timed anew; so nobody is sent to a door that called off, and nobody who is not in a round is told
that he is. Two planners of one office's day exclude each other by a claim row, and the database
itself refuses a second open stop of a request.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from postal_bridge.clock import Clock, format_day
from postal_bridge.dossiers.ports import day_series
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.pickup.assembling import Made, assemble
from postal_bridge.pickup.day import MADE, PLANNABLE, Day, problem_of, read_day
from postal_bridge.pickup.numbers import make_round_number
from postal_bridge.pickup.place_ports import Distances
from postal_bridge.pickup.places import Measured
from postal_bridge.pickup.plans import Plan, PlannedRound, Problem, Unserved, Why
from postal_bridge.pickup.ports import PickupTransactions, PickupWork
from postal_bridge.pickup.records import (
    Deed,
    PickupRequest,
    PickupState,
    PlanRun,
    Round,
    RoundState,
    RoundStop,
    StopState,
)
from postal_bridge.pickup.requests import Desk
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.solver_ports import Effort, Progress, Solver
from postal_bridge.pickup.terms import PickupTerms, ShiftTerms

JOB = "pickup-plan"
_GRACE = timedelta(minutes=2)
_AN_INSTANT = timedelta(microseconds=1)


def quiet(_progress: Progress) -> None:
    """Nobody wants to know how far it is."""


class Claims(Protocol):
    """Claim rows: who plans a day of an office just now."""

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        """Take a slot, unless somebody holds it."""
        ...

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        """Let a claim end at this moment."""
        ...


class PlanningWork(PickupWork, Protocol):
    """The stores of one transaction that planning works with."""

    @property
    def job_runs(self) -> Claims:
        """Who plans."""
        ...


@dataclass(frozen=True)
class Planned:
    """What came of planning.

    Attributes:
        rounds: as they are now, those that were there before and have stops to make, too.
        unserved: who is in no round, and why.
    """

    run: PlanRun
    rounds: Sequence[Round]
    stops: Mapping[str, Sequence[RoundStop]]
    unserved: Sequence[Unserved]


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans offices' days.

    Attributes:
        desk: makes a desk for a transaction, at a moment.
        shuttles: makes the day's recurring requests.
        owner: names this process in claims.
    """

    transactions: PickupTransactions
    desk: Callable[[PickupWork, datetime], Desk]
    terms: PickupTerms
    distances: Distances
    solver: Solver
    clock: Clock
    owner: str

    async def plan(
        self,
        office: str,
        day: date,
        *,
        seed: int | None = None,
        seconds: float | None = None,
        progress: Callable[[Progress], None] = quiet,
    ) -> Planned | Refusal:
        """Plan what is left of an office's day; who planned it before is planned anew.

        Raises:
            SolvingFailed: neither the solver nor the one behind it made a plan. Nothing changed.
        """
        if not self.terms.shifts_of(office):
            return refuse(Reason.NO_SHIFTS, "office", office=office)
        slot = f"{office}:{day.isoformat()}"
        effort = Effort(seconds=self.terms.solver_seconds if seconds is None else seconds)
        until = self.clock.now() + timedelta(seconds=effort.seconds) + _GRACE
        if not await self._claimed(slot, until):
            return refuse(Reason.PLAN_RUNNING, "office", office=office, day=format_day(day))
        try:
            read = await self._read(office, day, seed)
            if isinstance(read, Refusal):
                return read
            known, problem, measured = read
            plan = await self.solver.solve(problem, effort, progress=progress)
            return await self._written(known, problem, plan, measured)
        finally:
            async with self.transactions.begin() as work:
                over = self.clock.now() - _AN_INSTANT
                await _claims(work).hold_until(JOB, slot, owner=self.owner, until=over)

    async def _claimed(self, slot: str, until: datetime) -> bool:
        async with self.transactions.begin() as work:
            return await _claims(work).claim(
                JOB, slot, owner=self.owner, now=self.clock.now(), until=until
            )

    async def _read(
        self, office: str, day: date, seed: int | None
    ) -> tuple[Day, Problem, Measured] | Refusal:
        now = self.clock.now()
        async with self.transactions.begin(write=False) as work:
            point = await self.desk(work, now).office_point(office)
            if point is None:
                return refuse(Reason.PLACE_WITHOUT_POINT, "office", place=office)
            known = await read_day(work, office, day, point)
        first = day.toordinal() if seed is None else seed
        problem, measured = await problem_of(known, self.terms, self.distances, now=now, seed=first)
        return known, problem, measured

    async def _written(
        self, known: Day, problem: Problem, plan: Plan, measured: Measured
    ) -> Planned:
        now = self.clock.now()
        async with self.transactions.begin() as work:
            writing = _Writing(self.desk(work, now), self.terms, known)
            gone = await writing.gone(problem)
            if gone:
                problem, plan = without(problem, plan, gone)
            return await writing.write(plan, measured)


def _claims(work: PickupWork) -> Claims:
    claims: Claims = work.job_runs  # type: ignore[attr-defined]
    return claims


def without(problem: Problem, plan: Plan, gone: Iterable[str]) -> tuple[Problem, Plan]:
    """The same plan without some visits: what is left is timed anew, in the same order."""
    left_out = set(gone)
    kept = tuple(one for one in problem.visits if one.id not in left_out)
    fewer = replace(problem, visits=kept)
    sheet = Sheet(fewer)
    made = {shift.id: {each.visit for each in shift.driven} for shift in problem.shifts}
    of = {each.shift: each for each in plan.rounds}
    orders = []
    for number, shift in enumerate(fewer.shifts):
        first = sheet.cars[number].trip
        stops = of[shift.id].stops if shift.id in of else ()
        still = [
            one for one in stops if one.visit not in left_out and one.visit not in made[shift.id]
        ]
        last = max((one.trip for one in still), default=first - 1)
        orders.append(
            [
                [sheet.numbers[one.visit] for one in still if one.trip == trip]
                for trip in range(first, last + 1)
            ]
        )
    again = assemble(sheet, orders, Made(plan.solver, plan.iterations, plan.stopped))
    return fewer, replace(again, fallback=plan.fallback)


class _Writing:
    """Writes a plan down in one transaction."""

    def __init__(self, desk: Desk, terms: PickupTerms, known: Day) -> None:
        self._desk, self._terms, self._known = desk, terms, known
        self._now: dict[str, PickupRequest] = {}

    async def gone(self, problem: Problem) -> set[str]:
        """Visits that are not what they were when the plan was begun; all others are held."""
        driven = {each.visit for shift in problem.shifts for each in shift.driven}
        found = set()
        for visit in sorted(problem.visits, key=lambda one: one.id):
            if visit.id in driven:
                continue
            request = await self._desk.work.pickups.hold(visit.id)
            was = self._known.requests[visit.id]
            if request is None or request.version != was.version or request.state not in PLANNABLE:
                found.add(visit.id)
            else:
                self._now[visit.id] = request
        return found

    async def write(self, plan: Plan, measured: Measured) -> Planned:
        """Rounds, stops, requests, and how the planning went."""
        rounds = {one.shift: one for one in plan.rounds}
        await self._drop_open_stops()
        kept: dict[str, Sequence[RoundStop]] = {}
        now_there = []
        for shift in self._terms.shifts_of(self._known.office):
            one = await self._round(shift, rounds.get(shift.name), plan, measured)
            if one is not None:
                now_there.append(one)
                kept[one.number] = await self._desk.work.rounds.stops(one.number)
        await self._release(plan)
        run = await self._run(plan, measured)
        return Planned(run, now_there, kept, plan.unserved)

    async def _drop_open_stops(self) -> None:
        """What the rounds had before; whoever was changed meanwhile has seen to it himself."""
        for standing in self._known.standing.values():
            stops = await self._desk.work.rounds.stops(standing.round.number)
            still = [one for one in stops if one.state is StopState.OPEN]
            mine = [one for one in still if one.request in self._now]
            for one in mine:
                one.state = StopState.DROPPED
            await self._desk.work.rounds.put_stops(mine)

    async def _round(
        self, shift: ShiftTerms, planned: PlannedRound | None, plan: Plan, measured: Measured
    ) -> Round | None:
        work, standing = self._desk.work, self._known.standing.get(shift.name)
        one = await work.rounds.hold(standing.round.number) if standing else None
        if one is not None and one.state in {RoundState.CLOSED, RoundState.DROPPED}:
            return None
        ahead = [each for each in planned.stops if not each.driven] if planned else []
        if planned is None or (one is None and not ahead):
            if one is not None and one.state is RoundState.PUBLISHED:
                one.state, one.version = RoundState.DROPPED, one.version + 1
                await work.rounds.put(one)
            return None
        if one is None:
            serial = await work.counters.next(day_series("round", self._known.date))
            number = make_round_number(self._known.date, serial)
            one = self._new(shift, number, planned)
        self._renew(one, planned, plan, measured)
        await work.rounds.put(one)
        made = sum(each.state in MADE for each in await work.rounds.stops(one.number))
        for position, each in enumerate(ahead, start=made + 1):
            await self._put_in(one, each.visit, position, planned)
        return one

    def _new(self, shift: ShiftTerms, number: str, planned: PlannedRound) -> Round:
        return Round(
            number=number,
            office=self._known.office,
            day=self._known.date,
            shift=shift.name,
            vehicle=shift.vehicle,
            courier=shift.courier,
            state=RoundState.PUBLISHED,
            leaves_at=planned.trips[0].leave,
            back_at=planned.trips[-1].back,
            metres=0,
            cost_dong=0,
            seed=0,
            solver="",
            planned_at=self._desk.now,
            planned_by=self._desk.actor.username,
            version=0,
        )

    def _renew(self, one: Round, planned: PlannedRound, plan: Plan, measured: Measured) -> None:
        one.leaves_at, one.back_at = planned.trips[0].leave, planned.trips[-1].back
        one.lunch_at = planned.lunch.start if planned.lunch else None
        one.lunch_until = planned.lunch.end if planned.lunch else None
        one.metres, one.cost_dong = planned.metres, planned.cost_dong
        one.trips = json.dumps(
            [
                {
                    "leaves_at": each.leave.isoformat(),
                    "back_at": each.back.isoformat(),
                    "load_items": each.load_items,
                    "load_grams": each.load_grams,
                    "metres": each.metres,
                }
                for each in planned.trips
            ]
        )
        one.notes = json.dumps(plan_notes(plan, measured), ensure_ascii=False)
        one.seed, one.solver, one.iterations = plan.seed, plan.solver, plan.iterations
        one.planned_at, one.planned_by = self._desk.now, self._desk.actor.username
        one.version += 1

    async def _put_in(self, one: Round, number: str, position: int, planned: PlannedRound) -> None:
        stop = next(each for each in planned.stops if each.visit == number and not each.driven)
        await self._desk.work.rounds.put_stops(
            [
                RoundStop(
                    round=one.number,
                    request=number,
                    position=position,
                    trip=stop.trip,
                    arrive_at=stop.arrive,
                    begin_at=stop.begin,
                    leave_at=stop.leave,
                    metres=stop.metres,
                )
            ]
        )
        request = self._now[number]
        again = request.round == one.number and request.state is PickupState.PLANNED
        request.round, request.state = one.number, PickupState.PLANNED
        if not again:
            await self._desk.note(request, Deed.PLANNED, {"round": one.number})

    async def _release(self, plan: Plan) -> None:
        """Who was in a round and is in none now waits again."""
        for out in plan.unserved:
            request = self._now.get(out.visit)
            if request is not None and request.round is not None:
                request.round, request.state = None, PickupState.CONFIRMED
                await self._desk.note(request, Deed.RELEASED, {"why": out.why})

    async def _run(self, plan: Plan, measured: Measured) -> PlanRun:
        told = [
            {"request": one.visit, "why": one.why, "vi": one.text("vi"), "en": one.text("en")}
            for one in plan.unserved
            if one.why is not Why.TRIED
        ]
        run = PlanRun(
            id=str(self._desk.new_id(self._desk.now)),
            office=self._known.office,
            day=self._known.date,
            at=self._desk.now,
            by=self._desk.actor.username,
            solver=plan.solver,
            seed=plan.seed,
            stops=sum(len(one.stops) for one in plan.rounds),
            metres=plan.metres,
            cost_dong=plan.cost_dong,
            unserved=json.dumps(told, ensure_ascii=False),
            notes=json.dumps(plan_notes(plan, measured), ensure_ascii=False),
        )
        await self._desk.work.rounds.add_run(run)
        return run


def plan_notes(plan: Plan, measured: Measured) -> list[tuple[str, str]]:
    """What the readers of a plan must know of how it came about, in Vietnamese and English."""
    notes = []
    if plan.fallback is not None:
        notes.append(
            (
                f"Bộ giải tuyến gặp lỗi ({plan.fallback}); tuyến được xếp theo cách đơn giản.",
                f"The solver failed ({plan.fallback}); the plan was made the simple way.",
            )
        )
    vietnamese, english = measured.text("vi"), measured.text("en")
    if vietnamese and english:
        notes.append((vietnamese, english))
    return notes
