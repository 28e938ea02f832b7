"""The ledger for those who follow it.

A number in the ledger is given before its transaction commits, so on PostgreSQL a lower one may
appear after a higher one, and whoever goes by numbers alone misses it. Therefore events are read
in the order of (number of the writing transaction, number in the ledger), and only those of
transactions below `pg_snapshot_xmin`: all of these have ended, and none can appear among them any
more. A transaction that stays open holds the feed up and loses nothing. SQLite's one writer
commits in the order of the numbers (docs/adr/0010).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from postal_bridge.journey import Act, Stage
from postal_bridge.storage.transfer_store import Source, read_moment
from postal_bridge.tracking.changes import (
    BEGINNING,
    MARK_LENGTH,
    Change,
    ChangePage,
    Cursor,
    Onlooker,
)

EVENTS_AT_ONCE = 2000
"""Events looked at for one page: who was away for long is told in several pages."""

READABLE = "e.written_in < (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
"""A restored event counts as written before all others (0); one that came from another cluster by
other ways may bear a number that is still to come here, and whoever follows begins after it."""

# SQLite: the plus keeps it from going by the province, which all events have, instead of by entry.
_END = {
    False: "SELECT e.written_in, e.entry, e.hash FROM custody_event e"  # noqa: S608
    f" WHERE e.province = $1 AND {READABLE}"
    " ORDER BY e.written_in DESC, e.entry DESC LIMIT 1",
    True: "SELECT 0, e.entry, e.hash FROM custody_event e WHERE +e.province = ?1"
    " ORDER BY e.entry DESC LIMIT 1",
}

_ARCHIVED = (
    "SELECT 1 FROM custody_archive e WHERE e.province = $1"  # noqa: S608 - our own words
    f" AND (e.written_in, e.entry) > ($2::bigint, $3::bigint) AND {READABLE} LIMIT 1"
)
"""A month may have gone to the archive with an event that the reader did not see yet: a handheld
that was lost for a year sends events that belong into an old month."""

_COLUMNS = """e.province, e.item_code, e.seq, e.act, e.place, e.actor, e.custodian, e.occurred_at,
 e.written_in, e.entry, e.hash"""
_SEEN = {
    False: f"SELECT {_COLUMNS} FROM custody_event e WHERE e.province = $1"  # noqa: S608
    f" AND (e.written_in, e.entry) >= ($2::bigint, $3::bigint) AND {READABLE}"
    f" ORDER BY e.written_in, e.entry LIMIT {EVENTS_AT_ONCE + 1}",
    True: f"SELECT {_COLUMNS} FROM custody_event e WHERE +e.province = $1 AND $2 = 0"  # noqa: S608
    " AND e.entry >= $3"
    f" ORDER BY e.entry LIMIT {EVENTS_AT_ONCE + 1}",
}
_AMONG = {
    False: "{what} = ANY(${number}::text[])",
    True: "{what} IN (SELECT value FROM json_each(${number}))",
}
_PLACES, _HOLDERS = 6, 7

_BEFORE = (
    "(SELECT b.{what} FROM custody_event b WHERE b.province = e.province"
    " AND b.item_code = e.item_code AND b.seq < e.seq AND b.{what} IS NOT NULL"
    " ORDER BY b.occurred_at DESC, b.seq DESC LIMIT 1)"
)
"""What the item's last event said when this one came: who loses an item must hear of it."""

_POSITION = {
    # OFFSET 0 keeps the planner from reading all positions once instead: it expects many events,
    # and mostly there is one or none.
    False: "LATERAL (SELECT * FROM position q WHERE q.province = e.province"
    " AND q.item_code = e.item_code OFFSET 0) p ON TRUE",
    True: "position p ON p.province = e.province AND p.item_code = e.item_code",
}

_ROWS = """
WITH seen AS ({seen}), numbered AS (
 SELECT e.*, row_number() OVER (ORDER BY e.written_in, e.entry) AS n, count(*) OVER () AS total
 FROM seen e
), judged AS MATERIALIZED (
 SELECT e.*, ($4 OR e.actor = $5 OR {place} OR {custodian} OR {p_place} OR {p_custodian}
  OR {b_custodian} OR {b_place}) IS TRUE AS concerns,
  p.stage, p.place AS p_place, p.custodian AS p_custodian, p.since,
  CASE WHEN p.sealed AND p.pouch IS NOT NULL THEN p.pouch ELSE p.custodian END AS p_holder
 FROM numbered e LEFT JOIN {position}
)
SELECT n, coalesce(written_in, 0), entry, hash, concerns AND stage IS NOT NULL, item_code, act,
 occurred_at, actor, stage, p_place, p_custodian, p_holder, since
FROM judged WHERE concerns OR n = 1 OR n = total ORDER BY n"""


