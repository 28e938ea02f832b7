"""Two lists of one province's dossiers that differ in one row of a thousand.

A quarter of the differing dossiers is missing there, a quarter is missing here, and the others
differ in one of the seven compared columns in turn. Rows come in one order here and in another
one there. Run as `python -m scripts.bench.two_lists ROWS FOLDER`, it writes both lists as
snapshots, with our own writer.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from postal_bridge.reconciliation.ports import Side
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.snapshots.parquet import ParquetSnapshots

ONE_IN = 1000
PAGE = 1000
FIRST_DAY, DAYS = date(2019, 1, 1), 40
LAST_DAY = FIRST_DAY + timedelta(days=DAYS + 30)
BEGIN = datetime(2019, 1, 1, 1, tzinfo=UTC)
AGENCIES, PROCEDURES = 25, 2000

_MISSING_THERE, _MISSING_HERE, _CHANGED = 0, 1, 2
_CHANGES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("status", lambda _value: 9),
    ("department_code", lambda _value: "H37.999.999.999"),
    ("procedure_code", lambda _value: "9.999999"),
    ("channel", lambda value: 1 + value % 3),
    ("return_mode", lambda value: 1 - value),
    ("received_at", lambda value: value + timedelta(days=2)),
    ("promised_at", lambda value: value + timedelta(days=1)),
)


@dataclass(frozen=True)
class TwoLists:
    """The lists; every row can be made by its number alone."""

    rows: int

    @property
    def differing(self) -> int:
        """How many dossiers differ."""
        return -(-self.rows // ONE_IN)

    def ours(self) -> Iterator[Sequence[OurDossier]]:
        """Our side by code, page by page."""
        yield from self._pages(range(self.rows), self._our)

    def theirs(self) -> Iterator[Sequence[OneStopDossier]]:
        """Their side in an order of its own: day after day the newest first."""
        step = 7_919  # a prime, so that every number comes once
        order = ((self.rows - 1 - number) * step % self.rows for number in range(self.rows))
        yield from self._pages(order, self._their)

    def _pages(self, order: Any, make: Callable[[int], Any]) -> Iterator[Sequence[Any]]:
        page: list[Any] = []
        for number in order:
            row = make(number)
            if row is not None:
                page.append(row)
            if len(page) == PAGE:
                yield page
                page = []
        yield page

    def _fate(self, number: int) -> int | None:
        """What is the matter with a dossier; none with most."""
        return number // ONE_IN % 4 if number % ONE_IN == ONE_IN // 2 else None

    def _fields(self, number: int) -> dict[str, Any]:
        received = BEGIN + timedelta(days=number % DAYS, seconds=number * 37 % 30_000)
        agency = f"H37.{number % AGENCIES + 1:03d}.{number % 7 + 1:03d}.001"
        day = FIRST_DAY + timedelta(days=number % DAYS)
        return {
            "code": f"{agency}-{day:%y%m%d}-{number:09d}",
            "agency": agency,
            "procedure_code": f"1.{number * 31 % PROCEDURES:06d}",
            "status": 4 if number % 3 else 10,
            "channel": number % 3 + 1,
            "return_mode": number % 2,
            "received_at": received,
            "promised_at": received + timedelta(days=number % 15 + 1),
            "resolved_at": None if number % 3 else received + timedelta(days=1),
        }

    def _our(self, number: int) -> OurDossier | None:
        if self._fate(number) == _MISSING_HERE:
            return None
        fields = self._fields(number)
        return OurDossier(department=fields.pop("agency"), **fields)

    def _their(self, number: int) -> OneStopDossier | None:
        fate = self._fate(number)
        if fate == _MISSING_THERE:
            return None
        fields = self._fields(number)
        fields["department_code"] = fields.pop("agency")
        if fate is not None and fate >= _CHANGED:
            name, change = _CHANGES[number // ONE_IN % len(_CHANGES)]
            fields[name] = change(fields[name])
        return OneStopDossier(raw_status="processing", **fields)


def write(rows: int, folder: Path) -> dict[str, float]:
    """Write both lists into files; CPU seconds of writing alone, by side."""
    lists, snapshots = TwoLists(rows), ParquetSnapshots(folder)
    pages: dict[Side, Iterator[Sequence[Any]]] = {
        Side.OURS: lists.ours(),
        Side.THEIRS: lists.theirs(),
    }
    spent: dict[str, float] = {}
    for side, made in pages.items():
        writer = snapshots.begin(side, agencies={}, with_fees=False)
        spent[side] = 0.0
        for page in made:
            begun = time.process_time()
            writer.add(page)
            spent[side] += time.process_time() - begun
        begun = time.process_time()
        writer.finish()
        spent[side] += time.process_time() - begun
    return spent


if __name__ == "__main__":
    for side, seconds in write(int(sys.argv[1]), Path(sys.argv[2])).items():
        print(side, seconds)
