"""Which buckets of two snapshots have to be looked at, and those of short lists looked at at once.

Two lists of a province have some hundred rows in such buckets. Their files are gone through here,
and no engine is opened: to open and close one takes as long as that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.snapshots.digests import Numbers
from postal_bridge.snapshots.marks import Chosen, Marks, bucket_numbers, marks_of
from postal_bridge.snapshots.matching import SAMPLE, Files, matched, rows_of
from postal_bridge.snapshots.writing import BATCH

FIRST_KEY, LAST_KEY = -(2**63), 2**63 - 1

TO_SAMPLE = 2 * SAMPLE
"""About so many rows are looked at for a sample of equal pairs."""
SHORT = 200_000
MOST_PICKED = 4_096
"""Rows to a list, and of them to be looked at, up to which no engine is asked: beyond, an engine
that reads several columns at once makes up for its opening."""


@dataclass(frozen=True)
class Sought:
    """The buckets to be looked at, each told by its place; all others hold equal pairs only.

    Attributes:
        buckets: those that differ, those with doubles, and as many of the first as `sample_to`.
        unlike: those that differ or hold doubles.
        doubled: those that hold a key digest more than once on a side.
        sample_to: the last key digest of the first buckets, among which a sample is sought.
    """

    buckets: Chosen
    unlike: Chosen
    doubled: Chosen
    sample_to: int

    @property
    def bits(self) -> int:
        """How many first bits of a key digest name its bucket."""
        return len(self.buckets).bit_length() - 1

    @property
    def share(self) -> float:
        """About which part of all rows they hold."""
        return float(np.count_nonzero(self.buckets) / len(self.buckets))

    def whole(self) -> "Sought":
        """All buckets, because the first ones do not hold a sample."""
        return replace(self, buckets=np.ones_like(self.buckets), sample_to=LAST_KEY)

    def parts(self, chosen: Chosen, rows: int, most: int) -> Iterator[Numbers]:
        """Chosen buckets as engines name them, in parts of about `most` rows out of `rows`."""
        numbers = np.flatnonzero(chosen)
        count = -(-len(numbers) * rows // (len(chosen) * most))
        for part in np.array_split(numbers, max(1, count)):
            if len(part):
                yield part - 2 ** (self.bits - 1)


def sought(files: Files) -> Sought:
    """Which buckets have to be looked at.

    Raises:
        SnapshotDamaged: a file has no marks.
    """
    ours, theirs = _alike(*(marks_of(files.paths[side]) for side in Side))
    first = -(-TO_SAMPLE * len(ours.sums) // max(1, *files.rows.values()))
    doubled = ours.doubled | theirs.doubled
    unlike = (ours.sums != theirs.sums) | doubled
    buckets = unlike.copy()
    buckets[:first] = True
    sample_to = FIRST_KEY + first * 2 ** (64 - ours.bits) - 1
    return Sought(buckets, unlike, doubled, min(sample_to, LAST_KEY))


def _alike(one: Marks, other: Marks) -> tuple[Marks, Marks]:
    bits = min(one.bits, other.bits)
    return one.coarser(bits), other.coarser(bits)


def picked(files: Files) -> Suspects | None:
    """The suspects of short lists that differ little; none where an engine has to be asked.

    Raises:
        SnapshotDamaged: a file has no marks, or does not hold what it should.
    """
    rows = max(files.rows.values())
    if rows > SHORT:
        return None
    seen = sought(files)
    if seen.share * rows > MOST_PICKED:
        return None
    tables = {side: _picked(path, seen) for side, path in files.paths.items()}
    if not _has_sample(tables[Side.OURS]["key"].to_numpy(), seen):
        return None
    ours, theirs = (rows_of(side, tables[side]) for side in Side)
    return matched(ours, theirs, files)


def _picked(path: Path, seen: Sought) -> pa.Table:
    """The rows of a file that stand in the buckets; a few thousand others are held meanwhile."""
    with pq.ParquetFile(path) as file:
        found = [file.schema_arrow.empty_table()]
        for batch in file.iter_batches(BATCH, use_threads=False):
            buckets = bucket_numbers(batch["key"].to_numpy(), seen.bits)
            rows = np.flatnonzero(seen.buckets[buckets])
            found.append(pa.Table.from_batches([batch.take(rows)]))
        return pa.concat_tables(found)


def _has_sample(keys: Numbers, seen: Sought) -> bool:
    """Whether the first buckets that are alike hold a sample, or everything is looked at."""
    alike = ~seen.unlike[bucket_numbers(keys, seen.bits)]
    return bool(seen.buckets.all()) or int(np.count_nonzero(alike)) >= SAMPLE
