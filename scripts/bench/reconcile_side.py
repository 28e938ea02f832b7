"""One side of the benchmark of the comparison, in a process of its own.

Run as `python -m scripts.bench.reconcile_side ours|duckdb FOLDER [WARM_FOLDER]`. It prints one JSON
object: wall and CPU seconds, the most memory that the process ever had, and what it found. What a
process pays once, importing above all, is paid on a small pair of lists beforehand; short lists need
no engine, so it is made to compare them a second time.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from postal_bridge.snapshots.engines import Engine

OURS, THEIRS = "ours-1.parquet", "theirs-2.parquet"
CLASSES = """
SELECT class, count(*) FROM (
    SELECT CASE
        WHEN t.code IS NULL THEN 'missing_there'
        WHEN o.code IS NULL THEN 'missing_here'
        WHEN o.status <> t.status THEN 'state'
        WHEN o.department <> t.department_code THEN 'department'
        WHEN o.procedure_code <> t.procedure_code THEN 'procedure'
        WHEN o.channel <> t.channel THEN 'channel'
        WHEN o.return_mode <> t.return_mode THEN 'return_mode'
        WHEN o.received_at IS DISTINCT FROM t.received_at THEN 'received_day'
        WHEN o.promised_at IS DISTINCT FROM t.promised_at THEN 'promised_day'
    END AS class
    FROM read_parquet('{ours}') o FULL OUTER JOIN read_parquet('{theirs}') t ON o.code = t.code
) WHERE class IS NOT NULL GROUP BY class
"""
"""What one writes with DuckDB at hand; moments are equal where days are, so it need not cut days."""


def ours(folder: Path, engine: "str | Engine" = "duckdb") -> dict[str, int]:
    """Our comparison up to the classified differences, dossier by dossier."""
    import pyarrow.parquet as pq

    from postal_bridge.reconciliation.comparison import compare
    from postal_bridge.reconciliation.ports import Side
    from postal_bridge.snapshots.parquet import ParquetSnapshot, ParquetSnapshots
    from scripts.bench.two_lists import FIRST_DAY, LAST_DAY

    files = {Side.OURS: folder / OURS, Side.THEIRS: folder / THEIRS}
    mine, theirs = (
        ParquetSnapshot(path, side, pq.read_metadata(path).num_rows, with_fees=False)
        for side, path in files.items()
    )
    suspects = asyncio.run(ParquetSnapshots(folder, engine).suspects(mine, theirs))
    report = compare(suspects.ours, suspects.theirs, days=[(FIRST_DAY, LAST_DAY)])
    return Counter(each.kind.value for each in report.differences)


def warm_up(folder: Path) -> None:
    """Pay what our side pays once: with the engine, and without it."""
    from postal_bridge.snapshots.engines import opened

    with opened("duckdb", folder) as engine:
        ours(folder, engine)
    ours(folder)


def raw(folder: Path) -> dict[str, int]:
    """DuckDB's full outer join by the code, classifying in SQL, over the same files."""
    with duckdb.connect() as connection:
        found = connection.execute(
            CLASSES.format(ours=folder / OURS, theirs=folder / THEIRS)
        ).fetchall()
    return dict(found)


def most_memory() -> float:
    """The most memory that this process ever had, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main(side: str, folder: Path, warm: Path) -> None:
    """Measure one side once."""
    work, prepare = {"ours": (ours, warm_up), "duckdb": (raw, raw)}[side]
    prepare(warm)
    begun, spent = time.perf_counter(), time.process_time()
    found = work(folder)
    measured = {
        "wall": time.perf_counter() - begun,
        "cpu": time.process_time() - spent,
        "memory": most_memory(),
        "found": dict(sorted(found.items())),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
