"""Turns a route into a door: who asks, may they, what do they want, one transaction, an answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, get_args

from aiohttp import web
from pydantic import BaseModel
from sqlmodel import SQLModel

from postal_bridge.api import idempotency, parsing, problem
from postal_bridge.api.call import JSON, STRICT, Answer, Call, Reply, Route, Services
from postal_bridge.api.doorkeeper import Doorkeeper
from postal_bridge.api.language import Language, preferred
from postal_bridge.api.ports import Work
from postal_bridge.api.recognition import actor_of, admission, recognise
from postal_bridge.api.refused import Said, keep_refused
from postal_bridge.api.why import wrong_fields
from postal_bridge.errors import Refusal, Refused
from postal_bridge.inbound import AnsweredRequest, SignIn, Staff
from postal_bridge.logs import get_logger

PREFIX = "/api/v1"


@dataclass
class Attempt:
    """One request on its way through a door, as far as it has come."""

    request: web.Request
    now: datetime
    language: Language
    staff: Staff | None = None
    sign_in: SignIn | None = None
    body: bytes = b""
    body_bytes: int = 0


@dataclass(frozen=True)
class Encoded:
    """An answer as it goes over the wire."""

    status: int
    body: bytes
    media_type: str
    headers: dict[str, str]


def mount(app: web.Application, routes: tuple[Route, ...], services: Services) -> None:
    """Hang a door into every route below /api/v1; all share one doorkeeper."""
    keeper = Doorkeeper.hire(services.settings.security, clock=services.clock)
    running = idempotency.Running()
    for route in routes:
        make = route.door or Door
        door = make(route, services=services, keeper=keeper, running=running)
        door.hang(app, PREFIX + route.path)


class Door:
    """One route, open."""

    def __init__(
        self,
        route: Route,
        *,
        services: Services,
        keeper: Doorkeeper,
        running: idempotency.Running,
    ) -> None:
        _require_strictness(route.body, route)
        self._route = route
        self._services = services
        self._keeper = keeper
        self._running = running

    def hang(self, app: web.Application, path: str) -> None:
        """Hang the door into the application."""
        if self._route.method == "GET":
            app.router.add_get(path, self.answer)
        else:
            app.router.add_route(self._route.method, path, self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; what a known member of staff typed is never lost."""
        language = preferred(
            request.headers.get("Accept-Language"),
            default=self._services.settings.service.language,
        )
        attempt = Attempt(request, self._services.clock.now(), language)
        try:
            answered = await self._answer(attempt)
            if self._route.writes and self._route.method != "GET":
                self._services.wakeups.announce()
            return self._response(answered)
        except Refused as no:
            await self._keep(attempt, no.refusal.reason.slug, no.refusal.sentence(language))
            return problem.refused(no.refusal, language=language, instance=request.rel_url.raw_path)
        except Exception as accident:
            await self._keep(attempt, "accident", type(accident).__name__)
            raise

    async def _answer(self, attempt: Attempt) -> Encoded:
        route, request = self._route, attempt.request
        if route.roles is not None:
            attempt.sign_in, attempt.staff = await recognise(
                self._services.storage, request.headers.get("Authorization")
            )
        if route.takes_body:
            limit = route.limit_bytes(self._services.settings)
            # Until it is read, nobody knows how large a body without a declared length is.
            attempt.body_bytes = request.content_length or (limit + 1) * request.body_exists
            attempt.body = await parsing.read_body(request, limit_bytes=limit)
            attempt.body_bytes = len(attempt.body)
        self._admit(attempt)
        call = self._call(attempt)
        if route.creates:
            return await self._once(call, attempt)
        async with self._transaction(write=route.writes) as work:
            return await self._run(replace(call, transaction=work))

    # --- who ------------------------------------------------------------------------------------

    def _admit(self, attempt: Attempt) -> None:
        """Check session and role; after the body was read, so that it is kept for its author."""
        roles = self._route.roles
        if attempt.sign_in is None or attempt.staff is None or roles is None:
            return
        no = admission(
            attempt.sign_in,
            attempt.staff,
            roles=roles,
            now=attempt.now,
            language=attempt.language,
        )
        if no is not None:
            raise Refused(no)

    # --- what -----------------------------------------------------------------------------------

    def _call(self, attempt: Attempt) -> Call[Any]:
        route, request, language = self._route, attempt.request, attempt.language
        if found := parsing.nul_in(request.match_info.items()):
            raise Refused(wrong_fields(found, language=language))
        staff, sign_in = attempt.staff, attempt.sign_in
        return Call(
            services=self._services,
            keeper=self._keeper,
            body=self._body(attempt),
            now=attempt.now,
            language=language,
            path=dict(request.match_info),
            query=dict(request.query),
            params=parsing.parse_query(route.query, list(request.query.items()), language=language),
            headers=request.headers,
            address=request.remote or "",
            who=actor_of(staff) if staff else None,
            sign_in_id=sign_in.id if sign_in else None,
        )

    def _body(self, attempt: Attempt) -> BaseModel | bytes | None:
        if self._route.raw_limit_bytes is not None:
            return attempt.body
        if self._route.body is not None:
            return parsing.parse_body(self._route.body, attempt.body, language=attempt.language)
        parsing.parse_no_body(attempt.body, language=attempt.language)
        return None

    # --- the effect -----------------------------------------------------------------------------

    @asynccontextmanager
    async def _transaction(self, *, write: bool) -> AsyncIterator[Work | None]:
        if self._route.own_transactions:
            yield None
            return
        async with self._services.storage.begin(write=write) as work:
            yield work

    async def _run(self, call: Call[Any]) -> Encoded:
        answer = await self._route.handler(call)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        return encoded(answer, self._route)

    async def _once(self, call: Call[Any], attempt: Attempt) -> Encoded:
        """Do what creates something, or give the answer that it got the first time."""
        key = idempotency.key_of(attempt.request, language=attempt.language)
        mark = idempotency.fingerprint(attempt.request, attempt.body)
        user = call.actor.username
        kept = partial(_kept, username=user, key=key, fingerprint=mark, at=call.now)
        storage = self._services.storage
        with self._running.hold(user, key):
            async with storage.begin(write=True) as work:
                given = await idempotency.given_answer(work, user, key, fingerprint=mark)
                if given is not None:
                    return _replayed(given)
                if not self._route.own_transactions:
                    fresh = await self._run(replace(call, transaction=work))
                    await work.inbound.keep_answer(kept(fresh))
                    return fresh
            fresh = await self._run(call)
            async with storage.begin(write=True) as work:
                await work.inbound.keep_answer(kept(fresh))
            return fresh

    # --- the answer -----------------------------------------------------------------------------

    def _response(self, answer: Encoded) -> web.Response:
        caching = "no-store" if self._route.personal else "private, no-cache"
        headers = {"Cache-Control": caching, **answer.headers}
        if answer.body:
            headers["Content-Type"] = answer.media_type
        return web.Response(status=answer.status, body=answer.body or None, headers=headers)

    async def _keep(self, attempt: Attempt, reason: str, detail: str) -> None:
        if attempt.staff is None or not attempt.body_bytes or self._route.secret:
            return
        raw = self._route.raw_limit_bytes is not None
        said = Said(
            username=attempt.staff.username,
            method=attempt.request.method,
            path=attempt.request.rel_url.raw_path,
            body=attempt.body if attempt.body and not raw else None,
            body_bytes=attempt.body_bytes,
        )
        try:
            await keep_refused(
                self._services.storage, said, reason=reason, detail=detail, at=attempt.now
            )
        except Exception:  # noqa: BLE001 - the answer matters more than its record
            get_logger(__name__).exception("refused-request-not-kept", reason=reason)


