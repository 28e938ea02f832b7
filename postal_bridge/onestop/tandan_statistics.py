"""What a Tân Dân system counts itself: the day by agency, and what came and goes by post.

Rules: reference on one-stop systems, section 3.2. `CoKetQuaTrongNgay` leaves stopped dossiers out
and `CountBuuDienDaChuyenTraKQ` counts what was handed to the post, not what the citizen has: they
mean something else than the port's counters, and are not told.

No parameter is published for the day of `ThongKeTrongNgay`. `Ngay` is sent; a version that does
not hear it answers with today's figures, which are then not taken for another day's.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import date

import msgspec

from postal_bridge.clock import format_day
from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import Asking
from postal_bridge.reconciliation.ports import Counted, Counter, OneStopPage, OneStopStatistics

DAILY = "/HoSos/ThongKeTrongNgay"
POSTAL = "/BaoCaoTongHops/TiepNhanBuuChinh"

_DAY_FIGURES = {
    Counter.RECEIVED: "TiepNhanTrongNgay",
    Counter.RECEIVED_DIRECT: "TiepNhanTrucTiepTrongNgay",
    Counter.RECEIVED_ONLINE: "TiepNhanTrucTuyenTrongNgay",
    Counter.RECEIVED_POSTAL: "TiepNhanBCCITrongNgay",
    Counter.RETURNED: "DaTraCongDanTrongNgay",
}
_POSTAL_FIGURES = {
    Counter.RECEIVED_POSTAL: "CountTiepNhanQuaBuuChinh",
    Counter.POSTAL_REGISTERED: "CountDangKyQuaKQBuuDien",
}
_NOT_RECEIVED = ("1", "3")
_BY_POST = 3

Walk = Callable[[Mapping[str, object], Asking], AsyncIterator[OneStopPage]]
"""Walks the list with these filters."""


async def day_and_post(
    asking: Asking, walk: Walk, *, first: date, last: date, today: date
) -> OneStopStatistics:
    """The last day's figures, and the post's over all days.

    Raises:
        OneStopUnavailable: no answer.
        OneStopRefused: a figure is missing; the text names it.
    """
    told = OneStopStatistics(counted=[], broken=[], missing=[])
    rows = await _daily(told, asking, day=last, today=today)
    told.counted.extend(_counted(rows, _DAY_FIGURES, days=(last, last)))
    told.broken.extend(_broken(rows, last))
    days = {"TuNgay": first.isoformat(), "DenNgay": last.isoformat()}
    rows = await _rows(told, asking, Question(path=POSTAL, query=days))
    doubtful = await _doubtful(asking, walk, first=first, last=last)
    told.counted.extend(
        one
        for one in _counted(rows, _POSTAL_FIGURES, days=(first, last))
        if (one.counter, one.agency) not in doubtful
    )
    if doubtful:
        told.missing.append(
            "Báo cáo tiếp nhận bưu chính của một cửa không nói rõ có đếm hồ sơ chưa được tiếp nhận"
            " hay không; cơ quan có hồ sơ như vậy không đối chiếu được số này."
        )
    return told


async def _daily(
    told: OneStopStatistics, asking: Asking, *, day: date, today: date
) -> list[Fields]:
    """The day's figures by agency; none where they may be today's."""
    rows = await _rows(told, asking, Question(path=DAILY, query={"Ngay": day.isoformat()}))
    if day == today or not rows:
        return rows
    if _figures(rows) != _figures(await _rows(told, asking, Question(path=DAILY))):
        return rows
    told.missing.append(
        f"Thống kê trong ngày của một cửa không cho biết có phải của ngày {format_day(day)} không,"
        " nên không đối chiếu."
    )
    return []


def _figures(rows: list[Fields]) -> list[tuple[str, ...]]:
    names = ("GroupCode", *_DAY_FIGURES.values())
    return sorted(tuple(row.text(name) for name in names) for row in rows)


async def _rows(told: OneStopStatistics, asking: Asking, question: Question) -> list[Fields]:
    """Rows of a report, one for each agency; a part of them is told as missing."""
    _, report = await asking(question, _object)
    values = report.items("data", optional=True)
    if report.value("succeeded") is False:
        said = report.text("message")
        told.missing.append(f"Một cửa không cho thống kê {question.path}: {said}.")
    elif report.whole("totalCount", default=len(values)) > len(values):
        told.missing.append(f"Một cửa chỉ cho một phần của thống kê {question.path}.")
    else:
        return [Fields(f"data[{index}]", value) for index, value in enumerate(values)]
    return []


def _object(body: bytes) -> Fields:
    return Fields("", msgspec.json.decode(body))


async def _doubtful(
    asking: Asking, walk: Walk, *, first: date, last: date
) -> set[tuple[Counter, str]]:
    """Figures of the post's report that may hold what was never received.

    Everywhere else the product leaves states 1 and 3 out of what was received; of this report
    the reference does not say it.
    """
    filters = {
        "TiepNhanFrom": f"{first.isoformat()}T00:00:00",
        "TiepNhanTo": f"{last.isoformat()}T23:59:59",
        "InMaTrangThais": list(_NOT_RECEIVED),
    }
    doubtful: set[tuple[Counter, str]] = set()
    async for page in walk(filters, asking):
        for row in page.rows:
            if row.channel == _BY_POST:
                doubtful |= {(Counter.RECEIVED_POSTAL, one) for one in (row.department_code, "")}
            if row.return_mode:
                doubtful |= {(Counter.POSTAL_REGISTERED, one) for one in (row.department_code, "")}
    return doubtful


def _counted(
    rows: list[Fields], figures: Mapping[Counter, str], *, days: tuple[date, date]
) -> Iterator[Counted]:
    """Each agency's figure, and the sum of all: the product gives none."""
    first, last = days
    for counter, name in figures.items():
        values = {row.text("GroupCode"): row.whole(name) for row in rows}
        everybody = {"": sum(values.values())} if rows else {}
        for agency, value in {**values, **everybody}.items():
            yield Counted(counter=counter, first=first, last=last, value=value, agency=agency)


def _broken(rows: list[Fields], day: date) -> list[str]:
    """Received must be direct, online and by post together."""
    told: list[str] = []
    for row in rows:
        whole, *parts = (row.whole(name) for name in list(_DAY_FIGURES.values())[:4])
        if whole != sum(parts):
            agency = row.text("GroupCode") or "không rõ cơ quan"
            told.append(
                f"Thống kê ngày {format_day(day)}, {agency} không khớp: TiepNhanTrongNgay {whole}"
                f" khác tổng ba kênh {sum(parts)}."
            )
    return told
