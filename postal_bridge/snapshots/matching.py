"""Rows that were loaded become dossiers, matched by their codes: these have the last word.

Two codes may have one key digest. Then their rows look changed or doubled, so both are loaded and
matched here by the code itself: a collision hides no difference and invents none.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa

from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.snapshots.digests import EPOCH
from postal_bridge.snapshots.marks import SnapshotDamaged
from postal_bridge.snapshots.writing import DIGESTS, RECORDS, fields_of, is_moment

SAMPLE = 200

_Dossier = TypeVar("_Dossier", OurDossier, OneStopDossier)


@dataclass(frozen=True)
class Files:
    """What is compared.

    Attributes:
        paths: each side's file.
        rows: how many dossiers each holds.
        with_fees: whether fees are compared.
    """

    paths: Mapping[Side, Path]
    rows: Mapping[Side, int]
    with_fees: bool


@dataclass(frozen=True)
class Row(Generic[_Dossier]):
    """A dossier with its digests."""

    key: int
    row: int
    number: int
    fee: int | None
    dossier: _Dossier


def rows_of(side: Side, table: pa.Table) -> list[Row[Any]]:
    """The dossiers of a table that has all columns of a side's file."""
    names, record = fields_of(side), RECORDS[side]
    digests = zip(*(table[name].to_pylist() for name in DIGESTS), strict=True)
    columns = [_values(name, table[name]) for name in names]
    records = (
        record(**dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)
    )
    return [
        Row(key, row, number, fee, one)
        for (key, row, number, fee), one in zip(digests, records, strict=True)
    ]


def _values(name: str, column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return [_moment(value) for value in values] if is_moment(name) else values


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def matched(
    ours: Sequence[Row[OurDossier]], theirs: Sequence[Row[OneStopDossier]], files: Files
) -> Suspects:
    """Match what was loaded by the code itself; what was not loaded is equal.

    Raises:
        SnapshotDamaged: it is not the same number of dossiers on both sides.
    """
    unloaded = {files.rows[Side.OURS] - len(ours), files.rows[Side.THEIRS] - len(theirs)}
    if len(unloaded) > 1:
        msg = "the snapshots do not hold what was compared"
        raise SnapshotDamaged(msg)
    here, there = _by_code(ours), _by_code(theirs)
    suspects = Suspects(ours=[], theirs=[], equal=0, sample=[])
    equal: list[tuple[Row[OurDossier], Row[OneStopDossier]]] = []
    for code in sorted({*here, *there}):
        mine, rows = here.get(code, []), there.get(code, [])
        if len(mine) == len(rows) == 1 and _agree(mine[0], rows[0]):
            equal.append((mine[0], rows[0]))
            continue
        suspects.ours.extend(each.dossier for each in mine)
        suspects.theirs.extend(each.dossier for each in rows)
    equal.sort(key=lambda pair: (pair[0].key, pair[0].dossier.code))
    for one, other in equal[:SAMPLE]:
        if other.dossier.received_at is not None:
            suspects.sample.append((one.dossier.received_at, other.dossier.received_at))
    return Suspects(
        ours=suspects.ours,
        theirs=suspects.theirs,
        equal=unloaded.pop() + len(equal),
        sample=suspects.sample,
    )


def _agree(mine: Row[OurDossier], row: Row[OneStopDossier]) -> bool:
    """Whether two rows of one code are equal; a fee that is not told differs from none."""
    return mine.row == row.row and (mine.fee is None or row.fee in {None, mine.fee})


def _by_code(rows: Sequence[Row[_Dossier]]) -> dict[str, list[Row[_Dossier]]]:
    found: dict[str, list[Row[_Dossier]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        found[row.dossier.code].append(row)
    return found
