"""The door of `POST /scans`: the hottest of all, so it has a way of its own.

Most batches hold plain scans only. They are decoded into their types, taken in one statement
together with the question who sends them, and answered; no model, no transaction and no record is
built on the way. Whatever is unusual about a request goes through the same door as every other
request and is explained there.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta
from typing_extensions import override

from postal_bridge.api import parsing
from postal_bridge.api.call import JSON
from postal_bridge.api.language import preferred
from postal_bridge.api.registry import Door
from postal_bridge.api.scans import BATCH_LIMIT, said
from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.dossiers.records import CODE_LENGTH
from postal_bridge.errors import Refused
from postal_bridge.identity import Actor
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.clocks import RENEWED, skew_ms
from postal_bridge.tracking.plain_scans import (
    PlainBatch,
    PlainOutcome,
    Verdict,
    late_among,
    part,
    refusal_of,
)
from postal_bridge.tracking.scans import Outcome, RefusedAnswer, Scan, apply_scans


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of the request, as `api.scans.ScanBatch` describes it."""

    device: Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH)]
    scans: Annotated[list[Scan], Meta(max_length=BATCH_LIMIT)]
    sent_at: Annotated[datetime, Meta(tz=True)] | None = None


_decoder = msgspec.json.Decoder(Batch)
_encode = msgspec.json.Encoder().encode
_NUL = rb"\u0000"  # PostgreSQL keeps no such letter
# Our two decoders do not agree on what becomes of these digits: one rounds them, one drops them.
_FINER_THAN_MICROSECONDS = re.compile(rb":\d\d:\d\d\.\d{7}")

_MEASURED = web.RequestKey("measured", tuple[str, int, datetime])

_STEADY_MS = 15_000
"""A clock that differs by less from what this process measured last stands as it did."""

_DEVICES_REMEMBERED = 10_000
_CURSOR_SECONDS = 5.0
"""How old the cursor in an answer may be; an older one only tells more."""

Judgement = tuple[Scan, RefusedAnswer]
"""A scan that the short way refused, and what is answered about it."""


@dataclass
class _Clocks:
    """The clocks that this process has measured a while ago, so that not every batch asks."""

    measured: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def is_known(self, device: str, skew: int, *, now: datetime) -> bool:
        """Whether the clock stands as it did, less than an hour ago."""
        known = self.measured.get(device)
        return known is not None and abs(skew - known[0]) <= _STEADY_MS and now - known[1] < RENEWED

    def remember(self, device: str, skew: int, now: datetime) -> None:
        """What the general way has just written down."""
        if len(self.measured) >= _DEVICES_REMEMBERED:
            self.measured.clear()
        self.measured[device] = (skew, now)


