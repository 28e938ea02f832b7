"""One-stop systems of every make, over HTTP, filled in one vocabulary.

A test says what a dossier is; each make's own clerk writes it down in the make's own words. So the
same planted differences meet every adapter.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.clock import ReplayClock
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import OneStop
from postal_bridge.sandbox.faults import FaultPlan
from postal_bridge.sandbox.igate import TOKEN_PATH, make_igate
from postal_bridge.sandbox.igate_access import IGateCredentials
from postal_bridge.sandbox.igate_state import BY_POST, DIRECT, IGateState
from postal_bridge.sandbox.igate_state import moment_text as igate_moment
from postal_bridge.sandbox.onestop import Credentials, make_onestop
from postal_bridge.sandbox.onestop_state import Sandbox, moment_text
from postal_bridge.sandbox.tandan import make_tandan
from postal_bridge.sandbox.tandan_access import TanDanCredentials
from postal_bridge.sandbox.tandan_state import PAID, TanDanState
from postal_bridge.sandbox.tandan_state import moment_text as tandan_moment
from tests.stages.reconciliation.two_sides import AGENCY, PROCEDURE, PROMISED, RECEIVED, number


@dataclass(kw_only=True)
class Entry:
    """A dossier as a clerk of the one-stop centre has it in hand.

    Attributes:
        twice: whether it was saved a second time.
    """

    code: str
    procedure: str = PROCEDURE
    agency: str = AGENCY
    status: int = 4
    channel: int = 1
    return_mode: int = 0
    received_at: datetime = RECEIVED
    promised_at: datetime = PROMISED
    resolved_at: datetime | None = None
    fee_vnd: int = 0
    twice: bool = False


def entry(serial: int, **facts: object) -> Entry:
    return Entry(code=number(serial), **facts)  # type: ignore[arg-type]  # a test names the facts


@dataclass
class Make(ABC):
    """A make of one-stop system with its stand-in, its clerk and our adapter for it.

    Attributes:
        PAGED: the stand-in's route that lists dossiers; COUNTED: the one that has statistics, or
            one that a night never asks where the make has none.
        short: how long the adapter waits for an answer, in seconds.
    """

    PAGED = "dossiers"
    COUNTED = "statistics"

    clock: ReplayClock
    plan: FaultPlan = field(default_factory=FaultPlan)
    short: float = 0.3

    def __post_init__(self) -> None:
        self.prepare()

    @abstractmethod
    def prepare(self) -> None:
        """Make what the stand-in and its clerk share."""

    @abstractmethod
    def application(self) -> web.Application:
        """The stand-in."""

    @abstractmethod
    def adapter(self, address: str) -> OneStop:
        """Our adapter, pointed at the stand-in; it never really waits between two tries."""

    @abstractmethod
    def put(self, one: Entry) -> None:
        """Write a dossier down."""

    @abstractmethod
    def codes(self) -> list[str]:
        """The codes of all dossiers there are, one for each row."""

    @asynccontextmanager
    async def running_at(self) -> AsyncIterator[str]:
        """The stand-in is running; gives its address."""
        async with TestServer(self.application()) as server:
            yield str(server.make_url("/"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OneStop]:
        """The stand-in is running; gives the adapter."""
        async with self.running_at() as address:
            adapter = self.adapter(address)
            try:
                yield adapter
            finally:
                await adapter.close()


async def no_wait(seconds: float) -> None:
    """Waiting is the adapter's business; here it only has to be bounded."""
    assert timedelta(seconds=seconds) < timedelta(minutes=5)


OPENCPS_WORDS = {
    1: "new",
    2: "receiving",
    3: "denied",
    4: "processing",
    5: "waiting",
    9: "releasing",
    10: "done",
}


