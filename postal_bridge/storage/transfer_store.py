"""The lists of what is underway: plain statements, plain rows, no records.

The page is chosen first, from the positions alone and in the order of an index; only its rows are
joined with names, dossiers and consignments. The predicates of partial indexes stand literally in
the statements, since neither database uses such an index for a predicate that it must infer.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from msgspec import json

from postal_bridge.codes import CodeKind, kind_of
from postal_bridge.journey import Direction, Stage
from postal_bridge.storage.rows import chunks
from postal_bridge.tracking.transfers import (
    Transfer,
    TransferCount,
    TransferFilter,
    hours_held,
)

# fmt: off
_Row = tuple[
    str, str, str, str, str, str, str, str, str, bool, datetime, str, datetime, int, str,
    str, str, str, bool, str | None, datetime | None, str | None, str | None,
]
"""What `_COLUMNS` give."""
# fmt: on

_SINCE = 10
_WIDTH = 23
_DECODER = json.Decoder(list[_Row], strict=False)  # SQLite's truth is a number

_COLUMNS = """p.item_code, p.dossier_code, p.kind, p.direction, p.department, p.stage, p.place,
 p.custodian_kind, p.custodian, p.sealed, p.since{z}, {event_id}, p.latest_at{z}, p.seq,
 p.last_hash,
 CASE WHEN p.sealed AND p.pouch IS NOT NULL THEN p.pouch ELSE p.custodian END,
 coalesce(hp.name, hs.name, p.custodian), coalesce(pp.name, p.place),
 ({late_now}) IS TRUE, p.pouch, d.promised_at{z}, k.carrier, k.number"""

_EVENT_ID = {
    False: "p.last_event_id::text",
    True: "substr(p.last_event_id, 1, 8) || '-' || substr(p.last_event_id, 9, 4) || '-' ||"
    " substr(p.last_event_id, 13, 4) || '-' || substr(p.last_event_id, 17, 4) || '-' ||"
    " substr(p.last_event_id, 21)",
}
_PAUSED = {False: "date_trunc('minute', d.paused_at)", True: "substr(d.paused_at, 1, 16)"}

_LATE = (
    "d.status IN (1, 2, 4, 5, 6) AND d.promised_at < {due}"
    " AND (d.paused_at IS NULL OR d.promised_at < {paused})"
)
"""The statuses are `OVERDUE_STATUSES`, and the words those of the dossiers' partial index. While a
supplement is awaited the limit stands still: it may have passed before, but not since.

To choose overdue items, the moment stands in the statement (to the minute, so that the statement
may stay prepared for a while): a plan made for any moment would expect a third of all dossiers.
"""

_OPEN_CONSIGNMENT = "k.state IN ('booked', 'collected', 'attempted')"
"""The words of the consignments' partial index."""

_NAMES = """
 LEFT JOIN dossier d ON d.province = p.province AND d.code = p.dossier_code
 LEFT JOIN place hp ON hp.province = p.province AND hp.code = p.custodian
 LEFT JOIN place pp ON pp.province = p.province AND pp.code = p.place
 LEFT JOIN {staff}
 LEFT JOIN {consignment}
 ORDER BY p.item_code"""

_STAFF = {
    # All staff would be read and hashed for a page, if PostgreSQL were free to choose.
    False: "LATERAL (SELECT s.name FROM staff s WHERE s.username = p.custodian"
    " AND hp.code IS NULL LIMIT 1) hs ON true",
    True: "staff hs ON hs.username = p.custodian AND hp.code IS NULL",
}
_CONSIGNMENT = {
    False: "LATERAL (SELECT k.carrier, k.number FROM consignment k"  # noqa: S608
    " WHERE k.province = p.province AND k.item_code = p.item_code"
    f" AND {_OPEN_CONSIGNMENT} LIMIT 1) k ON true",
    True: "consignment k ON k.province = p.province AND k.item_code = p.item_code"
    f" AND {_OPEN_CONSIGNMENT}",
}

_POSITIONS = "position p"
_GROUPS = "p.direction, p.department, p.stage"


class Source(Protocol):
    """Where statements are run; parameters are written `$1`, `$2` …, on SQLite `?1`, `?2`."""

    province: str
    is_sqlite: bool

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        """The rows of a statement as the driver gives them."""
        ...


