"""A strict stand-in of the national public service portal (DVCQG), over HTTP, able to fail.

It was written from sections 2.1 to 2.3, 8.1 and 8.3 of the reference on one-stop systems, not
from our client. All services have one address; faults are planted, and requests logged, by the
service's name (`DongBoHoSoMC`), besides the routes `login` and `relay`. What the reference leaves
open is [stand-in's choice]:

- One signs in at `/login` and calls at `/service`. A session ends half an hour after it began,
  used or not; several live side by side. `madonvi` must be the unit that the credentials are for.
- What was refused has HTTP 200, no result, and an error_code that comes as a number and as text
  in turn: -3 who asks is not known (session, dstcode, unit), 3 the data do not fit what is there
  ("đã tồn tại" among them), 1 the request is not in form.
- The parameter of a look-up (`mahoso`, `maTTHC`) stands in the body itself, or in `data`, there
  alone or as the first of a list. isUpdating must be there for DongBoHoSoMC and may be left out
  elsewhere; where it is given it is "True" or "False".
- A call with several records is taken as a whole or not at all.
- TraCuuHoSo answers with the record's own spelling: code, procedure, owner, state and dates; the
  switch `no_state` leaves only MaHoSo. The switch `kinds_from_zero` takes LoaiDoiTuong 0..2.
- A warning stands in the message of a success, behind "thành công".
- The relay form needs no session and no header; its MaDinhDanhDV must be the unit, and
  `response_data` has a MaHoSo for each record.
- Services that are not imitated are refused by name.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from itertools import count
from typing import ClassVar, NamedTuple

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.national_portal_access import PortalCredentials, Sessions
from postal_bridge.sandbox.national_portal_catalogue import SAMPLE, Catalogue
from postal_bridge.sandbox.national_portal_items import KINDS, KINDS_FROM_ZERO, Item, ItemError
from postal_bridge.sandbox.national_portal_state import PortalState
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    read_json,
    stand_in_application,
)

LOGIN_PATH = "/login"
SERVICE_PATH = "/service"
RELAY_PATH = "/api/SynsTTHCC/DongBoHoSoMC"

_SUCCESSES: tuple[object, ...] = (0, "0", "00")
_ERROR_CODES = {
    HTTPStatus.BAD_REQUEST: 1,
    HTTPStatus.CONFLICT: 3,
    HTTPStatus.UNAUTHORIZED: -3,
}
_UPDATING = {"True": True, "False": False}
_LOOKED_UP = (
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "ChuHoSo",
    "TrangThaiHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayKetThucXuLy",
    "NgayTra",
)


class PortalSwitch(StrEnum):
    """In what versions of the portal differ."""

    KINDS_FROM_ZERO = "kinds_from_zero"
    NO_STATE = "no_state"


class Reply(NamedTuple):
    """What a service says when it did what was asked."""

    message: str
    result: Sequence[Mapping[str, object]] = ()


@dataclass(kw_only=True)
class PortalStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `PORTAL`."""

    state: PortalState
    sessions: Sessions
    catalogue: Catalogue

    DEFECTS: ClassVar[frozenset[str]] = frozenset(PortalSwitch)
    ROWS_KEY: ClassVar[str] = "result"

    def __post_init__(self) -> None:
        """Begin to count answers: the type of an error_code changes with each."""
        self._answers = count()

    @override
    def route_of(self, name: str, body: bytes) -> str:
        """The service that a body names, as far as it is one."""
        if name != "service":
            return name
        try:
            envelope: object = json.loads(body)
        except ValueError:
            return name
        service = envelope.get("service") if isinstance(envelope, dict) else None
        return service if isinstance(service, str) and service in _SERVICES else name

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Everybody: who may not ask is told so by the service itself, with HTTP 200."""

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Somebody else has told the portal of dossiers; MaHoSo and TrangThaiHoSo are enough."""
        return self.state.file_all(given)

    @override
    def remove(self, key: str) -> None:
        """Forget a dossier; 404 where there is none."""
        self.state.remove(key)

    @override
    def row_appears(self, row: ShownRow) -> None:
        """Nothing moves: the portal's lists have no pages."""

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """Nothing moves."""

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """Nothing moves."""

    @property
    def kinds(self) -> frozenset[str]:
        """What LoaiDoiTuong may be."""
        from_zero = PortalSwitch.KINDS_FROM_ZERO in self.plan.defects
        return KINDS_FROM_ZERO if from_zero else KINDS

    def success_code(self) -> object:
        """0, "0" and "00" in turn."""
        return _SUCCESSES[next(self._answers) % len(_SUCCESSES)]

    def error_code(self, error: StandInError) -> object:
        """Never 0; a number and a text in turn."""
        code = _ERROR_CODES.get(error.status, 1)
        return code if next(self._answers) % 2 else str(code)

    def put(self, items: object, *, updating: object) -> Reply:
        """Take records, in either form of the envelope."""
        if not isinstance(items, list):
            raise ItemError("data", "phải là danh sách (must be a list)")
        taken, warnings = self.state.put(items, updating=_read_updating(updating), kinds=self.kinds)
        warned = f". Cảnh báo: {'; '.join(warnings)}" if warnings else ""
        return Reply(f"Đồng bộ thành công{warned}", [{"MaHoSo": item["MaHoSo"]} for item in taken])


