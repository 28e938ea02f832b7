"""How every one-stop adapter asks over HTTP: patience, and what is not taken for an answer.

One-stop systems answer a wrong password with a login page and status 200, cut bodies off while
they restart, and change the type of a number between versions. All of that is met here, once:
a question is asked again only where that can help and only where asking twice does no harm
(GET), and a body that is not the promised JSON never reaches the comparison.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

import aiohttp
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
)

from postal_bridge.clock import LOCAL, Clock
from postal_bridge.reconciliation.ports import OneStopRefused, OneStopUnavailable

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8.0
_QUOTED_CHARS = 160
_TITLE = re.compile(rb"<title[^>]*>(.{0,400}?)</title>", re.IGNORECASE | re.DOTALL)


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


class Answer(NamedTuple):
    """A body exactly as it came, and the JSON that it holds."""

    body: bytes
    data: object


class _TryAgainError(Exception):
    """An attempt failed in a way that may be over in a moment."""

    def __init__(self, why: str, *, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


class Wire:
    """Asks one system for JSON, with headers, limits and patience of its own.

    The connection is opened with the first question, never before. Redirects are not followed
    (they lead to login pages, and would carry the credentials along) and cookies are not kept
    (a half-dead session cookie would win over the credentials). Where a kept connection turns
    out to be dead before a byte of the answer came, aiohttp itself asks once more on a new one;
    so an attempt may reach the server twice, which a GET can bear.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        patience: Patience,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """Ask a question that changes nothing; ask again where that can help.

        Raises:
            OneStopUnavailable: server errors, lost connections, cut bodies or "too many
                requests" outlasted the patience.
            OneStopRefused: credentials, a page for people, a redirect or another "no".
        """
        patience = self._patience
        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.total_seconds),
            wait=self._wait,
            retry=retry_if_exception_type(_TryAgainError),
            reraise=True,
        )
        try:
            async with asyncio.timeout(patience.total_seconds):
                return await retrying(self._once, path, query)
        except _TryAgainError as trouble:
            asked = retrying.statistics.get("attempt_number", 1)
            text = (
                f"{path}: {trouble}. Đã hỏi {asked} lần, sẽ thử lại sau"
                f" (asked {asked} times; try again later)"
            )
            raise OneStopUnavailable(text) from trouble
        except TimeoutError as trouble:
            text = (
                f"{path}: không trả lời trong {patience.total_seconds:g} giây"
                f" (no answer within {patience.total_seconds:g} s in all)"
            )
            raise OneStopUnavailable(text) from trouble

    async def close(self) -> None:
        """Give the connections back; a later question opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Accept": "application/json", **self._headers},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._patience.timeout_seconds),
            )
        return self._session

    def _wait(self, state: RetryCallState) -> float:
        trouble = state.outcome.exception() if state.outcome else None
        if isinstance(trouble, _TryAgainError) and trouble.after_seconds is not None:
            return min(trouble.after_seconds, self._patience.retry_after_seconds)
        doubled: float = _FIRST_WAIT_SECONDS * 2 ** (state.attempt_number - 1)
        return min(doubled, _LONGEST_WAIT_SECONDS)

    async def _once(self, path: str, query: Mapping[str, str]) -> Answer:
        url = self._base_url + path
        try:
            async with self._opened().get(url, params=query, allow_redirects=False) as response:
                self._judge(path, response)
                body = await self._read(response)
                return Answer(body, _decoded(path, response, body))
        except TimeoutError as trouble:
            seconds = self._patience.timeout_seconds
            why = f"quá {seconds:g} giây không xong (not finished after {seconds:g} s)"
            raise _TryAgainError(why) from trouble
        except (aiohttp.InvalidURL, aiohttp.ClientSSLError) as trouble:
            text = (
                f"{path}: không kết nối được, hãy kiểm tra địa chỉ và chứng thư: {trouble}"
                " (check address and certificate)"
            )
            raise OneStopRefused(text) from trouble
        except aiohttp.ClientError as trouble:
            why = f"mất kết nối (connection lost: {type(trouble).__name__})"
            raise _TryAgainError(why) from trouble

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

    def _judge(self, path: str, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            # Not asked again: a few wrong passwords in a row lock the account.
            text = (
                f"{path}: hệ thống một cửa từ chối tài khoản hoặc groupId (HTTP {status}); hãy kiểm"
                " tra mục [onestop] (credentials refused; check [onestop])"
            )
            raise OneStopRefused(text)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            why = f"máy chủ báo HTTP {status} (server said HTTP {status})"
            raise _TryAgainError(why, after_seconds=self._retry_after(response))

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


def _decoded(path: str, response: aiohttp.ClientResponse, body: bytes) -> object:
    """The JSON of a body; a page for people is refused, half a body is asked for again."""
    if response.status != HTTPStatus.OK:
        said = response.headers.get("Location") or body[:_QUOTED_CHARS].decode("utf-8", "replace")
        text = (
            f"{path}: câu trả lời HTTP {response.status} không dùng được"
            f" (HTTP {response.status} cannot be used): {said}"
        )
        raise OneStopRefused(text)
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if "html" in response.content_type or start.startswith(b"<"):
        found = _TITLE.search(body)
        title = " ".join(found.group(1).decode("utf-8", "replace").split()) if found else ""
        text = (
            f"{path}: nhận được trang HTML “{title}” thay vì JSON (HTTP {response.status},"
            f" {response.content_type}), thường là trang đăng nhập; hãy kiểm tra tài khoản và địa"
            " chỉ (an HTML page came instead of JSON, usually the login page; check credentials"
            " and address)"
        )
        raise OneStopRefused(text)
    try:
        return json.loads(body.decode("utf-8-sig"))
    except ValueError as trouble:
        # No server sends half an object on purpose: it was cut off behind an honest length.
        why = f"JSON bị đứt đoạn sau {len(body)} byte (JSON broken off after {len(body)} bytes)"
        raise _TryAgainError(why) from trouble


class Fields:
    """Reads one JSON object of the other side; what does not fit is refused by name.

    Null, an empty string and an absent column all mean "nothing"; whole numbers and flags come
    as themselves or as text, depending on the version (reference, sections 1.1 and 8.1).
    """

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, dict):
            raise _misshapen(where, "một đối tượng", "an object", value)
        self._where = where
        self._value: dict[str, object] = value

    def items(self, name: str, *, optional: bool = False) -> list[object]:
        """A list, in the order in which it came; nothing is an empty one where that may be."""
        value = self._value.get(name)
        if optional and value in (None, ""):
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "một danh sách", "a list")
        return value

    def text(self, name: str, *, required: bool = False) -> str:
        """A text; empty means nothing, unless it is required."""
        value = self._value.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self._wrong(name, "một chuỗi", "a text")
        if required and not value.strip():
            raise self._wrong(name, "một chuỗi không rỗng", "a text that is not empty")
        return value.strip()

    def whole(self, name: str, *, default: int | None = None) -> int:
        """A whole number, as a number or as text; refused when absent without a default."""
        value = self._value.get(name)
        if value in (None, "") and default is not None:
            return default
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                raise self._wrong(name, "một số nguyên", "a whole number") from None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self._wrong(name, "một số nguyên", "a whole number")

    def flag(self, name: str) -> bool:
        """A yes or no: true, "true", or any number above nought; nothing means no."""
        value = self._value.get(name)
        if isinstance(value, str):
            value = {"true": True, "false": False, "": None}.get(value.strip().lower(), value)
        if isinstance(value, bool):
            return value
        return self.whole(name, default=0) > 0

    def local_moment(self, name: str) -> datetime | None:
        """A local `dd/MM/yyyy HH:mm:ss` as an aware UTC moment; nothing is None."""
        value = self._value.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss")
        try:
            naive = datetime.strptime(value, "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - zone next line
        except ValueError:
            raise self._wrong(name, "dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy HH:mm:ss") from None
        return naive.replace(tzinfo=LOCAL).astimezone(UTC)

    def _wrong(self, name: str, vietnamese: str, english: str) -> OneStopRefused:
        where = f"{self._where}.{name}" if self._where else name
        return _misshapen(where, vietnamese, english, self._value.get(name))


def _misshapen(where: str, vietnamese: str, english: str, value: object) -> OneStopRefused:
    # Only the type is told, never the value: it may be somebody's name.
    came = "null" if value is None else type(value).__name__
    return OneStopRefused(
        f"Trường “{where}” phải là {vietnamese}, nhưng nhận được {came}"
        f" (field “{where}” must be {english}, {came} came)",
    )
