"""A strict stand-in of OSRM's table service, able to fail on request.

Written from the HTTP API of OSRM 5 (`/table/v1/{profile}/{coordinates}`), not from our client. The
roads are invented: streets run north and east, so the way is the sum of both, at one speed.

- Coordinates are `lon,lat;lon,lat`, at least two [stand-in's choice: `polyline(…)` is not taken],
  all inside the country: a swapped pair is `InvalidValue`, not a place in the Arctic Sea.
- `sources` and `destinations` are indices or `all`; `annotations` is any of `duration`, `distance`;
  without it only durations are told. An option nobody knows is `InvalidOptions`.
- More places than `max_table_size` are `TooBig`. All refusals have status 400.
- A place on an island (`_control/dossiers` with `{"lat", "lon", "radius"}`) has no road to the
  others: null. One that is put with `snap` is that many metres from its road.
- By the switch `no_distances` an old server answers without distances; by `huge_numbers` the
  table is not finite; by `ragged` a row is short.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.faults import FaultPlan
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import StandIn, as_json, stand_in_application

OPTIONS = {
    "annotations", "sources", "destinations", "generate_hints", "radiuses", "approaches",
    "fallback_speed", "fallback_coordinate", "scale_factor", "skip_waypoints", "bearings", "hints",
    "exclude", "snapping",
}  # fmt: skip
DEGREE_METRES = 111_195.0
METRES_A_SECOND = 8.0

_COORDINATE = re.compile(r"-?\d{1,3}(?:\.\d+)?,-?\d{1,2}(?:\.\d+)?")
_HERE = (6.0, 24.0, 102.0, 118.0)

Point = tuple[float, float]


class OsrmSwitch(StrEnum):
    """Lasting defects."""

    NO_DISTANCES = "no_distances"
    HUGE_NUMBERS = "huge_numbers"
    RAGGED = "ragged"


@dataclass(frozen=True)
class Spot:
    """A place with something about it.

    Attributes:
        radius: metres around it that are an island.
        snap: metres from there to the nearest road.
    """

    at: Point
    radius: float = 0.0
    snap: float = 0.0


@dataclass(kw_only=True)
class OsrmStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `OSRM`."""

    profile: str = "driving"
    max_table_size: int = 100
    spots: dict[str, Spot] = field(default_factory=dict)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(OsrmSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Everybody; the address has to be of a service that there is."""
        if request.match_info.get("profile") != self.profile:
            raise _no("InvalidOptions", "this data was not made for that profile")

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """OSRM's own: a code and a sentence."""
        code, _, text = message.rpartition(": ")
        return as_json({"code": code or "InvalidUrl", "message": text}, status=status)

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put islands and places without a road: `{"key", "lat", "lon", "radius", "snap"}`."""
        return [self._put(one) for one in given]

    def _put(self, given: object) -> Mapping[str, object]:
        if not isinstance(given, dict) or not {"key", "lat", "lon"} <= given.keys():
            raise _no("InvalidValue", "an island needs key, lat and lon")
        spot = Spot(
            (float(given["lat"]), float(given["lon"])),
            float(given.get("radius", 0)),
            float(given.get("snap", 0)),
        )
        self.spots[str(given["key"])] = spot
        return given

    @override
    def remove(self, key: str) -> None:
        """Take one away; 404 where there is none."""
        if self.spots.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    def island_of(self, place: Point) -> str:
        """The island it lies on; the mainland is "" ."""
        for key, spot in self.spots.items():
            if spot.radius and way(place, spot.at) <= spot.radius:
                return key
        return ""

    def snap_of(self, place: Point) -> float:
        """Metres to the nearest road."""
        return max((one.snap for one in self.spots.values() if way(place, one.at) < 1), default=0.0)


OSRM: web.AppKey[OsrmStand] = web.AppKey("osrm", OsrmStand)


def make_osrm(
    clock: Clock, *, plan: FaultPlan | None = None, table_size: int = 100
) -> web.Application:
    """The application; nothing listens yet."""
    stand = OsrmStand(clock=clock, plan=plan or FaultPlan(), max_table_size=table_size)
    app = stand_in_application(stand)
    app[OSRM] = stand
    app.router.add_get("/table/v1/{profile}/{coordinates}", _table, name="table")
    return app


def way(one: Point, other: Point) -> float:
    """Metres along streets that run north and east."""
    north = abs(one[0] - other[0]) * DEGREE_METRES
    middle = math.radians((one[0] + other[0]) / 2)
    return north + abs(one[1] - other[1]) * DEGREE_METRES * math.cos(middle)


async def _table(request: web.Request) -> web.StreamResponse:
    stand = request.app[OSRM]
    unknown = set(request.query) - OPTIONS
    if unknown:
        raise _no("InvalidOptions", f"no option {min(unknown)}")
    places = _places(request.match_info["coordinates"])
    sources = _chosen(request.query.get("sources", "all"), places)
    destinations = _chosen(request.query.get("destinations", "all"), places)
    if len(places) > stand.max_table_size:
        raise _no("TooBig", f"Number of entries {len(places)} is higher than current maximum")
    wanted = request.query.get("annotations", "duration").split(",")
    if not set(wanted) <= {"duration", "distance"}:
        raise _no("InvalidOptions", "annotations is duration or distance")
    metres = [[_metres(stand, one, other) for other in destinations] for one in sources]
    answer: dict[str, object] = {
        "code": "Ok",
        "sources": [_waypoint(stand, one) for one in sources],
        "destinations": [_waypoint(stand, one) for one in destinations],
    }
    if "duration" in wanted:
        answer["durations"] = [
            [None if cell is None else round(cell / METRES_A_SECOND, 1) for cell in row]
            for row in metres
        ]
    if "distance" in wanted and OsrmSwitch.NO_DISTANCES not in stand.plan.defects:
        answer["distances"] = _spoilt(stand, metres)
    return as_json(answer)


def _spoilt(stand: OsrmStand, metres: list[list[float | None]]) -> list[list[float | None]]:
    if OsrmSwitch.HUGE_NUMBERS in stand.plan.defects:
        return [[math.inf for _ in row] for row in metres]
    if OsrmSwitch.RAGGED in stand.plan.defects:
        return [metres[0][:-1], *metres[1:]]
    return metres


def _metres(stand: OsrmStand, one: Point, other: Point) -> float | None:
    if stand.island_of(one) != stand.island_of(other):
        return None
    return round(way(one, other), 1)


def _waypoint(stand: OsrmStand, place: Point) -> dict[str, object]:
    return {"location": [place[1], place[0]], "name": "", "distance": stand.snap_of(place)}


def _places(text: str) -> list[Point]:
    pairs = text.split(";")
    if len(pairs) < 2 or not all(_COORDINATE.fullmatch(pair) for pair in pairs):  # noqa: PLR2004
        raise _no("InvalidQuery", "coordinates are lon,lat;lon,lat")
    found = [(float(lat), float(lon)) for lon, lat in (pair.split(",") for pair in pairs)]
    south, north, west, east = _HERE
    if not all(south <= lat <= north and west <= lon <= east for lat, lon in found):
        raise _no("InvalidValue", "a coordinate is not in the data: is it lon,lat?")
    return found


def _chosen(text: str, places: Sequence[Point]) -> Sequence[Point]:
    if text == "all":
        return places
    indices = text.split(";")
    if not all(index.isdecimal() and int(index) < len(places) for index in indices):
        raise _no("InvalidOptions", "sources and destinations are indices of coordinates, or all")
    return [places[int(index)] for index in indices]


def _no(code: str, text: str) -> StandInError:
    return StandInError(HTTPStatus.BAD_REQUEST, f"{code}: {text.replace(': ', ' - ')}")
