"""A planned year as the other side's clerks entered it into OpenCPS, and a few of their mistakes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from postal_bridge.journey import Status
from postal_bridge.reconciliation.records import DifferenceKind
from postal_bridge.sandbox.onestop_state import moment_text
from postal_bridge.sandbox.province import ProvinceData
from postal_bridge.sandbox.year import YearDossier
from postal_bridge.sandbox.year_figures import BY_POST, ONLINE

Row = dict[str, object]
Change = Callable[[Row, YearDossier], Row | None]
"""What a mistake makes of a dossier's row; none where the row is gone."""

_STATES = {
    Status.RECEIVED: "new",
    Status.PROCESSING: "processing",
    Status.RESOLVED: "releasing",
    Status.RETURNED: "done",
}
_REGISTERED_FOR_POST = 2
_SERIAL_NOBODY_HAS = 9_999


def onestop_row(one: YearDossier, province: ProvinceData) -> Row:
    """A dossier as an OpenCPS system shows it at the end of the year."""
    procedure = one.procedure
    return {
        "dossierNo": one.code,
        "serviceCode": procedure.code,
        "serviceName": procedure.name,
        "govAgencyCode": one.agency,
        "govAgencyName": province.places[province.department_of(one.department)].name,
        "domainName": procedure.field,
        "applicantName": one.applicant.name,
        "applicantIdNo": one.applicant.identity_number,
        "contactTelNo": one.applicant.phone,
        "submitDate": moment_text(one.received_at),
        "receiveDate": moment_text(one.received_at),
        "dueDate": moment_text(one.promised_at),
        "releaseDate": moment_text(one.resolved_at) if one.resolved_at else "",
        "finishDate": moment_text(one.returned_at) if one.returned_at else "",
        "dossierStatus": _STATES[one.status],
        "viaPostal": 0,
        "fromViaPostal": int(one.channel == BY_POST),
        "online": one.channel == ONLINE,
        "originality": one.channel,
    }


def with_mistakes(
    dossiers: Sequence[YearDossier], province: ProvinceData, *, kinds: Iterable[DifferenceKind]
) -> tuple[list[Row], list[str]]:
    """All rows, with one mistake of each of these kinds.

    The mistakes lie spread over the year, each in a returned dossier of its own.

    Returns:
        The rows, and the keys (`Difference.key`) of the differences that they make.
    """
    wanted = list(kinds)
    step = len(dossiers) // (len(wanted) + 1)
    places = {_returned(dossiers, step * n): kind for n, kind in enumerate(wanted, start=1)}
    rows: list[Row] = []
    planted: list[str] = []
    for number, one in enumerate(dossiers):
        row = onestop_row(one, province)
        if number not in places:
            rows.append(row)
            continue
        kind = places[number]
        changed = _CHANGES[kind](row, one)
        rows += [changed] if changed is not None else []
        code = one.code
        if kind is DifferenceKind.MISSING_HERE and changed is not None:
            rows.append(row)
            code = str(changed["dossierNo"])
        planted.append(f"{kind.value}:{code}")
    return rows, sorted(planted)


def _returned(dossiers: Sequence[YearDossier], number: int) -> int:
    """The first returned dossier from this one on."""
    while dossiers[number].status is not Status.RETURNED:
        number += 1
    return number


def _elsewhere(one: YearDossier) -> str:
    """A number of the same agency and day that nobody gave out."""
    return f"{one.code.rpartition('-')[0]}-{_SERIAL_NOBODY_HAS:04d}"


_CHANGES: dict[DifferenceKind, Change] = {
    DifferenceKind.MISSING_THERE: lambda _row, _one: None,
    DifferenceKind.MISSING_HERE: lambda row, one: {**row, "dossierNo": _elsewhere(one)},
    DifferenceKind.STATE: lambda row, _one: {
        **row, "dossierStatus": "processing", "releaseDate": "", "finishDate": "",
    },
    DifferenceKind.DEPARTMENT: lambda row, one: {
        **row, "govAgencyCode": f"000.00.99.{one.agency.rpartition('.')[2]}",
    },
    DifferenceKind.PROCEDURE: lambda row, _one: {**row, "serviceCode": "9.999999"},
    DifferenceKind.CHANNEL: lambda row, one: {
        **row, "online": one.channel != ONLINE, "fromViaPostal": 0,
    },
    DifferenceKind.RETURN_MODE: lambda row, _one: {**row, "viaPostal": _REGISTERED_FOR_POST},
    DifferenceKind.PROMISED_DAY: lambda row, one: {
        **row, "dueDate": moment_text(one.promised_at + timedelta(days=1)),
    },
}  # fmt: skip
"""What can be planted."""

MISTAKES = tuple(_CHANGES)
COUNTABLE_MISTAKES = tuple(
    kind for kind in MISTAKES if kind not in {DifferenceKind.PROCEDURE, DifferenceKind.PROMISED_DAY}
)
"""Those that show in counts, too: a count says nothing about procedures and promises."""
