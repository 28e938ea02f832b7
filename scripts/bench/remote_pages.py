"""Pages of a one-stop list as a stand-in really sends them, over real HTTP, kept in a file.

`python -m scripts.bench.remote_pages MAKE ROWS FILE`: fills the stand-in of that make with the first
dossiers of Lào Cai's year, in its own words, and lets our adapter read them all.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from postal_bridge.clock import ReplayClock
from postal_bridge.connections import make_onestop
from postal_bridge.reconciliation.ports import OneStop
from postal_bridge.sandbox.profiles import imitated
from postal_bridge.sandbox.province import ProvinceData
from postal_bridge.sandbox.running import opened_app
from postal_bridge.sandbox.stand_in import STAND_IN
from postal_bridge.sandbox.year import YearDossier
from postal_bridge.sandbox.year_rows import onestop_row
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar
from scripts.bench.year_fill import EVENING
from scripts.bench.year_house import demo_province, lao_cai
from tests.onestop_systems import Fact, igate_row, tandan_row

FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
RECEIVED = 83_786
PAGE_SIZES = {"opencps": 100, "tandan": 100, "igate": 50}
"""As an operator has them without choosing; iGate's search gives no more than 50."""

Row = dict[str, object]


class Tape:
    """Answers by their question, in memory and in a file."""

    def __init__(self, kept: dict[str, bytes] | None = None) -> None:
        self.kept = kept or {}
        self._times: dict[str, int] = {}

    async def recall(self, question: str) -> bytes | None:
        """The answer, if there is one."""
        times = self._times[question] = self._times.get(question, 0) + 1
        return self.kept.get(f"{times} {question}")

    async def keep(self, question: str, body: bytes) -> None:
        """Keep an answer."""
        self.kept[f"{self._times[question]} {question}"] = body

    def write(self, file: Path) -> None:
        """Put everything down."""
        file.write_bytes(msgspec.msgpack.encode(self.kept))

    @classmethod
    def read(cls, file: Path) -> "Tape":
        """A tape that was put down."""
        return cls(msgspec.msgpack.decode(file.read_bytes(), type=dict[str, bytes]))


def adapter(make: str, **changes: str) -> OneStop:
    """Our adapter of that make."""
    environ = {f"PB_ONESTOP__{name.upper()}": value for name, value in changes.items()}
    settings = load_settings(
        {
            "PB_ONESTOP__PROFILE": make,
            "PB_ONESTOP__BASE_URL": "http://127.0.0.1:9",
            "PB_ONESTOP__TOKEN_URL": "http://127.0.0.1:9/token",
            "PB_ONESTOP__CLIENT_ID": "none",
            "PB_ONESTOP__PAGE_SIZE": str(PAGE_SIZES[make]),
            **environ,
        }
    )
    onestop = make_onestop(settings.onestop, clock=ReplayClock(EVENING))
    if onestop is None:
        raise LookupError(make)
    return onestop


def _fact(one: YearDossier) -> Fact:
    return Fact(
        code=one.code,
        status=int(one.status),
        procedure=one.procedure.code,
        agency=one.agency,
        channel=one.channel,
        received=one.received_at,
        promised=one.promised_at,
        resolved=one.resolved_at,
        returned=one.returned_at,
        fee=one.procedure.fee_vnd or 0,
    )


def _tandan(one: YearDossier, province: ProvinceData) -> Row:
    return {
        **tandan_row(_fact(one)),
        "TenTTHC": one.procedure.name,
        "TenLinhVuc": one.procedure.field,
        "ChuHoSo": one.applicant.name,
        "SoDienThoai": one.applicant.phone,
        "GroupName": province.places[province.department_of(one.department)].name,
    }


def _igate(one: YearDossier, province: ProvinceData) -> Row:
    department = province.places[province.department_of(one.department)].name
    procedure, who = one.procedure, one.applicant
    return {
        **igate_row(_fact(one)),
        "procedure": {"code": procedure.code, "name": procedure.name},
        "agency": {"code": one.agency, "name": department},
        "applicant": {
            "data": {
                "fullname": who.name,
                "identityNumber": who.identity_number,
                "phoneNumber": who.phone,
                "address": who.address,
            }
        },
    }


_ROWS: dict[str, Callable[[YearDossier, ProvinceData], Row]] = {
    "opencps": onestop_row,
    "tandan": _tandan,
    "igate": _igate,
}


async def collect(make: str, dossiers: list[Row]) -> Tape:
    """Everything that the adapter asks for, and is answered."""
    clock = ReplayClock(EVENING)
    stand_in, tape = imitated(make, clock=clock), Tape()
    stand_in.app[STAND_IN].put_all(dossiers)
    async with opened_app(stand_in.app, port=0) as url:
        told = {key: value.replace("{url}", url) for key, value in stand_in.settings.items()}
        del told["profile"]
        onestop = adapter(make, **told)
        async for _ in onestop.pages(received_from=FIRST, received_to=LAST, tape=tape):
            pass
        await onestop.close()
    return tape


def main(make: str, rows: int, file: Path) -> None:
    """Collect the pages of so many dossiers."""
    province = demo_province()
    plan = lao_cai(RECEIVED // rows, calendar=WorkCalendar.load(load_settings({}).calendar))
    dossiers = [_ROWS[make](one, province) for one in plan.dossiers]
    asyncio.run(collect(make, dossiers)).write(file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
