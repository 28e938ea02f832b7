"""What every answer passes on its way out: problems, headers, compression, ETags, replayed time."""

from datetime import datetime
from hashlib import blake2b

from aiohttp import ETag, web
from aiohttp.helpers import ETAG_ANY
from aiohttp.typedefs import Handler, Middleware

from postal_bridge.api import problem
from postal_bridge.api.language import Language, preferred
from postal_bridge.api.observability import REQUEST_ID, REQUEST_ID_HEADER
from postal_bridge.api.why import wrong_fields
from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Accident, Refused
from postal_bridge.logs import get_logger

REPLAYED_TIME = "Postal-Bridge-Time"
"""ISO 8601 with offset: the moment at which a replayed request happens."""

COMPRESSED_FROM_BYTES = 1024
_TEXT = ("text/", "application/json", "application/problem+json", "application/javascript")
_TEXT_SUFFIX = ("+json", "+xml")

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""A page that needs more (its own scripts, say) sets its own policy; this is never overwritten."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal: give every answer, of whatever room, its id and the security headers."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "postal-bridge"
    if REQUEST_ID in request:
        response.headers[REQUEST_ID_HEADER] = request[REQUEST_ID]


def problems(default: Language) -> Middleware:
    """Render whatever went wrong further inside."""
    log = get_logger(__name__)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        language = preferred(request.headers.get("Accept-Language"), default=default)
        instance = request.rel_url.raw_path
        try:
            return await handler(request)
        except Refused as no:
            return problem.refused(no.refusal, language=language, instance=instance)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - redirects are no problems
                raise
            return problem.http_error(error, language=language, request=request)
        except ConnectionError:
            raise  # whoever asked has gone: there is nobody to answer
        except Exception as error:
            request_id = request[REQUEST_ID]
            if isinstance(error, Accident) and error.retryable:
                log.warning("accident", request_id=request_id, error=repr(error))
            else:
                log.exception("accident", request_id=request_id)
            return problem.accident(
                error, language=language, instance=instance, request_id=request_id
            )

    return middleware


@web.middleware
async def small(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send no more than needed: nothing where the reader has it already, little otherwise."""
    response = await handler(request)
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    if request.method in {"GET", "HEAD"} and response.status == 200:  # noqa: PLR2004
        tag = blake2b(response.body, digest_size=16).hexdigest()
        response.headers.setdefault("ETag", f'W/"{tag}"')
        if _has_it(request, response.headers["ETag"]):
            return _not_modified(response)
    if len(response.body) > COMPRESSED_FROM_BYTES and _is_text(response.content_type):
        _add_vary(response, "Accept-Encoding")
        coding = accepted_coding(request.headers.get("Accept-Encoding", ""))
        if coding is not None:
            response.enable_compression(coding)
    return response


def _has_it(request: web.Request, tag: str) -> bool:
    value = tag.removeprefix("W/").strip('"')
    known: tuple[ETag, ...] = request.if_none_match or ()
    return any(each.value in {value, ETAG_ANY} for each in known)


def _not_modified(response: web.Response) -> web.Response:
    kept = ("ETag", "Cache-Control", "Content-Language", "Vary", "Content-Security-Policy")
    headers = {name: response.headers[name] for name in kept if name in response.headers}
    return web.Response(status=304, headers=headers)


def _is_text(content_type: str) -> bool:
    return content_type.startswith(_TEXT) or content_type.endswith(_TEXT_SUFFIX)


def _add_vary(response: web.Response, name: str) -> None:
    known = response.headers.get("Vary")
    response.headers["Vary"] = f"{known}, {name}" if known else name


def accepted_coding(accept_encoding: str) -> web.ContentCoding | None:
    """The compression that the reader takes, gzip before deflate; `gzip;q=0` takes none."""
    taken = set()
    for part in accept_encoding.lower().split(","):
        name, _, quality = (word.strip() for word in part.partition(";"))
        if quality.replace(" ", "").rstrip("0") not in {"q=", "q=0."}:
            taken.add(name)
    for coding in (web.ContentCoding.gzip, web.ContentCoding.deflate):
        if coding.value in taken:
            return coding
    return None


def replayed(clock: ReplayClock, *, language: Language) -> Middleware:
    """Advance the clock to the moment that a request names; in the demo and in tests only."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        told = request.headers.get(REPLAYED_TIME)
        if told is not None:
            try:
                clock.advance_to(datetime.fromisoformat(told))
            except ValueError:
                raise Refused(
                    wrong_fields([(REPLAYED_TIME, "datetime")], language=language)
                ) from None
        return await handler(request)

    return middleware
