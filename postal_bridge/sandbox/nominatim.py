"""A strict stand-in of a Nominatim server's search, able to fail on request.

Written from Nominatim's API overview and the usage policy of its public server, not from our client.

- A request without a `User-Agent` of its own is 403, as for the names that stand in examples.
- `q` or a structured query, never both, is 400; so is a `format` other than its five, a `limit`
  that is no number from 1 to 40, and a parameter nobody knows [stand-in's choice: the real one
  passes over it].
- It knows the addresses that were put in (`_control/dossiers` with `{"q", "lat", "lon",
  "display_name"}`), and finds them when every word of the query's street and ward is theirs; `[]`
  otherwise. Coordinates are texts in its answers.
- Beyond `most_a_second` requests in a second of its clock it answers 429.
- By the switch `other_country` it finds everything in Paris; by `no_coordinates` places have none;
  by `not_a_list` the answer is an object.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.faults import FaultPlan
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import StandIn, as_json, stand_in_application

FORMATS = {"xml", "json", "jsonv2", "geojson", "geocodejson"}
STRUCTURED = {"amenity", "street", "city", "county", "state", "country", "postalcode"}
OTHERS = {
    "q", "format", "limit", "addressdetails", "extratags", "namedetails", "accept-language",
    "countrycodes", "layer", "featureType", "exclude_place_ids", "viewbox", "bounded", "email",
    "dedupe", "debug",
}  # fmt: skip
REJECTED_AGENTS = ("python", "aiohttp", "curl", "geopy/", "my-application", "my_app")
MOST = 40
LICENCE = "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright"


class NominatimSwitch(StrEnum):
    """Lasting defects."""

    OTHER_COUNTRY = "other_country"
    NO_COORDINATES = "no_coordinates"
    NOT_A_LIST = "not_a_list"


@dataclass(frozen=True)
class Known:
    """An address it knows."""

    words: frozenset[str]
    lat: float
    lon: float
    shown: str


@dataclass(kw_only=True)
class NominatimStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `NOMINATIM`."""

    known: dict[str, Known] = field(default_factory=dict)
    most_a_second: int = 1_000
    asked_at: list[datetime] = field(default_factory=list)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(NominatimSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Who says who it is, and does not ask too often."""
        agent = request.headers.get("User-Agent", "").lower()
        if not agent or agent.startswith(REJECTED_AGENTS):
            raise StandInError(HTTPStatus.FORBIDDEN, "Usage policy: name your application")
        now = self.clock.now()
        self.asked_at = [one for one in self.asked_at if now - one < timedelta(seconds=1)]
        self.asked_at.append(now)
        if len(self.asked_at) > self.most_a_second:
            raise StandInError(HTTPStatus.TOO_MANY_REQUESTS, "Bandwidth limit exceeded")

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """Nominatim's own."""
        return as_json({"error": {"code": int(status), "message": message}}, status=status)

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put addresses in: `{"q", "lat", "lon", "display_name"}`."""
        return [self._put(one) for one in given]

    def _put(self, given: object) -> Mapping[str, object]:
        if not isinstance(given, dict) or not {"q", "lat", "lon"} <= given.keys():
            raise StandInError(HTTPStatus.BAD_REQUEST, "an address needs q, lat and lon")
        shown = str(given.get("display_name", given["q"]))
        self.known[str(given["q"])] = Known(
            words_of(str(given["q"])), float(given["lat"]), float(given["lon"]), shown
        )
        return given

    @override
    def remove(self, key: str) -> None:
        """Take an address away; 404 where there is none."""
        if self.known.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)


NOMINATIM: web.AppKey[NominatimStand] = web.AppKey("nominatim", NominatimStand)


def make_nominatim(clock: Clock, *, plan: FaultPlan | None = None) -> web.Application:
    """The application; nothing listens yet."""
    stand = NominatimStand(clock=clock, plan=plan or FaultPlan())
    app = stand_in_application(stand)
    app[NOMINATIM] = stand
    app.router.add_get("/search", _search, name="search")
    return app


def words_of(text: str) -> frozenset[str]:
    """Its words in small letters without accents."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(letter if letter.isalnum() else " " for letter in apart
                    if not unicodedata.combining(letter))  # fmt: skip
    return frozenset(plain.split())


async def _search(request: web.Request) -> web.StreamResponse:
    stand = request.app[NOMINATIM]
    query = request.query
    unknown = set(query) - STRUCTURED - OTHERS
    if unknown:
        raise _no(f"no parameter {min(unknown)}")
    text = query.get("q", "")
    if bool(text) == bool(STRUCTURED & set(query)):
        raise _no("Nothing to search for: q, or a structured query")
    if query.get("format", "jsonv2") not in FORMATS:
        raise _no("Parameter 'format' must be one of: xml, json, jsonv2, geojson, geocodejson")
    limit = query.get("limit", "10")
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
        raise _no("Parameter 'limit' must be a number from 1 to 40")
    asked = words_of(text or " ".join(query[name] for name in STRUCTURED & set(query)))
    rows = [
        _row(stand, number, known)
        for number, known in enumerate(stand.known.values())
        if known.words <= asked
    ]
    if NominatimSwitch.NOT_A_LIST in stand.plan.defects:
        return as_json({"results": rows})
    return as_json(rows[: int(limit)])


def _row(stand: NominatimStand, number: int, known: Known) -> dict[str, object]:
    lat, lon = known.lat, known.lon
    if NominatimSwitch.OTHER_COUNTRY in stand.plan.defects:
        lat, lon = 48.8566, 2.3522
    row: dict[str, object] = {
        "place_id": 1_000 + number, "licence": LICENCE, "osm_type": "way", "osm_id": 5_000 + number,
        "lat": f"{lat:.7f}", "lon": f"{lon:.7f}", "class": "place", "type": "house",
        "place_rank": 30, "importance": 0.1, "addresstype": "place", "name": "",
        "display_name": known.shown,
        "boundingbox": [f"{lat - 0.001:.7f}", f"{lat + 0.001:.7f}",
                        f"{lon - 0.001:.7f}", f"{lon + 0.001:.7f}"],
    }  # fmt: skip
    if NominatimSwitch.NO_COORDINATES in stand.plan.defects:
        del row["lat"], row["lon"]
    return row


def _no(text: str) -> StandInError:
    return StandInError(HTTPStatus.BAD_REQUEST, text)
