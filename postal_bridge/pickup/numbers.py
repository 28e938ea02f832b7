"""Numbers of requests and rounds: they count by day and end in a Damm check digit."""

import re
from datetime import date

from postal_bridge.codes import clean, damm

_SHAPE = re.compile(r"(LH|TX)-([0-9]{6})-([0-9]{4})-([0-9])")
MOST_A_DAY = 9_999


def make_pickup_number(day: date, serial: int) -> str:
    """`LH-261123-0001-C` for the first request that was asked for on 23/11/2026 (lịch hẹn)."""
    return _made("LH", day, serial)


def make_round_number(day: date, serial: int) -> str:
    """`TX-261123-0001-C` for the first round of that day (tuyến xe)."""
    return _made("TX", day, serial)


def parse_number(text: str) -> str | None:
    """The number in what was typed or scanned; none where it is not one of ours."""
    match = _SHAPE.fullmatch(clean(text))
    if match is None or damm(f"{match[2]}{match[3]}{match[4]}"):
        return None
    return match[0]


def _made(prefix: str, day: date, serial: int) -> str:
    if not 1 <= serial <= MOST_A_DAY:
        raise ValueError(f"{prefix}: no {serial}. number on {day}")
    digits = f"{day:%y%m%d}{serial:04d}"
    return f"{prefix}-{day:%y%m%d}-{serial:04d}-{damm(digits)}"
