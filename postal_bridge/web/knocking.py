"""What a browser brings along: where it wants to go, its form, and whether that is our own form."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from pydantic_core import from_json
from yarl import URL

HOME = "/bang"
OURS = (
    "/bang",
    "/dang-nhap",
    "/dang-xuat",
    "/buu-gui",
    "/chenh-lech",
    "/dem",
    "/tuyen",
    "/dia-chi",
    "/chup",
    "/giao",
    "/static",
)
_PAGES = ("/buu-gui/", "/chenh-lech/", "/tuyen/", "/chup/", "/giao/")
LARGEST_FORM_BYTES = 10_000
MOST_FIELDS = 10


def is_ours(path: str) -> bool:
    """Whether an address is one of the pages', also where there is no such page."""
    return path == "/" or any(path == one or path.startswith(f"{one}/") for one in OURS)


def is_lost(request: web.Request) -> bool:
    """Whether somebody with a browser asks for an address that nothing answers at.

    Below `/api` a program asks, whatever it says that it accepts.
    """
    unknown = isinstance(request.match_info.http_exception, web.HTTPNotFound)
    api = request.path == "/api" or request.path.startswith("/api/")
    return unknown and not api and "text/html" in request.headers.get("Accept", "")


def own_path(text: str | None) -> str:
    """Where to go on: a page of our own, otherwise the board. Nothing leads away from here."""
    try:
        parts = urlsplit(text or HOME)
        onward = str(URL(text or HOME))
    except ValueError:
        return HOME
    away = parts.scheme or parts.netloc or "\\" in onward or not onward.isprintable()
    page = parts.path in {"/bang", "/tuyen", "/dia-chi", "/chup"} or parts.path.startswith(_PAGES)
    return onward if page and not away else HOME


def require_own_form(request: web.Request) -> None:
    """Take a form only from our own origin, as the browser tells it.

    Raises:
        HTTPForbidden: it comes from elsewhere, or the browser does not say.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        own = site == "same-origin"
    else:
        own = origin is not None and urlsplit(origin).netloc == request.host
    if not own:
        raise web.HTTPForbidden(
            text="Biểu mẫu này không được gửi từ trang của hệ thống. Hãy mở lại trang rồi thử lại."
        )


async def read_form(
    request: web.Request, *, largest_bytes: int = LARGEST_FORM_BYTES
) -> Mapping[str, str]:
    """The fields of a form; of one that comes twice the first counts.

    Raises:
        HTTPRequestEntityTooLarge, HTTPBadRequest: nobody filled this in on our page.
    """
    length = request.content_length
    if length is None or length > largest_bytes:
        raise web.HTTPRequestEntityTooLarge(largest_bytes, length or 0)
    try:
        fields = parse_qsl(
            (await request.read()).decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise web.HTTPBadRequest from None
    return dict(reversed(fields))


async def read_json(request: web.Request, *, largest_bytes: int) -> object:
    """What a script of ours sends.

    Raises:
        HTTPRequestEntityTooLarge, HTTPBadRequest: no script of ours sent this.
    """
    length = request.content_length
    if length is None or length > largest_bytes:
        raise web.HTTPRequestEntityTooLarge(largest_bytes, length or 0)
    try:
        return from_json(await request.read())
    except ValueError:
        raise web.HTTPBadRequest from None


async def read_bytes(request: web.Request, *, largest_bytes: int) -> bytes:
    """A file that a script of ours sends; nothing beyond the limit is ever held in memory.

    Raises:
        HTTPRequestEntityTooLarge: it is larger.
    """
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > largest_bytes:
            raise web.HTTPRequestEntityTooLarge(largest_bytes, len(content))
    return bytes(content)


def is_https(request: web.Request) -> bool:
    """Whether the browser's own connection is encrypted, as far as the proxy before us tells."""
    return request.secure or request.headers.get("X-Forwarded-Proto") == "https"


def number_in(query: Mapping[str, str], name: str) -> int:
    """A small number in the query; 1 where there is none."""
    word = query.get(name, "")
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 6 else 1  # noqa: PLR2004
