"""What the stand-in of an iGate v2 one-stop system holds: its dossiers, their fees, their moves.

Rows stand here as section 3.3 of the reference on one-stop systems writes them. What it leaves
open is written down in `igate.py`, where the stand-in is described as a whole.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.row_book import Row, RowBook

STATUS_NAMES = {
    0: "Mới đăng ký",
    2: "Đang xử lý",
    3: "Yêu cầu bổ sung giấy tờ",
    4: "Đã xử lý xong",
    5: "Đã trả kết quả",
    8: "Dừng xử lý",
    9: "Công dân yêu cầu rút",
    10: "Được tiếp nhận",
    11: "Không được tiếp nhận",
    16: "Yêu cầu thực hiện nghĩa vụ tài chính",
    17: "Đang xử lý liên thông",
}
"""The numbers are published, their names are not; these are the stand-in's own."""

MOVES = {
    0: {2, 9, 10, 11},
    10: {2, 3, 4, 8, 9, 16},
    2: {3, 4, 8, 9, 16, 17},
    3: {2},
    16: {2},
    17: {2, 4},
    4: {5},
}
"""The national moves (section 8.1) said in these numbers."""

APPLY_METHODS = {1: "Trực tiếp", 2: "Trực tuyến", 3: "Bưu chính công ích"}
DIRECT, BY_POST = "5f8968888fffa53e4c073ded", "5f8969018fffa53e4c073dee"
RECEIVING_KINDS = {DIRECT: "Nhận trực tiếp", BY_POST: "Nhận qua bưu chính công ích"}

DATES = (
    "appliedDate",
    "acceptedDate",
    "appointmentDate",
    "dueDate",
    "completedDate",
    "returnedDate",
    "createdDate",
    "updatedDate",
)

COLUMNS: Row = {
    "id": "",
    "code": "",
    "nationCode": "",
    "dossierStatus": {"id": 0, "name": ""},
    "dossierTaskStatus": {"id": "", "name": ""},
    "applicant": {
        "eformId": "",
        "userId": "",
        "data": dict.fromkeys(
            (
                "fullname",
                "identityNumber",
                "phoneNumber",
                "address",
                "ownerFullname",
                "noidungyeucaugiaiquyet",
            ),
            "",
        ),
    },
    "procedure": {
        "id": "",
        "code": "",
        "name": "",
        "sector": {"id": "", "code": "", "name": ""},
    },
    "agency": {"id": "", "name": "", "code": ""},
    **dict.fromkeys(DATES),
    "processingTime": 0,
    "processingTimeUnit": "d",
    "currentTask": [],
    "applyMethod": {"id": 1, "name": ""},
    "accepter": None,
    "undefindedCompleteTime": 0,
    "dossierReceivingKind": {"id": DIRECT, "name": ""},
    "receivingPlace": None,
}
"""Every member with the value of a row that does not name it; what may be null is null."""

HIDDEN: Row = {
    "fees": [],
    "removeStatus": 0,
    "remindId": "",
    "paystatus": "",
    "vnpostStatusReturnCode": "",
    "ancestorAgencyIds": [],
}
"""What a row has besides, for filters and for the fees' own route; it is not shown in lists."""

FEE: Row = {
    "id": "",
    "procost": {"type": {"type": 1, "name": "Phí"}},
    "amount": 0,
    "quantity": 1,
    "paid": 0,
    "required": 1,
}

