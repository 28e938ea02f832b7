"""Plain scans on SQLite: one thread that writes, and one commit for all batches that wait.

A commit waits for the disk, whoever's batch it is. So batches that arrive while one commit is
under way are taken together in the next one, each answered for itself: eight handhelds then cost
little more than one. The rules are the journey table's, applied here and not in SQL, because
SQLite runs in this very process: a look-up costs less than the words that would describe it.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy.engine import URL

from postal_bridge.events import link
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import ItemKind
from postal_bridge.storage.failures import driver_failed, unavailable
from postal_bridge.storage.sqlite.pragmas import WRITING
from postal_bridge.tracking.custody import custodian_after
from postal_bridge.tracking.plain_scans import (
    JourneyMove,
    Judged,
    PlainBatch,
    PlainOutcome,
    Verdict,
    moves_by_act,
)
from postal_bridge.tracking.scans import Scan

GROUP_LIMIT = 32
"""Batches in one commit; more would keep the other writers of the process waiting."""

_ACTOR = """
    SELECT s.username, m.name, m.role, m.places FROM sign_in s
    JOIN staff m ON m.username = s.username
    LEFT JOIN device d ON d.province = ? AND d.name = ?
    WHERE s.token_hash = ? AND s.ended_at IS NULL AND s.expires_at > ?
      AND abs(coalesce(d.skew_ms, 0)) <= ?
"""
KNOWN = """
    SELECT event_id, item_code, act, place, occurred_at FROM custody_event
    WHERE province = ? AND device_at IS NULL AND corrects IS NULL AND pouch IS NULL
      AND event_id IN ({})
"""
TAKEN_IDS = "SELECT event_id FROM custody_event WHERE province = ? AND event_id IN ({})"
POSITIONS = """
    SELECT item_code, kind, direction, seq, last_hash, latest_at, sealed, ended, custodian_kind,
           custodian, CASE WHEN sealed AND pouch IS NOT NULL THEN pouch ELSE custodian END
    FROM position WHERE province = ? AND item_code IN ({})
"""
_EVENT = """
    INSERT INTO custody_event (
        event_id, item_code, seq, act, place, actor, custodian_kind, custodian, occurred_at,
        recorded_at, device, latitude, longitude, note, previous_hash, hash, province)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
MOVE = """
    UPDATE position
    SET stage = ?, place = ?, custodian_kind = ?, custodian = ?, pouch = NULL, sealed = 0,
        since = ?, last_event_id = ?, latest_at = ?, seq = ?, last_hash = ?
    WHERE province = ? AND item_code = ?
"""
_WAITING = "SELECT 1 FROM refused_scan WHERE province = ? AND settled_at IS NULL LIMIT 1"
_SETTLE = """
    UPDATE refused_scan SET settled_at = ?, settled_as = 'taken'
    WHERE province = ? AND scan_id = ? AND settled_at IS NULL
      AND code = ? AND act = ? AND place = ? AND coalesce(device_at, occurred_at) = ?
"""
_MOVES = moves_by_act()


