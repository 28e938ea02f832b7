"""The tools that one would pick, in an environment of their own: nothing of ours is imported here.

    python reconcile_anchor.py load FOLDER DSN          both lists into PostgreSQL, not measured
    python reconcile_anchor.py reladiff FOLDER DSN
    python reconcile_anchor.py datacompy FOLDER

Each but the first prints one JSON object: wall and CPU seconds of this process, the most memory it
ever had, and how many dossiers it found differing.
"""

import importlib
import io
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMPARED = (
    "status",
    "department",
    "procedure_code",
    "channel",
    "return_mode",
    "received_at",
    "promised_at",
)
FILES = {"ours": "ours-1.parquet", "theirs": "theirs-2.parquet"}


def table(folder: Path, side: str) -> Any:
    """The compared columns of a side."""
    import pyarrow.parquet as pq

    names = ["code", *(f"{name}_code" if _theirs(side, name) else name for name in COMPARED)]
    return pq.read_table(folder / FILES[side], columns=names).rename_columns(["code", *COMPARED])


def _theirs(side: str, name: str) -> bool:
    return side == "theirs" and name == "department"


def load(folder: Path, dsn: str) -> None:
    """Copy both sides into tables; a dot is outside the alphabet of reladiff's keys."""
    import psycopg2
    from pyarrow import csv

    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        for side in FILES:
            written = io.BytesIO()
            csv.write_csv(table(folder, side), written)
            written.seek(0)
            cursor.execute(
                f"CREATE TABLE {side} (code varchar, status bigint, department varchar,"
                " procedure_code varchar, channel bigint, return_mode bigint,"
                " received_at bigint, promised_at bigint)"
            )
            cursor.copy_expert(f"COPY {side} FROM STDIN (FORMAT csv, HEADER)", written)
            cursor.execute(f"UPDATE {side} SET code = translate(code, '.', '_')")  # noqa: S608
            cursor.execute(f"ALTER TABLE {side} ADD PRIMARY KEY (code)")
    connection.close()
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    connection.cursor().execute("VACUUM FULL ANALYZE")
    connection.close()


def reladiff(_folder: Path, dsn: str) -> int:
    """Its hashdiff, as between two servers."""
    from reladiff import Algorithm, connect_to_table, diff_tables

    sides = [connect_to_table(dsn, side, "code", thread_count=2) for side in FILES]
    found = diff_tables(*sides, algorithm=Algorithm.HASHDIFF, extra_columns=COMPARED)
    return len({row[1][0] for row in found})


def datacompy(folder: Path) -> int:
    """Its comparison of two data frames."""
    from datacompy import PandasCompare

    ours, theirs = (table(folder, side).to_pandas() for side in FILES)
    found = PandasCompare(ours, theirs, join_columns="code")
    same = int(found.count_matching_rows())
    changed = len(found.intersect_rows) - same
    return changed + len(found.df1_unq_rows) + len(found.df2_unq_rows)


def most_memory() -> float:
    """The most memory that this process ever had, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main(work: Callable[..., int], *arguments: Any) -> None:
    """Measure one of them."""
    logging.disable(logging.CRITICAL)
    begun, spent = time.perf_counter(), time.process_time()
    found = work(*arguments)
    measured = {
        "wall": time.perf_counter() - begun,
        "cpu": time.process_time() - spent,
        "memory": most_memory(),
        "found": found,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    name, folder, *rest = sys.argv[1:]
    if name == "load":
        load(Path(folder), *rest)
    else:
        importlib.import_module(name)  # what a process pays once is not measured, as with ours
        tools: dict[str, Callable[..., int]] = {"reladiff": reladiff, "datacompy": datacompy}
        main(tools[name], Path(folder), *rest)
