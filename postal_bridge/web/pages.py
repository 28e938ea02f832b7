"""The pages' addresses: who may open them, and how people sign in and out.

A session lives in a cookie that no script can read and that is sent from our own pages only
(HttpOnly, SameSite=Strict). A form is taken only when the browser says that it comes from our own
origin, so nobody else's page can sign somebody in or out.
"""

from aiohttp import web
from aiohttp.typedefs import Handler

from postal_bridge.errors import Accident, Kind, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Direction
from postal_bridge.logs import get_logger
from postal_bridge.web.board import READERS, read_board
from postal_bridge.web.capture_pages import CapturePages
from postal_bridge.web.case_pages import CasePages
from postal_bridge.web.doubtful_pages import DoubtfulPages
from postal_bridge.web.giving import GIVEN_FROM
from postal_bridge.web.giving_pages import GIVERS, GivingPages
from postal_bridge.web.html import Element, el
from postal_bridge.web.knocking import (
    HOME,
    is_https,
    is_lost,
    is_ours,
    number_in,
    own_path,
    read_form,
    require_own_form,
)
from postal_bridge.web.layout import board_title, sign_in_form
from postal_bridge.web.reception import COOKIE, MEDIA_TYPES, POLICY, Desk, Reception, version
from postal_bridge.web.round_pages import RoundPages
from postal_bridge.web.sections import board_page, period_form, shown_in_form
from postal_bridge.web.trace import ItemData, item_page, read_item
from postal_bridge.web.words import WrongPeriod, read_period

RETRY_SECONDS = 5

HEADERS = {
    "Content-Security-Policy": POLICY,
    # With no-referrer a browser calls the origin of its own form "null".
    "Referrer-Policy": "same-origin",
    "Content-Language": "vi",
}


def mount_pages(app: web.Application, desk: Desk) -> None:
    """Add the pages to an application; what goes wrong on them is told on a page."""
    pages = Pages(desk)
    app.middlewares.append(pages.dressed)
    router = app.router
    router.add_get("/", pages.home)
    router.add_get("/dang-nhap", pages.sign_in_page)
    router.add_post("/dang-nhap", pages.sign_in)
    router.add_get("/dang-xuat", pages.home)
    router.add_post("/dang-xuat", pages.sign_out)
    router.add_get("/bang", pages.board)
    router.add_get("/buu-gui/{code:.+}", pages.item)
    router.add_get("/static/{name}", pages.static)
    CasePages(desk).mount(router)
    RoundPages(desk).mount(router)
    DoubtfulPages(desk).mount(router)
    CapturePages(desk).mount(router)
    GivingPages(desk).mount(router)


def _ways_on(data: ItemData) -> Element:
    """What somebody who carries papers does with an item."""
    position = data.way.position
    giving = el("a", "Giao cho công dân", href=f"/giao/{position.item_code}", class_="button")
    able = position.direction is Direction.BACK and position.stage in GIVEN_FROM
    return el(
        "p",
        giving if able else None,
        el("a", "Chụp giấy tờ", href=f"/chup/{position.dossier_code}", class_="button"),
        class_="buttons",
    )