class SqlitePlainScans:
    """Takes plain scans in a thread of its own, group by group.

    Args:
        writer: the lock that all writers of this process take.
    """

    def __init__(
        self, url: URL, *, province: str, busy_timeout_ms: int, writer: asyncio.Lock
    ) -> None:
        self._url = url
        self._province = province
        self._busy_timeout_ms = busy_timeout_ms
        self._writer = writer
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scans")
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[tuple[PlainBatch, asyncio.Future[PlainOutcome]]] = []
        self._taking: asyncio.Task[None] | None = None

    async def take(self, batch: PlainBatch) -> PlainOutcome:
        """Take what is plain, together with what else waits; committed when it returns."""
        answer: asyncio.Future[PlainOutcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, answer))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all())
        return await answer

    async def _take_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            async with self._writer:
                group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
                try:
                    batches = [batch for batch, _ in group]
                    outcomes = await loop.run_in_executor(self._thread, self._write, batches)
                except Exception as error:  # noqa: BLE001 - each who waits is told
                    failed = unavailable(self._url, error) if driver_failed(error) else error
                    for _, answer in group:
                        if not answer.done():
                            answer.set_exception(failed)
                    continue
            for (_, answer), outcome in zip(group, outcomes, strict=True):
                if not answer.done():
                    answer.set_result(outcome)

    def _write(self, batches: Sequence[PlainBatch]) -> list[PlainOutcome]:
        """One transaction for the group; a batch that meets a contradiction is left alone."""
        connection = self._connection = self._connection or self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [self._write_one(connection, batch) for batch in batches]
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return outcomes

    def _write_one(self, connection: sqlite3.Connection, batch: PlainBatch) -> PlainOutcome:
        connection.execute("SAVEPOINT batch")
        try:
            outcome = _Judging(connection, batch, province=self._province).outcome()
        except sqlite3.IntegrityError:
            connection.execute("ROLLBACK TO batch")
            outcome = PlainOutcome(None)
        connection.execute("RELEASE batch")
        return outcome

    def _opened(self) -> sqlite3.Connection:
        file = Path(self._url.database or "")
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        for pragma in (
            f"busy_timeout={self._busy_timeout_ms}",
            "foreign_keys=ON",
            *WRITING,
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def close(self) -> None:
        """Take what still waits, then close the file."""
        if self._taking is not None:
            await self._taking
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown()


@dataclass
class _State:
    """An item's position while a batch is judged."""

    kind: str
    direction: str
    seq: int
    last_hash: str
    latest_at: str
    fixed: bool
    custodian_kind: str
    custodian: str
    holder: str
    changed: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        kind, direction, seq, last_hash, latest_at, sealed, ended, bearer, custodian, holder = row
        return cls(
            kind,
            direction,
            seq,
            last_hash,
            latest_at,
            bool(sealed or ended),
            bearer,
            custodian,
            holder,
        )


class _Judging:
    """One batch against the database."""

    def __init__(self, connection: sqlite3.Connection, batch: PlainBatch, *, province: str) -> None:
        self.connection = connection
        self.batch = batch
        self.province = province
        self.recorded_at = _stored(batch.now)
        self.actor = self._actor()
        self.judged: list[Judged] = []
        self.events: list[tuple[Any, ...]] = []

    def outcome(self) -> PlainOutcome:
        """Judge and write."""
        if self.actor is None:
            return PlainOutcome(None)
        scans = self.batch.scans
        ids = [scan.scan_id.hex for scan in scans]
        codes = list({scan.code for scan in scans})
        states = {row[0]: _State.of(row[1:]) for row in self._rows(POSITIONS, codes)}
        known = {row[0] for row in self._rows(TAKEN_IDS, ids)}
        twins = {row[0]: row[1:] for row in self._rows(KNOWN, list(known))} if known else {}
        for place, scan in enumerate(scans):
            state, at = states.get(scan.code), _stored(scan.at)
            verdict: Verdict | None
            if ids[place] in known:
                same = twins.get(ids[place]) == (scan.code, scan.act, scan.place, at)
                verdict = Verdict.DUPLICATE if same else Verdict.ASIDE
            else:
                verdict = self._verdict(scan, state, at=at, actor=self.actor)
            if verdict is not None:
                kind = ItemKind(state.kind) if state else None
                self.judged.append(Judged(place, verdict, state.holder if state else None, kind))
        self._write(states)
        return PlainOutcome(self.actor, self.judged)

    def _rows(self, statement: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        filled = statement.format(",".join("?" * len(keys)))
        return self.connection.execute(filled, [self.province, *keys]).fetchall()

    def _actor(self) -> Actor | None:
        batch = self.batch
        values = (
            *(self.province, batch.device, batch.token_hash),
            *(self.recorded_at, batch.tolerance_ms),
        )
        found = self.connection.execute(_ACTOR, values).fetchone()
        if found is None or Role(found[2]) not in batch.roles:
            return None
        username, name, role, places = found
        return Actor(username, name, Role(role), tuple(places.split()))

    def _verdict(
        self, scan: Scan, state: _State | None, *, at: str, actor: Actor
    ) -> Verdict | None:
        """Why a scan is not taken; one that nothing speaks against is."""
        if state is None:
            return Verdict.UNKNOWN
        move = _MOVES.get((state.direction, scan.act))
        if move is None:
            return Verdict.ACT
        if not actor.works_at(scan.place):
            return Verdict.PLACE
        if actor.role.value not in move.roles.split():
            return Verdict.ROLE
        if scan.at > self.batch.latest:
            return Verdict.AHEAD
        if not move.plain or state.fixed or at <= state.latest_at:
            state.fixed = True  # what follows of this item in the batch stays behind it
            return Verdict.ASIDE
        self._take(scan, state, at=at, move=move, username=actor.username)
        return None

    def _take(
        self, scan: Scan, state: _State, *, at: str, move: JourneyMove, username: str
    ) -> None:
        bearer, custodian = custodian_after(
            move.holder, place=scan.place, actor=username, carrier=None
        )
        previous = state.last_hash
        state.seq += 1
        latitude = scan.geo.latitude if scan.geo else None
        longitude = scan.geo.longitude if scan.geo else None
        facts = {
            "act": scan.act,
            "actor": username,
            "custodian": custodian,
            "custodian_kind": bearer,
            "device": self.batch.device,
            "event_id": str(scan.scan_id),
            "item_code": scan.code,
            "latitude": repr(latitude) if latitude is not None else None,
            "longitude": repr(longitude) if longitude is not None else None,
            "note": scan.note,
            "occurred_at": scan.at,
            "place": scan.place,
            "recorded_at": self.batch.now,
            "seq": state.seq,
        }
        state.last_hash = link(previous, facts)
        state.latest_at = at
        state.custodian_kind = bearer or state.custodian_kind
        state.custodian = state.holder = custodian or state.custodian
        state.changed = (
            *(move.stage_after, scan.place, state.custodian_kind, state.custodian, at),
            *(scan.scan_id.hex, at, state.seq, state.last_hash, self.province, scan.code),
        )
        self.events.append(
            (
                *(scan.scan_id.hex, scan.code, state.seq, scan.act, scan.place, username),
                *(bearer, custodian, at, self.recorded_at, self.batch.device, latitude, longitude),
                *(scan.note, previous, state.last_hash, self.province),
            )
        )

    def _write(self, states: dict[str, _State]) -> None:
        if not self.events:
            return
        self.connection.executemany(_EVENT, self.events)
        changed = [state.changed for state in states.values() if state.changed is not None]
        self.connection.executemany(MOVE, changed)
        if self.connection.execute(_WAITING, [self.province]).fetchone():
            settled = [
                (self.recorded_at, self.province, *(event[column] for column in (0, 1, 3, 4, 8)))
                for event in self.events
            ]
            self.connection.executemany(_SETTLE, settled)


def _stored(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it into SQLite: UTC, always as long, so that words compare."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]
