"""What the operator sees of the traffic: one log line and a few counters per request.

Both name routes, never paths: a path holds dossier codes, and every code would be a series of its
own. Nothing here tells who asked.
"""

import re
import secrets
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from postal_bridge.logs import get_logger

REQUEST_ID = web.RequestKey("request_id", str)
REQUEST_ID_HEADER = "X-Request-Id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_QUIET = ("/health/", "/metrics")
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "postal_bridge_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "postal_bridge_http_request_seconds",
            "Time from the first byte of a request to its answer, seconds.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._running = Gauge(
            "postal_bridge_http_requests_running",
            "Requests being worked on.",
            registry=self.registry,
        )

    def begin(self) -> None:
        """Count a request in."""
        self._running.inc()

    def end(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request out."""
        self._running.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    async def shown(self, _request: web.Request) -> web.Response:
        """GET /metrics, in Prometheus' text format."""
        text = generate_latest(self.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def route_of(request: web.Request) -> str:
    """The template that matched, such as `/api/v1/dossiers/{code}`."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


def known_method(request: web.Request) -> str:
    """The method, or `other`: strangers may invent any number of them."""
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return request.method if request.method in known else "other"


def observed(metrics: Metrics) -> Middleware:
    """The outermost middleware: gives each request its id, times, counts and logs it."""
    log = get_logger(__name__)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        fits = _ACCEPTABLE_ID.fullmatch(given)
        request[REQUEST_ID] = given if fits else secrets.token_hex(8)
        started = perf_counter()
        metrics.begin()
        status, size = 500, None
        try:
            response = await handler(request)
            status, size = response.status, response.content_length
        except web.HTTPException as answer:
            status = answer.status
            raise
        else:
            return response
        finally:
            seconds = perf_counter() - started
            method, route = known_method(request), route_of(request)
            metrics.end(method=method, route=route, status=status, seconds=seconds)
            tell = log.debug if request.path.startswith(_QUIET) else log.info
            tell(
                "request",
                request_id=request[REQUEST_ID],
                method=method,
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
                size_bytes=size,
            )

    return middleware