class Pages(Reception):
    """The handlers of all pages but those of cases."""

    # --- signing in and out -----------------------------------------------------------------

    async def home(self, _request: web.Request) -> web.Response:
        """GET /: to the board."""
        return self.to(HOME)

    async def sign_in_page(self, request: web.Request) -> web.Response:
        """GET /dang-nhap: the form; whoever is signed in goes on."""
        onward = own_path(request.query.get("tiep"))
        if isinstance(await self.actor_of(request), Actor):
            return self.to(onward)
        expired = "het-han" in request.query
        told = "Phiên làm việc đã hết hạn. Hãy đăng nhập lại." if expired else None
        return self.page("Đăng nhập", sign_in_form(onward=onward, told=told))

    async def sign_in(self, request: web.Request) -> web.Response:
        """POST /dang-nhap: the cookie, and on to where somebody wanted to go."""
        require_own_form(request)
        form = await read_form(request)
        onward, username = own_path(form.get("tiep")), form.get("ten", "").strip()
        token = await self.desk.sessions.sign_in(
            username, form.get("mat_khau", ""), address=request.remote or ""
        )
        if isinstance(token, Refusal):
            again = sign_in_form(onward=onward, username=username[:60], wrong=token.sentence())
            answer = self.page("Đăng nhập", again)
            # 401 would have to name a scheme, and the browser would ask in its own window.
            answer.set_status(429 if token.reason.kind is Kind.TOO_MANY else 403)
            if token.reason.kind is Kind.TOO_MANY:
                answer.headers["Retry-After"] = str(token.facts["wait_seconds"])
            return answer
        answer = self.to(onward)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="Strict", secure=is_https(request), path="/"
        )
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """POST /dang-xuat: the session ends here and on the server."""
        require_own_form(request)
        token = request.cookies.get(COOKIE)
        if token:
            await self.desk.sessions.sign_out(token)
        answer = self.to("/dang-nhap")
        answer.del_cookie(COOKIE, path="/")
        return answer

    # --- the pages --------------------------------------------------------------------------

    async def board(self, request: web.Request) -> web.Response:
        """GET /bang?tu=dd/MM/yyyy&den=dd/MM/yyyy: the board of a period."""
        actor, now = await self.require_actor(request), self.desk.clock.now()
        if actor.role not in READERS:
            said = "Bảng theo dõi dành cho cán bộ Trung tâm, cán bộ sở, ngành và giám sát bưu điện."
            return self.said(403, "Không được phép", said, actor=actor)
        typed = (request.query.get("tu", ""), request.query.get("den", ""))
        period = read_period(*typed, now=now)
        if isinstance(period, WrongPeriod):
            form = period_form(*(text[:40] for text in typed), wrong=period)
            answer = self.page(
                "Bảng theo dõi",
                board_title("Hãy chọn lại khoảng ngày.", parts=False),
                form,
                actor=actor,
            )
            answer.set_status(400)
            return answer
        async with self.desk.transactions.begin(write=False) as work:
            data = await read_board(
                work, actor=actor, period=period, page=number_in(request.query, "trang"), now=now
            )
        return self.page(
            "Bảng theo dõi",
            board_title(f"Hồ sơ tiếp nhận {period.shown}"),
            period_form(*shown_in_form(period)),
            *board_page(data),
            actor=actor,
            centre=self.centre_name(data.names),
        )

    async def item(self, request: web.Request) -> web.Response:
        """GET /buu-gui/{code}: the way of one item."""
        actor, code = await self.require_actor(request), request.match_info["code"]
        if "\x00" in code:
            raise web.HTTPNotFound
        async with self.desk.transactions.begin(write=False) as work:
            data = await read_item(work, code)
        if data is None:
            said = f"Không có bưu gửi mang mã “{code[:80]}”. Hãy kiểm tra lại mã vạch."
            return self.said(404, "Không tìm thấy bưu gửi", said, actor=actor)
        return self.page(
            f"Bưu gửi {code}",
            *item_page(data, now=self.desk.clock.now()),
            _ways_on(data) if actor.role in GIVERS else None,
            actor=actor,
            centre=self.centre_name(data.names),
        )

    async def static(self, request: web.Request) -> web.Response:
        """GET /static/{name}: the style sheet and the icon; their addresses change with them."""
        name = request.match_info["name"]
        if name not in self.files:
            raise web.HTTPNotFound
        content = self.files[name]
        current = request.query.get("v") == version(content)
        caching = "public, max-age=31536000, immutable" if current else "no-cache"
        return web.Response(
            body=content,
            content_type=MEDIA_TYPES[name],
            charset="utf-8",
            headers={"Cache-Control": caching},
        )

    # --- answers ----------------------------------------------------------------------------

    @web.middleware
    async def dressed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Tell on a page whatever goes wrong on our addresses; the API tells its own."""
        if not (is_ours(request.path) or is_lost(request)):
            return await handler(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - redirects are no errors
                error.headers.update({**HEADERS, "Cache-Control": "no-store"})
                raise
            response = self._http_error(error)
        except ConnectionError:
            raise  # whoever asked has gone: there is nobody to answer
        except Exception as error:
            number = self.desk.request_id(request)
            log = get_logger(__name__)
            if isinstance(error, Accident) and error.retryable:
                log.warning("accident", request_id=number, error=repr(error))
                response = self._unavailable()
            else:
                log.exception("accident", request_id=number)
                response = self._failed(number)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _http_error(self, error: web.HTTPException) -> web.Response:
        titles = {
            403: ("Không được phép", error.text or ""),
            404: ("Không tìm thấy trang", "Địa chỉ này không có. Hãy kiểm tra lại."),
            405: ("Không làm được", "Trang này không nhận cách gửi đó."),
            413: ("Nội dung quá lớn", "Nội dung gửi lên lớn hơn mức cho phép."),
        }
        usual = ("Yêu cầu không hợp lệ", "Không đọc được nội dung gửi lên. Hãy thử lại.")
        return self.said(error.status, *titles.get(error.status, usual))

    def _unavailable(self) -> web.Response:
        said = f"Hệ thống tạm thời không phục vụ được. Hãy thử lại sau {RETRY_SECONDS} giây."
        answer = self.said(503, "Tạm thời gián đoạn", said)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer

    def _failed(self, number: str) -> web.Response:
        said = f"Máy chủ gặp lỗi ngoài dự kiến. Hãy báo quản trị viên mã {number}."
        return self.said(500, "Lỗi máy chủ", said)