class OpenCpsMake(Make):
    """OpenCPS v2."""

    def prepare(self) -> None:
        self.sandbox = Sandbox(clock=self.clock)

    def application(self) -> web.Application:
        return make_onestop(clock=self.clock, sandbox=self.sandbox, faults=self.plan)

    def adapter(self, address: str) -> OneStop:
        known = Credentials()
        return OpenCps(
            address,
            group_id=known.group_id,
            username=known.username,
            password=known.password,
            page_size=4,
            patience=Patience(timeout_seconds=self.short),
            sleep=no_wait,
        )

    def put(self, one: Entry) -> None:
        row: dict[str, object] = {
            "dossierNo": one.code,
            "serviceCode": one.procedure,
            "govAgencyCode": one.agency,
            "dossierStatus": OPENCPS_WORDS[one.status],
            "online": one.channel == 2,
            "fromViaPostal": int(one.channel == 3),
            "viaPostal": 2 * one.return_mode,
            "receiveDate": moment_text(one.received_at),
            "dueDate": moment_text(one.promised_at),
            "releaseDate": moment_text(one.resolved_at) if one.resolved_at else "",
        }
        self.sandbox.put(row)
        if one.twice:
            self.sandbox.put({**row, "dossierId": 900_000 + len(self.sandbox)})

    def codes(self) -> list[str]:
        return [str(row["dossierNo"]) for row in self.sandbox.rows()]


class TanDanMake(Make):
    """Tân Dân's one-stop."""

    PAGED = "search"
    COUNTED = "daily"

    def prepare(self) -> None:
        self.state = TanDanState(clock=self.clock)

    def application(self) -> web.Application:
        return make_tandan(clock=self.clock, state=self.state, faults=self.plan)

    def adapter(self, address: str) -> OneStop:
        known = TanDanCredentials()
        return TanDan(
            address,
            username=known.username,
            password=known.password,
            page_size=4,
            patience=Patience(timeout_seconds=self.short),
            sleep=no_wait,
        )

    def put(self, one: Entry) -> None:
        row: dict[str, object] = {
            "MaHoSo": one.code,
            "MaTTHC": one.procedure,
            "GroupCode": one.agency,
            "MaTrangThai": str(one.status),
            "KenhThucHien": str(one.channel),
            "HinhThucTra": str(one.return_mode),
            "NgayTiepNhan": tandan_moment(one.received_at),
            "NgayHenTra": tandan_moment(one.promised_at),
        }
        if one.resolved_at:
            row["NgayKetThucXuLy"] = tandan_moment(one.resolved_at)
        if one.fee_vnd:
            fee = {"Ma": f"{one.code}-20190110083000", "SoTien": one.fee_vnd}
            row["YeuCauThanhToan"] = [{**fee, "TrangThai": PAID}]
        self.state.put(row)
        if one.twice:
            self.state.put({**row, "Id": str(UUID(int=len(self.state) + 1))})

    def codes(self) -> list[str]:
        return [str(row["MaHoSo"]) for row in self.state.rows()]


IGATE_NUMBERS = {1: 0, 2: 10, 3: 11, 4: 2, 5: 3, 6: 16, 7: 9, 8: 8, 9: 4, 10: 5}


class IGateMake(Make):
    """iGate v2."""

    PAGED = "search"
    COUNTED = "force_end"

    def prepare(self) -> None:
        self.state = IGateState(clock=self.clock)

    def application(self) -> web.Application:
        return make_igate(clock=self.clock, state=self.state, faults=self.plan)

    def adapter(self, address: str) -> OneStop:
        known = IGateCredentials()
        return IGate(
            address,
            token_url=address.rstrip("/") + TOKEN_PATH,
            client_id=known.client_id,
            username=known.username,
            password=known.password,
            page_size=4,
            patience=Patience(timeout_seconds=self.short),
            sleep=no_wait,
        )

    def put(self, one: Entry) -> None:
        kind = BY_POST if one.return_mode else DIRECT
        row: dict[str, object] = {
            "code": one.code,
            "procedure": {"code": one.procedure},
            "agency": {"code": one.agency},
            "dossierStatus": {"id": IGATE_NUMBERS[one.status]},
            "applyMethod": {"id": one.channel},
            "dossierReceivingKind": {"id": kind},
            "acceptedDate": igate_moment(one.received_at),
            "appointmentDate": igate_moment(one.promised_at),
        }
        if one.resolved_at:
            row["completedDate"] = igate_moment(one.resolved_at)
        if one.fee_vnd:
            row["fees"] = [{"amount": one.fee_vnd, "paid": one.fee_vnd}]
        self.state.put(row)
        if one.twice:
            self.state.put({**row, "id": f"{len(self.state) + 1:024x}"})

    def codes(self) -> list[str]:
        return [str(row["code"]) for row in self.state.rows()]


MAKES: dict[str, type[Make]] = {
    "opencps": OpenCpsMake,
    "tandan": TanDanMake,
    "igate": IGateMake,
}
