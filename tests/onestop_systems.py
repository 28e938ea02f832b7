"""Every one-stop system that we have an adapter for, each filled with the same dossiers.

The memory stand-in and the three stand-ins over real HTTP are given the same facts, each in its
own words, so that one suite can hold all adapters to the same answers.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from postal_bridge.clock import LOCAL, Clock, to_local
from postal_bridge.onestop.igate import IGate
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import OneStop
from postal_bridge.sandbox.faults import Fault
from postal_bridge.sandbox.igate import IGATE, make_igate
from postal_bridge.sandbox.onestop import STAND, Credentials, make_onestop
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.sandbox.onestop_state import Sandbox
from postal_bridge.sandbox.stand_in import StandIn
from postal_bridge.sandbox.tandan import TANDAN, make_tandan

PAGE_SIZE = 4
ATTEMPTS = 3
PROCEDURE = "1.004199"
AGENCY = "000.00.04.H37"
RECEIVED = datetime(2019, 1, 10, 8, 0, tzinfo=LOCAL)
TOKEN_PATH = "/auth/realms/digo/protocol/openid-connect/token"

OPENCPS_WORDS = (
    "receiving",
    "new",
    "denied",
    "processing",
    "waiting",
    "paying",
    "cancelled",
    "unresolved",
    "releasing",
    "done",
)
IGATE_NUMBERS = (0, 10, 11, 2, 3, 16, 9, 8, 4, 5)
"""Of the ten national states, in their order; how this stand-in numbers them."""

IGATE_RETURNS = ("5f8968888fffa53e4c073ded", "5f8969018fffa53e4c073dee")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A dossier as everybody would tell it."""

    code: str
    status: int = 4
    procedure: str = PROCEDURE
    agency: str = AGENCY
    channel: int = 1
    return_mode: int = 0
    received: datetime | None = RECEIVED
    promised: datetime | None = None
    resolved: datetime | None = None
    returned: datetime | None = None
    fee: int = 0


class Waits(list[float]):
    """Notes how long somebody wanted to wait, and does not."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


class NotedTape:
    """A tape in memory, which can be wound back to its beginning."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], bytes] = {}
        self.times: dict[str, int] = {}

    async def recall(self, question: str) -> bytes | None:
        self.times[question] = self.times.get(question, 0) + 1
        return self.kept.get((question, self.times[question]))

    async def keep(self, question: str, body: bytes) -> None:
        self.kept[question, self.times[question]] = body

    def rewind(self) -> None:
        self.times.clear()


@dataclass
class Planted:
    """A system and how it is filled."""

    onestop: OneStop
    put: Callable[[Fact], object]
    stand: StandIn | None = None
    route: str = ""
    waits: Waits = field(default_factory=Waits)

    def plant(self, *facts: Fact) -> None:
        """Give it dossiers."""
        for fact in facts:
            self.put(fact)

    @property
    def http(self) -> StandIn:
        """The stand-in over HTTP."""
        assert self.stand is not None
        return self.stand

    def fail(self, fault: Fault) -> None:
        """From now on this goes wrong, and nothing else."""
        self.http.plan.faults = [replace(fault)]

    def requests(self) -> int:
        """How many questions about dossiers came; tokens are not counted."""
        tokens = {"token", "refresh"}
        return sum(entry.route not in tokens for entry in self.http.log.of())

    def token_requests(self, route: str = "") -> int:
        """How many tokens were asked for."""
        tokens = {route} if route else {"token", "refresh"}
        return sum(entry.route in tokens for entry in self.http.log.of())


def local(moment: datetime | None, pattern: str, nothing: object = "") -> object:
    """A moment by the clock on the wall."""
    return to_local(moment).strftime(pattern) if moment is not None else nothing


def opencps_row(fact: Fact) -> dict[str, object]:
    """A fact in the words of OpenCPS."""
    dates = {
        "receiveDate": fact.received,
        "dueDate": fact.promised,
        "releaseDate": fact.resolved,
        "finishDate": fact.returned,
    }
    return {
        "dossierNo": fact.code,
        "serviceCode": fact.procedure,
        "govAgencyCode": fact.agency,
        "dossierStatus": OPENCPS_WORDS[fact.status - 1],
        "online": fact.channel == 2,
        "fromViaPostal": int(fact.channel == 3),
        "viaPostal": 2 * fact.return_mode,
        **{name: local(moment, "%d/%m/%Y %H:%M:%S") for name, moment in dates.items()},
    }


