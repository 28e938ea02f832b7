"""A post office in memory: people ask, rounds are planned and driven; its clock is moved by hand."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from postal_bridge.clock import ReplayClock, at_local
from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.pickup.greedy import GreedySolver
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.places import Candidate
from postal_bridge.pickup.planning import Planned
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.records import Half, PickupKind, PickupRequest
from postal_bridge.pickup.requests import Desk, Wish, ask
from postal_bridge.pickup.solver_ports import Solver
from postal_bridge.pickup.terms import PickupTerms, ShiftTerms, ShuttleTerms
from postal_bridge.tracking.identifiers import Identifiers
from tests.stages.memory import CALENDAR, MemoryWork
from tests.stages.memory_pickups import MemoryClaims
from tests.stages.memory_places import CrowFlies, KnownPlaces

OFFICE, DEPARTMENT = "BDT", "STTTT"
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
CLERK = Actor("lan", "Hoàng Thị Lan", Role.CLERK, ("HCC-TN",))
COURIER = Actor("tuan", "Vi Văn Tuấn", Role.COURIER, (OFFICE,))
BOSS = Actor("sang", "Bế Văn Sáng", Role.SUPERVISOR)
DEPOT = Location(21.8537, 106.7610)


def at(shown: str, day: date = TUESDAY) -> datetime:
    """The moment when clocks in Vietnam show this: `08:30`."""
    return at_local(day, time.fromisoformat(shown))


def a_ward(number: int) -> Candidate:
    """Wards lie a kilometre from each other, in a row to the north."""
    return Candidate(
        ward_code=f"{6000 + number:05d}",
        ward=f"Phường số {number}",
        province_code="20",
        province="Tỉnh Lạng Sơn",
        location=Location(DEPOT.lat + number / 111, DEPOT.lon),
        within_metres=900,
        confidence=0.95,
    )


def a_shift(name: str = "xe_1", **other: Any) -> ShiftTerms:
    usual: dict[str, Any] = {
        "name": name,
        "office": OFFICE,
        "vehicle": name,
        "courier": "tuan",
        "hours": (time(7, 30), time(17)),
        "capacity_items": 60,
        "capacity_grams": 40_000,
        "fixed_dong": 0,
        "lunch": (time(11, 30), time(12, 30)),
        "lunch_minutes": 60,
        "max_trips": 2,
        "reload_minutes": 15,
    }
    return ShiftTerms(**{**usual, **other})


def the_terms(**other: Any) -> PickupTerms:
    usual: dict[str, Any] = {
        "calendar": CALENDAR,
        "hours": {
            Half.MORNING: (time(7, 30), time(11, 30)),
            Half.AFTERNOON: (time(13, 30), time(17)),
        },
        "capacity": 40,
        "cut_off": timedelta(hours=1),
        "horizon_days": 14,
        "attempts": 2,
        "must_within_days": 1,
        "wait_dong": 2_000,
        "service": dict.fromkeys(PickupKind, timedelta(minutes=5)),
        "experience_stops": 3,
        "dong_per_km": 3_000,
        "dong_per_hour": 0,
        "solver_seconds": 1.0,
        "shifts": (a_shift(),),
        "shuttles": (),
        "carrier": "",
        "carrier_beyond_metres": 25_000,
    }
    return PickupTerms(**{**usual, **other})


def a_shuttle(**other: Any) -> ShuttleTerms:
    usual: dict[str, Any] = {
        "name": "so_tttt",
        "office": OFFICE,
        "place": DEPARTMENT,
        "hours": (time(8, 30), time(10, 30)),
        "weekdays": (0, 1, 2, 3, 4),
        "items": 20,
        "grams": 10_000,
    }
    return ShuttleTerms(**{**usual, **other})


async def known_ward(code: str) -> Candidate | None:
    return a_ward(int(code) - 6000) if code.startswith("06") else None


async def nothing_to_read() -> None:
    pass


class OfficeWork(MemoryWork):
    """The stores, and the claims of planners."""

    def __init__(self) -> None:
        super().__init__()
        self.job_runs = MemoryClaims()


@dataclass
class Office:
    """The office, its clock, and what it is known by."""

    terms: PickupTerms = field(default_factory=the_terms)
    solver: Solver = field(default_factory=GreedySolver)
    work: OfficeWork = field(default_factory=OfficeWork)
    clock: ReplayClock = field(default_factory=lambda: ReplayClock(at("06:00")))

    def __post_init__(self) -> None:
        self.work.catalogue.kept_places |= {
            OFFICE: Place(
                code=OFFICE, name="Bưu điện tỉnh", kind="post_office",
                latitude=DEPOT.lat, longitude=DEPOT.lon,
            ),
            DEPARTMENT: Place(
                code=DEPARTMENT, name="Sở Thông tin và Truyền thông", kind="department",
                latitude=DEPOT.lat + 0.02, longitude=DEPOT.lon,
            ),
        }  # fmt: skip
        self.known = KnownPlaces({f"nhà {n}": a_ward(n) for n in range(40)})
        self.ids = Identifiers(random.Random(7))
        self.house = PickupHouse(
            transactions=self.work,
            terms=self.terms,
            geocoder=lambda _corrections: self.known,
            patient=self.known,
            ward=known_ward,
            ready=nothing_to_read,
            distances=CrowFlies(),
            solver=self.solver,
            clock=self.clock,
            new_id=self.ids.new,
            owner="test",
        )

    def it_is(self, shown: str, day: date = TUESDAY) -> None:
        self.clock.advance_to(at(shown, day))

    def desk(self, actor: Actor = CLERK) -> Desk:
        return self.house.desk(self.work, actor, self.clock.now())

    async def asks(self, number: int, **other: Any) -> PickupRequest:
        """Somebody asks for a collection at `nhà NUMBER`."""
        made = await ask(self.desk(), a_wish(number, **other))
        assert isinstance(made, PickupRequest), made
        return made

    async def plans(self, day: date = TUESDAY, *, solver: Solver | None = None) -> Planned:
        house = replace(self.house, solver=solver) if solver else self.house
        made = await house.planner(BOSS).plan(OFFICE, day)
        assert isinstance(made, Planned), made
        return made

    async def now(self, request: PickupRequest) -> PickupRequest:
        found = await self.work.pickups.find(request.number)
        assert found is not None
        return found


def a_wish(number: int, **other: Any) -> Wish:
    usual: dict[str, Any] = {
        "kind": PickupKind.COLLECT,
        "office": OFFICE,
        "day": TUESDAY,
        "half": Half.MORNING,
        "name": f"Người số {number}",
        "phone": "0912000123",
        "address": f"nhà {number}",
        "items": 2,
        "grams": 500,
    }
    return Wish(**{**usual, **other})


def refused(answer: object) -> str:
    """The slug of a refusal."""
    assert isinstance(answer, Refusal), answer
    return answer.reason.slug
