"""Starts what is measured: a durable PostgreSQL, our service, another programme on a port."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from postal_bridge.storage.migrate import upgrade
from scripts.bench.measuring import CannotMeasure, parent_of
from tests.postgres import PostgresMissing, PostgresServer, running_postgres

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
_PAUSE_SECONDS = 0.1
_OK = b" 200 "

# What a province's own server would have; what is acknowledged is on the disk. The housekeeping
# of tables is done between the measurements, so that it falls into no side's time by chance.
DURABLE = {
    "max_connections": "100",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "off",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Database:
    """One database of the server."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        """The address in the settings' words."""
        return self.server.url(self.name)

    @property
    def dsn(self) -> str:
        """The address in the driver's words."""
        return self.url.replace("+asyncpg", "")

    def execute(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""

        async def run() -> None:
            connection = await asyncpg.connect(self.dsn)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def number(self, question: str) -> int:
        """The one number that answers a question."""

        async def run() -> int:
            connection = await asyncpg.connect(self.dsn)
            try:
                return int(await connection.fetchval(question))
            finally:
                await connection.close()

        return asyncio.run(run())

    def copied(self, name: str) -> "Database":
        """Another database with the same content."""
        self.server.drop(name)
        self.server.create(name, template=self.name)
        return Database(self.server, name)


@dataclass(frozen=True)
class Postgres:
    """A running server.

    Attributes:
        pid: of the process that all its others were started by.
    """

    server: PostgresServer
    pid: int

    def migrated(self, name: str) -> Database:
        """A database with this release's tables, empty."""
        self.server.drop(name)
        upgrade(self.server.create(name))
        return Database(self.server, name)


@contextlib.contextmanager
def durable_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that writes to the disk before it says so; it goes with its data.

    Raises:
        CannotMeasure: this machine has none.
    """
    try:
        with running_postgres(DURABLE) as server:
            yield Postgres(server, asyncio.run(_postmaster(server)))
    except PostgresMissing as missing:
        raise CannotMeasure(str(missing)) from missing


async def _postmaster(server: PostgresServer) -> int:
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        return parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
    finally:
        await connection.close()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is removed again."""
    folder = Path(tempfile.mkdtemp(prefix="postal-bridge-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def need_disk(folder: Path, gigabytes: float) -> None:
    """Stop before the disk is full.

    Raises:
        CannotMeasure: there is not as much room.
    """
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise CannotMeasure(f"needs {gigabytes:.0f} GB of disk, {free:.0f} GB are free")


@dataclass(frozen=True)
class Server:
    """A programme that answers on a port of this machine."""

    port: int
    pid: int


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def service(
    url: str, folder: Path, *, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Our service on a database, as one process, without its scheduled work.

    Args:
        url: of a migrated database, in the settings' words.
        folder: where it may keep its files.
        settings: further ones, such as `PB_DATABASE__POOL_SIZE`.
    """
    port = free_port()
    environ = {
        "PB_DATABASE__URL": url,
        "PB_VAULT__URL": f"file://{folder}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
        "PB_SERVICE__LOG_LEVEL": "error",
        **(settings or {}),
    }
    command = ["-m", "postal_bridge", "serve", "--role", "api", "--port", str(port)]
    with programme(command, port=port, environ=environ, ready="/health/ready") as server:
        yield server


@contextlib.contextmanager
def programme(
    arguments: Sequence[str],
    *,
    port: int,
    environ: Mapping[str, str],
    ready: str,
    within: float = START_SECONDS,
) -> Iterator[Server]:
    """A Python programme for as long as the block lasts.

    Args:
        arguments: of the interpreter.
        port: which it listens on.
        environ: its settings.
        ready: a path that answers 200 once it is ready.
        within: so many seconds.

    Raises:
        CannotMeasure: it ended at once, or did not become ready.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port, ready, within)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(
    process: subprocess.Popen[bytes], port: int, path: str, within: float
) -> None:
    give_up_at = time.monotonic() + within
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            raise CannotMeasure(f"a server ended at once, with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            if _OK in line.recv(4096).partition(b"\r\n")[0] + b" ":
                return
        threading.Event().wait(_PAUSE_SECONDS)
    raise CannotMeasure(f"a server on port {port} did not become ready")
