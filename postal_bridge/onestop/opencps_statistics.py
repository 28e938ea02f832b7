"""A month as an OpenCPS system counts it itself: figures, and whether they agree with each other.

Names and identities: reference on one-stop systems, section 3.1. Nothing is mended here: a real
system was seen to count `viaPostal` only while it is 2, and to take due dates from another column.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from postal_bridge.clock import months_after
from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import Asking
from postal_bridge.reconciliation.ports import Counted, Counter, OneStopStatistics

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
"""What must add up, in every row (section 3.1)."""

_FIGURES = {
    Counter.RECEIVED: "receivedCount",
    Counter.RECEIVED_ONLINE: "onlineCount",
    Counter.RESOLVED: "releaseCount",
    Counter.LATE: "overtimeCount",
    Counter.POSTAL_REGISTERED: "viaPostalCount",
}
"""Figures that mean what the port's counters mean. `onegateCount` holds the post's dossiers too,
and `doneCount` goes by the month of the decision: neither is one of them."""

_WITH_CARRIED = frozenset({Counter.POSTAL_REGISTERED})
"""`viaPostalCount` counts dossiers that remained from earlier months too. `fromViaPostalCount` holds
dossiers that came online as well, so it is no figure of the port's."""


async def by_months(asking: Asking, *, first: date, last: date) -> OneStopStatistics:
    """The counts of all months that these days touch.

    Raises:
        OneStopUnavailable: no answer.
        OneStopRefused: a figure is missing; the text names it.
    """
    told = OneStopStatistics(counted=[], broken=[], missing=[])
    month = first.replace(day=1)
    while month <= last:
        query = {"year": str(month.year), "month": str(month.month)}
        _, rows = await asking(Question(path="/statistics", query=query), _rows)
        _add(told, month, rows)
        month = months_after(month, 1)
    return told


def _rows(body: bytes) -> list[Fields]:
    values = Fields("", msgspec.json.decode(body)).items("data", optional=True)
    return [Fields(f"data[{index}]", value) for index, value in enumerate(values)]


def _add(told: OneStopStatistics, month: date, rows: list[Fields]) -> None:
    """Take a month's rows: one for all agencies, whose agency is empty, and one for each."""
    named = f"tháng {month:%m/%Y}"
    whole = [row for row in rows if not (row.text("domainCode") or row.text("system"))]
    if not any(not row.text("govAgencyCode") for row in whole):
        told.missing.append(f"Một cửa chưa có số liệu chung của {named}.")
    last = months_after(month, 1) - timedelta(days=1)
    for row in whole:
        agency = row.text("govAgencyCode")
        told.broken.extend(_broken(row, f"{named}, {agency or 'tất cả cơ quan'}"))
        told.counted.extend(
            Counted(
                counter=counter,
                first=month,
                last=last,
                value=row.whole(name),
                agency=agency,
                carried=row.whole("remainingCount") if counter in _WITH_CARRIED else 0,
            )
            for counter, name in _FIGURES.items()
        )


def _broken(row: Fields, named: str) -> Iterator[str]:
    for name, parts in IDENTITIES:
        whole, values = row.whole(name), [row.whole(part) for part in parts]
        if whole != sum(values):
            sums = " + ".join(f"{part} {value}" for part, value in zip(parts, values, strict=True))
            yield f"Thống kê {named} không khớp: {name} {whole} khác {sums}."
