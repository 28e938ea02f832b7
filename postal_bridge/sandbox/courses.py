"""The course of one dossier: when it is taken, carried, asked about, decided and back.

Every course is drawn at random and kept only if it is possible: inside working sessions, with the
runs there are, decided in time, and finished before the period ends where it has to be.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from postal_bridge.sandbox.plans import PaperGiven, SupplementPlan
from postal_bridge.sandbox.province import Paper, Procedure
from postal_bridge.sandbox.runs import Run, Timetable
from postal_bridge.worktime import WorkCalendar

TRIES = 5_000
"""Draws before we say that a course cannot be found (a handful is usual)."""

COUNTER_MINUTES = (5, 30)
"""No intake in the first minutes of the day, nor in the last ones."""

SHORTEST_WORK_MINUTES = 15
REQUEST_WITHIN_MINUTES = 480
ANSWER_MINUTES = (120, 1_200)
PROMPT_SHARE = 0.85
"""How many notarial acts go back with the very next run; the others with the one after it."""

SUPPLEMENT_REASONS = (
    "Bản sao chưa được chứng thực hoặc mờ, không đọc được",
    "Tờ khai thiếu chữ ký của người nộp",
    "Thông tin trong tờ khai không khớp với giấy tờ kèm theo",
    "Cần bổ sung giấy tờ chứng minh tư cách pháp lý",
)


class Fate(StrEnum):
    """What becomes of a dossier within the month."""

    NOTARIAL = "notarial"
    CARRIED = "carried"
    SUPPLEMENTED = "supplemented"
    AT_DEPARTMENT = "at_department"
    ON_THE_SPOT = "on_the_spot"
    AT_CENTRE = "at_centre"


@dataclass(frozen=True, kw_only=True)
class Course:
    """One dossier's moments; what has not happened by the end of the period is None."""

    fate: Fate
    procedure: Procedure
    received_at: datetime
    promised_at: datetime
    out: Run | None = None
    supplement: SupplementPlan | None = None
    resolved_at: datetime | None = None
    back: Run | None = None

    @property
    def available_at(self) -> datetime | None:
        """When the result lies at the centre's desk, ready to be handed out."""
        return self.back.back_at if self.back else self.resolved_at