def encoded(answer: Answer, route: Route) -> Encoded:
    """A handler's answer as it goes over the wire: models as JSON without nulls."""
    reply = answer if isinstance(answer, Reply) else None
    body = reply.body if reply else answer
    status = (reply.status if reply else None) or route.status
    if isinstance(body, BaseModel):
        text = body.model_dump_json(exclude_none=True, by_alias=True)
        media_type, content = f"{JSON}; charset=utf-8", text.encode()
    else:
        media_type = reply.media_type if reply else JSON
        content = body if isinstance(body, bytes) else b""
    return Encoded(status, content, media_type, dict(reply.headers) if reply else {})


def _kept(
    answer: Encoded, *, username: str, key: str, fingerprint: str, at: datetime
) -> AnsweredRequest:
    return AnsweredRequest(
        username=username,
        key=key,
        fingerprint=fingerprint,
        status=answer.status,
        body=answer.body.decode("utf-8"),
        answered_at=at,
    )


def _replayed(given: AnsweredRequest) -> Encoded:
    headers = {idempotency.REPLAYED: "true"}
    return Encoded(given.status, given.body.encode(), f"{JSON}; charset=utf-8", headers)


def _require_strictness(model: Any, route: Route) -> None:
    """Find, at the start, a body that SQLModel would read laxly (see `call.STRICT`)."""
    seen: set[Any] = set()
    waiting = [model]
    while waiting:
        current = waiting.pop()
        waiting += get_args(current)
        if not isinstance(current, type) or not issubclass(current, BaseModel) or current in seen:
            continue
        seen.add(current)
        lax = any(current.model_config.get(name) != wanted for name, wanted in STRICT.items())
        if issubclass(current, SQLModel) and lax:
            raise TypeError(f"{route.path}: {current.__name__} needs model_config = STRICT")
        waiting += [field.annotation for field in current.model_fields.values()]
