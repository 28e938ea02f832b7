"""Rounds to be printed."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from postal_bridge.clock import at_local
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.records import PickupKind, StopState
from postal_bridge.pickup.round_sheet import RoundSheet, SheetStop

DAY = date(2026, 11, 24)
BEGINS = at_local(DAY, datetime.min.time()) + timedelta(hours=7, minutes=30)
DEPOT = Location(21.8537, 106.7610)


def a_stop(position: int, **other: Any) -> SheetStop:
    random = Random(position)
    arrives = BEGINS + timedelta(minutes=9 * position)
    usual: dict[str, Any] = {
        "position": position,
        "trip": 0,
        "number": f"LH-261124-{position:04d}-{position % 10}",
        "kind": PickupKind.RETURN if position % 3 == 0 else PickupKind.COLLECT,
        "state": StopState.OPEN,
        "name": "Nông Thị Hồng Đào",
        "phone": "0912000123",
        "address": "Số 12/5, ngõ 3, đường Trần Đăng Ninh, p. Tam Thanh",
        "ward": "Phường Tam Thanh, Tỉnh Lạng Sơn",
        "location": Location(
            DEPOT.lat + random.uniform(-0.05, 0.05), DEPOT.lon + random.uniform(-0.08, 0.08)
        ),
        "opens_at": BEGINS,
        "closes_at": BEGINS + timedelta(hours=4),
        "arrive_at": arrives,
        "leave_at": arrives + timedelta(minutes=5),
        "metres": 1_240,
        "items": 2,
        "grams": 700,
    }
    return SheetStop(**{**usual, **other})


def a_sheet(*stops: SheetStop, **other: Any) -> RoundSheet:
    usual: dict[str, Any] = {
        "number": "TX-261124-0001-5",
        "version": 2,
        "office": "BDT",
        "office_name": "Bưu điện tỉnh Lạng Sơn",
        "day": DAY,
        "courier": "buuta1",
        "courier_name": "Vi Văn Tuấn",
        "vehicle": "Xe máy 1",
        "depot": DEPOT,
        "leaves_at": BEGINS,
        "back_at": BEGINS + timedelta(hours=5),
        "lunch": (BEGINS + timedelta(hours=4), BEGINS + timedelta(hours=5)),
        "trip_starts": (BEGINS, BEGINS + timedelta(hours=3)),
        "metres": 21_400,
        "stops": stops,
        "notes": (),
        "made_at": BEGINS - timedelta(hours=1),
    }
    return RoundSheet(**{**usual, **other})
