"""Both sides' dossiers as Parquet files, compared by an engine that reads files.

The heavy libraries are imported when the first snapshot begins: a command that compares nothing
does not wait for them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from postal_bridge.errors import Misuse
from postal_bridge.reconciliation.ports import Side, Snapshot, SnapshotWriter, Suspects
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier

if TYPE_CHECKING:
    from postal_bridge.snapshots.digests import Digest
    from postal_bridge.snapshots.engines import Engine
    from postal_bridge.snapshots.matching import Files
    from postal_bridge.snapshots.writing import ParquetWriter

ENGINES = ("duckdb", "spark")


@dataclass(frozen=True)
class ParquetSnapshot:
    """One side's dossiers in a file.

    Attributes:
        rows: how many.
        with_fees: whether its fees are compared.
    """

    path: Path
    side: Side
    rows: int
    with_fees: bool

    @property
    def content(self) -> bytes:
        """The file as it is: the same bytes for the same dossiers in the same order."""
        return self.path.read_bytes()


class ParquetSnapshots:
    """Snapshots in files of one folder, which whoever made the folder takes away."""

    def __init__(
        self, folder: Path, engine: "str | Engine" = "duckdb", *, digest: "Digest | None" = None
    ) -> None:
        """Nothing is opened yet.

        Args:
            folder: for the files, and for what an engine has to put down for a moment.
            engine: `duckdb` or `spark`, opened when lists are too long or too different to be
                compared without; or one that stands open and is asked always.
            digest: of the codes; `digests.key_digest` unless a test wants collisions.
        """
        self._folder, self._engine, self._digest = folder, engine, digest
        self._serials = count(1)

    def begin(self, side: Side, *, agencies: dict[str, str], with_fees: bool) -> SnapshotWriter:
        """See `Snapshots.begin`."""
        from postal_bridge.snapshots.digests import key_digest
        from postal_bridge.snapshots.writing import ParquetWriter, Rules

        path = self._folder / f"{side}-{next(self._serials)}.parquet"
        rules = Rules(dict(agencies), with_fees, self._digest or key_digest)
        return _Writing(ParquetWriter(path, side, rules), path, side, with_fees=with_fees)

    async def suspects(self, ours: Snapshot, theirs: Snapshot) -> Suspects:
        """See `Snapshots.suspects`; the work is done in a thread of its own.

        Raises:
            SnapshotDamaged: the files do not fit together.
            Misuse: the engine cannot start, or these are no snapshots of two sides.
        """
        if not (isinstance(ours, ParquetSnapshot) and isinstance(theirs, ParquetSnapshot)):
            msg = "snapshots are compared by who wrote them"
            raise Misuse(msg)
        return await asyncio.to_thread(self._suspects, ours, theirs)

    def _suspects(self, ours: ParquetSnapshot, theirs: ParquetSnapshot) -> Suspects:
        from postal_bridge.snapshots.matching import Files
        from postal_bridge.snapshots.seeking import picked

        sides = {Side.OURS: ours, Side.THEIRS: theirs}
        files = Files(
            paths={side: one.path for side, one in sides.items()},
            rows={side: one.rows for side, one in sides.items()},
            with_fees=ours.with_fees and theirs.with_fees,
        )
        if not isinstance(self._engine, str):
            return self._asked(self._engine, files)
        if self._engine not in ENGINES:
            msg = f"[nightly] engine is {self._engine!r}; known are {', '.join(ENGINES)}"
            raise Misuse(msg)
        found = picked(files)
        return self._opened(self._engine, files) if found is None else found

    def _opened(self, name: str, files: "Files") -> Suspects:
        from postal_bridge.snapshots.engines import opened

        with opened(name, self._folder) as engine:
            return self._asked(engine, files)

    def _asked(self, engine: "Engine", files: "Files") -> Suspects:
        from postal_bridge.snapshots.comparing import compared

        return compared(engine, files, self._folder)


class _Writing:
    """A snapshot that is being written."""

    def __init__(self, writer: "ParquetWriter", path: Path, side: Side, *, with_fees: bool) -> None:
        self._writer, self._path, self._side = writer, path, side
        self._with_fees = with_fees

    def add(self, rows: Sequence[OurDossier] | Sequence[OneStopDossier]) -> None:
        """See `SnapshotWriter.add`."""
        self._writer.add(rows)

    def finish(self) -> ParquetSnapshot:
        """See `SnapshotWriter.finish`."""
        self._writer.close()
        return ParquetSnapshot(self._path, self._side, self._writer.rows, self._with_fees)

    def abandon(self) -> None:
        """See `SnapshotWriter.abandon`."""
        self._writer.drop()