PORTAL: web.AppKey[PortalStand] = web.AppKey("portal", PortalStand)


def make_national_portal(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: PortalCredentials | None = None,
    procedures: Sequence[Mapping[str, object]] = SAMPLE,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles every session's name.
        faults: what goes wrong; nothing without it.
        credentials: who may ask, and for how long.
        procedures: what is published, in the portal's shape.
    """
    stand = PortalStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=PortalState(clock=clock),
        sessions=Sessions(credentials or PortalCredentials(), clock=clock, seed=seed),
        catalogue=Catalogue(),
    )
    stand.catalogue.publish(procedures)
    app = stand_in_application(stand)
    app[PORTAL] = stand
    app.router.add_post(LOGIN_PATH, _login, name="login")
    app.router.add_post(SERVICE_PATH, _service, name="service")
    app.router.add_post(RELAY_PATH, _relay, name="relay")
    app.router.add_get(f"{CONTROL_PATH}/dossiers", _told)
    app.router.add_get(f"{CONTROL_PATH}/dossiers/{{key}}", _told_of)
    app.router.add_post(f"{CONTROL_PATH}/procedures", _publish)
    app.router.add_delete(f"{CONTROL_PATH}/sessions", _end_sessions)
    return app


async def _login(request: web.Request) -> web.StreamResponse:
    stand = request.app[PORTAL]
    try:
        stand.sessions.check_header(request.headers.get("dstcode"))
        given = _envelope(await request.read())
        session = stand.sessions.sign_in(given.get("username"), given.get("password"))
    except StandInError as error:
        return as_json({"session": "", **_no(stand, error)})
    return as_json({"session": session, "error_code": stand.success_code()})


async def _service(request: web.Request) -> web.StreamResponse:
    stand = request.app[PORTAL]
    try:
        stand.sessions.check_header(request.headers.get("dstcode"))
        body = _envelope(await request.read())
        stand.sessions.check(body.get("session"))
        stand.sessions.check_unit(body.get("madonvi"))
        _read_updating(body.get("isUpdating", "False"))
        service = _SERVICES.get(str(body.get("service")))
        if service is None:
            raise ItemError("service", f"không có dịch vụ “{body.get('service')}” (no such one)")
        message, result = service(stand, body)
    except StandInError as error:
        return as_json({**_no(stand, error), "result": []})
    answer = {"error_code": stand.success_code(), "message": message, "result": list(result)}
    return as_json(answer)


async def _relay(request: web.Request) -> web.StreamResponse:
    stand = request.app[PORTAL]
    query = request.query
    try:
        stand.sessions.check_unit(query.get("MaDinhDanhDV"))
        items = read_json(await request.read())
        message, result = stand.put(items, updating=query.get("isUpdating"))
    except StandInError as error:
        return as_json({"response_code": "-1", "response_desc": str(error), "response_data": None})
    answer = {"response_code": "00", "response_desc": message, "response_data": list(result)}
    return as_json(answer)


def _no(stand: PortalStand, error: StandInError) -> dict[str, object]:
    return {"error_code": stand.error_code(error), "message": str(error)}


def _envelope(body: bytes) -> dict[str, object]:
    envelope = read_json(body)
    if not isinstance(envelope, dict):
        raise ItemError("body", "phải là đối tượng (must be an object)")
    return envelope


def _read_updating(value: object) -> bool:
    """A text, and no other than these two; refused otherwise."""
    if not isinstance(value, str) or value not in _UPDATING:
        raise ItemError("isUpdating", "“True” hoặc “False” (one of these texts)")
    return _UPDATING[value]


def _parameter(body: Mapping[str, object], name: str) -> str:
    """A look-up's parameter, from the body or its data; refused where it is missing or empty."""
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else data
    place = body if name in body else first if isinstance(first, dict) else {}
    value = place.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ItemError(name, "bắt buộc (required)")
    return value


def _put(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    return stand.put(body.get("data"), updating=body.get("isUpdating"))


def _progress(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    items = body.get("data")
    if not isinstance(items, list):
        raise ItemError("data", "phải là danh sách (must be a list)")
    taken = stand.state.add_progress(items)
    codes: list[Item] = [{"MaHoSo": step["MaHoSo"]} for step in taken]
    return Reply("Cập nhật tiến độ thành công", codes)


def _look_up(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    kept = stand.state.dossiers.get(_parameter(body, "mahoso"))
    if kept is None:
        return Reply("Không tìm thấy hồ sơ")
    silent = PortalSwitch.NO_STATE in stand.plan.defects
    columns = _LOOKED_UP[:1] if silent else _LOOKED_UP
    return Reply("Thành công", [{name: kept.record.get(name, "") for name in columns}])


def _procedure(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    found = stand.catalogue.procedures.get(_parameter(body, "maTTHC"))
    return Reply("Không tìm thấy thủ tục") if found is None else Reply("Thành công", [found])


def _procedures(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    del body
    return Reply("Thành công", stand.catalogue.listed())


def _bodies(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    del body
    return Reply("Thành công", stand.catalogue.bodies)


def _fields(stand: PortalStand, body: Mapping[str, object]) -> Reply:
    del body
    return Reply("Thành công", stand.catalogue.fields())


_SERVICES: dict[str, Callable[[PortalStand, Mapping[str, object]], Reply]] = {
    "DongBoHoSoMC": _put,
    "CapNhatTienDoHoSoMC": _progress,
    "TraCuuHoSo": _look_up,
    "LayThuTuc": _procedure,
    "LayDanhSachTTHC": _procedures,
    "LayDanhMucCoQuan": _bodies,
    "LayDanhMucLinhVuc": _fields,
}
PortalStand.ROUTES = frozenset(_SERVICES)


async def _told(request: web.Request) -> web.StreamResponse:
    """Everything that the portal was told, by dossier."""
    told = request.app[PORTAL].state.dossiers
    return as_json({"total": len(told), "data": {code: told[code].shown() for code in told}})


async def _told_of(request: web.Request) -> web.StreamResponse:
    return as_json(request.app[PORTAL].state.get(request.match_info["key"]).shown())


async def _publish(request: web.Request) -> web.StreamResponse:
    """Publish procedures, or renew them: one, or a list of them."""
    body = read_json(await request.read())
    rows = request.app[PORTAL].catalogue.publish(body if isinstance(body, list) else [body])
    return as_json({"total": len(rows), "data": rows})


async def _end_sessions(request: web.Request) -> web.StreamResponse:
    """Every session has ended now."""
    request.app[PORTAL].sessions.end_all()
    return web.Response(status=HTTPStatus.NO_CONTENT)
