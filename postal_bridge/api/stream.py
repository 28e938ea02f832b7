"""The door of `GET /stream`: what changed, as it happens, by server-sent events.

A stream holds a cursor and nothing else: no transaction, no connection to the database, and
nothing of what happens while its reader is slow; it looks again when the reader has taken what was
sent. Each look recognises the reader anew, so a session that has ended ends its streams. The form
of what is sent is the HTML standard's (section 9.2); a browser or a handheld that loses the
connection comes back with Last-Event-ID, and misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web
from typing_extensions import override

from postal_bridge.api import problem
from postal_bridge.api.changes import ChangeQuery, Changes
from postal_bridge.api.language import Language, preferred
from postal_bridge.api.observability import REQUEST_ID
from postal_bridge.api.recognition import recognise
from postal_bridge.api.registry import Attempt, Door
from postal_bridge.api.why import wrong_fields
from postal_bridge.errors import Accident, Refusal, Refused
from postal_bridge.logs import get_logger
from postal_bridge.tracking.changes import Cursor

LAST_EVENT_ID = "Last-Event-ID"
MEDIA_TYPE = "text/event-stream"

RETRY_MS = 3000
"""When a reader that lost the connection comes back, milliseconds."""

HEARTBEAT_SECONDS = 15.0
"""After so much silence something is sent: proxies hang up on who says nothing."""

BREATH_SECONDS = 1.0
"""At least so long between two looks of one stream, however often it is called: a look costs two
or three milliseconds. After a silence the first call is followed at once."""

WRITE_SECONDS = 30.0
"""How long a reader may take nothing of what was sent before it is dropped."""

FAREWELL_SECONDS = 0.3


class StreamEnded(Accident):
    """There is no place for another stream, or the service goes down: come back in a moment."""

    retryable = True


@dataclass
class _Reader:
    """One open stream."""

    request: web.Request
    response: web.StreamResponse
    language: Language
    sent_at: float = 0.0

    @property
    def is_gone(self) -> bool:
        transport = self.request.transport
        return transport is None or transport.is_closing()

    async def send(self, *lines: str) -> None:
        """One event, or a comment."""
        await self.response.write(("\n".join(lines) + "\n\n").encode())
        self.sent_at = asyncio.get_running_loop().time()

    async def tell(self, page: Changes) -> None:
        """The same JSON that `GET /changes` gives; a reader keeps the id by itself."""
        told = page.model_dump_json(exclude_none=True)
        await self.send(f"id: {page.cursor}", "event: changes", f"data: {told}")


class StreamDoor(Door):
    """`GET /stream`."""

    _running_streams = 0
    _closing = False
    _waiting: set[asyncio.Timeout]

    @override
    def hang(self, app: web.Application, path: str) -> None:
        """Hang the door into the application; it closes before the application does."""
        self._waiting = set()
        app.router.add_get(path, self.answer, allow_head=False)
        app.on_shutdown.append(self._close)

    @override
    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer until the reader goes, the session ends, or the service goes down."""
        settings = self._services.settings.service
        if self._closing or self._running_streams >= settings.stream_limit:
            raise StreamEnded(f"{self._running_streams} streams are open")
        self._running_streams += 1
        try:
            language = preferred(request.headers.get("Accept-Language"), default=settings.language)
            heard = self._services.wakeups.heard
            first = await self._look(request, self._start(request, language), language)
            response = web.StreamResponse(
                headers={
                    "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",  # nginx: pass it on as it comes
                }
            )
            await response.prepare(request)
            await self._serve(_Reader(request, response, language), first, heard=heard)
        finally:
            self._running_streams -= 1
        return response

    # --- one look -------------------------------------------------------------------------------

    def _start(self, request: web.Request, language: Language) -> str | None:
        """Where to begin: a reader that comes back knows better than its address does."""
        told = request.headers.get(LAST_EVENT_ID)
        if told and Cursor.read(told) is None:
            raise Refused(wrong_fields([(LAST_EVENT_ID, "cursor")], language=language))
        return told or None

    async def _look(self, request: web.Request, after: str | None, language: Language) -> Changes:
        services = self._services
        attempt = Attempt(request, services.clock.now(), language)
        attempt.sign_in, attempt.staff = await recognise(
            services.storage, request.headers.get("Authorization")
        )
        self._admit(attempt)
        call = self._call(attempt)
        if after is not None:
            asked = call.asked(ChangeQuery).model_copy(update={"after": after})
            call = replace(call, params=asked)
        answer = await self._route.handler(call)
        if isinstance(answer, Refusal):
            raise Refused(answer)
        if not isinstance(answer, Changes):
            raise TypeError(f"{self._route.path} gives no changes")
        return answer

    # --- the stream -----------------------------------------------------------------------------

    async def _serve(self, reader: _Reader, first: Changes, *, heard: int) -> None:
        try:
            await self._flow(reader, first, heard=heard)
        except ConnectionError:
            return  # the reader has gone
        except Refused as no:
            instance = reader.request.rel_url.raw_path
            answer = problem.refused(no.refusal, language=reader.language, instance=instance)
            await self._farewell(reader, answer)
        except TimeoutError:
            if not self._closing:
                get_logger(__name__).info("stream-dropped", request_id=reader.request[REQUEST_ID])
                self._drop(reader)
            else:
                await self._fail(reader, StreamEnded("the service goes down"))
        except Exception as error:  # noqa: BLE001 - an answer that has begun can only say so
            passing = isinstance(error, Accident) and error.retryable
            tell = get_logger(__name__).warning if passing else get_logger(__name__).exception
            tell("stream-failed", request_id=reader.request[REQUEST_ID], error=repr(error))
            await self._fail(reader, error)

    async def _flow(self, reader: _Reader, page: Changes, *, heard: int) -> None:
        async with self._limited(WRITE_SECONDS):
            await reader.send(f"retry: {RETRY_MS}", f"id: {page.cursor}")
        while True:
            if page.items:
                async with self._limited(WRITE_SECONDS):
                    await reader.tell(page)
            if not page.more:
                await self._pause(reader, page.cursor, heard=heard)
            if reader.is_gone:
                return
            heard = self._services.wakeups.heard
            page = await self._look(reader.request, page.cursor, reader.language)

    async def _pause(self, reader: _Reader, cursor: str, *, heard: int) -> None:
        """Wait for a call, or until it is time to look anyway."""
        loop = asyncio.get_running_loop()
        poll = self._services.settings.service.stream_poll_seconds
        async with self._limited(WRITE_SECONDS + poll):
            await asyncio.sleep(min(BREATH_SECONDS, poll))
            try:
                silence = reader.sent_at + HEARTBEAT_SECONDS - loop.time()
                async with asyncio.timeout(min(poll, silence)):
                    await self._services.wakeups.wait(heard=heard)
            except TimeoutError:
                pass  # nobody called: look all the same
            if loop.time() - reader.sent_at >= HEARTBEAT_SECONDS:
                await reader.send(":", f"id: {cursor}")  # no event, but the reader keeps the id

    @asynccontextmanager
    async def _limited(self, seconds: float) -> AsyncIterator[None]:
        """At most so long, and no longer than the service is up."""
        async with asyncio.timeout(0 if self._closing else seconds) as limit:
            self._waiting.add(limit)
            try:
                yield
            finally:
                self._waiting.discard(limit)

    # --- its end --------------------------------------------------------------------------------

    async def _fail(self, reader: _Reader, error: Exception) -> None:
        answer = problem.accident(
            error,
            language=reader.language,
            instance=reader.request.rel_url.raw_path,
            request_id=reader.request[REQUEST_ID],
        )
        await self._farewell(reader, answer)

    async def _farewell(self, reader: _Reader, why: web.Response) -> None:
        """Say why it is over; a reader that does not take it is dropped."""
        body = why.body.decode() if isinstance(why.body, bytes) else "{}"
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await reader.send("event: ended", f"data: {body}")
                await reader.response.write_eof()
        except (ConnectionError, TimeoutError):
            self._drop(reader)

    def _drop(self, reader: _Reader) -> None:
        if reader.request.transport is not None:
            reader.request.transport.abort()

    async def _close(self, _app: web.Application) -> None:
        self._closing = True
        now = asyncio.get_running_loop().time()
        for limit in list(self._waiting):
            limit.reschedule(now)