@lru_cache(maxsize=2)
def page_statement(*, is_sqlite: bool) -> str:
    """The statement of a page in this database's words."""

    def among(what: str, number: int) -> str:
        return _AMONG[is_sqlite].format(what=what, number=number)

    statement = _ROWS.format(
        seen=_SEEN[is_sqlite],
        position=_POSITION[is_sqlite],
        place=among("e.place", _PLACES),
        custodian=among("e.custodian", _HOLDERS),
        p_place=among("p.place", _PLACES),
        p_custodian=among("p.custodian", _HOLDERS),
        b_custodian=among(_BEFORE.format(what="custodian"), _HOLDERS),
        b_place=among(_BEFORE.format(what="place"), _PLACES),
    )
    return statement.replace("$", "?") if is_sqlite else statement


@dataclass(frozen=True)
class _Read:
    """One event of the ledger with its item's position."""

    number: int
    written_in: int
    entry: int
    hash: str
    concerns: bool
    item_code: str
    act: str
    occurred_at: Any
    actor: str
    stage: str | None
    place: str
    custodian: str
    holder: str
    since: Any

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.written_in, self.entry, self.hash[:MARK_LENGTH])


class ChangeStore:
    """Reads the ledger on from where somebody stopped; writes nothing."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def cursor(self) -> str:
        """Where the ledger ends now; asked where the answer's own events are not written yet."""
        rows = await self._source.fetch(_END[self._source.is_sqlite], [self._source.province])
        return _cursor_of(rows[0]).text if rows else BEGINNING.text

    async def after(self, cursor: Cursor, *, onlooker: Onlooker, limit: int) -> ChangePage | None:
        """What concerns the onlooker after the cursor; None where it is too old."""
        source = self._source
        place = [source.province, cursor.written_in, cursor.entry]
        places, holders = list(onlooker.places), list(onlooker.holders)
        values = [
            *place,
            onlooker.sees_all,
            onlooker.username,
            json.dumps(places) if source.is_sqlite else places,
            json.dumps(holders) if source.is_sqlite else holders,
        ]
        statement = page_statement(is_sqlite=source.is_sqlite)
        read = [_Read(*row) for row in await source.fetch(statement, values)]
        if cursor != BEGINNING:
            if not read or read[0].cursor != cursor:
                return None
            del read[0]
        # Asked afterwards: what goes to the archive in between is then found in one of the two.
        if not source.is_sqlite and await self._archived(place) and (read or cursor != BEGINNING):
            return None
        return self._page(cursor, read, onlooker, limit)

    async def _archived(self, place: Sequence[object]) -> bool:
        return bool(await self._source.fetch(_ARCHIVED, place))

    def _page(
        self, start: Cursor, read: Sequence[_Read], onlooker: Onlooker, limit: int
    ) -> ChangePage:
        told: dict[str, _Read] = {}
        for one in read:
            if one.concerns and one.item_code not in told and len(told) == limit:
                return ChangePage(start.text, self._changes(told, onlooker), more=True)
            if one.concerns:
                told.pop(one.item_code, None)  # what happened last stands last
                told[one.item_code] = one
            start = one.cursor
        full = bool(read) and read[-1].number > EVENTS_AT_ONCE
        return ChangePage(start.text, self._changes(told, onlooker), more=full)

    def _changes(self, told: dict[str, _Read], onlooker: Onlooker) -> tuple[Change, ...]:
        return tuple(self._change(one, onlooker) for one in told.values())

    def _change(self, one: _Read, onlooker: Onlooker) -> Change:
        sqlite = self._source.is_sqlite
        return Change(
            code=one.item_code,
            stage=Stage(one.stage or ""),
            place=one.place,
            holder=one.holder,
            since=read_moment(one.since) if sqlite else one.since,
            act=Act(one.act),
            at=read_moment(one.occurred_at) if sqlite else one.occurred_at,
            by=one.actor,
            gone=not onlooker.has(place=one.place, custodian=one.custodian),
        )


def _cursor_of(row: Sequence[Any]) -> Cursor:
    written_in, entry, mark = row
    return Cursor(written_in, entry, mark[:MARK_LENGTH])
