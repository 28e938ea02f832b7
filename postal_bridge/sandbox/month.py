"""Generates a province's month in which every published figure comes out, whatever the seed.

The figures say how many dossiers end in which way; this module draws whose they are, when each
step happens and what lies in the file. The same seed gives the same month.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from postal_bridge.clock import local_day
from postal_bridge.codes import make_dossier_code
from postal_bridge.sandbox.courses import Course, Fate, Planner, give
from postal_bridge.sandbox.fees import charge
from postal_bridge.sandbox.handing_back import hand_back
from postal_bridge.sandbox.persons import applicants
from postal_bridge.sandbox.plans import (
    Applicant,
    Channel,
    DossierPlan,
    MonthPlan,
    PaperGiven,
    RefusedPlan,
    ReturnMode,
)
from postal_bridge.sandbox.province import Division, MonthFigures, Procedure, ProvinceData
from postal_bridge.sandbox.runs import Timetable
from postal_bridge.worktime import WorkCalendar

DEFAULT_SEED = 20190110
"""The demo's month unless somebody asks for another one."""

NOTARY = "PCC1"
POWER_COMPANY = "DIENLUC"
POSTAL_WISH_SHARE = 0.15
"""How many of those who still wait for a decision asked for the result by post."""

INCOMPLETE = "Thiếu giấy tờ trong thành phần hồ sơ: {name}"
NOT_COMPETENT = (
    "Nơi nộp không đúng thẩm quyền: hồ sơ thuộc thẩm quyền của Ủy ban nhân dân cấp huyện"
)


def generate_month(
    province: ProvinceData, figures: MonthFigures, *, calendar: WorkCalendar, seed: int
) -> MonthPlan:
    """Plan a whole month.

    Args:
        province: places and procedures.
        figures: what has to come out.
        calendar: working days and sessions; counts the deadlines.
        seed: the same seed gives an equal plan.

    Raises:
        RuntimeError: the procedures' time limits do not allow what the figures say.
        ValueError: the figures do not fit each other.
    """
    rng = random.Random(seed)  # noqa: S311 - a plan is to be repeated, not to be secret
    stated = figures.published
    timetable = Timetable(calendar, first_day=stated.first_day, last_day=stated.last_day)
    planner = Planner(calendar, timetable, rng=rng)
    courses = sorted(
        _courses(province, figures, planner=planner, rng=rng), key=lambda row: row.received_at
    )
    people = applicants(province.wards, count=len(courses) + figures.division.refused, rng=rng)
    dossiers = _dossiers(province, figures, courses, planner=planner, people=people, rng=rng)
    refused = sorted(
        (
            _refusal(province, applicant, first=n == 0, planner=planner, rng=rng)
            for n, applicant in enumerate(people)
        ),
        key=lambda row: row.at,
    )
    return MonthPlan(tuple(dossiers), tuple(refused))


def _courses(
    province: ProvinceData, figures: MonthFigures, *, planner: Planner, rng: random.Random
) -> Iterator[Course]:
    """Draw as many courses of every fate as the figures say."""
    ours, stated = figures.division, figures.published
    for _ in range(ours.files_notarial):
        yield planner.draw(Fate.NOTARIAL, province.handled_by(NOTARY))
    for _ in range(stated.electricity):
        yield planner.draw(Fate.ON_THE_SPOT, province.handled_by(POWER_COMPANY))
    yield from _at_departments(province, figures, planner=planner, rng=rng)
    counts = {
        Fate.SUPPLEMENTED: ours.supplements,
        Fate.CARRIED: ours.results_other - ours.supplements,
        Fate.AT_CENTRE: ours.in_progress_at_centre,
        Fate.ON_THE_SPOT: ours.on_the_spot - stated.electricity - len(province.departments),
    }
    # Every department has at least one dossier: the page counts all sixteen as working.
    for department in province.departments:
        yield planner.draw(Fate.ON_THE_SPOT, province.handled_by(department.code))
    for fate, count in counts.items():
        for department_code in _busy(figures.weights, count=count, rng=rng):
            yield planner.draw(fate, province.handled_by(department_code))


def _busy(weights: Mapping[str, int], *, count: int, rng: random.Random) -> list[str]:
    return rng.choices(list(weights), weights=list(weights.values()), k=count)


