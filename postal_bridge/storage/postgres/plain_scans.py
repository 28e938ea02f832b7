"""Plain scans on PostgreSQL: one statement a batch, with everything that belongs to it.

The statement finds out who scans, holds the positions in the order of their codes, looks every
scan id up in the live months, judges each scan by the journey table, links the events into their
items' chains, and writes events and positions. It gives back only what it did not take, so its
answer grows with the problems and not with the batch.

Its shapes keep the plan the same on an empty table and on a hundred millions of rows: positions
and ids are looked up in lateral subqueries, which cannot become a scan of everything; and no index
knows of a column of a position that a scan changes, so that rows change in their page.

It must not narrow the months by parameters (`event_id BETWEEN $a AND $b`): PostgreSQL 18.4 crashes
when such a plan is checked again for a row that another transaction had held. So it opens the live
months, and what may lie in the archive goes the general way (tests/scale/test_eight_devices.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import asyncpg
from sqlalchemy.engine import URL

from postal_bridge.identity import Actor, Role
from postal_bridge.journey import ItemKind
from postal_bridge.storage.lines import Lines
from postal_bridge.storage.postgres.connections import Prepared, prepared
from postal_bridge.tracking.plain_scans import Judged, PlainBatch, PlainOutcome, Verdict
from postal_bridge.tracking.scans import Scan

STATEMENT = """
WITH me AS MATERIALIZED (
    SELECT s.username, f.name, f.role, f.places AS listed,
           f.role IN ('supervisor', 'admin') AS everywhere, string_to_array(f.places, ' ') AS places,
           to_json(s.username)::text AS actor_json, to_json($4::text)::text AS device_json,
           to_char($5::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded
    FROM sign_in s
    JOIN staff f ON f.username = s.username
    LEFT JOIN device d ON d.province = $1 AND d.name = $4
    WHERE s.token_hash = $2 AND s.ended_at IS NULL AND s.expires_at > $5
      AND f.role = ANY ($3::text[]) AND abs(coalesce(d.skew_ms, 0)) <= $7
),
sent AS MATERIALIZED (
    SELECT *
    FROM unnest($8::uuid[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
                $13::text[], $14::text[], $15::text[])
         WITH ORDINALITY AS s(scan_id, code, act, place, at, latitude, longitude, note, n)
    WHERE (SELECT true FROM me)
    ORDER BY code
),
held AS MATERIALIZED (
    SELECT s.n, s.scan_id, s.code, s.act, s.place, s.at, s.latitude, s.longitude, s.note,
           p.item_code, p.kind, p.direction, p.seq, p.last_hash, p.latest_at, p.sealed, p.ended,
           p.dossier_code, p.department, p.custodian_kind AS borne_kind, p.custodian AS borne_by,
           CASE WHEN p.sealed AND p.pouch IS NOT NULL THEN p.pouch ELSE p.custodian END AS holder
    FROM sent s
    CROSS JOIN LATERAL (
        SELECT * FROM position WHERE province = $1 AND item_code = s.code FOR UPDATE
    ) p
),
judged AS MATERIALIZED (
    SELECT s.*, m.stage_after, m.holder AS bearer, to_json(s.place)::text AS place_json,
           CASE
               WHEN known.act IS NOT NULL THEN
                   CASE WHEN known.item_code = s.code AND known.act = s.act
                             AND known.place = s.place AND known.device_at IS NULL
                             AND known.occurred_at = s.at AND known.corrects IS NULL
                             AND known.pouch IS NULL
                        THEN 'duplicate' ELSE 'aside' END
               WHEN m.act IS NULL THEN 'act'
               WHEN NOT (me.everywhere OR s.place = ANY (me.places)) THEN 'place'
               WHEN NOT me.role = ANY (string_to_array(m.roles, ' ')) THEN 'role'
               WHEN s.at > $6 THEN 'ahead'
               WHEN NOT m.plain OR s.sealed OR s.ended OR s.at <= s.latest_at THEN 'aside'
           END AS verdict
    FROM held s
    CROSS JOIN me
    LEFT JOIN journey_move m ON m.direction = s.direction AND m.act = s.act
    LEFT JOIN LATERAL (
        SELECT e.item_code, e.act, e.place, e.occurred_at, e.device_at, e.corrects, e.pouch
        FROM custody_event e
        WHERE e.province = $1 AND e.event_id = s.scan_id
        LIMIT 1
    ) known ON true
),
facts AS MATERIALIZED (
    SELECT s.*, s.seq + 1 AS next, nullif(s.bearer, 'same') AS custodian_kind,
           CASE s.bearer WHEN 'person' THEN me.username WHEN 'desk' THEN s.place END AS custodian,
           me.username,
           encode(sha256(convert_to(
               s.last_hash || E'\\n{"act":"' || s.act || '","actor":' || me.actor_json
               || CASE s.bearer
                      WHEN 'person' THEN
                          ',"custodian":' || me.actor_json || ',"custodian_kind":"person"'
                      WHEN 'desk' THEN
                          ',"custodian":' || s.place_json || ',"custodian_kind":"desk"'
                      ELSE '' END
               || ',"device":' || me.device_json || ',"event_id":"' || s.scan_id::text
               || '","item_code":' || to_json(s.code)::text
               || coalesce(
                   ',"latitude":"' || s.latitude || '","longitude":"' || s.longitude || '"', '')
               || coalesce(',"note":' || to_json(s.note)::text, '')
               || ',"occurred_at":"'
               || to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               || '","place":' || s.place_json || ',"recorded_at":"' || me.recorded
               || '","seq":' || (s.seq + 1)::text || '}', 'UTF8')), 'hex') AS hash
    FROM judged s CROSS JOIN me
    WHERE s.verdict IS NULL
),
written AS (
    INSERT INTO custody_event (
        event_id, item_code, seq, act, place, actor, custodian_kind, custodian, occurred_at,
        recorded_at, device, latitude, longitude, note, previous_hash, hash, province)
    SELECT scan_id, code, next, act, place, username, custodian_kind, custodian, at,
           $5, $4, latitude::float8, longitude::float8, note, last_hash, hash, $1
    FROM facts ORDER BY n
),
moved AS (
    INSERT INTO position AS p (
        province, item_code, dossier_code, kind, direction, department, stage, place,
        custodian_kind, custodian, pouch, sealed, since, last_event_id, latest_at, seq, last_hash)
    SELECT $1, code, dossier_code, kind, direction, department, stage_after, place,
           coalesce(custodian_kind, borne_kind), coalesce(custodian, borne_by), NULL, false,
           at, scan_id, at, next, hash
    FROM facts
    ON CONFLICT (province, item_code) DO UPDATE
    SET stage = excluded.stage, place = excluded.place, custodian_kind = excluded.custodian_kind,
        custodian = excluded.custodian, pouch = NULL, sealed = false, since = excluded.since,
        last_event_id = excluded.last_event_id, latest_at = excluded.latest_at,
        seq = excluded.seq, last_hash = excluded.last_hash
),
settled AS (
    UPDATE refused_scan r
    SET settled_at = $5, settled_as = 'taken'
    FROM facts f
    WHERE r.province = $1 AND r.scan_id = f.scan_id AND r.settled_at IS NULL
      AND r.code = f.code AND r.act = f.act AND r.place = f.place
      AND coalesce(r.device_at, r.occurred_at) = f.at
)
SELECT 0 AS n, NULL AS verdict, NULL AS holder, NULL AS kind, username, name, role,
       listed AS places
FROM me
UNION ALL
SELECT n, verdict, holder, kind, NULL, NULL, NULL, NULL FROM judged WHERE verdict IS NOT NULL
UNION ALL
SELECT s.n,
       CASE WHEN (SELECT true FROM custody_event e
                  WHERE e.province = $1 AND e.event_id = s.scan_id LIMIT 1) IS TRUE
            THEN 'aside' ELSE 'unknown' END,
       NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT scan_id, n FROM sent EXCEPT SELECT scan_id, n FROM held) AS s
"""


class _ClosedMeanwhile(Exception):  # noqa: N818 - nothing went wrong
    """The session ended between two rounds: what the first one took is undone."""


def parameters(batch: PlainBatch, *, province: str) -> list[object]:
    """The values of the statement's parameters, in their order."""
    scans = batch.scans
    return [
        province,
        batch.token_hash,
        [role.value for role in batch.roles],
        batch.device,
        batch.now,
        batch.latest,
        batch.tolerance_ms,
        [scan.scan_id for scan in scans],
        [scan.code for scan in scans],
        [scan.act for scan in scans],
        [scan.place for scan in scans],
        [scan.at for scan in scans],
        _column([repr(scan.geo.latitude) if scan.geo else None for scan in scans]),
        _column([repr(scan.geo.longitude) if scan.geo else None for scan in scans]),
        _column([scan.note for scan in scans]),
    ]


class PostgresPlainScans:
    """Takes plain scans through connections of its own, each with the statement prepared."""

    def __init__(self, url: URL, *, province: str, limit: int, timeout_ms: int) -> None:
        opened = partial(prepared, url, STATEMENT, timeout_ms=timeout_ms)
        self._lines = Lines(opened, url=url, limit=limit)
        self._province = province

    async def take(self, batch: PlainBatch) -> PlainOutcome:
        """Take what is plain; the statement is the transaction.

        Several scans of one item follow each other, so each is a round of its own in one
        transaction. Where the database finds a contradiction that the statement did not (an id
        that another connection used for something else a moment ago), nothing is taken and the
        general way decides.
        """
        rounds = _rounds(batch.scans)
        try:
            async with self._lines.taken() as line:
                if len(rounds) == 1:
                    values = parameters(batch, province=self._province)
                    return self._outcome(await line.fetch(*values), rounds[0])
                async with line.transaction():
                    return await self._in_turn(line, batch, rounds)
        except (asyncpg.IntegrityConstraintViolationError, _ClosedMeanwhile):
            return PlainOutcome(None)

    async def close(self) -> None:
        """Hang up."""
        await self._lines.close()

    async def _in_turn(
        self, line: Prepared, batch: PlainBatch, rounds: Sequence[Sequence[int]]
    ) -> PlainOutcome:
        stopped: set[str] = set()
        judged: list[Judged] = []
        outcome = PlainOutcome(None)
        for places in rounds:
            going = [place for place in places if batch.scans[place].code not in stopped]
            left = [place for place in places if batch.scans[place].code in stopped]
            judged += [Judged(place, Verdict.ASIDE) for place in left]
            if going:
                part = replace(batch, scans=[batch.scans[place] for place in going])
                values = parameters(part, province=self._province)
                outcome = self._outcome(await line.fetch(*values), going)
                if outcome.actor is None:
                    raise _ClosedMeanwhile
                judged += outcome.judged
                stopped |= {
                    batch.scans[one.place].code
                    for one in outcome.judged
                    if one.verdict is Verdict.ASIDE
                }
        return PlainOutcome(outcome.actor, judged)

    def _outcome(self, rows: Sequence[asyncpg.Record], places: Sequence[int]) -> PlainOutcome:
        actor: Actor | None = None
        judged: list[Judged] = []
        for n, verdict, holder, kind, username, name, role, listed in rows:
            if n == 0:
                actor = Actor(username, name, Role(role), tuple(listed.split()))
            else:
                known = ItemKind(kind) if kind else None
                judged.append(Judged(places[n - 1], Verdict(verdict), holder, known))
        return PlainOutcome(actor, judged if actor else ())


def _column(values: list[str | None]) -> list[str | None]:
    """Nothing at all for a column without a value: the statement fills it up with nothing."""
    return values if any(value is not None for value in values) else []


def _rounds(scans: Sequence[Scan]) -> list[list[int]]:
    """The places of the scans, each round with one scan of an item at most, older ones first."""
    if len({scan.code for scan in scans}) == len(scans):
        return [list(range(len(scans)))]
    rounds: list[list[int]] = []
    seen: Counter[str] = Counter()
    for place in sorted(range(len(scans)), key=lambda place: scans[place].at):
        number = seen[scans[place].code]
        seen[scans[place].code] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(place)
    return rounds
