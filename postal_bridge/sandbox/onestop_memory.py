"""The stand-in of a one-stop system without HTTP: for tests of what stands above the port.

It reads the same `Sandbox` as the HTTP stand-in and says it in our vocabulary on its own, so
that the adapter's translation has something to be held against (one contract suite, both).
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

from postal_bridge.clock import LOCAL
from postal_bridge.errors import Accident
from postal_bridge.reconciliation.ports import (
    OneStopDossier,
    OneStopPage,
    OneStopRefused,
    OneStopStatistics,
)
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

    def __init__(self, sandbox: Sandbox, *, page_size: int = 200) -> None:
        self._sandbox = sandbox
        self._page_size = page_size
        self.broken: Accident | None = None
        self.defects: frozenset[Defect] = frozenset()

    async def pages(self, *, received_from: date, received_to: date) -> AsyncIterator[OneStopPage]:
        """Walk the list of dossiers received on these local days; at least one page."""
        await self.check()
        days = {"receiveDate": (f"{received_from:%Y%m%d}", f"{received_to:%Y%m%d}")}
        found = self._sandbox.search(Search(days=days))
        for start in range(0, len(found) or 1, self._page_size):
            rows = found[start : start + self._page_size]
            yield OneStopPage(
                rows=[_dossier(row) for row in rows],
                total=len(found),
                start=start,
                raw=_raw({"total": len(found), "data": rows}),
            )

    async def find(self, code: str) -> OneStopDossier | None:
        """Look one dossier up by its code."""
        await self.check()
        wanted = frozenset({code.strip()}) - {""}
        found = self._sandbox.search(Search(equal={"dossierNo": wanted}))
        if len(found) > 1:
            raise OneStopRefused(f"dossierNo: {len(found)} × “{code}”")
        return _dossier(found[0]) if found else None

    async def statistics(self, *, year: int, month: int) -> OneStopStatistics:
        """The sandbox's own count of a month."""
        await self.check()
        rows = month_statistics(
            self._sandbox.rows(),
            year=year,
            month=month,
            now=self._sandbox.clock.now(),
            defects=self.defects,
        )
        whole = rows[0]
        return OneStopStatistics(
            total=int(whole["totalCount"]),
            received=int(whole["receivedCount"]),
            processing=int(whole["processingCount"]),
            released=int(whole["releaseCount"]),
            betimes=int(whole["betimesCount"]),
            ontime=int(whole["ontimeCount"]),
            overtime=int(whole["overtimeCount"]),
            done=int(whole["doneCount"]),
            raw=_raw({"total": len(rows), "data": rows}),
        )

    async def check(self) -> None:
        """Return when nothing is broken."""
        if self.broken is not None:
            raise self.broken

    async def close(self) -> None:
        """There is nothing to give back."""


def _raw(envelope: dict[str, object]) -> bytes:
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
