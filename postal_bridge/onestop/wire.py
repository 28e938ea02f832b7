"""How every one-stop adapter asks over HTTP: with patience where asking twice does no harm.

A question that changes nothing is asked again where that can help. What is stored over there is
said again only where it certainly was not heard: the connection was never made, or the other side
said that it had not looked at it. Everything else is told as "may have been stored".
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from postal_bridge.clock import Clock
from postal_bridge.onestop.bodies import Decode, Reply, TryAgainError, decoded, opened
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.tokens import Tokens
from postal_bridge.reconciliation.ports import OneStopRefused, OneStopUnavailable

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8.0
_NO = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long and how often one question is asked before the night goes on without it.

    Attributes:
        timeout_seconds: for one attempt, from connecting to the last byte.
        attempts: how often at most, the first one included.
        total_seconds: for all attempts of one question with the waits between them.
        retry_after_seconds: the longest wait that a `Retry-After` header can ask of us.
        body_bytes: the largest body that is read.
    """

    timeout_seconds: float = 30.0
    attempts: int = 4
    total_seconds: float = 120.0
    retry_after_seconds: float = 60.0
    body_bytes: int = 64 * 1024 * 1024


class _StaleTokenError(Exception):
    """The token is no longer taken."""


class Wire:
    """Asks one system for JSON, with headers, limits and patience of its own.

    The connection is opened with the first question, never before. Redirects are not followed
    (they lead to login pages, and would carry the credentials along) and cookies are not kept
    (a half-dead session cookie would win over the credentials). Where a kept connection turns
    out to be dead before a byte of the answer came, aiohttp itself asks once more on a new one;
    so an attempt may reach the server twice, which a question can bear. What is stored goes over
    a connection of its own each time, and once.

    Args:
        base_url: what every path is put behind.
        headers: sent with every request.
        patience: limits.
        clock: for a `Retry-After` that names a date.
        sleep: how to wait between attempts; tests hand in one that does not.
        tokens: sent as a bearer token where there are any.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        patience: Patience,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        tokens: Tokens | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", **headers}
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, question: Question, decode: Decode[T]) -> tuple[bytes, T]:
        """Ask what changes nothing; ask again where that can help.

        Returns:
            The body exactly as it came, and what `decode` makes of it.

        Raises:
            OneStopUnavailable: server errors, lost connections, cut bodies or "too many
                requests" outlasted the patience.
            OneStopRefused: credentials, a page for people, a redirect or another "no".
        """

        async def attempt() -> tuple[bytes, T]:
            reply = await self._with_token(question, self._kept())
            return reply.body, decoded(opened(question.path, reply), decode)

        try:
            return await self._patiently(question, attempt, again=_can_help)
        except TryAgainError as trouble:
            raise OneStopUnavailable(f"{trouble}, sẽ thử lại sau (try again later)") from trouble

    async def send(self, question: Question, decode: Decode[T]) -> T:
        """Say what is stored over there; said again only where it certainly was not heard.

        Raises:
            OneStopUnavailable: it may have been stored, or it certainly was not; the text says
                which.
            OneStopRefused: credentials, a page for people, or another "no".
        """

        async def attempt() -> T:
            connector = aiohttp.TCPConnector(force_close=True)
            async with self._new_session(connector) as session:
                # aiohttp says a PUT again by itself where the connection died after it: the
                # first may have been stored. There is no public switch; its own test client
                # uses this one.
                session._retry_connection = False  # noqa: SLF001
                reply = await self._with_token(question, session)
            return decoded(opened(question.path, reply), decode)

        try:
            return await self._patiently(question, attempt, again=_was_not_heard)
        except TryAgainError as trouble:
            stored = (
                "có thể đã được ghi bên đó (it may have been stored)"
                if trouble.reached
                else "chưa được ghi bên đó (it was not stored)"
            )
            raise OneStopUnavailable(f"{trouble}; {stored}") from trouble

    async def close(self) -> None:
        """Give the connections back; a later question opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _patiently(
        self,
        question: Question,
        attempt: Callable[[], Awaitable[T]],
        *,
        again: Callable[[BaseException], bool],
    ) -> T:
        """Attempt until it works, until trying again cannot help, or until patience is over."""
        patience = self._patience
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
        except TryAgainError as trouble:
            asked = retrying.statistics.get("attempt_number", 1)
            text = f"{question.path}: {trouble}. Đã hỏi {asked} lần (asked {asked} times)"
            raise TryAgainError(text, reached=trouble.reached) from trouble
        except TimeoutError as trouble:
            text = (
                f"{question.path}: không trả lời trong {patience.total_seconds:g} giây"
                f" (no answer within {patience.total_seconds:g} s in all)"
            )
            raise TryAgainError(text) from trouble

    def _kept(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._new_session(None)
        return self._session

    def _new_session(self, connector: aiohttp.BaseConnector | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._patience.timeout_seconds),
        )

    def _wait(self, state: RetryCallState) -> float:
        trouble = state.outcome.exception() if state.outcome else None
        if isinstance(trouble, TryAgainError) and trouble.after_seconds is not None:
            return min(trouble.after_seconds, self._patience.retry_after_seconds)
        doubled: float = _FIRST_WAIT_SECONDS * 2 ** (state.attempt_number - 1)
        return min(doubled, _LONGEST_WAIT_SECONDS)

    async def _with_token(self, question: Question, session: aiohttp.ClientSession) -> Reply:
        """One attempt; with a token that is no longer taken, a second one under a new token."""
        if self._tokens is None:
            return await self._once(question, session, {})
        token = await self._tokens.current()
        try:
            return await self._once(question, session, _bearer(token))
        except _StaleTokenError:
            token = await self._tokens.other_than(token)
        try:
            return await self._once(question, session, _bearer(token))
        except _StaleTokenError:
            raise _credentials_refused(question.path, HTTPStatus.UNAUTHORIZED) from None

    async def _once(
        self, question: Question, session: aiohttp.ClientSession, headers: Mapping[str, str]
    ) -> Reply:
        try:
            async with session.request(
                question.method,
                self._base_url + question.path,
                params=question.query or None,
                headers=_with_type(headers, question),
                allow_redirects=False,
                data=_content(question),
            ) as response:
                self._judge(question.path, response, renewable=bool(headers))
                body = await self._read(response)
                location = response.headers.get("Location", "")
                return Reply(response.status, response.content_type, location, body)
        except TimeoutError as trouble:
            seconds = self._patience.timeout_seconds
            why = f"quá {seconds:g} giây không xong (not finished after {seconds:g} s)"
            raise TryAgainError(why) from trouble
        except (aiohttp.InvalidURL, aiohttp.ClientSSLError) as trouble:
            text = (
                f"{question.path}: không kết nối được, hãy kiểm tra địa chỉ và chứng thư: {trouble}"
                " (check address and certificate)"
            )
            raise OneStopRefused(text) from trouble
        except aiohttp.ClientError as trouble:
            why = f"mất kết nối (connection lost: {type(trouble).__name__})"
            never_made = isinstance(trouble, aiohttp.ClientConnectorError)
            raise TryAgainError(why, reached=not never_made) from trouble

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in response.content.iter_any():
            parts += part
            if len(parts) > self._patience.body_bytes:
                text = (
                    f"{response.url.path}: câu trả lời lớn hơn {self._patience.body_bytes} byte;"
                    " hãy giảm số dòng mỗi trang (body too large; lower the page size)"
                )
                raise OneStopRefused(text)
        return bytes(parts)

    def _judge(self, path: str, response: aiohttp.ClientResponse, *, renewable: bool) -> None:
        status = response.status
        if status == HTTPStatus.UNAUTHORIZED and renewable:
            raise _StaleTokenError
        if status in _NO:
            # Not asked again: a few wrong passwords in a row lock the account.
            raise _credentials_refused(path, status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            why = f"máy chủ báo HTTP {status} (server said HTTP {status})"
            raise TryAgainError(
                why,
                after_seconds=self._retry_after(response),
                reached=status != HTTPStatus.TOO_MANY_REQUESTS,
            )

    def _retry_after(self, response: aiohttp.ClientResponse) -> float | None:
        """Seconds that the server asks for, as a number or as a date (RFC 9110 10.2.3)."""
        asked = response.headers.get("Retry-After", "").strip()
        if asked.isdecimal():
            return float(asked)
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._clock.now()).total_seconds())


def _can_help(trouble: BaseException) -> bool:
    return isinstance(trouble, TryAgainError)


def _was_not_heard(trouble: BaseException) -> bool:
    return isinstance(trouble, TryAgainError) and not trouble.reached


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _content(question: Question) -> bytes | dict[str, str] | None:
    if question.content is not None:
        return json.dumps(question.content, ensure_ascii=False).encode()
    return dict(question.form) or None


def _with_type(headers: Mapping[str, str], question: Question) -> Mapping[str, str]:
    if question.content is None:
        return headers
    return {**headers, "Content-Type": "application/json; charset=utf-8"}


def _credentials_refused(path: str, status: int) -> OneStopRefused:
    text = (
        f"{path}: hệ thống một cửa từ chối tài khoản hoặc groupId (HTTP {status}); hãy kiểm"
        " tra mục [onestop] (credentials refused; check [onestop])"
    )
    return OneStopRefused(text)
