"""An outside geocoding service through geopy: asked slowly, remembered, and never waited for long.

Whatever goes wrong (a hang, an error, an answer that makes no sense) is `ServiceFailed`; after a
few of them in a row the service is left alone for a while, so that a list of five hundred addresses
does not wait five hundred times.

The service is told the whole address: configuring one is a decision about personal data.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from geopy.adapters import AioHTTPAdapter
from geopy.exc import ConfigurationError, GeocoderRateLimited, GeopyError
from geopy.geocoders import get_geocoder_for_service

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident, Misuse
from postal_bridge.geography.kept_lines import KeptLines
from postal_bridge.geography.units import EAST, NORTH, SOUTH, WEST
from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.plans import Location

Sleep = Callable[[float], Awaitable[None]]

_LONGEST_ERROR = 120


class ServiceFailed(Accident):
    """The service did not answer, or not in a way that can be understood."""

    retryable = True


@dataclass(frozen=True, kw_only=True)
class ServiceTerms:
    """How a service may be asked, and for how long it is waited for.

    Attributes:
        seconds_between: from the beginning of a request to that of the next; the public Nominatim
            allows one a second.
        timeout_seconds: for one answer, waiting in the queue not counted.
        keep_days: how long an answer is remembered, also that there is none.
        failures: so many in a row, and it is left alone for `rest_seconds`.
        most_waiting: addresses in the queue; the next one is told that it failed.
    """

    seconds_between: float = 1.0
    timeout_seconds: float = 5.0
    keep_days: int = 30
    failures: int = 3
    rest_seconds: float = 60.0
    most_waiting: int = 100


class OutsideService:
    """One of geopy's geocoders over aiohttp."""

    def __init__(
        self,
        geocoder: Any,
        *,
        terms: ServiceTerms,
        kept: KeptLines,
        clock: Clock,
        arguments: Mapping[str, object] | None = None,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask `geocoder`, whose `geocode` returns an awaitable, with these further arguments."""
        self._geocoder = geocoder
        self._terms = terms
        self._kept = kept
        self._clock = clock
        self._arguments = dict(arguments or {})
        self._sleep = sleep
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._next_at = float("-inf")
        self._failed = 0
        self._rests_until = float("-inf")

    async def __aenter__(self) -> Self:
        """Open the connection."""
        await self._geocoder.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._geocoder.__aexit__(kind, error, at)

    async def points(self, text: str) -> list[Location]:
        """Where the service says the address is, the best first; empty where it knows nothing.

        Raises:
            ServiceFailed: it did not answer in time, or at all.
        """
        key = normalised(text)
        kept = self._kept.get(key)
        if kept is not None and self._fresh(kept):
            return [Location(lat, lon) for lat, lon in kept["points"]]
        points = await self._asked(text)
        self._kept.put(
            key,
            {
                "at": self._clock.now().isoformat(),
                "points": [[one.lat, one.lon] for one in points],
            },
        )
        return points

    def _fresh(self, kept: Mapping[str, Any]) -> bool:
        age = self._clock.now() - datetime.fromisoformat(kept["at"])
        return age <= timedelta(days=self._terms.keep_days)

    async def _asked(self, text: str) -> list[Location]:
        if self._waiting >= self._terms.most_waiting:
            raise ServiceFailed("too many addresses are waiting for it")
        self._waiting += 1
        try:
            async with self._turn:
                await self._wait_for_turn()
                return await self._told(text)
        finally:
            self._waiting -= 1

    async def _wait_for_turn(self) -> None:
        now = self._monotonic()
        if now < self._rests_until:
            raise ServiceFailed("left alone after several failures")
        if now < self._next_at:
            await self._sleep(self._next_at - now)
        self._next_at = self._monotonic() + self._terms.seconds_between

    async def _told(self, text: str) -> list[Location]:
        try:
            async with asyncio.timeout(self._terms.timeout_seconds):
                found = await self._geocoder.geocode(text, exactly_one=False, **self._arguments)
            points = [Location(float(one.latitude), float(one.longitude)) for one in found or ()]
        except TimeoutError as error:
            raise self._noted(f"no answer in {self._terms.timeout_seconds:g} s") from error
        except GeocoderRateLimited as error:
            raise self._noted("too many requests", rest=error.retry_after) from error
        except (GeopyError, ValueError, TypeError, AttributeError, KeyError, OSError) as error:
            # Any other shape than geopy expects ends in one of these, inside geopy or here.
            raise self._noted(str(error)[:_LONGEST_ERROR] or type(error).__name__) from error
        self._failed = 0
        return [one for one in points if SOUTH <= one.lat <= NORTH and WEST <= one.lon <= EAST]

    def _noted(self, what: str, *, rest: float | None = None) -> ServiceFailed:
        self._failed += 1
        if rest is not None or self._failed >= self._terms.failures:
            self._rests_until = self._monotonic() + (rest or self._terms.rest_seconds)
            self._failed = 0
        return ServiceFailed(what)


def make_service(
    kind: str,
    *,
    base_url: str,
    user_agent: str,
    options: Mapping[str, object],
    terms: ServiceTerms,
    kept: KeptLines,
    clock: Clock,
) -> OutsideService:
    """A service by geopy's name for it: `nominatim`, `photon`, `pelias`, and the commercial ones.

    Must be called inside the running event loop (geopy's adapter asks for it).

    Args:
        kind: as `geopy.geocoders.get_geocoder_for_service` knows it.
        base_url: of an installation of one's own, with its scheme; empty for geopy's default.
        user_agent: names the office, with an address to write to; Nominatim insists on it.
        options: further ones of the geocoder, such as `api_key`.
        terms: how it may be asked.
        kept: where answers are remembered.
        clock: for their age.

    Raises:
        Misuse: no such service, or options that it does not have.
    """
    given = dict(options)
    if base_url:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise Misuse(f"geography.service_url: {base_url!r} needs http:// or https://")
        given |= {"domain": f"{parts.netloc}{parts.path.rstrip('/')}", "scheme": parts.scheme}
    try:
        geocoder = get_geocoder_for_service(kind)(
            user_agent=user_agent,
            timeout=terms.timeout_seconds,
            adapter_factory=AioHTTPAdapter,
            **given,
        )
    except (GeopyError, ConfigurationError, TypeError) as error:
        raise Misuse(f"geography.service: {kind!r} cannot be set up ({error})") from error
    arguments = {"country_codes": "vn", "language": "vi", "limit": 5} if kind == "nominatim" else {}
    return OutsideService(geocoder, terms=terms, kept=kept, clock=clock, arguments=arguments)
