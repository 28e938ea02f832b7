"""A one-stop system without an API: its export is the other side's list.

All of the file is read before anything is compared, and one cell that cannot be taken surely
refuses all of it: a row that was left out would be a missing dossier.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from postal_bridge.clock import format_day, local_day
from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Misuse
from postal_bridge.onestop.file_words import Departments, words_of
from postal_bridge.reconciliation.ports import (
    OneStopAmbiguous,
    OneStopPage,
    OneStopStatistics,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sections import OneStopFileSettings
from postal_bridge.tabular.cells import CellError, code_of, money_of, number_of, text_of
from postal_bridge.tabular.dates import DayOrder, moment_of, settle_order
from postal_bridge.tabular.heading import Column, Table, find_table, weigh
from postal_bridge.tabular.reading import read_file, read_sheets
from postal_bridge.tabular.records import (
    Cell,
    Limits,
    Problem,
    Row,
    TableRefused,
    refuse_rows,
)

T = TypeVar("T")

REQUIRED = (
    *("code", "procedure", "department", "status", "channel", "return_mode"),
    *("received", "promised"),
)
OPTIONAL = ("resolved", "returned", "fee")
_DATES = ("received", "promised", "resolved", "returned")
_STATUSES = frozenset(range(11))
_CHANNELS = frozenset({1, 2, 3})
_RETURN_MODES = frozenset({0, 1})


class FileOneStop:
    """The list of dossiers in a file; building it reads the file.

    Args:
        path: CSV, XLSX or JSON.
        columns: what its columns are called and what its words stand for.
        places: our catalogue, for departments that are named.
        first, last: days of reception that the file covers; else those of its rows.

    Attributes:
        covered: first and last day of reception that the file says something about. Nothing is
            missing on another day: the export was not asked for it.

    Raises:
        TableRefused: the file cannot be read surely; all wrong cells are named.
    """

    name = "file"
    countable: frozenset[str] = frozenset()
    """Counts save no reading here, and a whole comparison sees more than counts do."""

    def __init__(
        self,
        path: Path,
        *,
        columns: OneStopFileSettings,
        places: Sequence[Place] = (),
        first: date | None = None,
        last: date | None = None,
    ) -> None:
        limits = Limits(file_bytes=columns.limit_bytes)
        self._raw = read_file(path, limits=limits)
        try:
            table = _table(self._raw, columns, limits)
            self._rows = _Reader(table, columns, places).dossiers()
        except TableRefused as refused:
            raise TableRefused(f"{path.name}: {refused}") from None
        self.tells_fees = "fee" in table.headings
        self.covered = _covered(self._rows, first, last, path.name)
        self._by_code: dict[str, list[OneStopDossier]] = {}
        for row in self._rows:
            self._by_code.setdefault(row.code, []).append(row)

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """The rows received on these local days, in the file's order, as one page."""
        # By its content: a file that was corrected since the night was killed is another one.
        question = f"FILE {hashlib.sha256(self._raw).hexdigest()} {received_from} {received_to}"
        if tape is not None and await tape.recall(question) is None:
            await tape.keep(question, self._raw)
        rows = [row for row in self._rows if _within(row, received_from, received_to)]
        yield OneStopPage(rows=rows, total=len(rows), start=0, raw=self._raw)

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many rows this part of the list has."""
        _ = tape
        wanted = {
            "status": part.status,
            "department_code": part.agency,
            "channel": part.channel,
            "return_mode": part.return_mode,
        }
        return sum(
            _within(row, part.first, part.last)
            and all(getattr(row, key) == one for key, one in wanted.items() if one is not None)
            for row in self._rows
        )

    async def find(self, code: str) -> OneStopDossier | None:
        """A row by its code, also one beyond the covered days.

        Raises:
            OneStopAmbiguous: two rows have the code.
        """
        found = self._by_code.get(code.strip(), [])
        if len(found) > 1:
            raise OneStopAmbiguous(f"{len(found)} dòng trong tệp cùng mang mã “{code.strip()}”")
        return found[0] if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """None: a file has no counts of its own; says so, and which days it covers."""
        _ = first, last, tape
        begin, end = self.covered
        missing = [
            "Nguồn là tệp xuất từ hệ thống một cửa: không có thống kê để đối chiếu.",
            f"Tệp phủ ngày tiếp nhận {format_day(begin)} – {format_day(end)}; chỉ so các ngày đó.",
        ]
        return OneStopStatistics(counted=[], missing=missing)

    async def check(self) -> None:
        """Nothing to ask: the file was read when this was built."""

    async def close(self) -> None:
        """Nothing to give back."""


def _columns(settings: OneStopFileSettings) -> dict[str, Column]:
    wanted = {name: Column(headings=getattr(settings, name)) for name in REQUIRED}
    for name in OPTIONAL:
        wanted[name] = Column(headings=getattr(settings, name), required=False)
    return wanted


def _table(raw: bytes, settings: OneStopFileSettings, limits: Limits) -> Table:
    columns = _columns(settings)
    sheets = read_sheets(
        raw, limits=limits, weigh=lambda rows: weigh(rows, columns), sheet=settings.sheet
    )
    return find_table(sheets, columns, sums=settings.sums)


def _within(row: OneStopDossier, first: date, last: date) -> bool:
    return row.received_at is not None and first <= local_day(row.received_at) <= last


def _covered(
    rows: Sequence[OneStopDossier], first: date | None, last: date | None, name: str
) -> tuple[date, date]:
    days = [local_day(row.received_at) for row in rows if row.received_at is not None]
    begin, end = first or min(days, default=None), last or max(days, default=None)
    if begin is None or end is None:
        raise Misuse(
            f"{name}: tệp không có hồ sơ nào; nếu đúng vậy hãy nói tệp phủ ngày nào bằng --from và"
            " --to (no dossier in it: if that is right, say which days it covers)"
        )
    if begin > end:
        raise Misuse(
            f"{name}: phủ từ {format_day(begin)} đến {format_day(end)}: ngày đầu sau ngày cuối"
            " (--from lies after --to, or outside the file's days)"
        )
    return begin, end


class _Reader:
    """Takes a table's rows to dossiers, and keeps what is wrong with them."""

    def __init__(
        self, table: Table, settings: OneStopFileSettings, places: Sequence[Place]
    ) -> None:
        self._table = table
        self._fields = list(table.headings)
        self._problems: list[Problem] = []
        self._departments = Departments(places, settings.departments)
        self._statuses = words_of(settings.statuses, "statuses", _STATUSES)
        self._channels = words_of(settings.channels, "channels", _CHANNELS)
        self._modes = words_of(settings.return_modes, "return_modes", _RETURN_MODES)
        configured = None if settings.date_order == "detect" else DayOrder(settings.date_order)
        self._orders = {name: self._order(name, configured) for name in _DATES}

    def dossiers(self) -> list[OneStopDossier]:
        """All rows, or all problems.

        Raises:
            TableRefused: a cell cannot be taken.
        """
        found = [self._dossier(row) for row in self._table.rows]
        refuse_rows(self._problems)
        return found

    def _order(self, name: str, configured: DayOrder | None) -> DayOrder | None:
        if name not in self._fields:
            return None
        place = self._fields.index(name)
        settled = settle_order(
            ((row.number, row.cells[place]) for row in self._table.rows), configured
        )
        if settled.why:
            raise TableRefused(f"cột “{self._table.headings[name]}”: {settled.why}")
        return settled.order

    def _dossier(self, row: Row) -> OneStopDossier:
        cells = dict(zip(self._fields, row.cells, strict=True))
        status = cells.get("status")

        def take(name: str, meaning: Callable[[Cell], T], instead: T) -> T:
            try:
                return meaning(cells.get(name))
            except CellError as wrong:
                problem = Problem(row.number, self._table.headings[name], str(wrong))
                self._problems.append(problem)
                return instead

        def moment(name: str) -> datetime | None:
            return take(name, lambda cell: moment_of(cell, self._orders[name]), None)

        return OneStopDossier(
            code=take("code", _needed(code_of), ""),
            procedure_code=take("procedure", code_of, ""),
            department_code=take("department", self._departments.agency_of, ""),
            status=take("status", _number(self._statuses, _STATUSES), 0),
            raw_status=text_of(status),
            channel=take("channel", _number(self._channels, _CHANNELS), 0),
            return_mode=take("return_mode", _number(self._modes, _RETURN_MODES), 0),
            received_at=take("received", _needed(lambda _: moment("received")), None),
            promised_at=moment("promised"),
            resolved_at=moment("resolved"),
            returned_at=moment("returned"),
            fee_vnd=take("fee", money_of, None),
        )


def _needed(meaning: Callable[[Cell], T]) -> Callable[[Cell], T]:
    """The same, for a cell that may not be empty."""

    def taken(cell: Cell) -> T:
        if cell is None:
            raise CellError("ô trống (empty); hãy điền, hoặc xóa dòng nếu không phải hồ sơ")
        return meaning(cell)

    return taken


def _number(words: Mapping[str, int], numbers: frozenset[int]) -> Callable[[Cell], int]:
    return lambda cell: number_of(cell, words, numbers)