class Planner:
    """Draws courses that can happen."""

    def __init__(self, calendar: WorkCalendar, timetable: Timetable, *, rng: random.Random) -> None:
        """Take the calendar that counts deadlines, the post's runs and the source of chance."""
        self._calendar = calendar
        self._timetable = timetable
        self._rng = rng
        self._ways: dict[Fate, Callable[[Procedure, datetime, datetime], Course | None]] = {
            Fate.NOTARIAL: self._notarial,
            Fate.CARRIED: self._carried,
            Fate.SUPPLEMENTED: self._supplemented,
            Fate.AT_DEPARTMENT: self._at_department,
            Fate.ON_THE_SPOT: self._on_the_spot,
            Fate.AT_CENTRE: self._at_centre,
        }

    def draw(self, fate: Fate, procedures: Sequence[Procedure]) -> Course:
        """Draw a course that ends as `fate` says.

        Raises:
            RuntimeError: none of the procedures' time limits allows it within the period.
        """
        for _ in range(TRIES):
            procedure = self._rng.choice(procedures)
            received_at = self._counter_moment()
            promised_at = self._calendar.deadline(
                received_at, procedure.limit, cutoff=procedure.cutoff
            )
            course = self._ways[fate](procedure, received_at, promised_at)
            if course is not None:
                return course
        msg = f"no course found that ends {fate} for {[row.code for row in procedures]}"
        raise RuntimeError(msg)

    def refusal_moment(self) -> datetime:
        """When somebody is turned away at the counter."""
        return self._counter_moment()

    def minutes_left(self, moment: datetime, *, until: datetime | None = None) -> int:
        """Working minutes from `moment` to `until`, or to the end of the period."""
        end = until or self._timetable.closing
        return self._calendar.working_minutes_between(moment, end) if end > moment else 0

    def later(self, moment: datetime, *, least: int, most: int) -> datetime:
        """A moment between `least` and `most` working minutes after `moment`."""
        return self._timetable.after(moment, self._rng.randint(least, most))

    def _counter_moment(self) -> datetime:
        after_opening, before_closing = COUNTER_MINUTES
        minute = self._rng.randint(after_opening, self._timetable.minutes_a_day - before_closing)
        return self._timetable.at_minute(self._rng.choice(self._timetable.days), minute)

    def _notarial(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        out = self._timetable.out_after(received_at)
        if out is None:
            return None
        back = self._timetable.back_after(out.at_office_at, brought_by=out)
        if back is not None and self._rng.random() > PROMPT_SHARE:
            back = self._timetable.back_after(back.at_office_at, brought_by=back)
        if back is None:
            return None
        course = Course(
            fate=Fate.NOTARIAL,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
            out=out,
        )
        return self._decided(course, brought_by=out, until=back.at_office_at, due_at=promised_at)

    def _carried(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        out = self._timetable.out_after(received_at)
        if out is None:
            return None
        course = Course(
            fate=Fate.CARRIED,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
            out=out,
        )
        return self._decided(course, brought_by=out, until=promised_at, due_at=promised_at)

    def _supplemented(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        out = self._timetable.out_after(received_at)
        if out is None or not procedure.papers:
            return None
        requested_at = self.later(out.at_office_at, least=30, most=REQUEST_WITHIN_MINUTES)
        back = self._timetable.back_after(requested_at, brought_by=out)
        if requested_at >= promised_at or back is None:
            return None
        least, most = ANSWER_MINUTES
        answered_at = self.later(back.back_at, least=least, most=most)
        again = self._timetable.out_after(answered_at)
        if again is None:
            return None
        # The applicant's time is not the office's: it is subtracted (Decision 766/QĐ-TTg, group 2).
        promised_again = self._calendar.resume(
            promised_at, paused_at=requested_at, resumed_at=answered_at
        )
        course = Course(
            fate=Fate.SUPPLEMENTED,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
            out=out,
            supplement=SupplementPlan(
                requested_at=requested_at,
                reason=self._rng.choice(SUPPLEMENT_REASONS),
                papers=(give(self._rng.choice(procedure.papers), rng=self._rng),),
                back=back,
                answered_at=answered_at,
                out=again,
            ),
        )
        return self._decided(course, brought_by=again, until=promised_again, due_at=promised_again)

    def _at_department(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        out = self._timetable.out_after(received_at)
        if out is None or promised_at <= self._timetable.closing:
            return None
        return Course(
            fate=Fate.AT_DEPARTMENT,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
            out=out,
        )

    def _on_the_spot(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        until = min(promised_at, self._timetable.closing)
        resolved_at = self._decision(received_at, until=until)
        if resolved_at is None:
            return None
        return Course(
            fate=Fate.ON_THE_SPOT,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
            resolved_at=resolved_at,
        )

    def _at_centre(
        self, procedure: Procedure, received_at: datetime, promised_at: datetime
    ) -> Course | None:
        if promised_at <= self._timetable.closing:
            return None
        return Course(
            fate=Fate.AT_CENTRE,
            procedure=procedure,
            received_at=received_at,
            promised_at=promised_at,
        )

    def _decided(
        self, course: Course, *, brought_by: Run, until: datetime, due_at: datetime
    ) -> Course | None:
        """Let the office decide between the papers' arrival and `until`, and bring the result.

        The result has to be at the centre when it is due: only there the citizen can have it.
        """
        last_collection = min(due_at, self._timetable.runs[-1].at_office_at)
        resolved_at = self._decision(brought_by.at_office_at, until=min(until, last_collection))
        if resolved_at is None:
            return None
        back = self._timetable.back_after(resolved_at, brought_by=brought_by)
        if back is None or back.back_at > due_at:
            return None
        return replace(course, resolved_at=resolved_at, back=back)

    def _decision(self, begun_at: datetime, *, until: datetime) -> datetime | None:
        room = self.minutes_left(begun_at, until=until) - SHORTEST_WORK_MINUTES
        if room < SHORTEST_WORK_MINUTES:
            return None
        # The square makes early decisions more usual than late ones.
        share = self._rng.random() ** 2
        minutes = SHORTEST_WORK_MINUTES + int(share * (room - SHORTEST_WORK_MINUTES))
        return self._timetable.after(begun_at, minutes)


def give(paper: Paper, *, rng: random.Random) -> PaperGiven:
    """Bring what the checklist asks for, with a likely number of pages."""
    sheets = paper.originals + paper.copies
    return PaperGiven(
        position=paper.position,
        name=paper.name,
        originals=paper.originals,
        copies=paper.copies,
        pages=sum(rng.randint(1, 4) for _ in range(sheets)),
    )
