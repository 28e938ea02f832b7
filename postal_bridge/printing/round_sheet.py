"""A round's sheet as a PDF on A4: what is driven when, its map, its bar codes, and the count at the end.

The same round gives the same bytes: nothing in it depends on the machine or the moment. Fonts are
those that Typst brings.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files

from postal_bridge.clock import format_day, to_local
from postal_bridge.pickup.records import PICKUP_KIND_NAMES, PickupKind
from postal_bridge.pickup.round_sheet import RoundSheet, SheetStop
from postal_bridge.printing.codes import code128_svg, qr_svg
from postal_bridge.printing.round_map import round_map_svg

_METRES_A_KM = 1_000
_GRAMS_A_KG = 1_000


def round_sheet_pdf(sheet: RoundSheet) -> bytes:
    """The sheet; takes a few tenths of a second."""
    import typst  # heavy

    return typst.compile(
        files("postal_bridge.printing").joinpath("round_sheet.typ").read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheet": json.dumps(_shown(sheet), ensure_ascii=False)},
        timestamp=sheet.made_at,
    )


def _shown(sheet: RoundSheet) -> dict[str, object]:
    return {
        "title": f"Phiếu tuyến {sheet.number}",
        "number": sheet.number,
        "version": sheet.version,
        "office": f"{sheet.office_name} ({sheet.office})",
        "day": format_day(sheet.day),
        "courier": f"{sheet.courier_name} ({sheet.courier})",
        "vehicle": sheet.vehicle,
        "leaves": _hour(sheet.leaves_at),
        "back": _hour(sheet.back_at),
        "lunch": " – ".join(_hour(each) for each in sheet.lunch) if sheet.lunch else "",
        "km": _kilometres(sheet.metres),
        "made": f"{_hour(sheet.made_at)} {format_day(to_local(sheet.made_at).date())}",
        "code128": code128_svg(sheet.number),
        "qr": qr_svg(sheet.number),
        "map": round_map_svg(sheet) if sheet.stops else None,
        "notes": list(sheet.notes),
        "trips": [_trip(sheet, trip) for trip in dict.fromkeys(s.trip for s in sheet.stops)],
        "collect": _sum(sheet.stops, returned=False),
        "bring": _sum(sheet.stops, returned=True),
    }


def _sum(stops: Iterable[SheetStop], *, returned: bool) -> int:
    return sum(one.items for one in stops if (one.kind is PickupKind.RETURN) is returned)


def _trip(sheet: RoundSheet, trip: int) -> dict[str, object]:
    starts = sheet.trip_starts
    return {
        "number": trip + 1,
        "leaves": _hour(starts[trip]) if trip < len(starts) else "",
        "stops": [_stop(one) for one in sheet.stops if one.trip == trip],
    }


def _stop(stop: SheetStop) -> dict[str, object]:
    return {
        "position": stop.position,
        "number": stop.number,
        "qr": qr_svg(stop.number),
        "arrive": _hour(stop.arrive_at),
        "window": f"{_hour(stop.opens_at)}–{_hour(stop.closes_at)}",
        "name": stop.name,
        "phone": stop.phone,
        "address": stop.address,
        "ward": stop.ward,
        "kind": PICKUP_KIND_NAMES[stop.kind][0],
        "items": stop.items,
        "kg": f"{stop.grams / _GRAMS_A_KG:.1f}".replace(".", ","),
        "km": _kilometres(stop.metres),
        "note": stop.note or "",
        "doubt": stop.doubt or "",
    }


def _hour(moment: datetime) -> str:
    return f"{to_local(moment):%H:%M}"


def _kilometres(metres: int) -> str:
    return f"{metres / _METRES_A_KM:.1f}".replace(".", ",")
