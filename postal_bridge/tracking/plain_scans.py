"""Plain scans: the short way that most scans of a day go, with the outcome of the general one.

A scan is plain when it loads, sets down or unpacks one open item that lies in no sealed pouch, and
when it is newer than everything known of that item: then the fold is one step, no dossier, notice
or consignment follows, and nothing has to be read but the item's position. Storage takes such
scans in one statement. What turns out not to be plain is given back untouched and goes the general
way (scans.py), whose outcome does not depend on the order of arrival; so nobody can tell which way
a scan went. docs/adr/0011 says why there are two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from postal_bridge.codes import CodeKind, kind_of
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import (
    DIRECTION_OF,
    KIND_NAMES,
    MOVES,
    STATUS_AFTER,
    Act,
    Direction,
    HolderAfter,
    ItemKind,
    Move,
    Stage,
    move_for,
)
from postal_bridge.tracking.acts import refused_role
from postal_bridge.tracking.consignments import FOLLOWED
from postal_bridge.tracking.scans import ACTS, SCAN_ID_VERSION, Scan


class Verdict(StrEnum):
    """What the short way says of one scan; what it takes needs no word."""

    DUPLICATE = "duplicate"
    ASIDE = "aside"
    UNKNOWN = "unknown"
    ACT = "act"
    PLACE = "place"
    ROLE = "role"
    AHEAD = "ahead"


@dataclass(frozen=True)
class JourneyMove:
    """One row of the journey table in the database: what a scan may do, and what follows.

    Attributes:
        roles: who may, separated by blanks.
        holder: who bears the item afterwards.
        plain: nothing follows but the item's new position.
    """

    direction: Direction
    act: Act
    stage_after: Stage
    holder: HolderAfter
    roles: str
    plain: bool


def is_plain(move: Move) -> bool:
    """Whether nothing follows from a move but the item's new position."""
    kinds = [kind for kind, direction in DIRECTION_OF.items() if direction is move.direction]
    return (
        move.by_scan
        and not move.closes
        and move.notice is None
        and move.act is not Act.PACK  # the pouch has a word in it
        and move.act not in FOLLOWED
        and not any((kind, move.act) in STATUS_AFTER for kind in kinds)
    )


JOURNEY: tuple[JourneyMove, ...] = tuple(
    JourneyMove(
        direction=move.direction,
        act=move.act,
        stage_after=move.after,
        holder=move.holder,
        roles=" ".join(sorted(move.roles)),
        plain=is_plain(move),
    )
    for _, move in sorted(MOVES.items())
    if move.by_scan
)
"""The rows of the journey table: what handhelds may report, generated from `journey.py`."""

RECENT = timedelta(days=28)
"""The ledger keeps at least the month before this one out of its archive ([tracking]
ledger_months_kept): so far back the short way knows all ids."""

_MOMENT_SHIFT = 80  # an id begins with 48 bits of milliseconds
_VERSION_MASK = (0xF << 76) | (0x3 << 62)
_VERSION_BITS = (SCAN_ID_VERSION << 76) | (0x2 << 62)

PLAIN_WORDS = frozenset(move.act.value for move in JOURNEY if move.plain)


@dataclass(frozen=True, kw_only=True)
class PlainBatch:
    """Scans that may be plain, with whose they are.

    Attributes:
        token_hash: of the session; who scans is found in the same statement.
        roles: who may report scans at all.
        now, latest: the present, and the moment beyond which a scan is ahead of it.
        tolerance_ms: how far a device's clock may be off before its moments are put right; the
            short way is closed to devices beyond it.
        scans: what `part` found to be plain; their ids are `RECENT`.
    """

    token_hash: str
    roles: frozenset[Role]
    device: str
    now: datetime
    latest: datetime
    tolerance_ms: int
    scans: Sequence[Scan]


@dataclass(frozen=True)
class Judged:
    """A scan of the batch that was not taken.

    Attributes:
        place: where it stands in the batch, from 0.
        holder, kind: of the item, where there is one.
    """

    place: int
    verdict: Verdict
    holder: str | None = None
    kind: ItemKind | None = None


@dataclass(frozen=True)
class PlainOutcome:
    """What the short way made of a batch.

    Attributes:
        actor: who scans; None where the session does not open this door or the device's clock is
            off: nothing was done then, and the general way says why.
        judged: the scans that were not taken; all others were.
    """

    actor: Actor | None
    judged: Sequence[Judged] = ()


