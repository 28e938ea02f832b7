"""How the national portal is asked: one address, a session, and an error code in the body.

The portal answers HTTP 200 to almost everything and says in `error_code` whether it worked, as a
number or as text (reference, section 2.1). A session ends without a word of its own: any "no"
under a session that was not opened just now is asked once more under a new one, which is safe,
because a "no" stores nothing.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
)

from postal_bridge.clock import Clock
from postal_bridge.onestop.national_codes import EXISTS, SUCCESS
from postal_bridge.reconciliation.portal_ports import PortalRefused, PortalUnavailable
from postal_bridge.sections import NationalPortalSettings

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds."""

REST_AFTER_REFUSAL = timedelta(minutes=5)
"""After refused credentials nobody signs in for so long: a few wrong tries lock the account."""

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 8.0
_BODY_BYTES = 64 * 1024 * 1024
_QUOTED_CHARS = 200
_NO = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class SaidNo(PortalRefused):
    """An `error_code` other than success.

    Attributes:
        said: the portal's own sentence.
    """

    def __init__(self, service: str, code: object, said: str) -> None:
        text = f"{service}: Cổng từ chối, error_code {code}: {said[:_QUOTED_CHARS]}"
        super().__init__(f"{text} (the portal said no)")
        self.said = said


class PortalWire:
    """Asks the services of one portal, under one session.

    Args:
        settings: addresses, credentials, who reports, and how patient we are.
        clock: measures the rest after refused credentials.
        sleep: how to wait between two attempts.
    """

    def __init__(
        self, settings: NationalPortalSettings, *, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        base = settings.base_url.rstrip("/")
        self._login_url, self._service_url = (
            base + settings.login_path,
            base + settings.service_path,
        )
        self._credentials = {
            "username": settings.username,
            "password": settings.password.get_secret_value(),
        }
        self._dstcode, self._unit_code = settings.dstcode, settings.unit_code
        self._timeout_seconds = settings.timeout_seconds
        self._attempts, self._total_seconds = settings.attempts, settings.total_seconds
        self._clock, self._sleep = clock, sleep
        self._http: aiohttp.ClientSession | None = None
        self._session = ""
        self._signing_in = asyncio.Lock()
        self._refused: tuple[datetime, PortalRefused] | None = None

    async def read(self, service: str, **body: object) -> list[object]:
        """Ask what changes nothing; asked again where that can help. Gives the result's rows."""
        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self._attempts) | stop_before_delay(self._total_seconds),
            wait=wait_exponential(_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS),
            retry=retry_if_exception_type(PortalUnavailable),
            reraise=True,
        )
        return await self._in_time(service, retrying(self._called, service, body))

    async def write(self, service: str, **body: object) -> list[object]:
        """Say something that is stored; said once, whoever repeats it looks first."""
        return await self._in_time(service, self._called(service, body))

    async def sign_in(self) -> None:
        """Open a session whether there is one or not."""
        await self._in_time("login", self._fresh_session(stale=self._session))

    async def close(self) -> None:
        """Give the connections back; a later question opens new ones."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _in_time(self, service: str, asked: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._total_seconds):
                return await asked
        except TimeoutError as trouble:
            raise _no_answer(service, self._total_seconds) from trouble

    async def _called(self, service: str, body: Mapping[str, object]) -> list[object]:
        """One call; with a session that may be over, a second one under a new session."""
        session, was_kept = self._session, bool(self._session)
        if not was_kept:
            session = await self._fresh_session(stale="")
        try:
            return await self._asked(service, session, body)
        except SaidNo as no:
            if not was_kept or EXISTS in no.said.casefold():
                raise
        return await self._asked(service, await self._fresh_session(stale=session), body)

    async def _asked(self, service: str, session: str, body: Mapping[str, object]) -> list[object]:
        told = {"session": session, "madonvi": self._unit_code, "service": service, **body}
        answer = await self._post(service, self._service_url, told)
        if not _worked(answer):
            raise SaidNo(service, answer.get("error_code"), str(answer.get("message") or ""))
        result = answer.get("result")
        if result in (None, ""):
            return []
        return result if isinstance(result, list) else [result]

    async def _fresh_session(self, *, stale: str) -> str:
        """A session other than the stale one; many who need one at once sign in once."""
        async with self._signing_in:
            if self._session != stale:
                return self._session
            self._session = ""
            now = self._clock.now()
            if self._refused is not None and now - self._refused[0] < REST_AFTER_REFUSAL:
                raise PortalRefused(str(self._refused[1])) from self._refused[1]
            try:
                answer = await self._post("login", self._login_url, self._credentials)
                session = answer.get("session")
                if not _worked(answer) or not isinstance(session, str) or not session:
                    raise SaidNo(
                        "login", answer.get("error_code"), str(answer.get("message") or "")
                    )
            except PortalRefused as refused:
                self._refused = (now, refused)
                raise
            self._session, self._refused = session, None
            return session

    async def _post(self, service: str, url: str, body: object) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            async with self._opened().post(url, data=content, allow_redirects=False) as response:
                _judge(service, response)
                return _decoded(service, response, await _whole(service, response))
        except TimeoutError as trouble:
            raise _no_answer(service, self._timeout_seconds) from trouble
        except (aiohttp.InvalidURL, aiohttp.ClientSSLError) as trouble:
            text = f"{service}: không kết nối được, hãy kiểm tra địa chỉ và chứng thư: {trouble}"
            raise PortalUnavailable(f"{text} (check address and certificate)") from trouble
        except aiohttp.ClientError as trouble:
            text = f"{service}: mất kết nối với Cổng, chưa biết đã nhận hay chưa"
            raise PortalUnavailable(f"{text} ({type(trouble).__name__})") from trouble

    def _opened(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                    "Charset": "utf-8",
                    "dstcode": self._dstcode,
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
            )
        return self._http


def _worked(answer: Mapping[str, object]) -> bool:
    """0, "0" and "00" all mean that it worked; false, which Python takes for 0, does not."""
    code = answer.get("error_code")
    return not isinstance(code, bool) and str(code).strip() in SUCCESS


def _no_answer(service: str, seconds: float) -> PortalUnavailable:
    text = f"{service}: Cổng không trả lời trong {seconds:g} giây, chưa biết đã nhận hay chưa"
    return PortalUnavailable(f"{text} (no answer within {seconds:g} s)")


def _judge(service: str, response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status in _NO:
        raise SaidNo(service, f"HTTP {status}", response.reason or "")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        text = f"{service}: Cổng báo HTTP {status}, chưa biết đã nhận hay chưa"
        raise PortalUnavailable(f"{text} (the portal said HTTP {status})")


async def _whole(service: str, response: aiohttp.ClientResponse) -> bytes:
    parts = bytearray()
    async for part in response.content.iter_any():
        parts += part
        if len(parts) > _BODY_BYTES:
            raise PortalUnavailable(f"{service}: câu trả lời quá lớn (the answer is too large)")
    return bytes(parts)


def _decoded(service: str, response: aiohttp.ClientResponse, body: bytes) -> dict[str, Any]:
    """The answer's object; a page for people is the portal's failure, whatever its status says."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if "html" in response.content_type or start.startswith(b"<"):
        text = f"{service}: Cổng trả về trang HTML thay vì JSON (HTTP {response.status})"
        raise PortalUnavailable(f"{text} (a page for people came instead of JSON)")
    if response.status != HTTPStatus.OK:
        said = body[:_QUOTED_CHARS].decode("utf-8", "replace")
        raise SaidNo(service, f"HTTP {response.status}", said)
    try:
        answer = json.loads(body.decode("utf-8-sig"))
    except ValueError as trouble:
        text = f"{service}: câu trả lời bị đứt đoạn sau {len(body)} byte"
        raise PortalUnavailable(f"{text} (the answer broke off)") from trouble
    if not isinstance(answer, dict):
        raise PortalUnavailable(f"{service}: câu trả lời không phải một đối tượng (not an object)")
    return answer
