"""What our side pays for each row of a one-stop list: `python -m scripts.bench.remote_side MAKE FILE N`.

Reads the pages of the file N times over in a process of its own, and prints CPU microseconds for
each row, round by round:

- `decode`: from the bytes of a page to its dossiers, by the adapter's own decoder;
- `reading`: from the tape to the pages that are handed out, with everything that proves that no
  row was lost (tie rows, totals, doubles); `decode` is a part of it;
- `digest`: from dossiers to the finished snapshot, digests and Parquet;
- `tally`: the counts that are kept of a list;
- `anchor`: `json.loads` of the same bodies, and a dictionary of the rows by their code.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from postal_bridge.onestop import igate_rows, opencps_rows, tandan_rows
from postal_bridge.reconciliation.listing import Listing
from postal_bridge.reconciliation.ports import OneStop, OneStopPage, Side
from postal_bridge.snapshots.parquet import ParquetSnapshots
from scripts.bench.remote_pages import FIRST, LAST, Tape, adapter

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "opencps": opencps_rows.listed,
    "tandan": tandan_rows.numbered,
    "igate": igate_rows.numbered,
}
SHAPES = {
    "opencps": ("data", "dossierNo"),
    "tandan": ("data", "MaHoSo"),
    "igate": ("content", "code"),
}


async def read(onestop: OneStop, tape: Tape) -> list[OneStopPage]:
    """All pages, as a night gets them."""
    return [page async for page in onestop.pages(received_from=FIRST, received_to=LAST, tape=tape)]


def spent(work: Callable[[], object], rows: int) -> float:
    """CPU microseconds for each row."""
    gc.collect()
    begun = time.process_time()
    work()
    return (time.process_time() - begun) / rows * 1e6


def plainly(bodies: Sequence[bytes], make: str) -> dict[str, object]:
    """What one writes first: every row as it is, by its code."""
    shape, code = SHAPES[make]
    return {row[code]: row for body in bodies for row in json.loads(body)[shape]}


def written(pages: Sequence[OneStopPage], folder: Path, *, with_fees: bool) -> None:
    """The snapshot of these pages."""
    writer = ParquetSnapshots(folder).begin(Side.THEIRS, agencies={}, with_fees=with_fees)
    for page in pages:
        writer.add(page.rows)
    writer.finish()


def tallied(pages: Sequence[OneStopPage]) -> None:
    """The counts of these pages."""
    listing = Listing({})
    for page in pages:
        listing.add_theirs(page.rows)


def rounds(make: str, file: Path, runs: int) -> list[dict[str, float]]:
    """Everything, N times; what a process pays once is paid before."""
    kept, onestop = Tape.read(file).kept, adapter(make)
    found = []
    for _ in range(runs + 1):
        pages = asyncio.run(read(onestop, Tape(kept)))
        bodies, rows = [page.raw for page in pages], sum(len(page.rows) for page in pages)
        with TemporaryDirectory() as folder:
            found.append(
                {
                    "rows": rows,
                    "bytes": sum(map(len, bodies)),
                    "reading": spent(lambda: asyncio.run(read(onestop, Tape(kept))), rows),
                    "decode": spent(lambda: [DECODERS[make](body) for body in bodies], rows),  # noqa: B023 - called at once
                    "digest": spent(
                        lambda: written(pages, Path(folder), with_fees=onestop.tells_fees),  # noqa: B023 - called at once
                        rows,
                    ),
                    "tally": spent(lambda: tallied(pages), rows),  # noqa: B023 - called at once
                    "anchor": spent(lambda: plainly(bodies, make), rows),  # noqa: B023 - called at once
                }
            )
    return found[1:]


if __name__ == "__main__":
    print(json.dumps(rounds(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
