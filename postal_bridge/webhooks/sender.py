"""One attempt to tell a subscriber, over real HTTP; whatever comes of it is told, never raised."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from postal_bridge.clock import Clock
from postal_bridge.subscriptions.schedule import Heard
from postal_bridge.webhooks.addresses import (
    ForbiddenAddressError,
    PublicResolver,
    is_public,
    literal_of,
)

USER_AGENT = "postal_bridge-webhooks/1"
READ_BYTES = 400
"""Of an answer; more of it is nobody's business here."""


class WebhookSender:
    """Sends deliveries.

    Args:
        clock: for moments in `Retry-After`.
        timeout_seconds: of an attempt, all in all.
        allow_private: addresses that are not of the public network, and http, are allowed.
    """

    def __init__(
        self, *, clock: Clock, timeout_seconds: float, allow_private: bool = False
    ) -> None:
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._allow_private = allow_private

    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Heard:
        """Send it once: redirects are not followed, the answer is read to its first few letters."""
        began = time.monotonic()
        objection = self._objection(url)
        if objection:
            return Heard(status=None, outcome=objection, duration_ms=0)
        try:
            async with self._session() as session:
                said = {"User-Agent": USER_AGENT, **headers}
                async with session.post(
                    url, data=body, headers=said, allow_redirects=False
                ) as answer:
                    read = await answer.content.read(READ_BYTES)
                    return Heard(
                        status=answer.status,
                        outcome=f"HTTP {answer.status}",
                        duration_ms=_since(began),
                        answer=read.decode("utf-8", "replace").replace("\x00", ""),
                        retry_after=self._wish(answer.headers.get("Retry-After", "")),
                    )
        except TimeoutError:
            outcome = "quá thời gian (timed out)"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, ForbiddenAddressError) else None
            outcome = str(cause or f"{type(error).__name__}: {error}")[:READ_BYTES]
        return Heard(status=None, outcome=outcome, duration_ms=_since(began))

    def _session(self) -> aiohttp.ClientSession:
        """A connection of its own: nothing of one subscriber is left for another."""
        resolver = None if self._allow_private else PublicResolver()
        connector = aiohttp.TCPConnector(
            resolver=resolver, use_dns_cache=False, force_close=True, limit=1
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    def _objection(self, url: str) -> str:
        if self._allow_private:
            return ""
        if urlsplit(url).scheme != "https":
            return "chỉ gửi qua https (https is required)"
        literal = literal_of(url)
        if literal is not None and not is_public(literal):
            return f"{literal}: địa chỉ nội bộ, không được phép gửi đến (not a public address)"
        return ""

    def _wish(self, asked: str) -> timedelta | None:
        """What `Retry-After` asks for: seconds, or a moment."""
        if asked.isdecimal():
            return timedelta(seconds=min(int(asked), 10**9))
        try:
            moment = parsedate_to_datetime(asked)
        except (ValueError, TypeError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(moment - self._now(), timedelta())

    def _now(self) -> datetime:
        return self._clock.now()


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
