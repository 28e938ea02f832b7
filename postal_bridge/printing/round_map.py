"""A round drawn from its coordinates alone: the office, numbered stops, a line for each trip.

Equirectangular with the office's latitude: over the fifty kilometres of a round that is off by less
than a line is wide. Only numbers are drawn, so there is nothing of anybody's to be escaped.
"""

import itertools
import math
from collections.abc import Sequence

from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.round_sheet import RoundSheet

WIDTH, HEIGHT = 720, 420
_EDGE = 36
_RADIUS = 11.0
_METRES_A_DEGREE = 111_195.0
_SMALLEST_METRES = 400.0
_TRIPS = (
    ("#0b5394", ""),
    ("#b45f06", "9 5"),
    ("#38761d", "3 4"),
    ("#741b47", "14 4 3 4"),
)
"""Colour and dashes of the first, second, … trip: each can be told from the others in grey, too."""

_NICE_METRES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)

Spot = tuple[float, float]


def round_map_svg(sheet: RoundSheet) -> str:
    """The drawing, `WIDTH` x `HEIGHT` units; the same round gives the same text."""
    places = [sheet.depot, *(stop.location for stop in sheet.stops)]
    scale, origin = _fitted(places)
    depot, *spots = (_spot(place, scale, origin) for place in places)
    badges = _apart(spots, depot)
    trips = [stop.trip for stop in sheet.stops]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff" stroke="#999999"/>',
        *_lines(depot, spots, trips),
        *_leaders(spots, badges),
        *_badges(badges, trips),
        _square(depot),
        _north(),
        *_bar(scale),
        "</svg>",
    ]
    return "".join(parts)


def _fitted(places: Sequence[Location]) -> tuple[float, Location]:
    """Units a metre, and the place in the middle."""
    lats, lons = [one.lat for one in places], [one.lon for one in places]
    middle = Location((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
    shrink = math.cos(math.radians(middle.lat))
    high = max((max(lats) - min(lats)) * _METRES_A_DEGREE, _SMALLEST_METRES)
    wide = max((max(lons) - min(lons)) * _METRES_A_DEGREE * shrink, _SMALLEST_METRES)
    return min((WIDTH - 2 * _EDGE) / wide, (HEIGHT - 2 * _EDGE) / high), middle


def _spot(place: Location, scale: float, middle: Location) -> Spot:
    shrink = math.cos(math.radians(middle.lat))
    east = (place.lon - middle.lon) * _METRES_A_DEGREE * shrink
    north = (place.lat - middle.lat) * _METRES_A_DEGREE
    return WIDTH / 2 + east * scale, HEIGHT / 2 - north * scale


def _apart(spots: Sequence[Spot], depot: Spot) -> list[Spot]:
    """Where each number stands: on its place, or beside it where another one is there already."""
    placed: list[Spot] = [depot]
    for spot in spots:
        free = (one for one in _around(spot) if _free(one, placed))
        placed.append(next(free, spot))
    return placed[1:]


def _around(spot: Spot) -> list[Spot]:
    """The place itself, then rings around it; where all is taken, the place itself after all."""
    x, y = spot
    ring = [
        (x + far * math.cos(turn * math.pi / 6), y + far * math.sin(turn * math.pi / 6))
        for far in (24.0, 46.0, 68.0, 90.0, 112.0, 134.0)
        for turn in range(12)
    ]
    return [spot, *(one for one in ring if _inside(one))]


def _inside(spot: Spot) -> bool:
    return _RADIUS < spot[0] < WIDTH - _RADIUS and _RADIUS < spot[1] < HEIGHT - _EDGE


def _free(spot: Spot, placed: Sequence[Spot]) -> bool:
    return all(math.dist(spot, one) >= 2 * _RADIUS for one in placed)


def _style(trip: int) -> tuple[str, str]:
    return _TRIPS[trip % len(_TRIPS)]


def _lines(depot: Spot, spots: Sequence[Spot], trips: Sequence[int]) -> list[str]:
    """Each leg with an arrow in its middle."""
    drawn = []
    for trip in dict.fromkeys(trips):
        colour, dashes = _style(trip)
        way = [depot, *(s for s, t in zip(spots, trips, strict=True) if t == trip), depot]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in way)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"{dash}/>'
        )
        drawn += [_arrow(a, b, colour) for a, b in itertools.pairwise(way)]
    return drawn


def _arrow(one: Spot, other: Spot, colour: str) -> str:
    length = math.dist(one, other)
    if length < 3 * _RADIUS:
        return ""
    turn = math.degrees(math.atan2(other[1] - one[1], other[0] - one[0]))
    x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    return (
        f'<path d="M-6,-4 L5,0 L-6,4 Z" fill="{colour}"'
        f' transform="translate({_n(x)} {_n(y)}) rotate({_n(turn)})"/>'
    )


def _leaders(spots: Sequence[Spot], badges: Sequence[Spot]) -> list[str]:
    """From a number that had to stand aside to its place."""
    return [
        f'<line x1="{_n(a[0])}" y1="{_n(a[1])}" x2="{_n(b[0])}" y2="{_n(b[1])}"'
        f' stroke="#555555" stroke-width="0.8"/>'
        f'<circle cx="{_n(a[0])}" cy="{_n(a[1])}" r="2.4" fill="#222222"/>'
        for a, b in zip(spots, badges, strict=True)
        if a != b
    ]


def _badges(badges: Sequence[Spot], trips: Sequence[int]) -> list[str]:
    return [
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(_RADIUS)}" fill="#ffffff"'
        f' stroke="{_style(trip)[0]}" stroke-width="2"/>'
        f'<text x="{_n(x)}" y="{_n(y + 4)}" font-family="Libertinus Serif" font-size="12"'
        f' font-weight="bold" text-anchor="middle" fill="#000000">{number}</text>'
        for number, ((x, y), trip) in enumerate(zip(badges, trips, strict=True), start=1)
    ]


def _square(depot: Spot) -> str:
    x, y = depot
    return f'<rect x="{_n(x - 9)}" y="{_n(y - 9)}" width="18" height="18" fill="#cc0000" stroke="#000000"/>'


def _north() -> str:
    x, y = WIDTH - 24, 30
    return (
        f'<path d="M{x},{y - 16} L{x + 7},{y + 8} L{x},{y + 3} L{x - 7},{y + 8} Z" fill="#222222"/>'
        f'<text x="{x}" y="{y + 22}" font-family="Libertinus Serif" font-size="12"'
        ' text-anchor="middle">B</text>'
    )


def _bar(scale: float) -> list[str]:
    """A bar of a round number of metres, at most a quarter of the width."""
    metres = max((one for one in _NICE_METRES if one * scale <= WIDTH / 4), default=_NICE_METRES[0])
    long, y = metres * scale, HEIGHT - 16
    shown = f"{metres} m" if metres < _NICE_METRES[3] else f"{metres // 1_000} km"
    return [
        f'<path d="M20,{y - 4} V{y} H{_n(20 + long)} V{y - 4}" fill="none" stroke="#000000"/>',
        f'<text x="{_n(26 + long)}" y="{y + 3}" font-family="Libertinus Serif" font-size="12">{shown}</text>',
    ]


def _n(value: float) -> str:
    """A number with one decimal, and none where it is whole."""
    return f"{value:.1f}".removesuffix(".0")
