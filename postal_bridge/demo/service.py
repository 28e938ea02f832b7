"""The service as the demo runs it: a child process on its own data, watched over.

One that dies is started again on the same data and the replay goes on. The child gets an
environment of its own, so that nothing of the operator's settings reaches it.
"""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp

import postal_bridge
from postal_bridge.errors import Accident, Misuse

HOST = "127.0.0.1"
PID_FILE, LOG_FILE = "service.pid", "service.log"

_PORTS_TRIED = 100
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.1
_PAUSE_SECONDS = 0.2
_LOG_TAIL_BYTES = 2_000
_GIVE_UPS = 3
"""How often in a row the service may end by itself before the demo believes that it cannot run."""


class ServiceFailed(Accident):
    """The service does not start; the text holds the end of its log."""


def free_port(wanted: int) -> int:
    """The wanted port, or the next free one; 0 takes any.

    Raises:
        Misuse: a hundred ports from the wanted one on are all taken.
    """
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65_536)) if wanted else (0,):
        with suppress(OSError), socket.create_server((HOST, port)) as taken:
            found: int = taken.getsockname()[1]
            return found
    raise Misuse(f"--port: không còn cổng trống từ {wanted} / no free port from {wanted} on")


class Service:
    """`postal-bridge serve` on one port, restarted when it dies."""

    def __init__(self, folder: Path, *, port: int, environment: Mapping[str, str]) -> None:
        """Describe it; nothing runs before `start`.

        Args:
            folder: where its log and process number are kept.
            port: on loopback.
            environment: its settings, `PB_…` variables only.
        """
        self._folder = folder
        self._port = port
        self._environment = {
            "PYTHONPATH": str(Path(postal_bridge.__file__).parent.parent),
            "PYTHONUTF8": "1",
            **environment,
        }
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def base_url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._port}"

    async def start(self) -> None:
        """Start it and wait until it takes work.

        Raises:
            ServiceFailed: it ended, or was not ready within a minute.
        """
        await end_leftover(self._folder)
        await self._spawn()
        self._watch = asyncio.create_task(self._keep_alive(), name="watch-service")
        try:
            await self._ready()
        except ServiceFailed:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it: kindly at first, and for good after a while."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        (self._folder / PID_FILE).unlink(missing_ok=True)

    async def _spawn(self) -> None:
        with (self._folder / LOG_FILE).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "postal_bridge", "serve", "--host", HOST, "--port", str(self._port)),
                env=self._environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the demo: it ends the service itself, in good order.
                start_new_session=True,
            )
        (self._folder / PID_FILE).write_text(str(self._process.pid), encoding="ascii")

    async def _keep_alive(self) -> None:
        """Start it again whenever it has died; one that keeps giving up by itself is left."""
        gave_up = 0
        while gave_up < _GIVE_UPS and self._process is not None:
            # A negative code is a signal: somebody killed it, which says nothing against it.
            gave_up = gave_up + 1 if await self._process.wait() >= 0 else 0
            if gave_up < _GIVE_UPS:
                self.restarts += 1
                await asyncio.sleep(_PAUSE_SECONDS)
                await self._spawn()

    async def _ready(self) -> None:
        url = f"{self.base_url}/health/ready"
        try:
            async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
                while not await _answers(session, url):
                    if self._watch is None or self._watch.done():
                        raise ServiceFailed(f"the service does not start: {self._log_tail()}")
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as late:
            raise ServiceFailed(f"the service is not ready: {self._log_tail()}") from late

    def _log_tail(self) -> str:
        log = self._folder / LOG_FILE
        content = log.read_bytes()[-_LOG_TAIL_BYTES:] if log.is_file() else b""
        return content.decode("utf-8", errors="replace").strip()


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == HTTPStatus.OK
    except aiohttp.ClientError:
        return False


async def end_leftover(folder: Path) -> None:
    """End the service of an earlier demo in this folder that was killed without ending its own.

    Only a process that says itself that it is this programme, on this folder's data, is ended.
    """
    file = folder / PID_FILE
    text = file.read_text(encoding="ascii") if file.is_file() else ""
    if not text.isdecimal() or not _is_ours(int(text), folder):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(int(text), number)
        for _ in range(int(_STOP_SECONDS / _LOOK_SECONDS)):
            if not _is_ours(int(text), folder):
                return
            await asyncio.sleep(_LOOK_SECONDS)


def _is_ours(pid: int, folder: Path) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        command = (process / "cmdline").read_bytes().split(b"\0")
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    return b"postal_bridge" in command and str(folder.absolute()).encode() in environment
