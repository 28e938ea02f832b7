"""Both sides kept in memory and compared as one would write it down on paper.

It is the measure for what compares files: the same rows must come out of both, in the same order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import msgspec
import xxhash

from postal_bridge.clock import local_day
from postal_bridge.reconciliation.ports import Side, Snapshot, Suspects
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier

SAMPLE = 200

Digest = Callable[[bytes], bytes]


@dataclass(frozen=True)
class MemorySnapshot:
    """One side's dossiers."""

    side: Side
    dossiers: Sequence[OurDossier | OneStopDossier]
    agencies: Mapping[str, str]
    with_fees: bool
    digest: Digest

    @property
    def rows(self) -> int:
        return len(self.dossiers)

    @property
    def content(self) -> bytes:
        return msgspec.json.encode(self.dossiers)


@dataclass
class MemoryWriter:
    """Collects one side's dossiers."""

    side: Side
    agencies: Mapping[str, str]
    with_fees: bool
    digest: Digest
    _dossiers: list[OurDossier | OneStopDossier] = field(default_factory=list)

    def add(self, rows: Sequence[OurDossier] | Sequence[OneStopDossier]) -> None:
        self._dossiers.extend(rows)

    def finish(self) -> MemorySnapshot:
        return MemorySnapshot(
            self.side, tuple(self._dossiers), self.agencies, self.with_fees, self.digest
        )

    def abandon(self) -> None:
        self._dossiers.clear()


@dataclass(frozen=True)
class MemorySnapshots:
    """The port, without files; the digest decides nothing but which pairs are the sample."""

    digest: Digest = xxhash.xxh3_64_digest

    def begin(self, side: Side, *, agencies: dict[str, str], with_fees: bool) -> MemoryWriter:
        return MemoryWriter(side, dict(agencies), with_fees, self.digest)

    async def suspects(self, ours: Snapshot, theirs: Snapshot) -> Suspects:
        assert isinstance(ours, MemorySnapshot)
        assert isinstance(theirs, MemorySnapshot)
        return compared_by_hand(ours, theirs)


def compared_by_hand(ours: MemorySnapshot, theirs: MemorySnapshot) -> Suspects:
    """Each code by itself, with all its rows."""
    here: dict[str, list[OurDossier]] = {}
    there: dict[str, list[OneStopDossier]] = {}
    for one in ours.dossiers:
        assert isinstance(one, OurDossier)
        here.setdefault(one.code, []).append(one)
    for row in theirs.dossiers:
        assert isinstance(row, OneStopDossier)
        there.setdefault(row.code, []).append(row)
    equal: list[tuple[OurDossier, OneStopDossier]] = []
    suspects = Suspects(ours=[], theirs=[], equal=0, sample=[])
    for code in sorted({*here, *there}):
        mine, rows = here.get(code, []), there.get(code, [])
        if len(mine) == len(rows) == 1 and _agree(mine[0], rows[0], ours):
            equal.append((mine[0], rows[0]))
        else:
            suspects.ours.extend(mine)
            suspects.theirs.extend(rows)
    equal.sort(key=lambda pair: (_signed(ours.digest(pair[0].code.encode())), pair[0].code))
    sample = [
        (mine.received_at, row.received_at)
        for mine, row in equal[:SAMPLE]
        if row.received_at is not None
    ]
    return replace(suspects, equal=len(equal), sample=sample)


def _agree(mine: OurDossier, row: OneStopDossier, snapshot: MemorySnapshot) -> bool:
    agency = snapshot.agencies.get
    return (
        not row.strange
        and mine.status == row.status
        and agency(mine.department, mine.department)
        == agency(row.department_code, row.department_code)
        and mine.procedure_code == row.procedure_code
        and mine.channel == row.channel
        and mine.return_mode == row.return_mode
        and _day(mine.received_at) == _day(row.received_at)
        and _day(mine.promised_at) == _day(row.promised_at)
        and (not snapshot.with_fees or row.fee_vnd in {None, mine.fee_vnd})
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)


def _signed(digest: bytes) -> int:
    return int.from_bytes(digest, "big", signed=True)
