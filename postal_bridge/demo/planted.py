"""Differences that the demo plants on the other side, one of every class that clerks make.

Finding them proves something, and finding anything else is a false alarm.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from postal_bridge.clock import at_local, local_day, to_local
from postal_bridge.codes import make_dossier_code
from postal_bridge.demo.otherside import REGISTERED, OtherSide, Row
from postal_bridge.reconciliation.records import DifferenceKind
from postal_bridge.sandbox.onestop_state import moment_text
from postal_bridge.sandbox.plans import Channel, DossierPlan, ReturnMode
from postal_bridge.sandbox.province import ProvinceData
from postal_bridge.worktime import WorkCalendar

UNKNOWN_SERIAL = 8_001
"""Of the dossier that only the one-stop has; far above the serials of the month."""

COPY_ID = 9_000_001
"""The other system's own number of the row that is there twice."""

PLANTED_KINDS = (
    DifferenceKind.MISSING_THERE,
    DifferenceKind.MISSING_HERE,
    DifferenceKind.DUPLICATE_CODE,
    DifferenceKind.STATE,
    DifferenceKind.DEPARTMENT,
    DifferenceKind.PROCEDURE,
    DifferenceKind.CHANNEL,
    DifferenceKind.RETURN_MODE,
    DifferenceKind.RECEIVED_DAY,
    DifferenceKind.PROMISED_DAY,
)
"""What a careless clerk can do to a row of this make; the other classes need a faulty system."""

_WRONG_STATE = {"done": "releasing", "releasing": "done", "processing": "paying"}

Change = Callable[[DossierPlan, Row], Row]
"""What a careless clerk makes of a row."""


@dataclass
class Planted:
    """What was planted: class and dossier, each dossier once."""

    pairs: set[tuple[DifferenceKind, str]] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each class."""
        found = Counter(kind.value for kind, _ in self.pairs)
        return {kind.value: found[kind.value] for kind in DifferenceKind if found[kind.value]}

    @property
    def codes(self) -> set[str]:
        """The dossiers that are taken already."""
        return {code for _, code in self.pairs}


async def plant(
    other: OtherSide,
    dossiers: tuple[DossierPlan, ...],
    *,
    province: ProvinceData,
    calendar: WorkCalendar,
    until: datetime,
) -> Planted:
    """Plant one difference of every class in `PLANTED_KINDS`; the same ones for the same plan.

    Args:
        other: the stand-in, with everything entered up to `until`.
        dossiers: those that it has.
        province: departments and procedures to confuse.
        calendar: working days, for dates that look possible.
        until: the end of the replay.
    """
    planted = Planted()
    changes = _changes(province, calendar)
    for kind in PLANTED_KINDS:
        if kind is DifferenceKind.MISSING_HERE:
            row = _unknown(dossiers, province, other, until)
            await other.put([row])
            planted.pairs.add((kind, str(row["dossierNo"])))
            continue
        dossier, row = _victim(kind, dossiers, other, until, taken=planted.codes)
        planted.pairs.add((kind, dossier.code))
        if kind is DifferenceKind.MISSING_THERE:
            await other.remove((await other.put([row]))[0]["dossierId"])
        elif kind is DifferenceKind.DUPLICATE_CODE:
            await _double(other, row)
        else:
            await other.put([changes[kind](dossier, row)])
    return planted


async def _double(other: OtherSide, row: Row) -> None:
    """A second row with the same number, behind all others."""
    first = (await other.put([row]))[0]
    own = {"referenceUid", "createDate"}
    copied = {name: value for name, value in first.items() if name not in own}
    await other.put([{**copied, "dossierId": COPY_ID}])


def _victim(
    kind: DifferenceKind,
    dossiers: Iterable[DossierPlan],
    other: OtherSide,
    until: datetime,
    *,
    taken: set[str],
) -> tuple[DossierPlan, Row]:
    """The first dossier, in order of intake, to which this could happen."""
    for dossier in dossiers:
        row = other.row(dossier, until)
        if row is None or dossier.code in taken or not _fits(kind, dossier, row):
            continue
        return dossier, row
    msg = f"no dossier to plant a difference of class {kind.value} in"
    raise LookupError(msg)


def _fits(kind: DifferenceKind, dossier: DossierPlan, row: Row) -> bool:
    if dossier.supplement is not None or dossier.body is not None:
        return False
    match kind:
        case DifferenceKind.STATE:
            return row["dossierStatus"] in _WRONG_STATE
        case DifferenceKind.CHANNEL:
            return dossier.channel is Channel.DIRECT
        case DifferenceKind.RETURN_MODE:
            return dossier.return_mode is ReturnMode.DESK
        case _:
            return True


def _changes(province: ProvinceData, calendar: WorkCalendar) -> dict[DifferenceKind, Change]:
    departments = [place.code for place in province.departments]

    def elsewhere(dossier: DossierPlan, row: Row) -> Row:
        place = departments[(departments.index(dossier.department) + 1) % len(departments)]
        return {
            **row,
            "govAgencyCode": province.agency_of(place),
            "govAgencyName": province.places[place].name,
        }

    def mistaken(dossier: DossierPlan, row: Row) -> Row:
        others = [
            p for p in province.handled_by(dossier.office) if p.code != dossier.procedure_code
        ]
        wrong = others[0] if others else next(iter(province.procedures.values()))
        return {**row, "serviceCode": wrong.code, "serviceName": wrong.name}

    def a_day_later(dossier: DossierPlan, row: Row) -> Row:
        return {**row, "receiveDate": moment_text(dossier.received_at + timedelta(days=1))}

    def promised_later(dossier: DossierPlan, row: Row) -> Row:
        day = calendar.next_working_day(local_day(dossier.promised_at))
        late = at_local(day, to_local(dossier.promised_at).time())
        return {**row, "dueDate": moment_text(late)}

    return {
        DifferenceKind.STATE: lambda _, row: {
            **row,
            "dossierStatus": _WRONG_STATE[str(row["dossierStatus"])],
        },
        DifferenceKind.DEPARTMENT: elsewhere,
        DifferenceKind.PROCEDURE: mistaken,
        DifferenceKind.CHANNEL: lambda _, row: {**row, "online": True, "originality": 2},
        DifferenceKind.RETURN_MODE: lambda _, row: {**row, "viaPostal": REGISTERED},
        DifferenceKind.RECEIVED_DAY: a_day_later,
        DifferenceKind.PROMISED_DAY: promised_later,
    }


def _unknown(
    dossiers: tuple[DossierPlan, ...], province: ProvinceData, other: OtherSide, until: datetime
) -> Row:
    """A dossier that the one-stop's clerks took in beside the post."""
    like = next(one for one in dossiers if one.body is None)
    row = other.row(like, until)
    if row is None:
        msg = f"{like.code} has not been received yet"
        raise LookupError(msg)
    day = local_day(like.received_at)
    code = make_dossier_code(province.agency_of(like.department), day, UNKNOWN_SERIAL)
    return {**row, "dossierNo": code, "dossierStatus": "processing", "releaseDate": "",
            "finishDate": "", "viaPostal": 0}  # fmt: skip
