"""The fastest that SQLite could take scans: one loop, no server, the same rows and hashes.

It begins with scans that are Python values already and ends with the commit. What it looks up is
the least that the same rows need: whether a scan id is known, and the end of each item's chain.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from postal_bridge.events import link
from postal_bridge.storage.sqlite.pragmas import WRITING
from scripts.bench.batches import Batch, Scan
from scripts.bench.measuring import Cost, costing, need
from scripts.bench.province import CODE

_SESSION = """
    SELECT staff.username, staff.places FROM sign_in JOIN staff USING (username)
    WHERE sign_in.id = ? AND sign_in.ended_at IS NULL
"""
_KNOWN = "SELECT 1 FROM custody_event WHERE province = ? AND event_id = ? AND item_code = ?"
_CHAIN = (
    "SELECT seq, last_hash, latest_at, custodian_kind, custodian FROM position"
    " WHERE province = ? AND item_code = ? AND NOT sealed AND NOT ended"
)
_EVENT = """
    INSERT INTO custody_event (
        event_id, item_code, seq, act, place, actor, custodian_kind, custodian, occurred_at,
        recorded_at, device, previous_hash, hash, province)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_POSITION = """
    UPDATE position SET stage = ?, place = ?, custodian_kind = ?, custodian = ?, since = ?,
        last_event_id = ?, latest_at = ?, seq = ?, last_hash = ?
    WHERE province = ? AND item_code = ?
"""


def take(file: Path, batches: Sequence[Batch]) -> Cost:
    """Take the batches one after the other, each in a transaction that is on the disk."""
    events = sum(len(batch.scans) for batch in batches)
    with closing(sqlite3.connect(file, isolation_level=None, cached_statements=512)) as connection:
        for pragma in WRITING:
            connection.execute(f"PRAGMA {pragma}")
        taken = 0
        with costing({"loop": os.getpid()}, done=events) as cost:
            for batch in batches:
                taken += _take_one(connection, batch, now=datetime.now(UTC))
    need(taken == events - sum(batch.replays for batch in batches), "the bare loop took too few")
    return cost


def _take_one(connection: sqlite3.Connection, batch: Batch, *, now: datetime) -> int:
    connection.execute("BEGIN IMMEDIATE")
    username, listed = connection.execute(_SESSION, [batch.courier.username]).fetchone()
    places = set(listed.split())
    events: list[tuple[Any, ...]] = []
    positions: list[tuple[Any, ...]] = []
    for scan in batch.scans:
        written = _written(connection, scan, batch.courier.device, username, places, now)
        if written is not None:
            events.append(written[0])
            positions.append(written[1])
    connection.executemany(_EVENT, events)
    connection.executemany(_POSITION, positions)
    connection.execute("COMMIT")
    return len(events)


def _written(  # noqa: PLR0917 - called for every scan, where naming would cost
    connection: sqlite3.Connection,
    scan: Scan,
    device: str,
    username: str,
    places: set[str],
    now: datetime,
) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """The rows of one scan; none where it is known or cannot be taken."""
    event_id = scan.scan_id.replace("-", "")
    if connection.execute(_KNOWN, (CODE, event_id, scan.code)).fetchone():
        return None
    chain = connection.execute(_CHAIN, (CODE, scan.code)).fetchone()
    at = _stored(scan.at)
    if chain is None or scan.place not in places or at <= chain[2]:
        return None
    seq, previous, _, bearer, custodian = chain
    kind = "person" if scan.act == "load" else None
    own = link(
        previous,
        {
            "act": scan.act,
            "actor": username,
            "custodian": username if kind else None,
            "custodian_kind": kind,
            "device": device,
            "event_id": scan.scan_id,
            "item_code": scan.code,
            "occurred_at": scan.at,
            "place": scan.place,
            "recorded_at": now,
            "seq": seq + 1,
        },
    )
    event = (
        *(event_id, scan.code, seq + 1, scan.act, scan.place, username, kind),
        *(username if kind else None, at, _stored(now), device, previous, own, CODE),
    )
    position = (
        *("transfer", scan.place, kind or bearer, username if kind else custodian, at),
        *(event_id, at, seq + 1, own, CODE, scan.code),
    )
    return event, position


def _stored(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")[:26]
