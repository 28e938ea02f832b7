"""Plans a province's year in which the published percentages come out, whatever the seed.

The figures say how many dossiers end in which way; this module draws on which working day each is
taken in, what it is about, and how long it takes. Promises are counted by the calendar itself, in
working time. The same seed gives the same year.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from postal_bridge.clock import day_bounds, local_day
from postal_bridge.codes import make_dossier_code
from postal_bridge.journey import Status
from postal_bridge.sandbox.persons import applicants
from postal_bridge.sandbox.plans import Applicant
from postal_bridge.sandbox.province import Place, Procedure, ProvinceData
from postal_bridge.sandbox.year_figures import AT_THE_COUNTER, BY_POST, ONLINE, YearFigures
from postal_bridge.worktime import WorkCalendar

DEFAULT_SEED = 20231231
"""The year that the benchmark fills in."""

TRIES = 50
"""Draws of the intakes before we say that the figures cannot be met (one is usual)."""

PEOPLE = 5_000
"""Persons of the year; most file more than once."""

COUNTER_MINUTES = (5, 440)
"""Of a working day of 480: no intake in its first minutes, nor in the last ones."""

ON_THE_SPOT_MINUTES = (5, 20)
CARRYING_MINUTES = (90, 300)
"""Working minutes from the intake to the officer who takes the papers up."""

SHORTEST_WORK_MINUTES = 10
WAY_BACK_MINUTES = 60
LATEST_MINUTES = 4_800
COLLECTED_MINUTES = (5, 960)
"""Working minutes: the quickest decision, a result's way to the centre, the longest delay, and the
time until a result is collected."""

LEAST_LEFT_TO_CARRY = 1_200
"""Working minutes that a dossier has at least when it is carried; else it is decided at the centre."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YearDossier:
    """One dossier of the year; what has not happened by its end is None.

    Attributes:
        department: code of the place that decides; agency: its part of the dossier's code.
        channel: 1 at the counter, 2 online, 3 by post.
        carried: whether the papers travel to the department and back.
        begun_at: an officer took the papers up.
        issued_at: the result was issued; resolved_at: it was at the return desk.
        returned_at: the citizen had it.
    """

    code: str
    procedure: Procedure
    department: str
    agency: str
    applicant: Applicant
    channel: int
    received_at: datetime
    promised_at: datetime
    carried: bool = False
    begun_at: datetime | None = None
    issued_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None

    @property
    def status(self) -> Status:
        """National status at the end of the year."""
        if self.returned_at is not None:
            return Status.RETURNED
        if self.resolved_at is not None:
            return Status.RESOLVED
        return Status.RECEIVED if self.begun_at is None else Status.PROCESSING

    @property
    def late(self) -> bool:
        """Whether the result was at the desk after the promised moment."""
        return self.resolved_at is not None and self.resolved_at > self.promised_at


@dataclass(frozen=True)
class YearPlan:
    """A whole year, dossiers in order of intake."""

    figures: YearFigures
    dossiers: tuple[YearDossier, ...]

    def contradictions(self) -> tuple[str, ...]:
        """What the dossiers count to where the figures say something else; empty when they agree."""
        return tuple(
            f"{name}: {left} is not {right}" for name, left, right in self._sums() if left != right
        )

    def _sums(self) -> Iterator[tuple[str, int, int]]:
        ours = self.figures.division
        states = Counter(dossier.status for dossier in self.dossiers)
        channels = Counter(dossier.channel for dossier in self.dossiers)
        yield "received", len(self.dossiers), self.figures.received
        yield "handled", states[Status.RESOLVED] + states[Status.RETURNED], ours.handled
        yield "returned", states[Status.RETURNED], ours.returned
        yield "in_process", states[Status.PROCESSING], ours.in_process
        yield "not_begun", states[Status.RECEIVED], ours.not_begun
        yield "late", sum(dossier.late for dossier in self.dossiers), ours.late
        yield "carried", sum(dossier.carried for dossier in self.dossiers), ours.carried
        yield "direct", channels[AT_THE_COUNTER], ours.direct
        yield "online", channels[ONLINE], ours.online
        yield "postal", channels[BY_POST], ours.postal
        ends = [one.returned_at or one.resolved_at or one.received_at for one in self.dossiers]
        last_day = self.figures.published.last_day
        yield "after the year", sum(local_day(moment) > last_day for moment in ends), 0


