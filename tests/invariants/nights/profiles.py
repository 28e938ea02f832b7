"""One-stop systems of every make, over HTTP, filled in one vocabulary and failing on request.

What a dossier is in each make's own words stands in `tests/onestop_systems.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar

from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import OneStop
from postal_bridge.sandbox.faults import FaultPlan
from postal_bridge.sandbox.igate import IGATE, TOKEN_PATH, make_igate
from postal_bridge.sandbox.igate_access import IGateCredentials
from postal_bridge.sandbox.onestop import STAND, Credentials, OneStopStand, make_onestop
from postal_bridge.sandbox.stand_in import StandIn
from postal_bridge.sandbox.tandan import TANDAN, make_tandan
from postal_bridge.sandbox.tandan_access import TanDanCredentials
from tests.onestop_systems import Fact, address, igate_row, opencps_row, put, tandan_row
from tests.stages.reconciliation.two_sides import AGENCY, PROCEDURE, PROMISED, RECEIVED, number

PAGE_SIZE = 4
PATIENCE = Patience(timeout_seconds=0.3)


def fact(serial: int, **changes: object) -> Fact:
    """The dossier of this number as the one-stop centre's clerk has it in hand."""
    known: dict[str, object] = {
        "code": number(serial),
        "procedure": PROCEDURE,
        "agency": AGENCY,
        "received": RECEIVED,
        "promised": PROMISED,
        **changes,
    }
    return Fact(**known)  # type: ignore[arg-type]  # a test names what it changes


async def no_wait(seconds: float) -> None:
    """Waiting is the adapter's business; here it only has to be bounded."""
    assert seconds < 300


class Make(ABC):
    """A make of one-stop system: its stand-in, its clerk, and our adapter for it.

    Attributes:
        PAGED: the stand-in's route that lists dossiers; COUNTED: the one that has statistics, or
            one that a night never asks where the make has none.
        ID, ANOTHER: the column of the system's own number, and one that no other row has.
    """

    PAGED: ClassVar[str]
    COUNTED: ClassVar[str]
    ID: ClassVar[str]
    ANOTHER: ClassVar[str | int]

    def __init__(self, clock: ReplayClock) -> None:
        self.app, self.stand = self.built(clock)

    @abstractmethod
    def built(self, clock: ReplayClock) -> tuple[web.Application, StandIn]:
        """The stand-in, and its application."""

    @abstractmethod
    def adapter(self, base_url: str) -> OneStop:
        """Our adapter, pointed at the stand-in; it never really waits between two tries."""

    @abstractmethod
    def row(self, one: Fact) -> Mapping[str, object]:
        """A dossier in the make's own words."""

    @abstractmethod
    def codes(self) -> list[str]:
        """The codes of all dossiers there are, one for each row."""

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong."""
        return self.stand.plan

    def put(self, one: Fact, *, twice: bool = False) -> None:
        """Write a dossier down; a careless clerk saves it twice."""
        put(self.stand, self.row(one))
        if twice:
            put(self.stand, {**self.row(one), self.ID: self.ANOTHER})

    @asynccontextmanager
    async def running_at(self) -> AsyncIterator[str]:
        """The stand-in is running; gives its address."""
        async with TestServer(self.app) as server:
            yield address(server)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OneStop]:
        """The stand-in is running; gives the adapter."""
        async with self.running_at() as base_url:
            adapter = self.adapter(base_url)
            try:
                yield adapter
            finally:
                await adapter.close()


def texts(rows: Iterable[Mapping[str, object]], column: str) -> list[str]:
    """One column of all rows."""
    return [str(row[column]) for row in rows]


class OpenCpsMake(Make):
    """OpenCPS v2."""

    PAGED, COUNTED = "dossiers", "statistics"
    ID, ANOTHER = "dossierId", 900_001

    stand: OneStopStand

    @override
    def built(self, clock: ReplayClock) -> tuple[web.Application, StandIn]:
        app = make_onestop(clock=clock)
        return app, app[STAND]

    @override
    def adapter(self, base_url: str) -> OneStop:
        known = Credentials()
        return OpenCps(
            base_url,
            group_id=known.group_id,
            username=known.username,
            password=known.password,
            page_size=PAGE_SIZE,
            patience=PATIENCE,
            sleep=no_wait,
        )

    @override
    def row(self, one: Fact) -> Mapping[str, object]:
        return opencps_row(one)

    @override
    def codes(self) -> list[str]:
        return texts(self.stand.sandbox.rows(), "dossierNo")


class TanDanMake(Make):
    """Tân Dân's one-stop."""

    PAGED, COUNTED = "search", "daily"
    ID, ANOTHER = "Id", "00000000-0000-4000-8000-000000000001"

    @override
    def built(self, clock: ReplayClock) -> tuple[web.Application, StandIn]:
        app = make_tandan(clock=clock)
        self._state = app[TANDAN].state
        return app, app[TANDAN]

    @override
    def adapter(self, base_url: str) -> OneStop:
        known = TanDanCredentials()
        return TanDan(
            base_url,
            username=known.username,
            password=known.password,
            page_size=PAGE_SIZE,
            patience=PATIENCE,
            sleep=no_wait,
        )

    @override
    def row(self, one: Fact) -> Mapping[str, object]:
        return tandan_row(one)

    @override
    def codes(self) -> list[str]:
        return texts(self._state.rows(), "MaHoSo")


class IGateMake(Make):
    """iGate v2."""

    PAGED, COUNTED = "search", "force_end"
    ID, ANOTHER = "id", f"{1:024x}"

    @override
    def built(self, clock: ReplayClock) -> tuple[web.Application, StandIn]:
        app = make_igate(clock=clock)
        self._state = app[IGATE].state
        return app, app[IGATE]

    @override
    def adapter(self, base_url: str) -> OneStop:
        known = IGateCredentials()
        return IGate(
            base_url,
            token_url=base_url + TOKEN_PATH,
            client_id=known.client_id,
            username=known.username,
            password=known.password,
            page_size=PAGE_SIZE,
            patience=PATIENCE,
            sleep=no_wait,
        )

    @override
    def row(self, one: Fact) -> Mapping[str, object]:
        return igate_row(one)

    @override
    def codes(self) -> list[str]:
        return texts(self._state.rows(), "code")


MAKES: dict[str, type[Make]] = {
    "opencps": OpenCpsMake,
    "tandan": TanDanMake,
    "igate": IGateMake,
}
