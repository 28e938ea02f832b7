"""How every carrier is spoken to: with limits, patience where asking twice does no harm, and a log.

A question that changes nothing (`safe`) is asked again where that can help. What is stored over
there is said again only where it certainly was not heard: no connection was made, or the other
side said that it had no time. Everything else is `MayBeStoredError`, which an adapter hands on as
`Unknown`. Each connection has a rate, a number of requests at once, and a breaker per operation:
a carrier that is down is left alone for a while, and no order waits for its timeout.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from postal_bridge.carriers.redaction import redacted
from postal_bridge.clock import Clock
from postal_bridge.tracking.carrier_ports import CallLog
from postal_bridge.tracking.carrier_records import CarrierCall
from postal_bridge.tracking.carrier_values import CarrierMisread, CarrierUnavailable
from postal_bridge.tracking.identifiers import Identifiers

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
_MINUTE = 60.0
_NOT_NOW = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long and how often a carrier is asked, and how much at once.

    Attributes:
        timeout_seconds: for one attempt, from connecting to the last byte.
        attempts: of one question, the first one included.
        total_seconds: for all attempts of one question with the waits between them.
        retry_after_seconds: the longest wait that a `Retry-After` header can ask of us.
        per_minute: requests in any minute; more wait.
        at_once: requests under way together; more wait.
        breaker_failures: failures in a row of one operation after which it is left alone.
        breaker_seconds: for how long.
        body_bytes: the largest answer that is read.
    """

    timeout_seconds: float = 20.0
    attempts: int = 3
    total_seconds: float = 60.0
    retry_after_seconds: float = 30.0
    per_minute: int = 600
    at_once: int = 4
    breaker_failures: int = 5
    breaker_seconds: float = 60.0
    body_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: `path` is put behind the connection's address, unless it is a whole address.

    Attributes:
        is_answer: says of an error of the server's own that it is an answer all the same, where a
            protocol has such: SOAP 1.1 sends every fault with status 500.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "application/json"
    is_answer: "Callable[[Answer], bool] | None" = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, exactly as it came."""

    status: int
    content_type: str
    body: bytes


class MayBeStoredError(Exception):
    """The request may have been worked on over there; nobody here knows."""


class _NoAnswerError(Exception):
    """An attempt brought nothing to work with.

    Attributes:
        reached: whether the request may have been worked on.
        after_seconds: what the other side asked us to wait, if it did.
    """

    def __init__(self, why: str, *, reached: bool, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.reached = reached
        self.after_seconds = after_seconds


class Wire:
    """One connection's HTTP.

    Redirects are not followed (they lead to login pages and would carry the credentials along),
    and cookies are not kept. What is stored goes over a connection of its own each time: on a
    kept one that turns out to be dead, aiohttp would by itself say it twice.

    Args:
        name: of the connection, for the log.
        base_url: what every path is put behind.
        patience: limits.
        clock: for the log and for a `Retry-After` that names a date.
        log: where calls are written down.
        identifiers: makes the calls' ids.
        sleep: how to wait; tests hand in one that does not.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        patience: Patience,
        clock: Clock,
        log: CallLog,
        identifiers: Identifiers,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._patience = patience
        self._clock = clock
        self._log = log
        self._identifiers = identifiers
        self._sleep = sleep
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=patience.breaker_failures,
            default_ttl=patience.breaker_seconds,
            exclude=[asyncio.CancelledError],
        )
        self._places = asyncio.Semaphore(patience.at_once)
        self._moments: deque[float] = deque(maxlen=patience.per_minute)
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, operation: str, request: Request) -> Answer:
        """Ask what changes nothing; ask again where that can help.

        Any answer below 500 but 429 is given back, whatever its status: the adapter judges it.

        Raises:
            CarrierUnavailable: no answer within the patience, or the breaker is open.
        """
        try:
            return await self._patiently(operation, request, again=_is_no_answer)
        except _NoAnswerError as trouble:
            raise CarrierUnavailable(f"{self.name} {operation}: {trouble}") from trouble

    async def tell(self, operation: str, request: Request) -> Answer:
        """Say what is stored over there; said again only where it certainly was not heard.

        Raises:
            CarrierUnavailable: it certainly was not stored.
            MayBeStoredError: it may have been.
        """
        try:
            return await self._patiently(operation, request, again=_was_not_heard)
        except _NoAnswerError as trouble:
            text = f"{self.name} {operation}: {trouble}"
            if trouble.reached:
                raise MayBeStoredError(text) from trouble
            raise CarrierUnavailable(text) from trouble

    async def close(self) -> None:
        """Give the connections back; a later question opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def resting(self) -> Mapping[str, str]:
        """Operations whose breaker is not closed, with its state."""
        async with self._breakers.uow as unit:
            known = getattr(unit.contexts, "breakers", {})
            return {name: one.state for name, one in known.items() if one.state != "closed"}

    async def _patiently(
        self,
        operation: str,
        request: Request,
        *,
        again: Callable[[BaseException], bool],
    ) -> Answer:
        patience = self._patience

        async def attempt() -> Answer:
            return await self._attempt(operation, request, again)

        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.total_seconds),
            wait=self._wait,
            retry=retry_if_exception(again),
            reraise=True,
        )
        try:
            async with asyncio.timeout(patience.total_seconds):
                return await retrying(attempt)
        except TimeoutError as trouble:
            why = f"không xong trong {patience.total_seconds:g} giây (not finished in time)"
            raise _NoAnswerError(why, reached=True) from trouble

    async def _attempt(
        self, operation: str, request: Request, again: Callable[[BaseException], bool]
    ) -> Answer:
        breaker = await self._breakers.get_breaker(operation)
        try:
            async with breaker, self._places:
                await self._in_turn()
                async with self._session_for(again) as session:
                    return await self._logged(operation, request, session)
        except OpenedState as resting:
            why = "hãng đang lỗi, tạm nghỉ (left alone for a while after failures)"
            raise CarrierUnavailable(f"{self.name} {operation}: {why}") from resting

    async def _in_turn(self) -> None:
        """Wait until this minute has room for one more."""
        now = time.monotonic()
        if len(self._moments) == self._moments.maxlen and now - self._moments[0] < _MINUTE:
            await self._sleep(_MINUTE - (now - self._moments[0]))
        self._moments.append(time.monotonic())

    @asynccontextmanager
    async def _session_for(
        self, again: Callable[[BaseException], bool]
    ) -> AsyncIterator[aiohttp.ClientSession]:
        if again is _is_no_answer:
            if self._session is None:
                self._session = self._new_session(None)
            yield self._session
            return
        async with self._new_session(aiohttp.TCPConnector(force_close=True)) as session:
            # There is no public switch for "say it once"; aiohttp's own test client uses this.
            session._retry_connection = False  # noqa: SLF001
            yield session

    def _new_session(self, connector: aiohttp.BaseConnector | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._patience.timeout_seconds),
        )

    async def _logged(
        self, operation: str, request: Request, session: aiohttp.ClientSession
    ) -> Answer:
        at, begun = self._clock.now(), time.monotonic()
        outcome, answer = "", None
        try:
            answer = await self._once(request, session)
            outcome = "ok" if answer.status < HTTPStatus.BAD_REQUEST else str(answer.status)
            if request.is_answer is None or not request.is_answer(answer.answer):
                self._judge(answer)
        except BaseException as trouble:
            outcome = outcome if outcome not in {"", "ok"} else type(trouble).__name__
            if isinstance(trouble, _NoAnswerError):
                outcome = str(trouble)
            raise
        finally:
            call = self._call(operation, request, answer, at=at, outcome=outcome)
            call.duration_ms = int((time.monotonic() - begun) * 1000)
            await asyncio.shield(self._log.write(call))
        return answer.answer

    def _call(
        self, operation: str, request: Request, raw: "_Raw | None", *, at: datetime, outcome: str
    ) -> CarrierCall:
        return CarrierCall(
            id=str(self._identifiers.new(at)),
            carrier=self.name,
            operation=operation,
            at=at,
            duration_ms=0,
            outcome=outcome[:400],
            is_error=outcome != "ok",
            request=redacted(request.body, request.content_type),
            response=redacted(raw.body, raw.content_type) if raw else "",
        )

    async def _once(self, request: Request, session: aiohttp.ClientSession) -> "_Raw":
        whole = request.path.startswith(("http://", "https://"))
        url = request.path if whole else self._base_url + request.path
        headers = dict(request.headers)
        if request.body:
            headers.setdefault("Content-Type", request.content_type)
        try:
            async with session.request(
                request.method,
                url,
                params=dict(request.query) or None,
                headers=headers,
                data=request.body or None,
                allow_redirects=False,
            ) as response:
                return _Raw(
                    status=response.status,
                    content_type=response.content_type,
                    body=await self._read(response),
                    retry_after=response.headers.get("Retry-After", ""),
                )
        except TimeoutError as trouble:
            why = f"quá {self._patience.timeout_seconds:g} giây (timeout)"
            raise _NoAnswerError(why, reached=True) from trouble
        except (aiohttp.InvalidURL, aiohttp.ClientSSLError) as trouble:
            text = f"{self.name}: kiểm tra địa chỉ và chứng thư (check address and certificate)"
            raise CarrierUnavailable(f"{text}: {trouble}") from trouble
        except aiohttp.ClientError as trouble:
            never_made = isinstance(trouble, aiohttp.ClientConnectorError)
            why = f"mất kết nối (connection lost: {type(trouble).__name__})"
            raise _NoAnswerError(why, reached=not never_made) from trouble

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in response.content.iter_any():
            parts += part
            if len(parts) > self._patience.body_bytes:
                text = f"câu trả lời lớn hơn {self._patience.body_bytes} byte (answer too large)"
                raise CarrierMisread(f"{self.name}: {text}")
        return bytes(parts)

    def _judge(self, raw: "_Raw") -> None:
        """What is no answer: too many requests, and errors of the server's own."""
        if raw.status in _NOT_NOW or raw.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _NoAnswerError(
                f"HTTP {raw.status}",
                reached=raw.status != HTTPStatus.TOO_MANY_REQUESTS,
                after_seconds=self._seconds(raw.retry_after),
            )

    def _seconds(self, asked: str) -> float | None:
        """What `Retry-After` asks for, as a number or as a date (RFC 9110 10.2.3)."""
        if asked.strip().isdecimal():
            return float(asked)
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._clock.now()).total_seconds())

    def _wait(self, state: RetryCallState) -> float:
        trouble = state.outcome.exception() if state.outcome else None
        if isinstance(trouble, _NoAnswerError) and trouble.after_seconds is not None:
            return min(trouble.after_seconds, self._patience.retry_after_seconds)
        return _PAUSE(state)


_PAUSE = wait_exponential_jitter(multiplier=0.5, max=8)


@dataclass(frozen=True, kw_only=True)
class _Raw(Answer):
    """An answer before anybody has judged it."""

    retry_after: str

    @property
    def answer(self) -> Answer:
        return Answer(status=self.status, content_type=self.content_type, body=self.body)


def _is_no_answer(trouble: BaseException) -> bool:
    return isinstance(trouble, _NoAnswerError)


def _was_not_heard(trouble: BaseException) -> bool:
    return isinstance(trouble, _NoAnswerError) and not trouble.reached
