"""From digests to dossiers: the engine names the suspects, and their codes have the last word.

Two codes may have one key digest. Then their rows look changed or doubled, so both are loaded and
matched again by the code itself: a collision hides no difference and invents none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from postal_bridge.errors import Accident
from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.snapshots.digests import EPOCH, Numbers
from postal_bridge.snapshots.engines import Engine
from postal_bridge.snapshots.expression import (
    FIRST_KEY,
    LAST_KEY,
    WANTED,
    KeySpan,
    Verdict,
    dossiers,
    doubled,
    verdicts,
)
from postal_bridge.snapshots.writing import DIGESTS, RECORDS, fields_of, is_moment

SAMPLE = 200
FEW = FIRST_KEY + 2**64 // 64
"""Of a long list about every 64th key digest is up to this one: a sample can be taken of them."""
LONG = 64 * 5 * SAMPLE
ROWS_A_PART = 10_000_000
"""So many rows of a side are joined at once, in less than a gigabyte; for each further part the
digests are read once more."""

_Dossier = TypeVar("_Dossier", OurDossier, OneStopDossier)


class SnapshotDamaged(Accident):
    """The files of a comparison do not fit together; the night is simply run again."""

    retryable = True


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

    def spans(self) -> list[KeySpan]:
        """The key digests in parts that fit into memory."""
        return KeySpan().parts(-(-max(self.rows.values()) // ROWS_A_PART) or 1)


@dataclass
class _Judged:
    """What the engine said about all pairs."""

    pairs: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    suspects: list[Numbers] = field(default_factory=list)
    sample: list[Numbers] = field(default_factory=list)

    def add(self, answer: pa.Table) -> None:
        """Take the verdicts of one part."""
        for line in range(answer.num_rows):
            verdict = Verdict(answer["verdict"][line].as_py())
            self.pairs[verdict] += answer["pairs"][line].as_py()
            keys = answer["keys"][line].values
            if keys is not None:
                kept = self.sample if verdict is Verdict.EQUAL else self.suspects
                kept.append(keys.to_numpy(zero_copy_only=False))

    def doubles(self, rows: Mapping[Side, int]) -> bool:
        """Whether a code that both sides have comes twice on one of them.

        Over keys that a side has `a` times and the other `b` times, the sum of `a * b` is as great
        as the sums of `a` and of `b` only where all of them are 1.
        """
        paired = self.pairs[Verdict.EQUAL] + self.pairs[Verdict.CHANGED]
        here = rows[Side.OURS] - self.pairs[Verdict.MISSING_THERE]
        there = rows[Side.THEIRS] - self.pairs[Verdict.MISSING_HERE]
        return not paired == here == there


@dataclass(frozen=True)
class _Row(Generic[_Dossier]):
    """A dossier with its digests."""

    key: int
    row: int
    number: int
    fee: int | None
    dossier: _Dossier


def compared(engine: Engine, files: Files, folder: Path) -> Suspects:
    """Find the suspects; always the same for the same files.

    Args:
        engine: who joins.
        files: what is compared.
        folder: where the list of wanted keys stands for a moment.

    Raises:
        SnapshotDamaged: what was loaded does not fit to what was counted.
    """
    few = FEW if max(files.rows.values()) > LONG else LAST_KEY
    judged = _judge(engine, files, few)
    suspects = [*judged.suspects, *_doubles(engine, files, judged)]
    suspicious = _unique(suspects)
    sample = np.setdiff1d(_unique(judged.sample), suspicious)
    if len(sample) < SAMPLE and few < LAST_KEY:
        sample = np.setdiff1d(_unique(_judge(engine, files, LAST_KEY).sample), suspicious)
    wanted = _unique([suspicious, sample[:SAMPLE]])
    loaded = _load(engine, files, wanted, folder)
    return _matched(loaded[Side.OURS], loaded[Side.THEIRS], files)


def _judge(engine: Engine, files: Files, sample_to: int) -> _Judged:
    judged = _Judged()
    for span in files.spans():
        question = verdicts(span, with_fees=files.with_fees, sample_to=sample_to)
        judged.add(engine.answer(question, _named(files.paths)))
    return judged


def _doubles(engine: Engine, files: Files, judged: _Judged) -> Iterable[Numbers]:
    if not judged.doubles(files.rows):
        return []
    answers = [engine.answer(doubled(span), _named(files.paths)) for span in files.spans()]
    return [answer["key"].to_numpy() for answer in answers]


def _load(
    engine: Engine, files: Files, wanted: Numbers, folder: Path
) -> dict[Side, list[_Row[Any]]]:
    if not len(wanted):
        return {side: [] for side in Side}
    path = folder / f"{WANTED}.parquet"
    pq.write_table(pa.table({"key": wanted}), path, compression="NONE")
    try:
        tables = {**_named(files.paths), WANTED: path}
        return {side: _rows(side, engine.answer(dossiers(side), tables)) for side in Side}
    finally:
        path.unlink()


def _rows(side: Side, table: pa.Table) -> list[_Row[Any]]:
    names, record = fields_of(side), RECORDS[side]
    digests = zip(*(table[name].to_pylist() for name in DIGESTS), strict=True)
    columns = [_values(name, table[name]) for name in names]
    records = (
        record(**dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)
    )
    return [
        _Row(key, row, number, fee, one)
        for (key, row, number, fee), one in zip(digests, records, strict=True)
    ]


def _values(name: str, column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return [_moment(value) for value in values] if is_moment(name) else values


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def _matched(
    ours: Sequence[_Row[OurDossier]], theirs: Sequence[_Row[OneStopDossier]], files: Files
) -> Suspects:
    """Match what was loaded by the code itself."""
    unloaded = {files.rows[Side.OURS] - len(ours), files.rows[Side.THEIRS] - len(theirs)}
    if len(unloaded) > 1:
        msg = "the snapshots do not hold what was compared"
        raise SnapshotDamaged(msg)
    here, there = _by_code(ours), _by_code(theirs)
    suspects = Suspects(ours=[], theirs=[], equal=0, sample=[])
    equal: list[tuple[_Row[OurDossier], _Row[OneStopDossier]]] = []
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


def _agree(mine: _Row[OurDossier], row: _Row[OneStopDossier]) -> bool:
    """Whether two rows of one code are equal; a fee that is not told differs from none."""
    return mine.row == row.row and (mine.fee is None or row.fee in {None, mine.fee})


def _by_code(rows: Sequence[_Row[_Dossier]]) -> dict[str, list[_Row[_Dossier]]]:
    found: dict[str, list[_Row[_Dossier]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        found[row.dossier.code].append(row)
    return found


def _unique(keys: Iterable[Numbers]) -> Numbers:
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *keys]))


def _named(paths: Mapping[Side, Path]) -> dict[str, Path]:
    return {side.value: path for side, path in paths.items()}
