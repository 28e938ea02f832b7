"""A national portal over HTTP for the stories: it keeps every state in order, and fails on request.

As strict as the stories need (transitions, progress only after the record, sessions); the field by
field strictness is the stand-in's, in the contract suite.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.journey import Status
from postal_bridge.sandbox.portal_memory import AFTER

Json = dict[str, Any]


class Fault(Enum):
    """What becomes of a call (reference, section 8)."""

    LOST_QUESTION = "the connection breaks before anything is read"
    LOST_ANSWER = "stored, then the connection breaks"
    ERROR_BEFORE = "HTTP 500, nothing stored"
    ERROR_AFTER = "HTTP 502, but stored"
    HTML = "a login page with status 200, nothing stored"
    CUT = "stored, then half an answer"
    TWICE = "the call is delivered twice"
    SESSION_OVER = "the session is over"
    UNAUTHORIZED = "HTTP 401 once"
    BUSY = "an error code, nothing stored"


class NoError(Exception):
    """The portal says no."""


@dataclass
class PortalOverHttp:
    """What the portal holds, and what goes wrong.

    Attributes:
        states: by dossier, every state that it came into, in order.
        records: by dossier, every item that was stored, in order.
        steps: by dossier, the way that the citizen sees.
        faults: of the next calls, one entry each.
        hold: services whose answer is kept back, once stored, until the caller is gone.
        stored: set when such an answer is kept back.
    """

    url: str = ""
    tells_states: bool = True
    states: dict[str, list[int]] = field(default_factory=dict)
    records: dict[str, list[Json]] = field(default_factory=dict)
    steps: dict[str, list[Json]] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    hold: set[str] = field(default_factory=set)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: int = 0
    _successes: int = 0

    def way(self, code: str) -> list[int]:
        """The states that the citizen sees, in order."""
        return [int(step["TrangThai"]) for step in self.steps.get(code, [])]

    @property
    def environ(self) -> dict[str, str]:
        """What a house is told so that it finds this portal."""
        prefix = "PB_NATIONAL_PORTAL__"
        given = {
            "BASE_URL": self.url,
            "USERNAME": "cau-noi",
            "PASSWORD": "cau-noi",
            "DSTCODE": "VN:TEST",
            "UNIT_CODE": "000.00.00.H37",
            "ATTEMPTS": "1",
            "TIMEOUT_SECONDS": "5",
            "TOTAL_SECONDS": "5",
        }
        return {prefix + name: value for name, value in given.items()}

    # --- the wire -----------------------------------------------------------------------------

    async def login(self, request: web.Request) -> web.StreamResponse:
        self._sessions += 1
        return self._good(session=f"s{self._sessions}")

    async def service(self, request: web.Request) -> web.StreamResponse:
        body: Json = json.loads(await request.read())
        service = str(body["service"])
        self.calls.append(service)
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.SESSION_OVER:
            self._sessions += 1
        if body["session"] != f"s{self._sessions}":
            return web.json_response({"error_code": "3", "message": "Phiên hết hạn"})
        if (failed := self._fails_before(fault, request)) is not None:
            return failed
        try:
            result = self._does(service, body)
            if fault is Fault.TWICE:
                result = self._does(service, body)
        except NoError as no:
            return web.json_response({"error_code": -1, "message": str(no)})
        if service in self.hold:
            self.hold.discard(service)
            self.stored.set()
            await self.gone.wait()
        return self._fails_after(fault, request) or self._good(result=result)

    def _good(self, **more: object) -> web.StreamResponse:
        """Success as 0, "0" and "00" in turn."""
        self._successes += 1
        success = (0, "0", "00")[self._successes % 3]
        return web.json_response({"error_code": success, "message": "thành công", **more})

    def _fails_before(self, fault: Fault | None, request: web.Request) -> web.StreamResponse | None:
        if fault is Fault.LOST_QUESTION:
            return _hung_up(request)
        if fault is Fault.HTML:
            return web.Response(text="<html>Đăng nhập</html>", content_type="text/html")
        if fault is Fault.BUSY:
            return web.json_response({"error_code": "-3", "message": "Hệ thống bận"})
        status = {Fault.ERROR_BEFORE: 500, Fault.UNAUTHORIZED: 401}.get(fault) if fault else None
        return web.Response(status=status) if status else None

    def _fails_after(self, fault: Fault | None, request: web.Request) -> web.StreamResponse | None:
        if fault is Fault.LOST_ANSWER:
            return _hung_up(request)
        if fault is Fault.ERROR_AFTER:
            return web.Response(status=502)
        if fault is Fault.CUT:
            return web.Response(text='{"error_code": 0, "mess', content_type="application/json")
        return None

    # --- what it does -------------------------------------------------------------------------

    def _does(self, service: str, body: Json) -> list[Json]:
        match service:
            case "TraCuuHoSo":
                return self._find(str(body["mahoso"]))
            case "DongBoHoSoMC":
                for item in body["data"]:
                    self._put(item, updating=body["isUpdating"])
                return []
            case "CapNhatTienDoHoSoMC":
                for item in body["data"]:
                    self._add(item)
                return []
            case "LayThuTuc":
                fields = [{"MALINHVUC": "G15-TP03", "TENLINHVUC": "Hành chính tư pháp"}]
                return [{"MATTHC": body["maTTHC"], "LINHVUCTHUCHIEN": fields}]
            case _:
                raise NoError(f"không có dịch vụ {service}")

    def _find(self, code: str) -> list[Json]:
        states = self.states.get(code)
        if not states:
            return []
        told = {"TrangThaiHoSo": str(states[-1])} if self.tells_states else {}
        return [{"MaHoSo": code, **told}]

    def _put(self, item: Json, *, updating: str) -> None:
        code, now = item["MaHoSo"], Status(int(item["TrangThaiHoSo"]))
        states = self.states.setdefault(code, [])
        if states and updating == "False":
            raise NoError(f"Hồ sơ {code} đã tồn tại")
        if not states and updating == "True":
            raise NoError(f"Hồ sơ {code} không tồn tại")
        before = Status(states[-1]) if states else None
        if before not in {None, now} and now not in AFTER.get(before or now, frozenset()):
            raise NoError(f"{before} → {now} không hợp lệ")
        if bool(item["NgayKetThucXuLy"]) != (now in {3, 8, 9, 10}):
            raise NoError("NgayKetThucXuLy")
        if bool(item["NgayTra"]) != (now is Status.RETURNED):
            raise NoError("NgayTra")
        if before is not now:
            states.append(int(now))
        self.records.setdefault(code, []).append(item)

    def _add(self, item: Json) -> None:
        if item["MaHoSo"] not in self.states:
            raise NoError("chưa có hồ sơ")
        kept = self.steps.setdefault(item["MaHoSo"], [])
        if item not in kept:
            kept.append(item)


def _hung_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


@asynccontextmanager
async def portal_over_http() -> AsyncIterator[PortalOverHttp]:
    """The portal, listening."""
    portal = PortalOverHttp()
    app = web.Application()
    app.router.add_post("/login", portal.login)
    app.router.add_post("/service", portal.service)
    async with TestServer(app) as server:
        portal.url = str(server.make_url("")).rstrip("/")
        yield portal
        portal.gone.set()
