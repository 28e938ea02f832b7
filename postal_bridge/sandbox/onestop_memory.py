"""The stand-in of a one-stop system without HTTP: for tests of what stands above the port.

It reads the same `Sandbox` as the HTTP stand-in and says it in our vocabulary on its own, so
that the adapter's translation has something to be held against (one contract suite, both).
"""

import json
from calendar import monthrange
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from postal_bridge.clock import LOCAL, months_after
from postal_bridge.errors import Accident
from postal_bridge.reconciliation.ports import (
    Counted,
    Counter,
    OneStopAmbiguous,
    OneStopPage,
    OneStopStatistics,
    OneStopUnavailable,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.onestop_state import Row, Sandbox, Search
from postal_bridge.sandbox.onestop_statistics import (
    Defect,
    StatisticRow,
    broken_identities,
    month_statistics,
)

READINGS = 3
"""How often a list that moves is read from its start before the night gives up on it."""

_NATIONAL = (
    "receiving",
    "new",
    "denied",
    "processing",
    "waiting",
    "paying",
    "cancelled",
    "unresolved",
    "releasing",
    "done",
)
"""Position, counted from 1, is the national number (reference, section 2.3)."""

_POSTAL_STATES = range(5)
_REGISTERED_FOR_POST = 2

_COUNTERS = {
    "receivedCount": Counter.RECEIVED,
    "onlineCount": Counter.RECEIVED_ONLINE,
    "releaseCount": Counter.RESOLVED,
    "overtimeCount": Counter.LATE,
    "viaPostalCount": Counter.POSTAL_REGISTERED,
}
"""`doneCount` is of dossiers released in the month, not of those returned in it, so it is none
of our counters."""

_FEE = "feeTotal"

Drift = Callable[[Sandbox, Row], None]
"""What happens to the list behind a page: it is given the page's first row."""


def row_appears(sandbox: Sandbox, row: Row) -> None:
    """A dossier is created that stands before all others in the list."""
    sandbox.copy_of(row, in_front=True)


def row_leaves(sandbox: Sandbox, row: Row) -> None:
    """A dossier that was just shown is no longer there."""
    sandbox.remove(int(row["dossierId"]))


def rows_swap(sandbox: Sandbox, row: Row) -> None:
    """One dossier goes and another comes at the end: the total stays what it was."""
    sandbox.remove(int(row["dossierId"]))
    sandbox.copy_of(row, in_front=False)


class _MovedError(Exception):
    """The list moved while it was read."""


class MemoryOneStop:
    """A one-stop system in the same process.

    Attributes:
        tells_fees: a switch; when it is on, `fees` by dossierNo are told, 0 where none is named.
        countable: a switch as well; nothing is countable when it is empty.
        broken: raised by every question while it is set; how an outage is played.
        defects: of its statistics.
        drifts: what happens to the list behind the next pages, one entry for each page that is
            asked for and not played back; None lets a page pass.
    """

    name = "memory"
    tells_fees = False
    countable = frozenset({"days", "status", "agency", "channel", "return_mode"})

    def __init__(self, sandbox: Sandbox, *, page_size: int = 200) -> None:
        self._sandbox = sandbox
        self._page_size = page_size
        self.broken: Accident | None = None
        self.defects: frozenset[Defect] = frozenset()
        self.fees: dict[str, int] = {}
        self.drifts: deque[Drift | None] = deque()

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days; at least one page.

        Raises:
            OneStopUnavailable: the list moved in each of `READINGS` readings.
        """
        why = ""
        for _ in range(READINGS):
            try:
                async for page in self._reading(received_from, received_to, tape):
                    yield page
            except _MovedError as moved:
                why = str(moved)
            else:
                return
        raise OneStopUnavailable(f"danh sách thay đổi trong cả {READINGS} lần đọc: {why}")

    async def _reading(
        self, first: date, last: date, tape: Tape | None
    ) -> AsyncIterator[OneStopPage]:
        """One reading; every page but the first begins with the last row of the one before."""
        seen: list[int] = []
        total = None
        while total is None or len(seen) < total:
            raw = await self._page(first, last, len(seen), tape)
            envelope = json.loads(raw)
            repeated = int(bool(seen))
            ids = [int(row["dossierId"]) for row in envelope["data"]]
            fresh = ids[repeated:]
            if seen and (envelope["total"] != total or ids[:1] != seen[-1:] or not fresh):
                raise _MovedError("dòng nối hai trang hoặc tổng số đổi (rows or total moved)")
            if len({*seen, *fresh}) < len(seen) + len(fresh):
                raise _MovedError("một hồ sơ đến hai lần (a dossier came twice)")
            total = int(envelope["total"])
            rows = [_dossier(row) for row in envelope["data"][repeated:]]
            yield OneStopPage(rows=rows, total=total, start=len(seen), raw=raw)
            seen += fresh

    async def _page(self, first: date, last: date, start: int, tape: Tape | None) -> bytes:
        begin = max(start - 1, 0)
        end = start + self._page_size

        def answer() -> object:
            found = self._found(Slice(first=first, last=last))
            shown = [self._shown(row) for row in found[begin:end]]
            drift = self.drifts.popleft() if self.drifts else None
            if drift is not None and shown:
                drift(self._sandbox, found[begin])
            return {"total": len(found), "data": shown}

        return await self._asked(f"pages {first} {last} {begin}-{end}", tape, answer)

    async def _asked(self, question: str, tape: Tape | None, answer: Callable[[], object]) -> bytes:
        """The answer of the tape, or of the sandbox as it is now."""
        taped = await tape.recall(question) if tape is not None else None
        if taped is not None:
            return taped
        await self.check()
        raw = json.dumps(answer(), ensure_ascii=False, separators=(",", ":")).encode()
        if tape is not None:
            await tape.keep(question, raw)
        return raw

    def _shown(self, row: Row) -> Row:
        return {**row, _FEE: self.fees.get(str(row["dossierNo"]), 0)} if self.tells_fees else row

    def _found(self, part: Slice) -> list[Row]:
        days = {"receiveDate": (f"{part.first:%Y%m%d}", f"{part.last:%Y%m%d}")}
        wanted = {
            "status": part.status,
            "department_code": part.agency,
            "channel": part.channel,
            "return_mode": part.return_mode,
        }
        fields = {name: value for name, value in wanted.items() if value is not None}
        found = self._sandbox.search(Search(days=days))
        return [row for row in found if _fits(row, fields)] if fields else found

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part of the list has."""
        raw = await self._asked(f"count {part}", tape, lambda: len(self._found(part)))
        return int(raw)

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code."""
        await self.check()
        wanted = frozenset({code.strip()}) - {""}
        found = self._sandbox.search(Search(equal={"dossierNo": wanted}))
        if len(found) > 1:
            raise OneStopAmbiguous(f"dossierNo: {len(found)} × “{code}”")
        return _dossier(self._shown(found[0])) if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """The sandbox's own count of the months that these days touch."""
        statistics = OneStopStatistics(counted=[], broken=[])
        for month in _months(first, last):
            raw = await self._asked(f"statistics {month}", tape, lambda: self._month(month))  # noqa: B023 - asked at once
            for row in json.loads(raw):
                statistics.counted += _counted(row, month)
                statistics.broken += broken_identities(row)
        return statistics

    def _month(self, month: date) -> list[StatisticRow]:
        return month_statistics(
            self._sandbox.rows(),
            year=month.year,
            month=month.month,
            now=self._sandbox.clock.now(),
            defects=self.defects,
        )

    async def check(self) -> None:
        """Return when nothing is broken."""
        if self.broken is not None:
            raise self.broken

    async def close(self) -> None:
        """There is nothing to give back."""


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = months_after(month, 1)


def _counted(row: StatisticRow, month: date) -> Iterator[Counted]:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    for name, counter in _COUNTERS.items():
        # The post's figure counts what was carried over from earlier months as well.
        carried = int(row["remainingCount"]) if counter is Counter.POSTAL_REGISTERED else 0
        yield Counted(
            counter=counter,
            first=month,
            last=last,
            value=int(row[name]),
            agency=str(row["govAgencyCode"]),
            carried=carried,
        )


def _fits(row: Row, fields: Mapping[str, object]) -> bool:
    dossier = _dossier(row)
    return all(getattr(dossier, name) == value for name, value in fields.items())


def _dossier(row: Row) -> OneStopDossier:
    status = str(row["dossierStatus"])
    postal = int(row["viaPostal"])
    strange = [] if postal in _POSTAL_STATES else [f"viaPostal = {postal}"]
    moments: dict[str, datetime | None] = {}
    for name in ("receiveDate", "dueDate", "releaseDate", "finishDate"):
        try:
            moments[name] = _moment(str(row[name]))
        except ValueError:
            moments[name] = None
            strange.append(f"{name} = “{row[name]}”")
    return OneStopDossier(
        code=str(row["dossierNo"]),
        procedure_code=str(row["serviceCode"]),
        department_code=str(row["govAgencyCode"]),
        status=_NATIONAL.index(status) + 1 if status in _NATIONAL else 0,
        raw_status=status,
        channel=2 if row["online"] else 3 if row["fromViaPostal"] else 1,
        return_mode=int(postal >= _REGISTERED_FOR_POST),
        received_at=moments["receiveDate"],
        promised_at=moments["dueDate"],
        resolved_at=moments["releaseDate"],
        returned_at=moments["finishDate"],
        fee_vnd=int(row[_FEE]) if _FEE in row else None,
        strange=f"Giá trị không đọc được: {', '.join(strange)}" if strange else "",
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    naive = datetime.strptime(text, "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - zone next line
    return naive.replace(tzinfo=LOCAL).astimezone(UTC)