@dataclass
class Parting:
    """A batch parted by what is seen without a database.

    Attributes:
        plain: places in the batch of scans that may be plain.
        general: places of those that are not.
    """

    plain: list[int] = field(default_factory=list)
    general: list[int] = field(default_factory=list)


def part(scans: Sequence[Scan], *, now: datetime) -> Parting:
    """Part a batch; all scans of one item go the same way, so that their order stays.

    Scans of one item at the very same moment, ids that occur twice, and scans that another one of
    the batch corrects, are left to the general way as well; so is what was made long ago, for its
    id may lie in the archive.
    """
    parting = Parting()
    oldest = int((now - RECENT).timestamp() * 1000) << _MOMENT_SHIFT
    if _all_may_be_plain(scans, oldest=oldest):
        parting.plain.extend(range(len(scans)))
        return parting
    general = set(_not_plain(scans, oldest=oldest))
    moments: set[tuple[str, datetime]] = set()
    code_of: dict[UUID, str] = {}
    for scan in scans:
        moment = (scan.code, scan.at)
        first = code_of.get(scan.scan_id)
        if first is not None:
            general |= {first, scan.code}
        code_of[scan.scan_id] = scan.code
        if moment in moments:
            general.add(scan.code)
        moments.add(moment)
    for place, scan in enumerate(scans):
        (parting.general if scan.code in general else parting.plain).append(place)
    return parting


def _all_may_be_plain(scans: Sequence[Scan], *, oldest: int) -> bool:
    """Whether the whole batch is as most are; seen column by column, which is much quicker."""
    codes = {scan.code for scan in scans}
    ids = {scan.scan_id.int for scan in scans}
    return (
        len(codes) == len(scans) == len(ids)
        and {scan.act for scan in scans} <= PLAIN_WORDS
        and {scan.corrects for scan in scans} <= {None}
        and {number & _VERSION_MASK for number in ids} <= {_VERSION_BITS}
        and min(ids, default=oldest) >= oldest
        and not any(_is_pouch(code) for code in codes if "/" not in code)
    )


def _not_plain(scans: Sequence[Scan], *, oldest: int) -> Iterable[str]:
    corrected = {scan.corrects for scan in scans if scan.corrects is not None}
    for scan in scans:
        known_otherwise = scan.act in ACTS and scan.act not in PLAIN_WORDS
        if (
            known_otherwise
            or scan.scan_id.version != SCAN_ID_VERSION
            or scan.scan_id in corrected
            or scan.scan_id.int < oldest
            or _is_pouch(scan.code)
        ):
            yield scan.code


def _is_pouch(code: str) -> bool:
    # An item's barcode has a slash, a pouch's number never has: that spares most codes a parse.
    return "/" not in code and kind_of(code) is CodeKind.POUCH


def late_among(scans: Sequence[Scan], taken: Iterable[int]) -> int:
    """How many of the taken are older than another taken one of their item before them.

    Args:
        scans: the batch.
        taken: places in it, in order.
    """
    late = 0
    if len({scan.code for scan in scans}) == len(scans):
        return late
    newest: dict[str, datetime] = {}
    for place in taken:
        scan = scans[place]
        before = newest.get(scan.code)
        if before is not None and scan.at < before:
            late += 1
        else:
            newest[scan.code] = scan.at
    return late


def refusal_of(scan: Scan, judged: Judged, *, actor: Actor, now: datetime) -> Refusal:
    """The refusal behind a verdict, in the very words of the general way."""
    match judged.verdict:
        case Verdict.PLACE:
            return refuse(Reason.OTHER_PLACE, "place", place=scan.place)
        case Verdict.AHEAD:
            ahead = int((scan.at - now).total_seconds() // 60)
            return refuse(Reason.SCAN_IN_FUTURE, "at", ahead_minutes=ahead)
        case _ if judged.kind is None:
            return refuse(Reason.ITEM_UNKNOWN, "code", code=scan.code)
        case Verdict.ROLE if (move := move_for(judged.kind, Act(scan.act))) is not None:
            return refused_role(actor, move)
        case _:
            kind = KIND_NAMES[judged.kind][0]
            return refuse(Reason.ACT_UNKNOWN, "act", act=scan.act, kind=kind)


def moves_by_act() -> Mapping[tuple[str, str], JourneyMove]:
    """The journey table by direction and act, as words."""
    return {(move.direction.value, move.act.value): move for move in JOURNEY}
