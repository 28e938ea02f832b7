"""A strict stand-in of a Tân Dân one-stop system, over HTTP, able to fail on request.

It was written from sections 1.4, 2.3, 3.2 and 8.1 (profile B) of the reference on one-stop
systems, not from our client. What the reference leaves open is [stand-in's choice]:

- Paths are taken in any case; the list is `HoSos/search`; tokens are renewed with a POST to
  `api/tokens/refresh` of `{token, refreshToken}`. Signing in takes `userName`, `username` or
  `email`. Tokens come bare, as 3.2 writes them; the switch `wrapped_token` wraps them as a result.
- Names are written as 3.2 writes them; the switch `camel_case` makes their first letter small.
- Dates in rows are local, `yyyy-MM-ddTHH:mm:ss`, without a zone; what is missing is null. Filters
  take such a moment, one with an offset, or a mere day, which counts from its first to its last
  second; both ends are included. Codes (`MaTrangThai`, `KenhThucHien`, `HinhThucTra`,
  `TrangThaiTraBuuDien`) are texts.
- Pages are asked for as `page` or `pageNumber`, of 10 rows unless `pageSize` says otherwise; a
  `pageSize` above the largest (100) is cut down to it, and the answer says so. The newest entry
  is listed first; nothing else sorts the list.
- An Id that is unknown is 404; a code that is unknown is a failed result with status 200.
- To withdraw, one POSTs `{Id}` or `{MaHoSo}`; to free a number, its `{Ma}` too. What is closed
  (3, 10) is not registered any more. `GET YeuCauBCCILayKetQua/{id}` takes the next free number
  of the pool and marks the dossier handed ('1', NgayTraBuuDien); `MaVanDonBuuDiens` adds, shows,
  gives by hand and drops numbers, whose TrangThai is "0" free, "1" live.
- `ThongKeTrongNgay` stands below `BaoCaoTongHops` and below `HoSos`. It takes `Ngay`, or `TuNgay`
  and `DenNgay`, as ISO days (today without); fees are a sum in đồng of what was paid on the day;
  supplements and withdrawals are counted by `NgayCapNhatTrangThai`; `DungHanTrongNgay` and
  `QuaHanTrongNgay` part what has a result. `CountDangKyQuaKQBuuDien` counts by the day of
  reception, `CountBuuDienDaChuyenTraKQ` by NgayTraBuuDien. `MaDinhDanhCha` is a beginning of the
  agency's code; `Catalog` changes nothing. Both come as results.
- The share API stands at `ApiChiaSe` or `ApiChiaSes`; its header is `ApiKey`; it knows
  `SearchHoSoEx` (POST, as the list) and `DetailHoSoEx?Ma=` (GET); 429 says when the day ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, local_day
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.row_book import Row
from postal_bridge.sandbox.stand_in import (
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)
from postal_bridge.sandbox.tandan_access import TanDanAccess, TanDanCredentials
from postal_bridge.sandbox.tandan_query import (
    folded,
    read_agency,
    read_days,
    read_page,
    read_search,
    wrong,
)
from postal_bridge.sandbox.tandan_state import FailedResultError, TanDanState, read_citizen
from postal_bridge.sandbox.tandan_statistics import Report, TanDanSwitch, daily, postal
from postal_bridge.sandbox.tandan_waybills import Waybill

BASE_PATH = "/api/v1"
TOKEN_PATH = "/api/tokens"  # noqa: S105 - a path
SHARE_KEY_HEADER = "ApiKey"
LARGEST_PAGE = 100


@dataclass(kw_only=True)
class TanDanStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `TANDAN`."""

    state: TanDanState
    access: TanDanAccess
    largest_page: int = LARGEST_PAGE

    DEFECTS: ClassVar[frozenset[str]] = frozenset(TanDanSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """A live token; the share API's key instead for its routes; nothing for a token."""
        if route in {"token", "refresh"}:
            return
        if route.startswith("share"):
            self.access.check_share_key(request.headers.get(SHARE_KEY_HEADER, ""))
        else:
            self.access.check_bearer(request.headers.get("Authorization", ""))

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Make or change dossiers; all of them, or none (400)."""
        return self.state.put_all(given)

    @override
    def remove(self, key: str) -> None:
        """Take a dossier away by its Id or MaHoSo; 404 where there is none."""
        self.state.remove(key)

    @override
    def row_appears(self, row: ShownRow) -> None:
        """A copy is the newest entry: in front of the whole list."""
        shown = self._of(row)
        if shown is not None:
            self.state.copy_of(shown, in_front=True)

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """The dossier is gone."""
        shown = self._of(row)
        if shown is not None:
            self.state.remove(str(shown["Id"]))

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """The dossier is gone, and a copy of it is the oldest entry."""
        shown = self._of(row)
        if shown is not None:
            self.state.remove(str(shown["Id"]))
            self.state.copy_of(shown, in_front=False)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """A result that failed, whatever the status."""
        return self.answer(_result(None, message=message, succeeded=False), status=status)

    def answer(self, value: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """An answer in the shape that the switches ask for."""
        shown = numbers_as_text(value) if self.plan.numbers_as_text else value
        if TanDanSwitch.CAMEL_CASE in self.plan.defects:
            shown = _camel(shown)
        return as_json(shown, status=status)

    def done(self, data: object, message: str = "") -> web.Response:
        """The result of something that was done."""
        return self.answer(_result(data, message=message, succeeded=True))

    def _of(self, row: ShownRow) -> Row | None:
        key = row.get("Id") or row.get("id")
        return self.state.get(str(key)) if key else None


TANDAN: web.AppKey[TanDanStand] = web.AppKey("tandan", TanDanStand)


def make_tandan(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: TanDanCredentials | None = None,
    state: TanDanState | None = None,
    largest_page: int = LARGEST_PAGE,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles every invented number.
        faults: what goes wrong; nothing without it.
        credentials: who may ask, and for how long.
        state: dossiers that are there already; an empty set without it.
        largest_page: rows on a page, at most.
    """
    stand = TanDanStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=TanDanState(clock=clock, seed=seed) if state is None else state,
        access=TanDanAccess(credentials or TanDanCredentials(), clock=clock, seed=seed),
        largest_page=largest_page,
    )
    app = stand_in_application(stand)
    app[TANDAN] = stand
    app.router.add_post(TOKEN_PATH, _token, name="token")
    app.router.add_post(f"{TOKEN_PATH}/refresh", _refresh, name="refresh")
    for name, method, path, handler in _ROUTES:
        app.router.add_route(method, _any_case(path), handler, name=name)
    return app


