"""The stand-in of a one-stop system without HTTP: for tests of what stands above the port.

It reads the same `Sandbox` as the HTTP stand-in and says it in our vocabulary on its own, so
that the adapter's translation has something to be held against (one contract suite, both).
"""

import json
from calendar import monthrange
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime

from postal_bridge.clock import LOCAL, months_after
from postal_bridge.errors import Accident
from postal_bridge.reconciliation.ports import (
    Counted,
    Counter,
    OneStopPage,
    OneStopRefused,
    OneStopStatistics,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.onestop_state import Row, Sandbox, Search, Value
from postal_bridge.sandbox.onestop_statistics import Defect, month_statistics

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


class MemoryOneStop:
    """A one-stop system in the same process.

    Attributes:
        broken: raised by every question while it is set; how an outage is played.
        defects: of its statistics.
    """

    name = "memory"
    tells_fees = False
    countable = frozenset({"days", "status", "agency", "channel", "return_mode"})

    def __init__(self, sandbox: Sandbox, *, page_size: int = 200) -> None:
        self._sandbox = sandbox
        self._page_size = page_size
        self.broken: Accident | None = None
        self.defects: frozenset[Defect] = frozenset()

    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days; at least one page."""
        start = 0
        while True:
            question = f"pages {received_from} {received_to} {start}"
            raw = await self._answer(question, tape, (received_from, received_to, start))
            total, rows = json.loads(raw)
            yield OneStopPage(
                rows=[_dossier(row) for row in rows], total=total, start=start, raw=raw
            )
            start += self._page_size
            if start >= total:
                return

    async def _answer(
        self, question: str, tape: Tape | None, wanted: tuple[date, date, int]
    ) -> bytes:
        taped = await tape.recall(question) if tape is not None else None
        if taped is not None:
            return taped
        await self.check()
        first, last, start = wanted
        found = self._found(Slice(first=first, last=last))
        raw = _raw([len(found), found[start : start + self._page_size]])
        if tape is not None:
            await tape.keep(question, raw)
        return raw

    def _found(self, part: Slice) -> list[Row]:
        days = {"receiveDate": (f"{part.first:%Y%m%d}", f"{part.last:%Y%m%d}")}
        wanted = {
            "status": part.status,
            "department_code": part.agency,
            "channel": part.channel,
            "return_mode": part.return_mode,
        }
        return [
            row
            for row in self._sandbox.search(Search(days=days))
            if all(
                value is None or getattr(_dossier(row), name) == value
                for name, value in wanted.items()
            )
        ]

    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        """How many dossiers this part of the list has."""
        taped = await tape.recall(f"count {part}") if tape is not None else None
        if taped is not None:
            return int(taped)
        await self.check()
        number = len(self._found(part))
        if tape is not None:
            await tape.keep(f"count {part}", str(number).encode())
        return number

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code."""
        await self.check()
        wanted = frozenset({code.strip()}) - {""}
        found = self._sandbox.search(Search(equal={"dossierNo": wanted}))
        if len(found) > 1:
            raise OneStopRefused(f"dossierNo: {len(found)} × “{code}”")
        return _dossier(found[0]) if found else None

    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        """The sandbox's own count of the months that these days touch."""
        counted: list[Counted] = []
        for month in _months(first, last):
            question = f"statistics {month}"
            raw = await tape.recall(question) if tape is not None else None
            if raw is None:
                await self.check()
                raw = _raw(self._month(month))
                if tape is not None:
                    await tape.keep(question, raw)
            for row in json.loads(raw):
                counted += _counted(row, month)
        return OneStopStatistics(counted=counted)

    def _month(self, month: date) -> list[Row]:
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


_COUNTERS = {
    "receivedCount": Counter.RECEIVED,
    "releaseCount": Counter.RESOLVED,
    "overtimeCount": Counter.LATE,
}


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = months_after(month, 1)


def _counted(row: Row, month: date) -> list[Counted]:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return [
        Counted(
            counter=counter,
            first=month,
            last=last,
            value=int(row[name]),
            agency=str(row["govAgencyCode"]),
        )
        for name, counter in _COUNTERS.items()
    ]


def _raw(envelope: object) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _dossier(row: Row) -> OneStopDossier:
    status = str(row["dossierStatus"])
    return OneStopDossier(
        code=str(row["dossierNo"]),
        procedure_code=str(row["serviceCode"]),
        department_code=str(row["govAgencyCode"]),
        status=_NATIONAL.index(status) + 1 if status in _NATIONAL else 0,
        raw_status=status,
        channel=2 if row["online"] else 3 if row["fromViaPostal"] else 1,
        return_mode=int(int(row["viaPostal"]) in {2, 3, 4}),
        received_at=_moment(row["receiveDate"]),
        promised_at=_moment(row["dueDate"]),
        resolved_at=_moment(row["releaseDate"]),
        returned_at=_moment(row["finishDate"]),
    )


def _moment(text: Value) -> datetime | None:
    if not text:
        return None
    naive = datetime.strptime(str(text), "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - zone next line
    return naive.replace(tzinfo=LOCAL).astimezone(UTC)