class TransferStore:
    """Reads the lists; writes nothing."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def page(self, wanted: TransferFilter) -> list[Transfer]:
        """The next items by code."""
        statement, values = page_statement(
            wanted, province=self._source.province, is_sqlite=self._source.is_sqlite
        )
        return self._transfers(await self._source.fetch(statement, values), wanted.now)

    async def about(self, item_codes: Sequence[str], *, now: datetime) -> list[Transfer]:
        """These items, in whatever stage, by code."""
        found: list[Transfer] = []
        sqlite = self._source.is_sqlite
        due = TransferFilter(now=now).due
        for part in chunks(sorted(set(item_codes))):
            statement = _about(len(part), sqlite)
            values = [self._source.province, _moment(due, is_sqlite=sqlite), *part]
            found += self._transfers(await self._source.fetch(statement, values), now)
        return found

    async def summary(self, wanted: TransferFilter) -> list[TransferCount]:
        """The same items counted by direction, department and stage."""
        statement, values = summary_statement(
            wanted, province=self._source.province, is_sqlite=self._source.is_sqlite
        )
        return [
            TransferCount(
                Direction(direction),
                department,
                Stage(stage),
                count,
                overdue,
                read_moment(oldest) if self._source.is_sqlite else oldest,
            )
            for direction, department, stage, count, overdue, oldest in await self._source.fetch(
                statement, values
            )
        ]

    def _transfers(self, rows: Sequence[Any], now: datetime) -> list[Transfer]:
        if self._source.is_sqlite:
            rows = _DECODER.decode(rows[0][0])
        return [Transfer(hours_held(row[_SINCE], now), *row) for row in rows]


def page_statement(
    wanted: TransferFilter, *, province: str, is_sqlite: bool
) -> tuple[str, list[object]]:
    """The statement of a page, and its values."""
    values: list[object] = [province, _moment(wanted.due, is_sqlite=is_sqlite)]
    conditions = _Conditions(wanted, values, is_sqlite=is_sqlite)
    if wanted.after is not None:
        conditions.add("p.item_code > $", wanted.after)
    words = (conditions.source, conditions.text)
    return _page(*words, wanted.limit, is_sqlite), values


def summary_statement(
    wanted: TransferFilter, *, province: str, is_sqlite: bool
) -> tuple[str, list[object]]:
    """The statement of the counts, and its values."""
    values: list[object] = [province]
    conditions = _Conditions(wanted, values, is_sqlite=is_sqlite)
    source = conditions.source
    if wanted.overdue is None:
        source += _LATE_DOSSIER.format(late=conditions.late)
    return _summary(source, conditions.text, is_sqlite), values


@lru_cache(maxsize=512)
def _page(source: str, conditions: str, limit: int, is_sqlite: bool) -> str:  # noqa: FBT001
    # The limit is a number of ours and stands in the statement: a planner that does not know it
    # would expect a tenth of the table.
    if is_sqlite and source == _POSITIONS:
        # It joins row by row, in the order of the index, and stops at the limit by itself.
        joined, order = _NAMES.split(" ORDER BY ")
        return _lines(
            f"SELECT {_COLUMNS} FROM {source}{joined} WHERE {conditions}"  # noqa: S608
            f" ORDER BY {order} LIMIT {limit}",
            is_sqlite=is_sqlite,
        )
    return _lines(
        f"SELECT {_COLUMNS} FROM (SELECT p.* FROM {source} WHERE {conditions}"  # noqa: S608
        f" ORDER BY p.item_code LIMIT {limit}) p{_NAMES}",
        is_sqlite=is_sqlite,
    )


@lru_cache(maxsize=512)
def _about(count: int, is_sqlite: bool) -> str:  # noqa: FBT001
    codes = ", ".join(f"${number}" for number in range(3, count + 3))
    return _lines(
        f"SELECT {_COLUMNS} FROM (SELECT p.* FROM position p"  # noqa: S608
        f" WHERE p.province = $1 AND p.item_code IN ({codes})) p{_NAMES}",
        is_sqlite=is_sqlite,
    )


@lru_cache(maxsize=512)
def _summary(source: str, conditions: str, is_sqlite: bool) -> str:  # noqa: FBT001
    return _written(
        f"SELECT {_GROUPS}, count(*), count(d.code), min(p.since) FROM {source}"  # noqa: S608
        f" WHERE {conditions} GROUP BY {_GROUPS} ORDER BY {_GROUPS}",
        is_sqlite=is_sqlite,
    )


_LATE_DOSSIER = (
    " LEFT JOIN dossier d ON d.province = p.province AND d.code = p.dossier_code AND {late}"
)
_LATE_FIRST = (
    "dossier d"
    " JOIN item i ON i.province = d.province AND i.dossier_code = d.code"
    " JOIN position p ON p.province = i.province AND p.item_code = i.code"
)
_CARRIED = " JOIN consignment c ON c.province = p.province AND c.item_code = p.item_code"


def _lines(statement: str, *, is_sqlite: bool) -> str:
    """A statement that gives lines; on SQLite all of them in one value.

    Its driver lets go of the interpreter's lock for each row and has to get it back, which costs
    more than the row while other requests run.
    """
    written = _written(statement, is_sqlite=is_sqlite)
    if not is_sqlite:
        return written
    names = ", ".join(f"c{number}" for number in range(_WIDTH))
    return (
        f"WITH line({names}) AS ({written})"  # noqa: S608
        f" SELECT json_group_array(json_array({names})) FROM line"
    )


def _written(statement: str, *, is_sqlite: bool) -> str:
    """The statement in this database's words."""
    written = statement.format(
        z=" || 'Z'" if is_sqlite else "",
        event_id=_EVENT_ID[is_sqlite],
        late_now=_LATE.format(due="$2", paused=_PAUSED[is_sqlite]),
        staff=_STAFF[is_sqlite],
        consignment=_CONSIGNMENT[is_sqlite],
    )
    return written.replace("$", "?") if is_sqlite else written