def of_another_province(province: ProvinceData, code: str) -> ProvinceData:
    """The same places under another province's identification code, such as H38."""
    places = {key: _renamed(place, code) for key, place in province.places.items()}
    return replace(province, places=places)


def _renamed(place: Place, code: str) -> Place:
    if place.agency is None:
        return place
    return replace(place, agency=f"{place.agency.rpartition('.')[0]}.{code}")


def generate_year(
    province: ProvinceData, figures: YearFigures, *, calendar: WorkCalendar, seed: int
) -> YearPlan:
    """Plan a whole year.

    Args:
        province: places and procedures, with the agencies of the codes.
        figures: what has to come out, scaled down or not.
        calendar: working days and sessions; counts the deadlines.
        seed: the same seed gives an equal plan.

    Raises:
        ValueError: the procedures' time limits do not allow what the figures say.
    """
    plan = _Planner(province, figures, calendar, seed).plan()
    if wrong := plan.contradictions():
        msg = f"the year does not come out: {'; '.join(wrong)}"
        raise ValueError(msg)
    return plan


class _Planner:
    def __init__(
        self, province: ProvinceData, figures: YearFigures, calendar: WorkCalendar, seed: int
    ) -> None:
        self._province = province
        self._figures = figures
        self._calendar = calendar
        self._rng = random.Random(seed)  # noqa: S311 - a plan is to be repeated, not to be secret
        stated = figures.published
        span = (stated.last_day - stated.first_day).days + 1
        days = (stated.first_day + timedelta(days=number) for number in range(span))
        self._days = [day for day in days if calendar.is_working_day(day)]
        self._closing = self._after(day_bounds(self._days[-1])[0], calendar.minutes_per_day)

    def plan(self) -> YearPlan:
        dossiers = self._with_enough_due_later()
        handled = self._without_open(dossiers)
        late = self._sample(
            [n for n in handled if self._left(dossiers[n].promised_at) > WAY_BACK_MINUTES],
            self._figures.division.late,
            "promised early enough to be late",
        )
        roomy = [n for n in handled if self._room(dossiers[n]) >= LEAST_LEFT_TO_CARRY]
        carried = self._sample(roomy, self._figures.division.carried, "long enough to be carried")
        for number in handled:
            one = dossiers[number]
            dossiers[number] = self._handled(one, late=number in late, carried=number in carried)
        self._collect(dossiers, handled)
        return YearPlan(self._figures, tuple(dossiers))

    def _with_enough_due_later(self) -> list[YearDossier]:
        """Draw intakes of which enough are promised for the new year; a small year may need luck."""
        for _ in range(TRIES):
            dossiers = self._received()
            if len(self._due_later(dossiers)) >= self._figures.open:
                return dossiers
        msg = f"{self._figures.open} dossiers stay open, fewer are promised for the new year"
        raise ValueError(msg)

    def _due_later(self, dossiers: Sequence[YearDossier]) -> list[int]:
        return [n for n, one in enumerate(dossiers) if one.promised_at > self._closing]

    def _received(self) -> list[YearDossier]:
        """What was taken in, in order, with its promise, its number and the way in which it came."""
        rng, figures, province = self._rng, self._figures, self._province
        departments = rng.choices(
            list(figures.weights), weights=list(figures.weights.values()), k=figures.received
        )
        by_department = {code: province.handled_by(code) for code in figures.weights}
        procedures = [rng.choice(by_department[code]) for code in departments]
        moments = sorted(
            self._after(day_bounds(rng.choice(self._days))[0], rng.randint(*COUNTER_MINUTES))
            for _ in range(figures.received)
        )
        channels = self._channels(procedures)
        people = list(applicants(province.wards, count=PEOPLE, rng=rng))
        serials = Counter[tuple[str, object]]()
        dossiers = []
        for number, (moment, procedure) in enumerate(zip(moments, procedures, strict=True)):
            agency, day = province.agency_of(procedure.department), local_day(moment)
            serials[agency, day] += 1
            promised_at = self._calendar.deadline(moment, procedure.limit, cutoff=procedure.cutoff)
            dossiers.append(
                YearDossier(
                    code=make_dossier_code(agency, day, serials[agency, day]),
                    procedure=procedure,
                    department=procedure.department,
                    agency=agency,
                    applicant=rng.choice(people),
                    channel=channels.get(number, AT_THE_COUNTER),
                    received_at=moment,
                    promised_at=promised_at,
                )
            )
        return dossiers

    def _channels(self, procedures: Sequence[Procedure]) -> dict[int, int]:
        """Who applied by post or online, where the catalogue allows it."""
        ours = self._figures.division
        chosen: dict[int, int] = {}
        for channel, count in ((BY_POST, ours.postal), (ONLINE, ours.online)):
            pool = [
                number
                for number, procedure in enumerate(procedures)
                if number not in chosen and channel in procedure.channels
            ]
            chosen |= dict.fromkeys(
                self._sample(pool, count, f"open to channel {channel}"), channel
            )
        return chosen

    def _without_open(self, dossiers: list[YearDossier]) -> list[int]:
        """Leave some open at the end of the year; gives the numbers of all others.

        Only what is promised for the new year stays open, half of it the very last intakes.
        """
        ours = self._figures.division
        due_later = self._due_later(dossiers)
        last = due_later[len(due_later) - self._figures.open // 2 :]
        others = due_later[: len(due_later) - len(last)]
        rest = self._sample(others, self._figures.open - len(last), "due in the new year")
        still_open = sorted({*last, *rest})
        for number in still_open[: len(still_open) - ours.not_begun]:
            one = dossiers[number]
            begun_at = min(self._drawn(one.received_at, ON_THE_SPOT_MINUTES), self._closing)
            dossiers[number] = replace(one, begun_at=begun_at)
        excluded = set(still_open)
        return [number for number in range(len(dossiers)) if number not in excluded]

    def _room(self, one: YearDossier) -> int:
        """Working minutes in which a dossier can be decided in time, and within the year."""
        until = min(one.promised_at, self._closing)
        return self._calendar.working_minutes_between(one.received_at, until)

    def _handled(self, one: YearDossier, *, late: bool, carried: bool) -> YearDossier:
        begun_at = self._drawn(
            one.received_at, CARRYING_MINUTES if carried else ON_THE_SPOT_MINUTES
        )
        least = SHORTEST_WORK_MINUTES + (WAY_BACK_MINUTES if carried else 0)
        if late:
            most = min(self._left(one.promised_at), LATEST_MINUTES)
            resolved_at = self._after(one.promised_at, self._rng.randint(WAY_BACK_MINUTES, most))
        else:
            until = min(one.promised_at, self._closing)
            room = self._calendar.working_minutes_between(begun_at, until)
            # The square makes early decisions more usual than late ones.
            spare = int(self._rng.random() ** 2 * max(room - least, 0))
            resolved_at = self._after(begun_at, least + spare)
        way = WAY_BACK_MINUTES if carried else SHORTEST_WORK_MINUTES // 2
        worked = self._calendar.working_minutes_between(begun_at, resolved_at)
        return replace(
            one,
            carried=carried,
            begun_at=begun_at,
            issued_at=self._after(begun_at, max(worked - way, 1)),
            resolved_at=resolved_at,
        )

    def _collect(self, dossiers: list[YearDossier], handled: Sequence[int]) -> None:
        """All but the last results are collected by the end of the year."""
        by_end = sorted(handled, key=lambda n: (dossiers[n].resolved_at or self._closing, n))
        for number in by_end[: self._figures.division.returned]:
            resolved_at = dossiers[number].resolved_at
            if resolved_at is not None:
                least, most = COLLECTED_MINUTES
                most = max(min(most, self._left(resolved_at)), 1)
                returned_at = self._drawn(resolved_at, (min(least, most), most))
                dossiers[number] = replace(dossiers[number], returned_at=returned_at)

    def _sample(self, pool: Sequence[int], count: int, what: str) -> frozenset[int]:
        if count > len(pool):
            msg = f"{count} dossiers have to be {what}, {len(pool)} are"
            raise ValueError(msg)
        return frozenset(self._rng.sample(pool, count))

    def _left(self, moment: datetime) -> int:
        """Working minutes until the end of the year."""
        if moment >= self._closing:
            return 0
        return self._calendar.working_minutes_between(moment, self._closing)

    def _drawn(self, moment: datetime, between: tuple[int, int]) -> datetime:
        return self._after(moment, self._rng.randint(*between))

    def _after(self, moment: datetime, minutes: int) -> datetime:
        return self._calendar.add_working_minutes(moment, minutes)