_NAMED = {
    "dossierStatus": {str(number): name for number, name in STATUS_NAMES.items()},
    "applyMethod": {str(number): name for number, name in APPLY_METHODS.items()},
    "dossierReceivingKind": RECEIVING_KINDS,
}
_STAMPS = {10: "acceptedDate", 2: "acceptedDate", 4: "completedDate", 8: "completedDate"}
_STAMPS |= {5: "returnedDate"}
_IN_PROCESS = {2, 3, 10, 16, 17}
_DATE_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0700")


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list is asked for.

    Attributes:
        fits: every one of them must hold of a row.
        sort: columns by which it is sorted, the first one first; True is downwards.
        asked: the same in the words of the question, by which two of them are compared.
    """

    fits: Sequence[Callable[[Row], bool]] = ()
    sort: Sequence[tuple[str, bool]] = ()
    asked: str = ""


def moment_text(moment: datetime) -> str:
    """A moment as a row shows it: local, with milliseconds, and an offset without a colon."""
    local = to_local(moment)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}+0700"


class IGateState:
    """All dossiers of the stand-in, in the order of their entry."""

    def __init__(self, *, clock: Clock, seed: int = 0) -> None:
        """Start empty. The seed settles every invented number, so a run can be repeated."""
        self.clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable numbers, nothing secret
        self._book = RowBook()
        self._found: tuple[int, str, list[Row]] = (0, "", [])

    def __len__(self) -> int:
        """How many dossiers there are."""
        return len(self._book)

    def rows(self) -> list[Row]:
        """All rows, in the order of their entry."""
        return self._book.rows()

    def put(self, given: Mapping[str, object]) -> Row:
        """Make a dossier, or change the members that are named of one that is there.

        It is found by id where that is given, and by code otherwise; so two dossiers with one
        code can be planted by giving each an id. A member that is an object is changed only in
        the parts that are named.

        Raises:
            StandInError: 400 with the member's name, and nothing is changed.
        """
        check(given)
        key = str(given.get("id") or self._book.id_of(str(given.get("code", ""))))
        now = moment_text(self.clock.now())
        old = self._book.get(key) if key in self._book else None
        key = key or self._new_id()
        row = _merged(old or {**COLUMNS, **HIDDEN, "createdDate": now}, given)
        row["id"] = key
        if "updatedDate" not in given:
            row["updatedDate"] = now
        for name, names in _NAMED.items():
            _name(row, given, name, names)
        row["fees"] = self._fees(row["fees"], key)
        self._book.store(key, str(row["code"]), row)
        return row

    def put_all(self, given: Sequence[object]) -> list[Row]:
        """Put many dossiers, or none of them when one cannot be (400)."""
        rows = [row for row in given if isinstance(row, dict)]
        if len(rows) < len(given):
            raise _wrong("mỗi hồ sơ là một đối tượng (rows are objects)")
        for row in rows:
            check(row)
        return [self.put(row) for row in rows]

    def get(self, key: str) -> Row:
        """The dossier of this id; 404 where there is none."""
        return self._book.get(key)

    def by_code(self, code: str) -> Row | None:
        """The dossier with this code, if any."""
        key = self._book.id_of(code)
        return self._book.get(key) if key else None

    def remove(self, key: str) -> None:
        """Take a dossier away by its id or its code; 404 where there is none."""
        self._book.remove(self._book.id_of(key) or key)

    def copy_of(self, row: Row, *, in_front: bool, sorted_as: Row | None = None) -> Row:
        """Another dossier like this one, before or behind all that are sorted alike.

        Args:
            row: what is copied.
            in_front: where it comes among equals.
            sorted_as: dates and such that it takes over, so that it is sorted with that row.
        """
        key = self._new_id()
        copy: Row = {**row, **(sorted_as or {}), "id": key, "fees": []}
        code = f"{copy['code']}-{self._random.randrange(10**6):06d}"
        copy["code"] = code
        self._book.store(key, code, copy, in_front=in_front)
        return copy

    def search(self, search: Search) -> list[Row]:
        """The rows that fit, in the order asked for; the order of entry settles ties."""
        version, asked, found = self._found
        if (version, asked) == (self._book.version, search.asked):
            # Whoever turns the pages asks for one list many times.
            return found
        found = [row for row in self.rows() if all(fit(row) for fit in search.fits)]
        for column, downwards in reversed(search.sort):
            found.sort(key=lambda row: str(row[column] or ""), reverse=downwards)
        self._found = (self._book.version, search.asked, found)
        return found

    def act(self, key: str, status: int) -> Row:
        """Move a dossier on as the system's own clerk would, and stamp the time.

        Raises:
            StandInError: 404 unknown dossier, 409 a move that is not of the table.
        """
        key = self._book.id_of(key) or key
        row = self.get(key)
        now = status_of(row)
        if status not in MOVES.get(now, set()):
            text = f"hồ sơ đang ở trạng thái {now}, không thể chuyển sang {status}"
            raise StandInError(HTTPStatus.CONFLICT, f"{text} (not from this status)")
        changes: Row = {"id": key, "dossierStatus": {"id": status}}
        column = _STAMPS.get(status)
        if column == "acceptedDate":
            changes[column] = row[column] or moment_text(self.clock.now())
        elif column:
            changes[column] = moment_text(self.clock.now())
        return self.put(changes)

    def force_end(self, named: Sequence[tuple[str, str]]) -> int:
        """End the processing of these dossiers, each named by id and code; all or none.

        Raises:
            StandInError: 404 unknown dossier, 400 another code, 409 not in process.
        """
        for key, code in named:
            row = self.get(key)
            if row["code"] != code:
                raise _wrong(f"mã {code} không phải của hồ sơ {key} (not its code)")
            if status_of(row) not in _IN_PROCESS:
                text = f"hồ sơ {code} không còn xử lý (not in process)"
                raise StandInError(HTTPStatus.CONFLICT, text)
        for key, _ in named:
            now = moment_text(self.clock.now())
            self.put({"id": key, "dossierStatus": {"id": 4}, "completedDate": now})
        return len(named)

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(96):024x}"

    def _fees(self, fees: object, key: str) -> list[Row]:
        listed = fees if isinstance(fees, list) else []
        return [
            {**_merged(FEE, fee), "id": fee.get("id") or self._new_id(), "dossier": {"id": key}}
            for fee in listed
        ]


def status_of(row: Row) -> int:
    """The number of a row's status."""
    return int(str(part(row, "dossierStatus", "id")))