def _any_case(path: str) -> str:
    """The path as a pattern that takes its fixed parts in any case, as ASP.NET does."""
    parts = [
        part if part.startswith("{") else f"{{_{place}:(?i:{part})}}"
        for place, part in enumerate(path.split("/"))
    ]
    return "/".join([BASE_PATH, *parts])


async def _token(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    given = folded(read_json(await request.read()))
    user = given.get("username") or given.get("email")
    return _tokens(stand, stand.access.sign_in(user, given.get("password")))


async def _refresh(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    given = folded(read_json(await request.read()))
    return _tokens(stand, stand.access.refresh(given.get("refreshtoken")))


def _tokens(stand: TanDanStand, pair: dict[str, object]) -> web.Response:
    if TanDanSwitch.WRAPPED_TOKEN in stand.plan.defects:
        return stand.done(pair)
    return stand.answer(pair)


async def _search(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    body = read_json(await request.read())
    page, size = read_page(body, largest=stand.largest_page)
    found = stand.state.search(read_search(body))
    pages = -(-len(found) // size)
    return stand.answer(
        {
            "data": found[(page - 1) * size : page * size],
            "currentPage": page,
            "totalPages": pages,
            "totalCount": len(found),
            "pageSize": size,
            "hasPreviousPage": page > 1,
            "hasNextPage": page < pages,
        }
    )


async def _detail(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(stand.state.get(request.match_info["id"]))


async def _by_code(request: web.Request) -> web.StreamResponse:
    return _found(request, request.match_info["code"])


async def _share_detail(request: web.Request) -> web.StreamResponse:
    return _found(request, request.query.get("Ma", ""))


def _found(request: web.Request, code: str) -> web.Response:
    stand = request.app[TANDAN]
    row = stand.state.by_code(code)
    if row is None:
        raise FailedResultError(f"không tìm thấy hồ sơ {code} (no such dossier)")
    return stand.done(row)


async def _return(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(stand.state.act(request.match_info["id"], "10"), "Đã trả kết quả")


async def _register(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    body = read_json(await request.read())
    block = body.get("DangKyNhanHoSoQuaBCCIData", body) if isinstance(body, dict) else body
    citizen = read_citizen(block)
    return stand.done(stand.state.register_for_post(request.match_info["id"], citizen))


async def _withdraw(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(stand.state.withdraw_from_post(await _named(request)))


async def _hand_over(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(stand.state.hand_to_post(request.match_info["id"]))


async def _free_waybill(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(stand.state.take_waybill_back(await _named(request)))


async def _named(request: web.Request) -> str:
    """Id of the dossier that a body names by its Id, its code or its waybill number."""
    state = request.app[TANDAN].state
    given = folded(read_json(await request.read()))
    if given.get("id"):
        return str(given["id"])
    if given.get("ma"):
        holder = state.waybills.get(str(given["ma"])).holder
        if not holder:
            raise FailedResultError("mã vận đơn không gắn với hồ sơ nào (the number is free)")
        return holder
    if not given.get("mahoso"):
        raise wrong("Id, MaHoSo", "thiếu (missing)")
    row = state.by_code(str(given["mahoso"]))
    if row is None:
        raise FailedResultError(f"không tìm thấy hồ sơ {given['mahoso']} (no such dossier)")
    return str(row["Id"])


async def _daily(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(daily(stand.state.rows(), _report(request)))


async def _postal(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(postal(stand.state.rows(), _report(request)))


def _report(request: web.Request) -> Report:
    stand = request.app[TANDAN]
    now = stand.clock.now()
    first, last = read_days(request.query, today=local_day(now))
    agency, above = read_agency(request.query)
    return Report(
        first=first,
        last=last,
        now=now,
        agency=agency,
        above=above,
        switches=stand.plan.defects,
    )


async def _add_waybill(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    number = str(folded(read_json(await request.read())).get("ma") or "")
    added = stand.state.waybills.add(number) if number else None
    if added is None:
        raise FailedResultError(f"mã vận đơn “{number}” trống hoặc đã có (empty or already there)")
    return stand.done(_shown(added))


async def _waybill(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    return stand.done(_shown(stand.state.waybills.get(request.match_info["ma"])))


async def _give_waybill(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    number = stand.state.waybills.get(request.match_info["ma"])
    dossier = str(folded(read_json(await request.read())).get("hoso") or "")
    stand.state.hand_to_post(dossier, number.number)
    return stand.done(_shown(number))


async def _drop_waybill(request: web.Request) -> web.StreamResponse:
    stand = request.app[TANDAN]
    if not stand.state.waybills.drop(request.match_info["ma"]):
        raise FailedResultError("mã vận đơn đang dùng (the number is live)")
    return stand.done(None)


def _shown(waybill: Waybill) -> Row:
    return {
        "Ma": waybill.number,
        "TrangThai": "1" if waybill.holder else "0",
        "HoSo": waybill.holder or None,
        "NgayYeuCau": waybill.asked_at,
    }


def _result(data: object, *, message: str, succeeded: bool) -> Row:
    return {"succeeded": succeeded, "failed": not succeeded, "message": message, "data": data}


def _camel(value: object) -> object:
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _camel(member) for name, member in value.items()}
    return [_camel(member) for member in value] if isinstance(value, list) else value


_ROUTES = (
    ("search", "POST", "HoSos/search", _search),
    ("by_code", "GET", "HoSos/GetByMa/{code}", _by_code),
    ("hand_out", "PUT", "HoSos/TraKetQua/{id}", _return),
    ("register", "PUT", "HoSos/DangKyNhanKqQuaBCCI/{id}", _register),
    ("withdraw", "POST", "HoSos/ThuHoiDangKyNhanKqQuaBCCI", _withdraw),
    ("hand_over", "GET", "HoSos/YeuCauBCCILayKetQua/{id}", _hand_over),
    ("free_waybill", "POST", "HoSos/ThuHoiMaVanDonBuuDien", _free_waybill),
    ("daily_of_dossiers", "GET", "HoSos/ThongKeTrongNgay", _daily),
    ("daily", "GET", "BaoCaoTongHops/ThongKeTrongNgay", _daily),
    ("postal", "GET", "BaoCaoTongHops/TiepNhanBuuChinh", _postal),
    ("add_waybill", "POST", "MaVanDonBuuDiens", _add_waybill),
    ("waybill", "GET", "MaVanDonBuuDiens/{ma}", _waybill),
    ("give_waybill", "PUT", "MaVanDonBuuDiens/{ma}", _give_waybill),
    ("drop_waybill", "DELETE", "MaVanDonBuuDiens/{ma}", _drop_waybill),
    ("share_search", "POST", "ApiChiaSes?/SearchHoSoEx", _search),
    ("share_detail", "GET", "ApiChiaSes?/DetailHoSoEx", _share_detail),
    ("detail", "GET", "HoSos/{id}", _detail),
)
