"""What the stand-in of an OpenCPS one-stop system holds: its dossiers, and how they may move.

Rows stand here exactly as the wire shows them (reference on one-stop systems, section 3.1), so
that nothing is translated twice. Where the reference leaves a column's type open it is chosen
once, in `COLUMNS`: numbers and flags as JSON numbers and booleans, dates as local
`dd/MM/yyyy HH:mm:ss`, and null as "" (section 8.1 asks for one choice for the profile).
"""

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.refusal import StandInError

Value = str | int | float | bool
Row = dict[str, Value]

DATES = (
    "createDate",
    "submitDate",
    "receiveDate",
    "dueDate",
    "extendDate",
    "releaseDate",
    "finishDate",
    "cancellingDate",
    "correcttingDate",
    "processDate",
)
"""Column names as the system spells them, `correcttingDate` included."""

COLUMNS: Row = {
    "dossierId": 0,
    "referenceUid": "",
    "dossierNo": "",
    "serviceCode": "",
    "serviceName": "",
    "govAgencyCode": "",
    "govAgencyName": "",
    "domainCode": "",
    "domainName": "",
    "applicantName": "",
    "applicantIdNo": "",
    "contactTelNo": "",
    "delegateName": "",
    "delegateTelNo": "",
    **dict.fromkeys(DATES, ""),
    "dossierStatus": "new",
    "dossierStatusText": "",
    "dossierSubStatus": "",
    "dossierSubStatusText": "",
    "viaPostal": 0,
    "postalServiceCode": "",
    "postalServiceName": "",
    "postalAddress": "",
    "postalCityCode": "",
    "postalCityName": "",
    "postalDistrictCode": "",
    "postalDistrictName": "",
    "postalWardCode": "",
    "postalWardName": "",
    "postalTelNo": "",
    "vnpostalStatus": 0,
    "vnpostalProfile": "",
    "fromViaPostal": 0,
    "online": False,
    "originality": 3,
    "lockState": "",
    "durationCount": 0.0,
    "durationUnit": 0,
    "sampleCount": 0,
    "dossierCounter": "",
    "groupDossierId": 0,
    "systemId": "",
}
"""Every column with the value, and so the type, of a row that does not name it."""

STATUS_TEXT = {
    "new": "Mới đăng ký",
    "receiving": "Chờ tiếp nhận",
    "waiting": "Chờ bổ sung",
    "processing": "Đang xử lý",
    "interoperating": "Đang liên thông",
    "pausing": "Tạm dừng",
    "posting": "Đang chuyển phát kết quả",
    "correcting": "Chờ sửa đổi",
    "cancelling": "Chờ rút hồ sơ",
    "releasing": "Chờ trả kết quả",
    "denied": "Từ chối tiếp nhận",
    "unresolved": "Dừng xử lý",
    "cancelled": "Đã rút hồ sơ",
    "done": "Đã trả kết quả",
    "paying": "Chờ thanh toán",
}
"""The fifteen statuses of section 3.1. The Vietnamese texts are this stand-in's own."""

MOVES = {
    "new": {"receiving", "denied", "cancelled"},
    "receiving": {"processing", "waiting", "paying", "denied"},
    "waiting": {"processing", "cancelled"},
    "processing": {"waiting", "paying", "interoperating", "pausing", "releasing", "unresolved"},
    "releasing": {"done", "posting"},
    "posting": {"done", "releasing"},
}
"""Section 8.1: everything else is answered with 409, however sensible it may look."""

_STAMPS = {
    "denied": "finishDate",
    "cancelled": "cancellingDate",
    "releasing": "releaseDate",
    "unresolved": "releaseDate",
    "done": "finishDate",
}

_FIRST_ID = 1001