def _at_departments(
    province: ProvinceData, figures: MonthFigures, *, planner: Planner, rng: random.Random
) -> Iterator[Course]:
    """Draw what is still out: at different departments, sent on different days."""
    departments, days = set[str](), set[object]()
    while len(days) < figures.division.at_departments:
        department = _busy(figures.weights, count=1, rng=rng)[0]
        if department in departments:
            continue
        course = planner.draw(Fate.AT_DEPARTMENT, province.handled_by(department))
        day = local_day(course.out.leaves_at) if course.out else None
        if day not in days:
            departments.add(department)
            days.add(day)
            yield course


def _dossiers(
    province: ProvinceData,
    figures: MonthFigures,
    courses: Sequence[Course],
    *,
    planner: Planner,
    people: Iterator[Applicant],
    rng: random.Random,
) -> list[DossierPlan]:
    """Give each course its code, its applicant, its papers, its fee and its return."""
    channels = _channels(courses, figures.division, rng=rng)
    fees = charge(courses, figures, rng=rng)
    returns = hand_back(courses, figures.division, planner=planner, rng=rng)
    dossiers = []
    for n, (course, code) in enumerate(zip(courses, _codes(province, courses), strict=True)):
        procedure = course.procedure
        department = province.department_of(procedure.department)
        is_body = province.places[procedure.department].kind == "body"
        returned = returns.get(n)
        if returned:
            mode = returned.mode
        elif course.resolved_at is None and Channel.POSTAL in procedure.channels:
            mode = ReturnMode(int(rng.random() < POSTAL_WISH_SHARE))
        else:
            mode = ReturnMode.DESK
        dossiers.append(
            DossierPlan(
                code=code,
                procedure_code=procedure.code,
                department=department,
                body=procedure.department if is_body else None,
                applicant=next(people),
                channel=channels.get(n, Channel.DIRECT),
                return_mode=mode,
                papers=tuple(give(paper, rng=rng) for paper in procedure.papers),
                received_at=course.received_at,
                promised_at=course.promised_at,
                out=course.out,
                supplement=course.supplement,
                resolved_at=course.resolved_at,
                back=course.back,
                fee=fees.get(n),
                returned=returned,
            )
        )
    return dossiers


def _codes(province: ProvinceData, courses: Iterable[Course]) -> Iterator[str]:
    """Number the dossiers per agency and day, in order of intake."""
    serials = Counter[tuple[str, object]]()
    for course in courses:
        agency = province.agency_of(course.procedure.department)
        day = local_day(course.received_at)
        serials[agency, day] += 1
        yield make_dossier_code(agency, day, serials[agency, day])


def _channels(
    courses: Sequence[Course], ours: Division, *, rng: random.Random
) -> dict[int, Channel]:
    """Draw who applied online or by post, where the catalogue allows it; a deed is signed there."""
    chosen: dict[int, Channel] = {}
    for channel, count in ((Channel.POSTAL, ours.postal), (Channel.ONLINE, ours.online)):
        pool = [
            n
            for n, course in enumerate(courses)
            if n not in chosen
            and course.fate is not Fate.NOTARIAL
            and channel in course.procedure.channels
        ]
        chosen |= dict.fromkeys(rng.sample(pool, count), channel)
    return chosen


def _refusal(
    province: ProvinceData,
    applicant: Applicant,
    *,
    first: bool,
    planner: Planner,
    rng: random.Random,
) -> RefusedPlan:
    """Turn somebody away: the first one went to the wrong office, the others lack a paper."""
    procedures = [row for row in province.procedures.values() if len(row.papers) > 1]
    procedure: Procedure = rng.choice(procedures)
    papers: list[PaperGiven] = [give(paper, rng=rng) for paper in procedure.papers]
    missing: tuple[int, ...] = ()
    reasons: tuple[str, ...] = (NOT_COMPETENT,)
    if not first:
        lacking = papers.pop(rng.randrange(len(papers)))
        missing = (lacking.position,)
        reasons = (INCOMPLETE.format(name=lacking.name),)
    return RefusedPlan(
        at=planner.refusal_moment(),
        procedure_code=procedure.code,
        department=province.department_of(procedure.department),
        applicant=applicant,
        channel=Channel.DIRECT,
        papers=tuple(papers),
        missing=missing,
        reasons=reasons,
    )
