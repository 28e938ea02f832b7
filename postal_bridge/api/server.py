"""The API as one application: routes, middlewares, description, health, metrics."""

from collections.abc import Sequence
from functools import partial

from aiohttp import web

from postal_bridge.api import docs, health, middlewares, openapi, problem, registry
from postal_bridge.api.call import Route, Services
from postal_bridge.api.observability import Metrics, observed
from postal_bridge.api.routes import ROUTES
from postal_bridge.clock import ReplayClock


def make_api(services: Services, *, routes: Sequence[Route] = ROUTES) -> web.Application:
    """Build the application; other rooms may add their own routes to it.

    Args:
        services: what the doors work with.
        routes: all URLs below /api/v1.
    """
    settings = services.settings.service
    metrics = Metrics()
    chain = [observed(metrics), middlewares.small, middlewares.problems(settings.language)]
    if settings.replay_clock and isinstance(services.clock, ReplayClock):
        chain.append(middlewares.replayed(services.clock, language=settings.language))
    app = web.Application(middlewares=chain, client_max_size=settings.body_limit_bytes)
    app.on_response_prepare.append(middlewares.add_headers)
    registry.mount(app, tuple(routes), services)
    docs.mount(app, partial(openapi.document, tuple(routes)))
    app.router.add_get("/health/live", health.live)
    app.router.add_get("/health/ready", health.Readiness(services.storage).ready)
    app.router.add_get("/metrics", metrics.shown)
    app.router.add_get(f"{problem.TYPES}{{slug}}", _problem)
    return app


async def _problem(request: web.Request) -> web.Response:
    """GET /problems/{slug}: what a problem's type means."""
    found = problem.described(request.match_info["slug"])
    if found is None:
        raise web.HTTPNotFound
    return found