class OneStopError(StandInError):
    """A "no" of the OpenCPS stand-in, with the HTTP status that says it."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list is asked for: exact values, ranges of local days, a word, an order.

    Attributes:
        equal: column to the values that it may have, as text.
        days: column to first and last day as `yyyymmdd`, both included; "" leaves a side open.
        keyword: part of the number, the applicant's name or the procedure's name.
    """

    equal: Mapping[str, frozenset[str]] = field(default_factory=dict)
    days: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keyword: str = ""
    sort: str = "dossierId"
    descending: bool = False


def moment_text(moment: datetime) -> str:
    """A moment as a row shows it: local, to the second."""
    return f"{to_local(moment):%d/%m/%Y %H:%M:%S}"


def sortable(text: Value) -> str:
    """A row's date as `yyyymmddHH:MM:SS`, which sorts as time does; "" stays ""."""
    shown = str(text)
    return shown[6:10] + shown[3:5] + shown[0:2] + shown[11:]


def as_text(value: Value) -> str:
    """A value as a query writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Sandbox:
    """All dossiers of the stand-in, by dossierId; the same for the HTTP door and in process."""

    def __init__(self, *, clock: Clock, seed: int = 0) -> None:
        """Start empty. The seed settles every invented number, so a run can be repeated."""
        self.clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable numbers, nothing secret
        self._rows: dict[int, Row] = {}
        self._by_number: dict[str, int] = {}
        self._next_id = _FIRST_ID

    def __len__(self) -> int:
        """How many dossiers there are."""
        return len(self._rows)

    def rows(self) -> Iterable[Row]:
        """All rows, in the order in which they were made."""
        return self._rows.values()

    def put(self, given: Mapping[str, object]) -> Row:
        """Make a dossier, or change the columns that are named of one that is there.

        It is found by dossierId where that is given, and by dossierNo otherwise; so two
        dossiers with one number can be planted by giving each a dossierId.

        Raises:
            OneStopError: 400 with the column's name, and nothing is changed.
        """
        changes = {name: _checked(name, value) for name, value in given.items()}
        number = str(changes.get("dossierNo", ""))
        known = changes.get("dossierId") or self._by_number.get(number, 0)
        dossier_id = int(known) or self._next_id
        row = dict(self._rows.get(dossier_id) or self._blank(dossier_id))
        row.update(changes)
        row["dossierId"] = dossier_id
        status = str(row["dossierStatus"])
        if "dossierStatusText" not in changes:
            row["dossierStatusText"] = STATUS_TEXT.get(status, status)
        self._rows[dossier_id] = row
        if row["dossierNo"]:
            self._by_number[str(row["dossierNo"])] = dossier_id
        self._next_id = max(self._next_id, dossier_id + 1)
        return row

    def put_all(self, given: Sequence[object]) -> list[Row]:
        """Put many dossiers, or none of them when one cannot be (400)."""
        rows = [row for row in given if isinstance(row, dict)]
        if len(rows) < len(given):
            text = "mỗi hồ sơ là một đối tượng (rows are objects)"
            raise OneStopError(HTTPStatus.BAD_REQUEST, text)
        for row in rows:
            for name, value in row.items():
                _checked(name, value)
        return [self.put(row) for row in rows]

    def get(self, dossier_id: int) -> Row:
        """One dossier; 404 where there is none."""
        if dossier_id not in self._rows:
            text = f"không có hồ sơ {dossier_id} (no such dossier)"
            raise OneStopError(HTTPStatus.NOT_FOUND, text)
        return self._rows[dossier_id]

    def remove(self, dossier_id: int) -> None:
        """Take a dossier away, as if it had never been there; 404 where there is none."""
        row = self.get(dossier_id)
        del self._rows[dossier_id]
        if self._by_number.get(str(row["dossierNo"])) == dossier_id:
            del self._by_number[str(row["dossierNo"])]

    def spoil(self, dossier_id: int, **columns: Value) -> Row:
        """Write into a dossier what no door would take: a date that no calendar has, say."""
        row = self.get(dossier_id)
        row.update(columns)
        return row

    def copy_of(self, row: Mapping[str, object], *, in_front: bool) -> Row:
        """Another dossier like this one, sorted in front of all others or behind them."""
        number = f"{row['dossierNo']}-{self._random.randrange(10**6):06d}"
        ids = self._rows or {_FIRST_ID: {}}
        dossier_id = min(ids) - 1 if in_front else self._next_id
        return self.put({**row, "dossierId": dossier_id, "referenceUid": "", "dossierNo": number})

    def search(self, search: Search) -> list[Row]:
        """The rows that fit, in the order asked for; the dossierId settles ties."""
        word = search.keyword.casefold()
        found = [
            row
            for row in self._rows.values()
            if all(as_text(row[name]) in allowed for name, allowed in search.equal.items())
            and all(_within(row[name], days) for name, days in search.days.items())
            and (not word or _mentions(row, word))
        ]
        found.sort(key=lambda row: int(row["dossierId"]))
        found.sort(key=lambda row: _rank(row, search.sort), reverse=search.descending)
        return found

    def act(self, dossier_id: int, action: str) -> Row:
        """Move a dossier on as the system's own clerk would, and stamp the time.

        The reference names the route but not its body; here the action is called by the status
        that it leads to, because real action codes belong to each province's own processes.

        Raises:
            OneStopError: 404 unknown dossier, 409 a move that section 8.1 does not list.
        """
        row = self.get(dossier_id)
        status = str(row["dossierStatus"])
        if action not in MOVES.get(status, set()):
            text = f"hồ sơ đang “{status}”, không thể “{action}” (not from this status)"
            raise OneStopError(HTTPStatus.CONFLICT, text)
        now = moment_text(self.clock.now())
        changes: dict[str, object] = {"dossierId": dossier_id, "dossierStatus": action}
        if action == "processing":
            changes["processDate"] = now
            changes["receiveDate"] = row["receiveDate"] or now
        elif action in _STAMPS:
            changes[_STAMPS[action]] = now
        return self.put(changes)

    def _blank(self, dossier_id: int) -> Row:
        uid = uuid.UUID(int=self._random.getrandbits(128), version=4)
        return {
            **COLUMNS,
            "dossierId": dossier_id,
            "referenceUid": str(uid),
            "createDate": moment_text(self.clock.now()),
        }


def _checked(name: str, value: object) -> Value:
    """The value when the column exists and may hold it; planted nonsense is refused at once."""
    if name not in COLUMNS:
        text = f"không có cột “{name}” (no such column)"
        raise OneStopError(HTTPStatus.BAD_REQUEST, text)
    if value is None:
        return COLUMNS[name]
    kind = type(COLUMNS[name])
    if kind is float and type(value) is int:
        return float(value)
    if name == "fromViaPostal" and isinstance(value, bool):
        return int(value)
    if type(value) is not kind or not isinstance(value, str | int | float | bool):
        text = f"cột “{name}” phải là {kind.__name__} (must be {kind.__name__})"
        raise OneStopError(HTTPStatus.BAD_REQUEST, text)
    if name in DATES and value:
        try:
            datetime.strptime(str(value), "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - only its form
        except ValueError:
            text = f"cột “{name}” phải có dạng dd/MM/yyyy HH:mm:ss (wrong date format)"
            raise OneStopError(HTTPStatus.BAD_REQUEST, text) from None
    return value


def _rank(row: Row, column: str) -> tuple[float, str]:
    value = row[column]
    if isinstance(value, str):
        return 0.0, sortable(value) if column in DATES else value
    return float(value), ""


def _within(value: Value, days: tuple[str, str]) -> bool:
    day = sortable(value)[:8]
    first, last = days
    return bool(day) and first <= day and (not last or day <= last)


def _mentions(row: Row, word: str) -> bool:
    columns = ("dossierNo", "applicantName", "serviceName")
    return any(word in str(row[name]).casefold() for name in columns)