class ScanDoor(Door):
    """`POST /scans`."""

    _cursor: tuple[str, float] = ("", -_CURSOR_SECONDS)

    @cached_property
    def _clocks(self) -> _Clocks:
        return _Clocks()

    @override
    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take the batch the short way where it is open, else as any other request."""
        try:
            quick = await self._quick(request)
        except Refused:
            quick = None  # the body is too large or broken: the general way says so
        if quick is not None:
            return quick
        answer = await super().answer(request)
        if answer.status == HTTPStatus.OK and _MEASURED in request:
            self._clocks.remember(*request[_MEASURED])
        return answer

    async def _quick(self, request: web.Request) -> web.Response | None:
        token = parsing.bearer_token_hash(request.headers.get("Authorization"))
        if token is None:
            return None
        limit = self._route.limit_bytes(self._services.settings)
        batch = _decoded(await parsing.read_body(request, limit_bytes=limit))
        now = self._services.clock.now()
        if batch is None or not self._is_usual(request, batch, now=now):
            return None
        parting = part(batch.scans, now=now)
        scans = [batch.scans[place] for place in parting.plain]
        if not scans:
            return None
        plain = self._plain(batch.device, scans, token=token, now=now)
        cursor = await self._cursor_before()
        outcome = await self._services.storage.plain_scans.take(plain)
        if outcome.actor is None:
            return None
        total, refused, left = _counted(plain, outcome, outcome.actor)
        general = sorted([*parting.general, *(parting.plain[place] for place in left)])
        if general or refused:
            rest = [batch.scans[place] for place in general]
            await self._take_the_rest(total, plain, outcome.actor, rest=rest, refused=refused)
            places = {scan.scan_id: place for place, scan in enumerate(batch.scans)}
            total.refused.sort(key=lambda answer: places[answer.scan_id])
        if total.accepted:
            self._services.wakeups.announce()
        default = self._services.settings.service.language
        language = preferred(request.headers.get("Accept-Language"), default=default)
        body = _encode(said(total, cursor=cursor, language=language))
        headers = {"Cache-Control": "no-store", "Content-Type": f"{JSON}; charset=utf-8"}
        return web.Response(body=body, headers=headers)

    async def _cursor_before(self) -> str:
        """Where the feed of changes stood lately: whoever goes on from there misses nothing."""
        now = asyncio.get_running_loop().time()
        if now - self._cursor[1] >= _CURSOR_SECONDS:
            async with self._services.storage.begin(write=False) as work:
                self._cursor = (await work.changes.cursor(), now)
        return self._cursor[0]

    def _is_usual(self, request: web.Request, batch: Batch, *, now: datetime) -> bool:
        """Whether there is nothing about the batch to be measured, put right or explained."""
        tracking = self._services.settings.tracking
        if len(batch.scans) > tracking.batch_limit:
            return False
        if batch.sent_at is None:
            return True
        skew = skew_ms(batch.sent_at, now)
        if not self._clocks.is_known(batch.device, skew, now=now):
            request[_MEASURED] = (batch.device, skew, now)
            return False
        return abs(skew) <= tracking.clock_tolerance_seconds * 1000

    def _plain(
        self, device: str, scans: Sequence[Scan], *, token: str, now: datetime
    ) -> PlainBatch:
        tracking = self._services.settings.tracking
        return PlainBatch(
            token_hash=token,
            roles=self._route.roles or frozenset(),
            device=device,
            now=now,
            latest=now + timedelta(minutes=tracking.scan_ahead_limit_minutes),
            tolerance_ms=tracking.clock_tolerance_seconds * 1000,
            scans=scans,
        )

    async def _take_the_rest(
        self,
        total: Outcome,
        plain: PlainBatch,
        actor: Actor,
        *,
        rest: Sequence[Scan],
        refused: Sequence[Judgement],
    ) -> None:
        """What the short way refused is kept, and what it left takes the general way."""
        async with self._services.storage.begin() as work:
            recorder = Recorder(
                work, actor=actor, now=plain.now, identifiers=self._services.identifiers
            )
            outcome = await apply_scans(
                recorder,
                device=plain.device,
                scans=rest,
                ahead_limit=plain.latest - plain.now,
                refused=[(scan, answer.refusal) for scan, answer in refused],
            )
        total.accepted += outcome.accepted
        total.duplicates += outcome.duplicates
        total.late += outcome.late
        total.refused += outcome.refused


def _decoded(body: bytes) -> Batch | None:
    """The body, or nothing where it is not as it should be: the general way says what is wrong."""
    if _NUL in body or _FINER_THAN_MICROSECONDS.search(body):
        return None
    try:
        batch = _decoder.decode(body)
    except (msgspec.MsgspecError, ValueError):
        return None
    # What lies at the ends of the calendar cannot be told in every time zone.
    tellable = all(EARLIEST.year < scan.at.year < LATEST.year for scan in batch.scans)
    return batch if tellable else None


def _counted(
    plain: PlainBatch, outcome: PlainOutcome, actor: Actor
) -> tuple[Outcome, list[Judgement], list[int]]:
    """What was taken and refused, and the places of those scans that were set aside."""
    total = Outcome()
    refused: list[Judgement] = []
    left: list[int] = []
    untaken = {one.place for one in outcome.judged}
    for one in sorted(outcome.judged, key=lambda judged: judged.place):
        scan = plain.scans[one.place]
        if one.verdict is Verdict.DUPLICATE:
            total.duplicates += 1
        elif one.verdict is Verdict.ASIDE:
            left.append(one.place)
        else:
            refusal = refusal_of(scan, one, actor=actor, now=plain.now)
            refused.append((scan, RefusedAnswer(scan.scan_id, refusal, one.holder)))
    taken = [place for place in range(len(plain.scans)) if place not in untaken]
    total.accepted = len(taken)
    total.late = late_among(plain.scans, taken)
    total.refused = [answer for _, answer in refused]
    return total, refused, left