def part(row: Row, *names: str) -> object:
    """A member of a member of a row; "" where something on the way to it is missing."""
    value: object = row
    for name in names:
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def check(given: Mapping[str, object]) -> None:
    """Refuse planted nonsense at once: 400 with the member's name."""
    for name, value in given.items():
        if name not in COLUMNS and name not in HIDDEN:
            raise _wrong(f"không có trường “{name}” (no such member)")
        usual = COLUMNS.get(name, HIDDEN.get(name))
        if name in DATES:
            if value is not None and not _DATE_FORM.fullmatch(str(value)):
                raise _wrong(f"“{name}” phải có dạng yyyy-MM-ddTHH:mm:ss.SSS+0700 (wrong date)")
        elif usual is not None and value is not None and not isinstance(value, type(usual)):
            raise _wrong(f"“{name}” phải là {type(usual).__name__} (wrong type)")
    for fee in _listed(given.get("fees")):
        if not isinstance(fee, dict) or not fee.keys() <= {*FEE, "dossier"}:
            raise _wrong(f"fees: {', '.join(FEE)}")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _merged(old: Row, given: Mapping[str, object]) -> Row:
    row = dict(old)
    for name, value in given.items():
        before = row.get(name)
        merge = isinstance(before, dict) and isinstance(value, dict)
        row[name] = _merged(before, value) if merge else value  # type: ignore[arg-type]
    return row


def _name(row: Row, given: Mapping[str, object], name: str, names: Mapping[str, str]) -> None:
    """Give a code its name, unless the name itself was given."""
    coded, named = row[name], given.get(name)
    if isinstance(coded, dict) and not (isinstance(named, dict) and "name" in named):
        row[name] = {**coded, "name": names.get(str(coded.get("id")), coded.get("name", ""))}


def _wrong(message: str) -> StandInError:
    return StandInError(HTTPStatus.BAD_REQUEST, message)