class _Conditions:
    """What follows from a filter: the tables to choose from, the conditions and their values."""

    def __init__(self, wanted: TransferFilter, values: list[object], *, is_sqlite: bool) -> None:
        """Appends to the values; the first one is the province."""
        self.source = _POSITIONS
        due = f"'{wanted.due.astimezone(UTC):%Y-%m-%d %H:%M}{'' if is_sqlite else '+00'}'"
        self.late = _LATE.format(due=due, paused=_PAUSED[is_sqlite])
        self.values = values
        self._conditions = ["p.province = $1"]
        self._of_positions(wanted, is_sqlite=is_sqlite)
        self._of_others(wanted, is_sqlite=is_sqlite)

    @property
    def text(self) -> str:
        return " AND ".join(self._conditions)

    def add(self, condition: str, value: object) -> None:
        """A condition whose only value is written `$`."""
        self.values.append(value)
        self._conditions.append(condition.replace("$", f"${len(self.values)}"))

    def _of_positions(self, wanted: TransferFilter, *, is_sqlite: bool) -> None:
        if wanted.open_only:
            self._conditions.append("NOT p.ended")
        if wanted.direction is not None:
            self.add("p.direction = $", wanted.direction.value)
        if wanted.department is not None:
            self.add("p.department = $", wanted.department)
        if wanted.stages:
            first = len(self.values) + 1
            self.values += [stage.value for stage in wanted.stages]
            listed = ", ".join(f"${n}" for n in range(first, len(self.values) + 1))
            self._conditions.append(f"p.stage IN ({listed})")
        if wanted.holder is not None:
            self._of_holder(wanted.holder, is_sqlite=is_sqlite)
        if wanted.place is not None:
            self.add("p.place = $", wanted.place)
        if wanted.since_before is not None:
            self.add("p.since < $", _moment(wanted.since_before, is_sqlite=is_sqlite))

    def _of_holder(self, holder: str, *, is_sqlite: bool) -> None:
        # A pouch is found by its index. "Either the one or the other" would be found by none.
        if kind_of(holder) is not CodeKind.POUCH:
            self.add("p.custodian = $", holder)
            return
        if is_sqlite:
            self.source += " INDEXED BY ix_position_pouch"  # it would rather walk in order
        self.add("p.pouch = $ AND p.pouch IS NOT NULL AND p.sealed", holder)

    def _of_others(self, wanted: TransferFilter, *, is_sqlite: bool) -> None:
        if wanted.overdue is True:
            # SQLite joins in the written order where it is told to, and has to be told here.
            joined = "CROSS JOIN" if is_sqlite else "JOIN"
            self.source = _LATE_FIRST.replace("JOIN", joined)
            self._conditions += ["d.province = $1", self.late]
        elif wanted.overdue is False:
            self.source += _LATE_DOSSIER.format(late=self.late)
            self._conditions.append("d.code IS NULL")
        if wanted.carrier is not None:
            self.source += _CARRIED
            self._conditions += ["c.province = $1", _OPEN_CONSIGNMENT.replace("k.", "c.")]
            self.add("c.carrier = $", wanted.carrier)


def _moment(moment: datetime, *, is_sqlite: bool) -> object:
    """As the drivers take it: SQLite keeps moments as text in UTC."""
    if not is_sqlite:
        return moment
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def read_moment(text: str) -> datetime:
    """A moment that SQLite keeps as text."""
    return datetime.fromisoformat(f"{text}+00:00")
