"""VNPost's TrackAndTrace over SOAP: what happened to one item.

After the carrier's own client, reference section 2.1 (e): operation `TrackAndTrace_Items`, header
`UserCredentical` with `user` and `pass`, both spelt so, in the namespace `vnpost.ws`, which has no
scheme. The answer is a DataSet: `TBL_INFO` describes the item (persons, addresses: not read),
`TBL_DINH_VI` where it was, `TBL_DELIVERY` each attempt to hand it over. Names of columns are
written in both cases, so they are read in either. Days are dd/MM/yyyy with the time in a column of
its own, local.

TrackAndTrace tells sentences, not codes: the raw code of a scan is its StatusText, with blanks
joined (`soap.raw_code_of`). An attempt has a real word, IsDeliverable: its raw code is
`IsDeliverable=true` or `IsDeliverable=false`, and CauseCode goes along in the note, as no list of
causes is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from postal_bridge.carriers.diffgram import Row, read_tables
from postal_bridge.carriers.soap import (
    NOBODYS_NUMBER,
    REFERENCE_LIMIT,
    number_of,
    raw_code_of,
)
from postal_bridge.carriers.soap_transport import Question, Service, SoapDoor
from postal_bridge.carriers.wire import Wire
from postal_bridge.clock import LOCAL, Clock, at_local, to_utc
from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.errors import Accident
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import (
    CarrierMisread,
    CarrierScan,
    Credentials,
    Placed,
)

OPERATION = "TrackAndTrace_Items"
WSDL = Path(str(files("postal_bridge").joinpath("carriers/wsdl/track_and_trace.wsdl")))

_HANDED_OVER = {"true": "true", "1": "true", "false": "false", "0": "false"}


class VnpostSoap:
    """VNPost's tracking; without a `wsdl` of the installation's own, by the packaged one."""

    VOCABULARY: ClassVar[str] = "vnpost_soap"
    NEEDS: ClassVar[tuple[str, ...]] = ("base_url", "username", "password")
    reference_limit = REFERENCE_LIMIT
    repeatable = False

    def __init__(self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock) -> None:
        del clock  # every moment is the carrier's
        self.name = name
        self._settings = settings
        self._wire = wire
        path = Path(settings.wsdl) if settings.wsdl else WSDL
        self._door = SoapDoor(wire, Service(path, OPERATION))

    async def scans(self, placed: Placed) -> Sequence[CarrierScan]:
        """Where an item was and when it was handed over; nothing while VNPost knows nothing."""
        number = number_of(placed)
        tables = read_tables(await self._door.ask(self._question(number)))
        positions = [self._position(_folded(row)) for row in tables.get("TBL_DINH_VI", ())]
        attempts = [self._attempt(_folded(row)) for row in tables.get("TBL_DELIVERY", ())]
        return [
            replace(scan, reference=placed.reference, waybill=number)
            for scan in (*positions, *attempts)
        ]

    async def verify(self) -> Credentials:
        """Ask after a number that nobody has: an answer without rows is a good sign."""
        try:
            await self._door.ask(self._question(NOBODYS_NUMBER))
        except Accident as trouble:
            return Credentials(well=False, said=str(trouble))
        return Credentials(well=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._wire.close()

    def _question(self, number: str) -> Question:
        settings = self._settings
        who = {"user": settings.username, "pass": settings.password.get_secret_value()}
        return Question(arguments={"itemCode": number}, headers={"UserCredentical": who})

    def _position(self, row: Row) -> CarrierScan:
        return self._scan(row, code=row.get("statustext", ""), note="")

    def _attempt(self, row: Row) -> CarrierScan:
        said = row.get("isdeliverable", "")
        handed_over = _HANDED_OVER.get(said.lower(), said)
        code = f"IsDeliverable={handed_over}" if said else row.get("statustext", "")
        cause = row.get("causecode", "")
        return self._scan(row, code=code, note=f"CauseCode {cause}" if cause else "")

    def _scan(self, row: Row, *, code: str, note: str) -> CarrierScan:
        if not code:
            text = "dòng không có StatusText (a row without it)"
            raise CarrierMisread(f"{self.name} {OPERATION}: {text}")
        return CarrierScan(
            vocabulary=self.VOCABULARY,
            raw_code=raw_code_of(code),
            occurred_at=self._moment(row),
            raw_text=row.get("statustext", "")[:TEXT_LENGTH],
            place=row.get("vi_tri", "")[:NAME_LENGTH],
            note=note[:TEXT_LENGTH],
        )

    def _moment(self, row: Row) -> datetime:
        """By day and time; where there is none, by the one column that holds both."""
        try:
            if row.get("date"):
                hour = row.get("timedetail", "")
                return at_local(_day(row["date"]), time.fromisoformat(hour) if hour else time.min)
            return _whole(row.get("ngay_phat") or row.get("tracedate", ""))
        except ValueError:
            text = "dòng không có ngày giờ dd/MM/yyyy HH:mm:ss (a row without a moment)"
            raise CarrierMisread(f"{self.name} {OPERATION}: {text}") from None


def _folded(row: Row) -> Mapping[str, str]:
    """A row by the small names of its columns."""
    return {name.lower(): value for name, value in row.items()}


def _day(written: str) -> date:
    """dd/MM/yyyy; some columns carry a midnight along."""
    return datetime.strptime(written.split(maxsplit=1)[0], "%d/%m/%Y").date()  # noqa: DTZ007 - a day


def _whole(written: str) -> datetime:
    """Day and time in one: as a DataSet writes a moment, or dd/MM/yyyy HH:mm:ss."""
    day, _, hour = written.partition(" ")
    if "/" in day:
        return at_local(_day(day), time.fromisoformat(hour) if hour else time.min)
    moment = datetime.fromisoformat(written)
    return to_utc(moment if moment.tzinfo else moment.replace(tzinfo=LOCAL))
