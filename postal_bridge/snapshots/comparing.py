"""From buckets to dossiers: the engine names the suspects, and their codes have the last word."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.snapshots.digests import Numbers
from postal_bridge.snapshots.engines import Engine
from postal_bridge.snapshots.expression import LISTED, Verdict, dossiers, doubled, verdicts
from postal_bridge.snapshots.marks import Chosen
from postal_bridge.snapshots.matching import SAMPLE, Files, Row, matched, rows_of
from postal_bridge.snapshots.seeking import LAST_KEY, Sought, sought

ROWS_A_PART = 10_000_000
"""So many rows of a side are joined at once, in less than a gigabyte; for each further part the
digests are read once more."""


@dataclass
class _Judged:
    """What the engine said about all pairs."""

    suspects: list[Numbers] = field(default_factory=list)
    sample: list[Numbers] = field(default_factory=list)

    def add(self, answer: pa.Table) -> None:
        """Take the verdicts of one part."""
        for line in range(answer.num_rows):
            verdict = Verdict(answer["verdict"][line].as_py())
            keys = answer["keys"][line].values
            if keys is not None:
                kept = self.sample if verdict is Verdict.EQUAL else self.suspects
                kept.append(keys.to_numpy(zero_copy_only=False))


def compared(engine: Engine, files: Files, folder: Path) -> Suspects:
    """Find the suspects; always the same for the same files.

    Args:
        engine: who joins.
        files: what is compared.
        folder: where a list of what is wanted stands for a moment.

    Raises:
        SnapshotDamaged: what was loaded does not fit to what was counted, or a file has no marks.
    """
    asking, seen = _Asking(engine, files, folder), sought(files)
    judged = asking.judge(seen)
    suspicious = _unique([*judged.suspects, *asking.doubles(seen)])
    sample = np.setdiff1d(_unique(judged.sample), suspicious)
    if len(sample) < SAMPLE and seen.sample_to < LAST_KEY:
        sample = np.setdiff1d(_unique(asking.judge(seen.whole()).sample), suspicious)
    loaded = asking.load(_unique([suspicious, sample[:SAMPLE]]))
    return matched(loaded[Side.OURS], loaded[Side.THEIRS], files)


class _Asking:
    """What one engine is asked about two files."""

    def __init__(self, engine: Engine, files: Files, folder: Path) -> None:
        self._engine, self._files, self._folder = engine, files, folder
        self._serials = count(1)

    def judge(self, seen: Sought) -> _Judged:
        """Both sides' rows in these buckets, joined."""
        judged = _Judged()
        with_fees = self._files.with_fees
        question = verdicts(seen.bits, with_fees=with_fees, sample_to=seen.sample_to)
        for part in self._parts(seen, seen.buckets):
            with self._listed(part) as tables:
                judged.add(self._engine.answer(question, tables))
        return judged

    def doubles(self, seen: Sought) -> Iterable[Numbers]:
        """The key digests that come more than once on a side."""
        for part in self._parts(seen, seen.doubled):
            with self._listed(part) as tables:
                yield self._engine.answer(doubled(seen.bits), tables)["key"].to_numpy()

    def load(self, wanted: Numbers) -> dict[Side, list[Row[Any]]]:
        """Both sides' rows with these key digests."""
        if not len(wanted):
            return {side: [] for side in Side}
        with self._listed(wanted) as tables:
            answers = {side: self._engine.answer(dossiers(side), tables) for side in Side}
        return {side: rows_of(side, answer) for side, answer in answers.items()}

    def _parts(self, seen: Sought, chosen: Chosen) -> Iterator[Numbers]:
        return seen.parts(chosen, max(self._files.rows.values()), ROWS_A_PART)

    @contextlib.contextmanager
    def _listed(self, numbers: Numbers) -> Iterator[Mapping[str, Path]]:
        """The tables of a question that is about these numbers; each list is a file of its own."""
        path = self._folder / f"{LISTED}-{next(self._serials)}.parquet"
        pq.write_table(pa.table({"number": numbers}), path, compression="NONE")
        try:
            yield {**{side.value: one for side, one in self._files.paths.items()}, LISTED: path}
        finally:
            path.unlink()


def _unique(keys: Iterable[Numbers]) -> Numbers:
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *keys]))
