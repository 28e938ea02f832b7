"""A round for maps (GeoJSON, RFC 7946) and calendars (iCalendar, RFC 5545).

The map bears no name, address or telephone: it may be shown on a wall. The calendar is the
courier's own and says where to go.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.records import PICKUP_KIND_NAMES
from postal_bridge.pickup.round_sheet import RoundSheet, SheetStop

LONGEST_LINE = 75
"""Octets of a content line, without its CRLF (RFC 5545, section 3.1)."""

_PLACES = 6
"""Decimals of a degree: a tenth of a metre."""


def round_geojson(sheet: RoundSheet, language: str = "vi") -> dict[str, object]:
    """The round as a FeatureCollection: the office, its stops, and one line for each trip."""
    return {
        "type": "FeatureCollection",
        "features": [
            _feature("Point", _position(sheet.depot), role="office", office=sheet.office),
            *(_stop_feature(stop, language) for stop in sheet.stops),
            *_trips(sheet),
        ],
    }


def _feature(shape: str, coordinates: object, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": coordinates},
        "properties": properties,
    }


def _position(point: Location) -> list[float]:
    return [round(point.lon, _PLACES), round(point.lat, _PLACES)]


def _stop_feature(stop: SheetStop, language: str) -> dict[str, object]:
    return _feature(
        "Point",
        _position(stop.location),
        role="stop",
        number=stop.number,
        position=stop.position,
        trip=stop.trip,
        kind=stop.kind.value,
        kind_name=PICKUP_KIND_NAMES[stop.kind][language == "en"],
        state=stop.state.value,
        arrive_at=stop.arrive_at.isoformat(),
        items=stop.items,
    )


def _trips(sheet: RoundSheet) -> Iterator[dict[str, object]]:
    depot = _position(sheet.depot)
    for trip in dict.fromkeys(stop.trip for stop in sheet.stops):
        way = [_position(stop.location) for stop in sheet.stops if stop.trip == trip]
        yield _feature("LineString", [depot, *way, depot], role="trip", trip=trip)


# --- calendar -------------------------------------------------------------------------------------


def round_ics(sheet: RoundSheet, language: str = "vi") -> bytes:
    """The round as a calendar: an event for each stop, for leaving, for lunch, and for the end."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//postal_bridge//rounds//VI",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(sheet.number)}",
    ]
    for event in _events(sheet, english=language == "en"):
        lines += event
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _events(sheet: RoundSheet, *, english: bool) -> Iterator[list[str]]:
    leave = ("Leave", "Xuất phát")[not english]
    back = ("Back at", "Về tới")[not english]
    first = sheet.stops[0].arrive_at if sheet.stops else sheet.leaves_at
    yield _event(sheet, "leave", (sheet.leaves_at, first), f"{leave}: {sheet.office_name}")
    for stop in sheet.stops:
        kind = PICKUP_KIND_NAMES[stop.kind][english]
        yield _event(
            sheet,
            stop.number,
            (stop.arrive_at, stop.leave_at),
            f"{stop.position}. {stop.name} ({kind}, {stop.items})",
            where=stop,
        )
    if sheet.lunch is not None:
        yield _event(sheet, "lunch", sheet.lunch, ("Lunch", "Nghỉ trưa")[not english])
    yield _event(sheet, "back", (sheet.back_at, sheet.back_at), f"{back} {sheet.office_name}")


def _event(
    sheet: RoundSheet,
    what: str,
    span: tuple[datetime, datetime],
    summary: str,
    *,
    where: SheetStop | None = None,
) -> list[str]:
    begins, ends = span
    lines = [
        "BEGIN:VEVENT",
        f"UID:{what}@{sheet.number}",
        f"DTSTAMP:{_moment(sheet.made_at)}",
        f"SEQUENCE:{sheet.version}",
        f"DTSTART:{_moment(begins)}",
        f"SUMMARY:{_text(summary)}",
    ]
    if ends > begins:  # an end that is not later is not allowed (section 3.8.2.2)
        lines.append(f"DTEND:{_moment(ends)}")
    if where is not None:
        point = where.location
        lines += [
            f"LOCATION:{_text(where.address)}",
            f"GEO:{round(point.lat, _PLACES)};{round(point.lon, _PLACES)}",
        ]
        lines += [f"DESCRIPTION:{_text(where.note)}"] if where.note else []
    return [*lines, "END:VEVENT"]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A TEXT value (section 3.3.11)."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> bytes:
    """A content line, folded between characters and never inside one (section 3.1)."""
    parts, room = [b""], LONGEST_LINE
    for letter in line:
        octets = letter.encode()
        if len(parts[-1]) + len(octets) > room:
            parts.append(b"")
            room = LONGEST_LINE - 1  # the blank that begins a continued line
        parts[-1] += octets
    return b"\r\n ".join(parts) + b"\r\n"
