from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postal_bridge.clock import LOCAL, at_local, local_day, to_local
from postal_bridge.errors import Misuse
from postal_bridge.settings import load_settings
from postal_bridge.worktime import (
    LimitUnit,
    TimeLimit,
    WorkCalendar,
    YearDays,
    public_holidays,
    read_calendar_file,
)

SESSIONS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))
CUTOFF = time(15)
CALENDAR = WorkCalendar.load(load_settings({}).calendar)
MOMENTS = st.dates(date(2018, 1, 1), date(2027, 12, 31)).flatmap(
    lambda day: st.times().map(lambda wall: datetime.combine(day, wall, UTC))
)
MINUTES = st.integers(0, 20_000)
LIMITS = st.builds(TimeLimit, st.integers(0, 40), st.sampled_from(LimitUnit))


def at(text: str) -> datetime:
    """Read a moment of the wall clock in Vietnam."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=LOCAL).astimezone(UTC)


def days(value: int) -> TimeLimit:
    return TimeLimit(value, LimitUnit.WORKING_DAY)


def in_working_time(moment: datetime) -> bool:
    local = to_local(moment)
    return CALENDAR.is_working_day(local.date()) and any(
        opens <= local.time() <= closes for opens, closes in SESSIONS
    )


def test_tet_2019_is_off_from_monday_to_friday() -> None:
    off = [date(2019, 2, 4) + timedelta(days=n) for n in range(5)]
    assert not any(CALENDAR.is_working_day(day) for day in off)
    assert CALENDAR.is_working_day(date(2019, 2, 1))
    assert CALENDAR.next_working_day(date(2019, 2, 1)) == date(2019, 2, 11)


def test_the_saturday_that_made_up_for_the_last_of_december_2018_was_worked() -> None:
    assert not CALENDAR.is_working_day(date(2018, 12, 31))
    assert CALENDAR.is_working_day(date(2019, 1, 5))


@pytest.mark.parametrize(
    ("day_off", "make_up"),
    [
        (date(2019, 4, 29), date(2019, 5, 4)),
        (date(2024, 4, 29), date(2024, 5, 4)),
        (date(2025, 5, 2), date(2025, 4, 26)),
        (date(2026, 1, 2), date(2026, 1, 10)),  # from config/calendar.toml
        (date(2026, 8, 31), date(2026, 8, 22)),
    ],
)
def test_swaps_of_working_days_are_known(day_off: date, make_up: date) -> None:
    assert not CALENDAR.is_working_day(day_off)
    assert CALENDAR.is_working_day(make_up)


def test_a_make_up_saturday_counts_like_any_working_day() -> None:
    assert CALENDAR.is_open(at("22/08/2026 08:00"))
    assert CALENDAR.deadline(at("21/08/2026 08:00"), days(1)) == at("22/08/2026 08:00")
    assert CALENDAR.deadline(at("22/08/2026 08:00"), days(1)) == at("24/08/2026 08:00")


def test_three_working_days_from_the_eve_of_tet_end_after_it() -> None:
    assert CALENDAR.deadline(at("01/02/2019 09:00"), days(3)) == at("13/02/2019 09:00")
    assert CALENDAR.deadline(at("11/02/2026 16:00"), TimeLimit(24, LimitUnit.HOUR)) == at(
        "23/02/2026 16:00"
    )


@pytest.mark.parametrize(
    ("received", "counted_from"),
    [
        ("10/01/2019 00:00", "10/01/2019 07:30"),
        ("10/01/2019 07:29", "10/01/2019 07:30"),
        ("10/01/2019 07:30", "10/01/2019 07:30"),
        ("10/01/2019 11:29", "10/01/2019 11:29"),
        ("10/01/2019 11:30", "10/01/2019 13:30"),
        ("10/01/2019 12:15", "10/01/2019 13:30"),
        ("10/01/2019 15:00", "10/01/2019 15:00"),
        ("10/01/2019 15:01", "11/01/2019 07:30"),
        ("10/01/2019 17:30", "11/01/2019 07:30"),
        ("11/01/2019 15:01", "14/01/2019 07:30"),  # a Friday
        ("12/01/2019 10:00", "14/01/2019 07:30"),  # a Saturday
        ("12/01/2019 16:00", "14/01/2019 07:30"),
        ("01/02/2019 15:30", "11/02/2019 07:30"),  # the last day before Tết
    ],
)
def test_counting_starts_when_the_rules_say(received: str, counted_from: str) -> None:
    assert CALENDAR.start_of_counting(at(received), cutoff=CUTOFF) == at(counted_from)


def test_one_second_before_midnight_counts_from_the_next_morning() -> None:
    late = at_local(date(2019, 1, 10), time(23, 59, 59))
    assert CALENDAR.start_of_counting(late) == at("11/01/2019 07:30")
    assert CALENDAR.deadline(late, days(1)) == at("11/01/2019 17:30")


def test_one_second_after_the_cut_off_is_late_and_a_procedure_without_one_does_not_mind() -> None:
    late = at_local(date(2019, 1, 10), time(15, 0, 1))
    assert CALENDAR.start_of_counting(late, cutoff=CUTOFF) == at("11/01/2019 07:30")
    assert CALENDAR.start_of_counting(late) == late


def test_doors_close_at_the_end_of_a_session_though_work_may_be_due_then() -> None:
    assert CALENDAR.is_open(at("10/01/2019 07:30"))
    assert not CALENDAR.is_open(at("10/01/2019 11:30"))
    assert not CALENDAR.is_open(at("10/01/2019 12:00"))
    assert not CALENDAR.is_open(at("12/01/2019 09:00"))
    assert CALENDAR.add_working_minutes(at("10/01/2019 07:30"), 240) == at("10/01/2019 11:30")
    assert CALENDAR.add_working_minutes(at("10/01/2019 07:30"), 241) == at("10/01/2019 13:31")


def test_hours_run_on_over_lunch_and_over_the_night() -> None:
    limit = TimeLimit(4, LimitUnit.HOUR)
    assert CALENDAR.deadline(at("10/01/2019 09:30"), limit) == at("10/01/2019 15:30")
    assert CALENDAR.deadline(at("10/01/2019 15:00"), limit) == at("11/01/2019 09:00")


def test_calendar_days_keep_the_time_of_day_and_never_end_on_a_rest_day() -> None:
    ten = TimeLimit(10, LimitUnit.DAY)
    assert CALENDAR.deadline(at("07/01/2019 09:00"), ten) == at("17/01/2019 09:00")
    assert CALENDAR.deadline(at("09/01/2019 09:00"), ten) == at("21/01/2019 17:30")  # a Saturday
    assert CALENDAR.deadline(at("25/01/2019 09:00"), ten) == at("11/02/2019 17:30")  # Tết


def test_a_pause_moves_the_promise_by_the_working_time_that_was_waited() -> None:
    promised = CALENDAR.deadline(at("10/01/2019 09:00"), days(3))
    assert promised == at("15/01/2019 09:00")
    moved = CALENDAR.resume(
        promised, paused_at=at("11/01/2019 09:00"), resumed_at=at("16/01/2019 14:00")
    )
    assert moved == CALENDAR.add_working_minutes(at("16/01/2019 14:00"), 2 * 480)


def test_a_pause_over_the_week_end_changes_nothing() -> None:
    promised = at("15/01/2019 09:00")
    assert promised == CALENDAR.resume(
        promised, paused_at=at("11/01/2019 18:00"), resumed_at=at("13/01/2019 20:00")
    )


def test_what_was_overdue_when_it_paused_is_overdue_by_as_much_when_it_resumes() -> None:
    moved = CALENDAR.resume(
        at("10/01/2019 09:00"), paused_at=at("10/01/2019 11:00"), resumed_at=at("15/01/2019 11:00")
    )
    assert CALENDAR.working_minutes_between(at("15/01/2019 11:00"), moved) == -120


def test_nothing_resumes_before_it_paused() -> None:
    with pytest.raises(ValueError, match="before it paused"):
        CALENDAR.resume(
            at("15/01/2019 09:00"),
            paused_at=at("11/01/2019 09:00"),
            resumed_at=at("10/01/2019 09:00"),
        )


@given(MOMENTS, LIMITS, st.sampled_from([None, CUTOFF]))
def test_a_deadline_always_lies_in_working_time_and_never_before_the_start(
    received: datetime, limit: TimeLimit, cutoff: time | None
) -> None:
    due = CALENDAR.deadline(received, limit, cutoff=cutoff)
    assert in_working_time(due)
    assert due >= CALENDAR.start_of_counting(received, cutoff=cutoff) >= received


@given(MOMENTS, MINUTES, MINUTES)
@example(at("10/01/2019 07:30"), 240, 0)
@example(at("10/01/2019 07:30"), 480, 480)
@example(at("12/01/2019 07:30"), 0, 0)
def test_adding_minutes_twice_is_adding_their_sum(start: datetime, a: int, b: int) -> None:
    twice = CALENDAR.add_working_minutes(CALENDAR.add_working_minutes(start, a), b)
    assert twice == CALENDAR.add_working_minutes(start, a + b)


@given(MOMENTS, MINUTES)
def test_counting_back_gives_the_minutes_that_were_added(start: datetime, minutes: int) -> None:
    end = CALENDAR.add_working_minutes(start, minutes)
    assert in_working_time(end)
    assert CALENDAR.working_minutes_between(start, end) == minutes
    assert CALENDAR.working_minutes_between(end, start) == -minutes


@given(MOMENTS, LIMITS, MOMENTS)
def test_a_pause_of_no_time_changes_nothing(
    received: datetime, limit: TimeLimit, paused: datetime
) -> None:
    promised = CALENDAR.deadline(received, limit)
    assert CALENDAR.resume(promised, paused_at=paused, resumed_at=paused) == promised


@given(MOMENTS, st.integers(1, 20_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_minutes_left_at_a_pause_are_left_at_its_end(
    start: datetime, limit: int, used: int, waited: int
) -> None:
    promised = CALENDAR.add_working_minutes(start, limit)
    paused = CALENDAR.add_working_minutes(start, min(used, limit - 1))
    resumed = CALENDAR.add_working_minutes(paused, waited)
    left = CALENDAR.working_minutes_between(paused, promised)
    moved = CALENDAR.resume(promised, paused_at=paused, resumed_at=resumed)
    assert moved == CALENDAR.add_working_minutes(resumed, left)


@given(MOMENTS, MOMENTS)
def test_the_next_working_day_is_the_first_after_the_day(a: datetime, b: datetime) -> None:
    day, other = local_day(a), local_day(b)
    found = CALENDAR.next_working_day(day)
    assert found > day
    assert CALENDAR.is_working_day(found)
    assert not (day < other < found and CALENDAR.is_working_day(other))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = datetime(2019, 1, 10, 8)  # noqa: DTZ001 - that is the mistake
    for ask in (
        lambda: CALENDAR.is_open(naive),
        lambda: CALENDAR.add_working_minutes(naive, 5),
        lambda: CALENDAR.working_minutes_between(naive, at("10/01/2019 09:00")),
        lambda: CALENDAR.deadline(naive, days(1)),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            ask()


def test_a_year_is_asked_once_and_only_when_it_is_needed() -> None:
    asked: list[int] = []

    def year_days(year: int) -> YearDays:
        asked.append(year)
        return YearDays(days_off=frozenset({date(year, 3, 4)}))

    calendar = WorkCalendar(SESSIONS, ["sunday"], year_days=year_days)
    assert asked == []
    assert not calendar.is_working_day(date(2019, 3, 4))
    assert calendar.is_working_day(date(2019, 3, 5))
    assert asked == [2019]


def test_what_the_calendar_file_says_wins_over_the_library(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(
        '[[swap]]\noff = 2026-03-02\nwork = 2026-03-07\nsource = "thử"\n'
        '[[work]]\nday = 2026-11-24\nsource = "thử"\n'
        '[[off]]\nday = 2026-08-22\nsource = "thử"\n',
        encoding="utf-8",
    )
    plan = load_settings({"PB_CALENDAR__FILE": str(file)}).calendar
    calendar = WorkCalendar.load(plan)
    assert not calendar.is_working_day(date(2026, 3, 2))
    assert calendar.is_working_day(date(2026, 3, 7))
    assert calendar.is_working_day(date(2026, 11, 24))
    assert not calendar.is_working_day(date(2026, 8, 22))
    assert date(2026, 8, 22) in public_holidays(2026).make_up_days


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[of]]\nday = 2026-03-02\nsource = "x"\n', "no such table"),
        ("[[off]]\nday = 2026-03-02\n", "source"),
        ('[[off]]\nday = "2026-03-02"\nsource = "x"\n', "YYYY-MM-DD"),
        ('[[off]]\ndays = 2026-03-02\nsource = "x"\n', "YYYY-MM-DD"),
        ('[[off]]\nday = 2026-03-02\nwork = 2026-03-07\nsource = "x"\n', "no key work"),
        ('[off]\nday = 2026-03-02\nsource = "x"\n', "two brackets"),
        ('[[swap]]\noff = 2026-03-02\nwork = 2026-03-02\nsource = "x"\n', "at once"),
        ("[[off\n", "cannot be read"),
    ],
)
def test_a_calendar_file_that_is_not_in_order_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match=said) as caught:
        read_calendar_file(file)
    assert "calendar.toml" in str(caught.value)


def test_a_calendar_that_makes_no_sense_is_refused() -> None:
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    day = date(2026, 3, 2)
    for build in (
        lambda: WorkCalendar(SESSIONS, week),
        lambda: WorkCalendar((), ["sunday"]),
        lambda: WorkCalendar(tuple(reversed(SESSIONS)), ["sunday"]),
        lambda: WorkCalendar(SESSIONS, ["sunday"], [day], [day]),
        lambda: CALENDAR.add_working_minutes(at("10/01/2019 09:00"), -1),
        lambda: days(-1),
    ):
        with pytest.raises(ValueError, match=r"."):
            build()
    assert CALENDAR.minutes_per_day == 480
