"""What the operator decides about pickups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from postal_bridge.clock import at_local, local_day
from postal_bridge.pickup.plans import Window
from postal_bridge.pickup.records import Half, PickupKind
from postal_bridge.worktime import WorkCalendar


@dataclass(frozen=True, kw_only=True)
class ShiftTerms:
    """A vehicle and its courier, every working day.

    Attributes:
        courier: username.
        lunch: from, until: the break of `lunch_minutes` begins between them; none without one.
    """

    name: str
    office: str
    vehicle: str
    courier: str
    hours: tuple[time, time]
    capacity_items: int
    capacity_grams: int
    fixed_dong: int
    lunch: tuple[time, time] | None
    lunch_minutes: int
    max_trips: int
    reload_minutes: int


@dataclass(frozen=True, kw_only=True)
class ShuttleTerms:
    """A recurring visit to a department: the place's own coordinates, every working day.

    Attributes:
        place: code of the place that is visited.
        weekdays: 0 for Monday.
    """

    name: str
    office: str
    place: str
    hours: tuple[time, time]
    weekdays: tuple[int, ...]
    items: int
    grams: int


@dataclass(frozen=True, kw_only=True)
class PickupTerms:
    """See `[pickup]` in config/default.toml.

    Attributes:
        hours: of each half-day.
        cut_off: a half-day takes no more requests from so long before it begins.
        horizon_days: how far ahead one can ask.
        attempts: so many visits that fail, and the request has failed.
        must_within_days: who is due by then goes today; others wait where they cost more.
        wait_dong: what an earlier visit is worth, for each day that is left.
        service: at the door, until experience says otherwise.
        experience_stops: so many driven stops in a ward count as experience.
        carrier: the connection that fetches what is too far; none where empty.
        carrier_beyond_metres: as the crow flies, from the office.
    """

    calendar: WorkCalendar
    hours: Mapping[Half, tuple[time, time]]
    capacity: int
    cut_off: timedelta
    horizon_days: int
    attempts: int
    must_within_days: int
    wait_dong: int
    service: Mapping[PickupKind, timedelta]
    experience_stops: int
    dong_per_km: int
    dong_per_hour: int
    solver_seconds: float
    shifts: tuple[ShiftTerms, ...]
    shuttles: tuple[ShuttleTerms, ...]
    carrier: str
    carrier_beyond_metres: int

    def window(self, day: date, half: Half) -> Window:
        """The half-day of a date."""
        opens, closes = self.hours[half]
        return Window(at_local(day, opens), at_local(day, closes))

    def takes(self, day: date, half: Half, now: datetime) -> bool:
        """Whether a request for this slot can still be taken: a working day, before its cut-off."""
        if (
            not self.calendar.is_working_day(day)
            or now > self.window(day, half).start - self.cut_off
        ):
            return False
        return day <= local_day(now) + timedelta(days=self.horizon_days)

    def next_slot(self, day: date, half: Half, now: datetime) -> tuple[date, Half]:
        """The same half of the next working day, for somebody who was not at home."""
        return self.calendar.next_working_day(max(day, local_day(now))), half

    def shifts_of(self, office: str) -> tuple[ShiftTerms, ...]:
        """An office's shifts."""
        return tuple(one for one in self.shifts if one.office == office)

    @property
    def offices(self) -> tuple[str, ...]:
        """Offices with shifts, in the order of the settings."""
        return tuple(dict.fromkeys(one.office for one in self.shifts))
