"""How far places are from each other: along a great circle, or over roads by OSRM where configured.

A great circle times a factor stands for the roads, and one speed for all of them. For a motorbike
in a small town that is near enough to plan by; in the mountains a road service knows better.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import numpy as np
from numpy.typing import NDArray

from postal_bridge.errors import Misuse
from postal_bridge.geography.nearest import Floats, great_circle, radians
from postal_bridge.pickup.places import Measured
from postal_bridge.pickup.plans import NO_ROAD, Location, Travel

_METRES_A_SECOND = 1000 / 3600
_LONGEST_ERROR = 120

Whole = NDArray[np.int64]


class GreatCircle:
    """The port `pickup.place_ports.Distances`, reckoned at once and for all places alike."""

    def __init__(self, *, road_factor: float = 1.35, speed_kmh: float = 28.0) -> None:
        """`road_factor` times as far as the crow flies, at this speed."""
        self._factor = road_factor
        self._speed = speed_kmh * _METRES_A_SECOND

    async def matrix(self, places: Sequence[Location]) -> Measured:
        """Metres and seconds from each place to each."""
        metres, seconds = self.reckoned(places)
        return Measured(Travel(metres.tolist(), seconds.tolist()), "great-circle")

    def reckoned(self, places: Sequence[Location]) -> tuple[Whole, Whole]:
        """The same as arrays."""
        points = radians(places)
        metres = great_circle(points, points) * self._factor
        np.fill_diagonal(metres, 0.0)
        return _whole(metres), _whole(metres / self._speed)


class Osrm:
    """The port `pickup.place_ports.Distances`, by the table service of an OSRM server.

    Where it fails, everything is reckoned along great circles, and the answer says so. Half of a
    table is never mixed with the other half of another kind.
    """

    def __init__(
        self,
        base_url: str,
        *,
        fallback: GreatCircle,
        profile: str = "driving",
        timeout_seconds: float = 20.0,
        table_size: int = 100,
        at_once: int = 4,
        snap_metres: float = 3_000.0,
    ) -> None:
        """Ask the server at `base_url`.

        Args:
            base_url: with its scheme, without `/table`.
            fallback: who reckons where it fails.
            profile: of its data; a server has one, and most take any name.
            timeout_seconds: for all requests of one matrix.
            table_size: the server's `--max-table-size`.
            at_once: requests at the same time.
            snap_metres: a place farther from every road is reckoned along great circles.
        """
        if not base_url.startswith(("http://", "https://")):
            raise Misuse(f"geography.osrm_url: {base_url!r} needs http:// or https://")
        self._url = f"{base_url.rstrip('/')}/table/v1/{profile}/"
        self._fallback = fallback
        self._timeout = timeout_seconds
        self._block = max(1, table_size // 2)
        self._gate = asyncio.Semaphore(at_once)
        self._snap = snap_metres
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection."""
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def matrix(self, places: Sequence[Location]) -> Measured:
        """Metres and seconds from each place to each; no road is `NO_ROAD`."""
        if not places:
            return Measured(Travel([], []), "osrm")
        try:
            async with asyncio.timeout(self._timeout):
                metres, seconds, far = await self._asked(places)
        except TimeoutError:
            return await self._reckoned(places, f"no answer in {self._timeout:g} s")
        except _FAILURES as error:
            return await self._reckoned(places, _said(error))
        unsnapped = np.flatnonzero(far)
        if unsnapped.size:
            own_metres, own_seconds = self._fallback.reckoned(places)
            for index in unsnapped:
                for whole, own in ((metres, own_metres), (seconds, own_seconds)):
                    whole[index, :] = own[index, :]
                    whole[:, index] = own[:, index]
        np.fill_diagonal(metres, 0)
        np.fill_diagonal(seconds, 0)
        travel = Travel(metres.tolist(), seconds.tolist())
        return Measured(travel, "osrm", unsnapped=tuple(unsnapped.tolist()))

    async def _reckoned(self, places: Sequence[Location], why: str) -> Measured:
        travel = (await self._fallback.matrix(places)).travel
        return Measured(travel, "great-circle", failed=why)

    async def _asked(self, places: Sequence[Location]) -> tuple[Whole, Whole, NDArray[np.bool_]]:
        size = len(places)
        metres, seconds = np.zeros((size, size), np.int64), np.zeros((size, size), np.int64)
        far = np.zeros(size, np.bool_)

        async def fill(rows: range, columns: range) -> None:
            async with self._gate:
                table = await self._table([places[index] for index in (*rows, *columns)], len(rows))
            block = np.s_[rows.start : rows.stop, columns.start : columns.stop]
            shape = (len(rows), len(columns))
            metres[block] = _cells(table["distances"], shape)
            seconds[block] = _cells(table["durations"], shape)
            snapped = [float(one["distance"]) for one in table["sources"]]
            far[rows.start : rows.stop] = np.array(snapped).reshape(len(rows)) > self._snap

        try:
            async with asyncio.TaskGroup() as group:
                for rows in self._blocks(size):
                    for columns in self._blocks(size):
                        group.create_task(fill(rows, columns))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return metres, seconds, far

    def _blocks(self, size: int) -> Iterator[range]:
        for start in range(0, size, self._block):
            yield range(start, min(size, start + self._block))

    async def _table(self, places: Sequence[Location], sources: int) -> Mapping[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        points = ";".join(f"{one.lon:.6f},{one.lat:.6f}" for one in places)
        numbers = range(len(places))
        query = {
            "annotations": "duration,distance",
            "sources": ";".join(map(str, numbers[:sources])),
            "destinations": ";".join(map(str, numbers[sources:])),
            "generate_hints": "false",
        }
        async with self._session.get(self._url + points, params=query) as response:
            body = await response.read()
            status = response.status
        answer = _read(body, status)
        if answer.get("code") != "Ok":
            raise ValueError(f"{answer.get('code')}: {answer.get('message', status)}")
        return answer


_FAILURES = (aiohttp.ClientError, ValueError, KeyError, TypeError, OSError, ArithmeticError)
"""No connection, no JSON, another shape, numbers that are none."""


def _read(body: bytes, status: int) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ValueError(f"HTTP {status} without JSON") from error
    if not isinstance(answer, dict):
        raise TypeError(f"HTTP {status} with other JSON")
    return answer


def _cells(rows: Any, shape: tuple[int, int]) -> Whole:
    """Whole numbers; null is no road."""
    cells: Floats = np.array(
        [[NO_ROAD if cell is None else float(cell) for cell in row] for row in rows], float
    )
    if cells.shape != shape:
        raise ValueError(f"a table of {cells.shape} instead of {shape}")
    if not np.isfinite(cells).all() or (cells < 0).any():
        raise ValueError("a table with impossible numbers")
    return _whole(np.minimum(cells, NO_ROAD))


def _whole(cells: Floats) -> Whole:
    return np.rint(cells).astype(np.int64)


def _said(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:_LONGEST_ERROR]
