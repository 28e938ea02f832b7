"""Calls to those who follow the ledger, from process to process by LISTEN and NOTIFY.

A transaction that notifies takes a lock of the whole cluster when it commits, until it has
committed, so all such commits queue behind each other. Therefore no transaction that writes events
notifies: the process does it afterwards, in a statement of its own, for all that was committed
meanwhile, and at most ten times a second. A call that is lost on the way only delays: whoever
follows looks now and then by itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy.engine import make_url
from typing_extensions import override

from postal_bridge.logs import get_logger
from postal_bridge.storage.wakeups import InProcessWakeups

CHANNEL = "postal_bridge_changes"
QUIET_SECONDS = 0.1
"""Between two notifications of one process."""

_CONNECT_SECONDS = 10
_PROBE_SECONDS = 60
"""How long nothing happens before the line is tried: nobody is told that a network went away."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 30.0
_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class PostgresWakeups(InProcessWakeups):
    """Calls this process at once, and the others through one connection of this process's own.

    The connection is opened when somebody first waits or calls, and opened again when it breaks.
    It needs a session of its own: a pooler in transaction mode passes no notifications on.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._due = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._log = get_logger(__name__)

    @override
    def announce(self) -> None:
        """Call all who wait here, and tell the other processes soon."""
        super().announce()
        self._due.set()
        self._begin()

    @override
    async def wait(self, *, heard: int) -> None:
        """Return at the next call from any process, or at once where one came since."""
        self._begin()
        await super().wait(heard=heard)

    @override
    async def close(self) -> None:
        """Hang up."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    def _begin(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="wakeups")

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with self._connected() as connection:
                    pause = _FIRST_PAUSE_SECONDS
                    self._call()  # what was called while nobody listened was missed
                    await self._pass_on(connection)
            except _TROUBLE as error:
                self._log.warning(
                    "wakeups-interrupted", error=type(error).__name__, again_in_seconds=pause
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._dsn, timeout=_CONNECT_SECONDS)
        try:
            connection.add_termination_listener(self._hung_up)
            await connection.add_listener(CHANNEL, self._told)
            yield connection
        finally:
            connection.remove_termination_listener(self._hung_up)
            connection.terminate()  # what is idle needs no farewell, and shutdown no waiting

    async def _pass_on(self, connection: asyncpg.Connection) -> None:
        while True:
            try:
                async with asyncio.timeout(_PROBE_SECONDS):
                    await self._due.wait()
                statement = f"NOTIFY {CHANNEL}"
            except TimeoutError:
                statement = "SELECT 1"
            self._due.clear()
            try:
                await connection.execute(statement, timeout=_CONNECT_SECONDS)
            except _TROUBLE:
                self._due.set()  # the others still have to be told, by the next connection
                raise
            await asyncio.sleep(QUIET_SECONDS)

    def _told(self, connection: asyncpg.Connection, pid: int, _channel: str, _payload: str) -> None:
        if pid != connection.get_server_pid():  # our own people were called when it was announced
            self._call()

    def _hung_up(self, _connection: asyncpg.Connection) -> None:
        self._due.set()  # the next statement fails, and a new connection is opened
