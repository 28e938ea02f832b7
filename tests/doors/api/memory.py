"""A small storage in memory for tests of the doors: transactions undo what was refused."""

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postal_bridge.inbound import AnsweredRequest, Look, RefusedRequest, SignIn, Staff
from postal_bridge.tracking.plain_scans import PlainBatch, PlainOutcome


@dataclass
class Rows:
    """Everything that is kept."""

    staff: dict[str, Staff] = field(default_factory=dict)
    sign_ins: dict[str, SignIn] = field(default_factory=dict)
    answers: dict[tuple[str, str], AnsweredRequest] = field(default_factory=dict)
    refused: list[RefusedRequest] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    things: dict[str, int] = field(default_factory=dict)


class MemoryInbound:
    """The inbound port over `Rows`."""

    def __init__(self, rows: Rows, elsewhere: set[tuple[str, str]]) -> None:
        self._rows = rows
        self._elsewhere = elsewhere

    async def staff(self, username: str) -> Staff | None:
        return self._rows.staff.get(username)

    async def save_staff(self, staff: Staff) -> None:
        self._rows.staff[staff.username] = staff

    async def all_staff(self) -> Sequence[Staff]:
        return [self._rows.staff[name] for name in sorted(self._rows.staff)]

    async def open_sign_in(self, sign_in: SignIn) -> None:
        self._rows.sign_ins[sign_in.token_hash] = sign_in

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        found = self._rows.sign_ins.get(token_hash)
        return (found, self._rows.staff[found.username]) if found else None

    async def end_sign_in(self, sign_in_id: str, *, at: datetime) -> None:
        for sign_in in self._rows.sign_ins.values():
            if sign_in.id == sign_in_id and sign_in.ended_at is None:
                sign_in.ended_at = at

    async def begin_answer(self, username: str, key: str) -> bool:
        return (username, key) not in self._elsewhere

    async def answered(self, username: str, key: str) -> AnsweredRequest | None:
        return self._rows.answers.get((username, key))

    async def keep_answer(self, answer: AnsweredRequest) -> None:
        assert (answer.username, answer.key) not in self._rows.answers
        self._rows.answers[answer.username, answer.key] = answer

    async def keep_refused(self, refused: RefusedRequest) -> None:
        self._rows.refused.append(refused)

    async def refused_requests(self, *, limit: int, after: str | None) -> Sequence[RefusedRequest]:
        newest = sorted(self._rows.refused, key=lambda each: each.id, reverse=True)
        return [each for each in newest if after is None or each.id < after][:limit]

    async def keep_look(self, look: Look) -> None:
        self._rows.looks.append(look)


class MemoryWork:
    """One transaction; only what the doors themselves need is there."""

    catalogue: Any = None
    dossiers: Any = None
    counters: Any = None
    custody: Any = None
    transfers: Any = None
    changes: Any = None
    pouches: Any = None
    handovers: Any = None
    incidents: Any = None
    consignments: Any = None
    carrier_desk: Any = None
    inbox: Any = None
    refused_scans: Any = None
    devices: Any = None
    ledger: Any = None
    outbox: Any = None
    documents: Any = None
    uploads: Any = None
    pages: Any = None
    contents: Any = None
    fields: Any = None
    printed_forms: Any = None
    papers: Any = None
    proofs: Any = None
    nights: Any = None
    cod_books: Any = None
    cod_cases: Any = None
    subscriptions: Any = None
    waybills: Any = None
    pickups: Any = None
    rounds: Any = None
    corrections: Any = None

    def __init__(self, rows: Rows, elsewhere: set[tuple[str, str]], *, write: bool) -> None:
        self.rows = rows
        self.write = write
        self.inbound = MemoryInbound(rows, elsewhere)


class MemoryGlance:
    """Looks; the lists are no matter of these tests."""

    transfers: Any = None
    changes: Any = None

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        return await MemoryInbound(self._rows, set()).sign_in(token_hash)


class NoShortWay:
    """Takes no scan the short way: all of them go the general one."""

    async def take(self, batch: PlainBatch) -> PlainOutcome:
        return PlainOutcome(None)


class MemoryStorage:
    """Works on a copy and takes it over at the normal end; one writes at a time."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.elsewhere: set[tuple[str, str]] = set()
        self.broken: Exception | None = None
        self._writer = asyncio.Lock()
        self.plain_scans = NoShortWay()

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[MemoryGlance]:
        if self.broken:
            raise self.broken
        yield MemoryGlance(copy.deepcopy(self.rows))

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[MemoryWork]:
        if self.broken:
            raise self.broken
        lock = self._writer if write else nullcontext()
        async with lock, self._transaction(write=write) as work:
            yield work

    @asynccontextmanager
    async def _transaction(self, *, write: bool) -> AsyncIterator[MemoryWork]:
        before = copy.deepcopy(self.rows)
        work = MemoryWork(copy.deepcopy(self.rows), self.elsewhere, write=write)
        yield work
        if work.rows != before:
            assert write, "a reading transaction wrote"
            self.rows = work.rows

    async def ready(self) -> None:
        if self.broken:
            raise self.broken
