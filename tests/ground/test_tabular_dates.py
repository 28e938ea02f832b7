from datetime import UTC, date, datetime

import pytest

from postal_bridge.clock import LOCAL
from postal_bridge.tabular.cells import CellError
from postal_bridge.tabular.dates import DayOrder, moment_of, settle_order
from postal_bridge.tabular.records import Cell

DAY, MONTH = DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST


def local(*parts: int) -> datetime:
    year, month, day, *rest = parts
    hour, minute, second = [*rest, 0, 0, 0][:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("10/01/2019", local(2019, 1, 10)),
        ("1/2/2019", local(2019, 2, 1)),
        ("10/01/2019 08:30", local(2019, 1, 10, 8, 30)),
        ("10-01-2019 23:59:59", local(2019, 1, 10, 23, 59, 59)),
        ("10.01.2019 8:30:15", local(2019, 1, 10, 8, 30, 15)),
        ("08:30:15 10/01/2019", local(2019, 1, 10, 8, 30, 15)),
        ("10/01/2019 8:30:00 CH", local(2019, 1, 10, 20, 30)),
        ("10/01/2019 12:05 SA", local(2019, 1, 10, 0, 5)),
        ("10/01/2019 12:05 PM", local(2019, 1, 10, 12, 5)),
        ("2019-01-10", local(2019, 1, 10)),
        ("2019-01-10 08:30:15.123", local(2019, 1, 10, 8, 30, 15)),
        ("2019-01-10T01:30:15Z", local(2019, 1, 10, 8, 30, 15)),
        ("2019-01-10T08:30:15.000+07:00", local(2019, 1, 10, 8, 30, 15)),
        ("2019-01-10T08:30:15+0700", local(2019, 1, 10, 8, 30, 15)),
        ("20190110083015", local(2019, 1, 10, 8, 30, 15)),
        (20190110083015, local(2019, 1, 10, 8, 30, 15)),
        (datetime(2019, 1, 10, 8, 30, 15), local(2019, 1, 10, 8, 30, 15)),  # noqa: DTZ001 - as a spreadsheet keeps it
        (date(2019, 1, 10), local(2019, 1, 10)),
        (None, None),
    ],
)
def test_a_date_is_read(cell: Cell, moment: datetime | None) -> None:
    assert moment_of(cell, DAY) == moment


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2019",
        "29/02/2019",
        "00/01/2019",
        "10/01/2019 24:00",
        "10/01/2019 13:00 CH",
        "10/01/19",
        "20191301000000",
        "2019-01-10T08:30+99:00",
        "10 tháng 1",
        "01/01/0001",
        43475,
        "43475,35",
    ],
)
def test_what_no_calendar_has_or_nobody_surely_understands_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError):
        moment_of(cell, DAY)


def test_months_first_are_read_so_where_the_column_says_it() -> None:
    assert moment_of("01/10/2019 08:30", MONTH) == local(2019, 1, 10, 8, 30)
    assert moment_of("2019-01-10", MONTH) == local(2019, 1, 10)
    assert moment_of("20190110000000", MONTH) == local(2019, 1, 10)


def column(*texts: str) -> list[tuple[int, Cell]]:
    return list(enumerate(texts, start=5))


def test_one_day_above_twelve_settles_the_whole_column() -> None:
    assert settle_order(column("03/04/2019", "13/04/2019"), None).order is DAY
    assert settle_order(column("03/04/2019", "04/13/2019"), None).order is MONTH
    # What the file shows is stronger than what is configured.
    assert settle_order(column("03/04/2019", "04/13/2019"), DAY).order is MONTH


def test_a_column_that_never_tells_is_read_as_configured_or_refused() -> None:
    assert settle_order(column("03/04/2019"), DAY).order is DAY
    assert "dòng 5" in settle_order(column("03/04/2019"), None).why
    assert settle_order(column("04/04/2019", "2019-04-03"), None) == (None, "")


def test_a_column_that_says_both_is_refused_with_both_rows() -> None:
    why = settle_order(column("13/04/2019", "04/13/2019"), DAY).why
    assert "dòng 5" in why
    assert "dòng 6" in why


def test_moments_are_utc() -> None:
    moment = moment_of("10/01/2019 00:30", DAY)
    assert moment == datetime(2019, 1, 9, 17, 30, tzinfo=UTC)
