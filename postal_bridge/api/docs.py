"""The API's description for people: Swagger UI from its Python package, without a network."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web

from postal_bridge.api.openapi_30 import translated

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI writes style attributes, so styles may be inline; scripts may not."""

_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

_PAGE = """<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>postal_bridge: giao diện lập trình</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""

_START = """"use strict";
SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""


def mount(app: web.Application, description: Callable[[], dict[str, Any]]) -> None:
    """Serve /openapi.json and /docs.

    Args:
        app: where.
        description: gives the OpenAPI document; it is asked for at the first request.
    """

    @cache
    def written(*, for_page: bool) -> bytes:
        document = translated(description()) if for_page else description()
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    async def openapi(request: web.Request) -> web.Response:
        return _served(written(for_page=request.path != "/openapi.json"), "application/json")

    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/docs/openapi.json", openapi)
    app.router.add_get("/docs", _page)
    app.router.add_get("/docs/start.js", _start)
    app.router.add_get("/docs/{file}", _file)


async def _page(_request: web.Request) -> web.Response:
    return _served(_PAGE.encode(), "text/html")


async def _start(_request: web.Request) -> web.Response:
    return _served(_START.encode(), "text/javascript")


async def _file(request: web.Request) -> web.Response:
    name = request.match_info["file"]
    if name not in _FILES:
        raise web.HTTPNotFound
    return _served(await asyncio.to_thread(_content, name), _FILES[name])


@cache
def _content(name: str) -> bytes:
    from swagger_ui_bundle import swagger_ui_path

    return (Path(swagger_ui_path) / name).read_bytes()


def _served(content: bytes, media_type: str) -> web.Response:
    text = not media_type.startswith("image/")
    return web.Response(
        body=content,
        content_type=media_type,
        charset="utf-8" if text else None,
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": POLICY},
        zlib_executor_size=65_536,
    )
