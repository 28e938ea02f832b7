"""A month's statistics as the stand-in counts them from its own dossiers.

The identities of section 3.1 of the reference on one-stop systems hold by construction: every
dossier falls into exactly one class. Three defects that were seen in real systems can be
switched on; a client must notice them and must not mend them (section 8.1). A fourth one breaks
an identity, so that a client's own check of them has something to find.

What the reference leaves open is [stand-in's choice]: a dossier that waits to be received stands
in no count; postal counts are of all dossiers in process, as `processCount` is, whenever they
were received, and the done ones among them are counted apart as the summary does; `doneCount`
and `releaseCount` are of dossiers whose processing ended in the month.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from postal_bridge.clock import to_local
from postal_bridge.sandbox.onestop_state import Row, Value, sortable

StatisticRow = dict[str, Value]

COUNTS = (
    "totalCount",
    "deniedCount",
    "cancelledCount",
    "processCount",
    "remainingCount",
    "receivedCount",
    "onlineCount",
    "onegateCount",
    "releaseCount",
    "betimesCount",
    "ontimeCount",
    "overtimeCount",
    "doneCount",
    "releasingCount",
    "unresolvedCount",
    "processingCount",
    "undueCount",
    "overdueCount",
    "pausingCount",
    "waitingCount",
    "interoperatingCount",
    "insideCount",
    "outsideCount",
    "viaPostalCount",
    "notViaPostalCount",
    "fromViaPostalCount",
    "doneViaPostalCount",
    "doneOnegateCount",
)

IDENTITIES = (
    ("totalCount", ("deniedCount", "processCount")),
    ("processCount", ("receivedCount", "remainingCount")),
    ("receivedCount", ("onlineCount", "onegateCount")),
    ("processCount", ("processingCount", "waitingCount", "releaseCount", "cancelledCount")),
    ("processingCount", ("undueCount", "overdueCount")),
    ("processingCount", ("insideCount", "outsideCount")),
    ("releaseCount", ("betimesCount", "ontimeCount", "overtimeCount")),
    ("releaseCount", ("doneCount", "releasingCount", "unresolvedCount")),
)
"""Each count with the parts that it is the sum of (section 3.1)."""

_RELEASED = {"releasing": "releasing", "posting": "releasing", "done": "done"}
_REGISTERED_FOR_POST = 2


class Defect(StrEnum):
    """A way in which a real system miscounts."""

    VIA_POSTAL_ONLY_TWO = "a"
    DUE_FROM_CREATED = "b"
    A_DAY_BEHIND = "c"
    TOTAL_OFF_BY_ONE = "d"


@dataclass(frozen=True)
class _Window:
    """First moment of the month and the moment up to which is counted, both sortable."""

    start: str
    until: str


def month_statistics(
    rows: Iterable[Row],
    *,
    year: int,
    month: int,
    now: datetime,
    defects: frozenset[str] = frozenset(),
) -> list[StatisticRow]:
    """The row of all agencies first (its agency is empty), then one row for each agency."""
    local = to_local(now)
    if Defect.A_DAY_BEHIND in defects:
        local -= timedelta(days=1)
    month_text = f"{year:04d}{month:02d}"
    window = _Window(
        start=f"{month_text}0100:00:00",
        until=min(f"{local:%Y%m%d%H:%M:%S}", f"{month_text}3123:59:59"),
    )
    everybody: Counter[str] = Counter()
    agencies: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        counted = _classes(row, window, defects)
        agency = (str(row["govAgencyCode"]), str(row["govAgencyName"]))
        if counted:
            everybody.update(counted)
            agencies.setdefault(agency, Counter()).update(counted)
    if Defect.TOTAL_OFF_BY_ONE in defects:
        everybody["totalCount"] += 1
    keys = [("", ""), *sorted(agencies)]
    counts = [everybody, *(agencies[key] for key in sorted(agencies))]
    return [
        _shown(key, counted, year=year, month=month)
        for key, counted in zip(keys, counts, strict=True)
    ]


def broken_identities(row: StatisticRow) -> list[str]:
    """A sentence for each identity that does not hold in this row of a month."""
    whose = row["govAgencyCode"] or "tất cả cơ quan"
    return [
        f"Thống kê tháng {int(row['month']):02d}/{row['year']}, {whose}: {whole} = {row[whole]}"
        f" khác {' + '.join(f'{part} {row[part]}' for part in parts)}"
        for whole, parts in IDENTITIES
        if int(row[whole]) != sum(int(row[part]) for part in parts)
    ]


def _shown(
    agency: tuple[str, str], counted: Counter[str], *, year: int, month: int
) -> StatisticRow:
    released = counted["releaseCount"]
    in_time = counted["betimesCount"] + counted["ontimeCount"]
    return {
        "month": month,
        "year": year,
        "govAgencyCode": agency[0],
        "govAgencyName": agency[1],
        "domainCode": "",
        "domainName": "",
        "system": "",
        **{name: counted[name] for name in COUNTS},
        "ontimePercentage": in_time * 100 // released if released else 100,
    }


def _classes(row: Row, window: _Window, defects: frozenset[str]) -> list[str]:
    """Every count in which this dossier stands once; none when the month does not know it."""
    status = row["dossierStatus"]
    received = sortable(row["receiveDate"])
    if status == "denied":
        seen = received or sortable(row["submitDate"]) or sortable(row["createDate"])
        return ["totalCount", "deniedCount"] if window.start <= seen <= window.until else []
    if not received or received > window.until or status == "receiving":
        return []
    closed = _closed(row)
    if closed and closed < window.start:
        return []
    counts = ["totalCount", "processCount"]
    if received >= window.start:
        counts += ["receivedCount", "onlineCount" if row["online"] else "onegateCount"]
    else:
        counts.append("remainingCount")
    counts += _post(row, defects)
    due_column = "createDate" if Defect.DUE_FROM_CREATED in defects else "dueDate"
    due = sortable(row[due_column])
    # What was closed after the moment up to which is counted was still open at that moment.
    if closed and closed <= window.until:
        return counts + _finished(row, closed, due, window, via_post="viaPostalCount" in counts)
    return counts + _open(row, due, window)


def _closed(row: Row) -> str:
    """When the department had finished with it; "" while it works on it."""
    status = str(row["dossierStatus"])
    if status in _RELEASED or status == "unresolved":
        closing = row["releaseDate"] or row["finishDate"] or row["receiveDate"]
    elif status == "cancelled":
        closing = row["cancellingDate"] or row["finishDate"] or row["receiveDate"]
    else:
        closing = ""
    return sortable(closing)


def _post(row: Row, defects: frozenset[str]) -> list[str]:
    state = int(row["viaPostal"])
    if Defect.VIA_POSTAL_ONLY_TWO in defects:
        via_post = state == _REGISTERED_FOR_POST
    else:
        via_post = state >= _REGISTERED_FOR_POST
    counts = ["viaPostalCount" if via_post else "notViaPostalCount"]
    return [*counts, "fromViaPostalCount"] if row["fromViaPostal"] else counts


def _finished(row: Row, closed: str, due: str, window: _Window, *, via_post: bool) -> list[str]:
    status = str(row["dossierStatus"])
    if status == "cancelled":
        return ["cancelledCount"]
    returned = sortable(row["finishDate"])
    if status == "done" and returned > window.until:
        status = "releasing"
    # Early is an earlier day, late is a later moment, all between is on time; no date, no delay.
    if due and closed > due:
        timing = "overtimeCount"
    else:
        timing = "betimesCount" if due and closed[:8] < due[:8] else "ontimeCount"
    counts = ["releaseCount", f"{_RELEASED.get(status, status)}Count", timing]
    if status == "done":
        counts.append("doneViaPostalCount" if via_post else "doneOnegateCount")
    return counts


def _open(row: Row, due: str, window: _Window) -> list[str]:
    status = str(row["dossierStatus"])
    if status == "waiting":
        return ["waitingCount"]
    counts = ["processingCount", "overdueCount" if due and due < window.until else "undueCount"]
    if status == "interoperating":
        return [*counts, "outsideCount", "interoperatingCount"]
    if status == "pausing":
        counts.append("pausingCount")
    return [*counts, "insideCount"]