def tandan_row(fact: Fact) -> dict[str, object]:
    """A fact in the words of Tân Dân."""
    dates = {
        "NgayTiepNhan": fact.received,
        "NgayHenTra": fact.promised,
        "NgayKetThucXuLy": fact.resolved,
        "NgayTra": fact.returned,
    }
    fees = [{"SoTien": fact.fee, "TrangThai": "Đã thanh toán"}] if fact.fee else []
    return {
        "MaHoSo": fact.code,
        "MaTTHC": fact.procedure,
        "GroupCode": fact.agency,
        "MaTrangThai": str(fact.status),
        "KenhThucHien": str(fact.channel),
        "HinhThucTra": str(fact.return_mode),
        "YeuCauThanhToan": fees,
        **{name: local(moment, "%Y-%m-%dT%H:%M:%S", None) for name, moment in dates.items()},
    }


def igate_row(fact: Fact) -> dict[str, object]:
    """A fact in the words of iGate."""
    dates = {
        "acceptedDate": fact.received,
        "appointmentDate": fact.promised,
        "completedDate": fact.resolved,
        "returnedDate": fact.returned,
    }
    return {
        "code": fact.code,
        "procedure": {"code": fact.procedure},
        "agency": {"code": fact.agency},
        "dossierStatus": {"id": IGATE_NUMBERS[fact.status - 1]},
        "applyMethod": {"id": fact.channel},
        "dossierReceivingKind": {"id": IGATE_RETURNS[fact.return_mode]},
        "fees": [{"amount": fact.fee, "paid": fact.fee}] if fact.fee else [],
        **{
            name: local(moment, "%Y-%m-%dT%H:%M:%S.000+0700", None)
            for name, moment in dates.items()
        },
    }


def patience() -> Patience:
    """Few attempts, so that a fault that stays is soon known."""
    return Patience(timeout_seconds=20, attempts=ATTEMPTS)


@asynccontextmanager
async def in_memory(clock: Clock) -> AsyncIterator[Planted]:
    """The stand-in without HTTP."""
    sandbox = Sandbox(clock=clock)
    yield Planted(
        MemoryOneStop(sandbox, page_size=PAGE_SIZE), lambda fact: sandbox.put(opencps_row(fact))
    )


@asynccontextmanager
async def opencps(clock: Clock, **changes: object) -> AsyncIterator[Planted]:
    """OpenCPS over HTTP."""
    app = make_onestop(clock=clock)
    own, waits = Credentials(), Waits()
    given: dict[str, object] = {
        "group_id": own.group_id,
        "username": own.username,
        "password": own.password,
        "page_size": PAGE_SIZE,
        "patience": patience(),
        "clock": clock,
        "sleep": waits.sleep,
        **changes,
    }
    async with TestServer(app) as server:
        adapter = OpenCps(address(server), **given)  # type: ignore[arg-type]
        stand = app[STAND]
        yield Planted(adapter, lambda fact: put(stand, opencps_row(fact)), stand, "dossiers", waits)
        await adapter.close()


@asynccontextmanager
async def tandan(clock: Clock, **changes: object) -> AsyncIterator[Planted]:
    """Tân Dân over HTTP."""
    app, waits = make_tandan(clock=clock), Waits()
    given: dict[str, object] = {
        "username": "cau-noi",
        "password": "cau-noi",
        "page_size": PAGE_SIZE,
        "patience": patience(),
        "clock": clock,
        "sleep": waits.sleep,
        **changes,
    }
    async with TestServer(app) as server:
        adapter = TanDan(address(server), **given)  # type: ignore[arg-type]
        stand = app[TANDAN]
        yield Planted(adapter, lambda fact: put(stand, tandan_row(fact)), stand, "search", waits)
        await adapter.close()


@asynccontextmanager
async def igate(clock: Clock, **changes: object) -> AsyncIterator[Planted]:
    """iGate over HTTP."""
    app, waits = make_igate(clock=clock), Waits()
    given: dict[str, object] = {
        "client_id": "cau-noi-buu-dien",
        "username": "cau-noi",
        "password": "cau-noi",
        "page_size": PAGE_SIZE,
        "patience": patience(),
        "clock": clock,
        "sleep": waits.sleep,
        **changes,
    }
    async with TestServer(app) as server:
        given.setdefault("token_url", address(server) + TOKEN_PATH)
        adapter = IGate(address(server), **given)  # type: ignore[arg-type]
        stand = app[IGATE]
        yield Planted(adapter, lambda fact: put(stand, igate_row(fact)), stand, "search", waits)
        await adapter.close()


def address(server: BaseTestServer) -> str:
    """Where a server listens, without a slash at the end."""
    return str(server.make_url("")).rstrip("/")


def put(stand: StandIn, row: Mapping[str, object]) -> None:
    """Give a stand-in one dossier."""
    stand.put_all([row])


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """The address of a server that says one thing to every question."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        yield address(server)


def codes(count: int) -> list[str]:
    """So many codes of dossiers."""
    return [f"{AGENCY}-190110-{serial:04d}" for serial in range(count)]


def facts(count: int) -> list[Fact]:
    """So many dossiers, each received a minute after the one before."""
    return [
        Fact(code=code, received=RECEIVED + timedelta(minutes=serial))
        for serial, code in enumerate(codes(count))
    ]
