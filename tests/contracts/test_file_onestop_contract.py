"""What a one-stop system's export must do for the nightly count, in whatever format it comes."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from postal_bridge.clock import LOCAL
from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Misuse
from postal_bridge.onestop.files import FileOneStop
from postal_bridge.reconciliation.ports import OneStopPage, OneStopRefused, Slice
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.settings import load_settings
from postal_bridge.tabular.records import TableRefused
from tests.ground.workbooks import workbook

PORT = "reconciliation.ports.OneStop"
COLUMNS = load_settings({}).onestop_file
DAY, NEXT_DAY, LAST_DAY = date(2019, 1, 10), date(2019, 1, 11), date(2019, 1, 14)
HEADINGS = (
    *("STT", "Mã hồ sơ", "Mã thủ tục", "Cơ quan", "Trạng thái", "Kênh", "Hình thức trả"),
    *("Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Ngày trả", "Phí, lệ phí"),
)
PLACES = [
    Place(code="H37.XD", name="Sở Xây dựng", kind="department", agency="000.00.19.H37"),
    Place(code="centre.XD", name="Quầy Xây dựng", kind="desk", department="H37.XD"),
    Place(code="H37.A", name="Phòng Văn hóa", kind="department", agency="000.01.H37"),
    Place(code="H37.B", name="Phòng Văn hoá", kind="department", agency="000.02.H37"),
]
Cells = Sequence[str | None]


def as_csv(rows: Sequence[Cells]) -> bytes:
    return "\n".join(";".join(cell or "" for cell in row) for row in rows).encode("utf-8-sig")


def as_json(rows: Sequence[Cells]) -> bytes:
    objects = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return json.dumps({"total": len(objects), "data": objects}).encode()


IMPLEMENTATIONS: dict[str, Callable[[Sequence[Cells]], bytes]] = {
    "csv": as_csv,
    "xlsx": workbook,
    "json": as_json,
}
Open = Callable[..., FileOneStop]


@pytest.fixture(params=IMPLEMENTATIONS)
def written(request: pytest.FixtureRequest) -> Callable[[Sequence[Cells]], bytes]:
    return IMPLEMENTATIONS[str(request.param)]


@pytest.fixture
def opened(written: Callable[[Sequence[Cells]], bytes], tmp_path: Path) -> Open:
    """Write rows below the headings, and open the file."""

    def opening(*rows: Cells, first: date | None = None, last: date | None = None) -> FileOneStop:
        file = tmp_path / "xuat"
        file.write_bytes(written([HEADINGS, *rows]))
        return FileOneStop(file, columns=COLUMNS, places=PLACES, first=first, last=last)

    return opening


def code(serial: int) -> str:
    return f"000.00.19.H37-190110-{serial:04d}"


def row(serial: int, **cells: str | None) -> Cells:
    said = {
        "Mã hồ sơ": code(serial),
        "Mã thủ tục": "1.004199",
        "Cơ quan": "Sở Xây dựng",
        "Trạng thái": "Đang xử lý",
        "Kênh": "Trực tiếp",
        "Hình thức trả": "Trả tại quầy",
        "Ngày tiếp nhận": "10/01/2019 08:30:15",
        "Ngày hẹn trả": "15/01/2019",
        "STT": str(serial),
        **{name.replace("_", " "): cell for name, cell in cells.items()},
    }
    return [said.get(name) for name in HEADINGS]


class Recorder:
    """A tape that only one test plays."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def recall(self, question: str) -> bytes | None:
        return self.kept.get(question)

    async def keep(self, question: str, body: bytes) -> None:
        assert question not in self.kept
        self.kept[question] = body


async def pages(file: FileOneStop, first: date = DAY, last: date = LAST_DAY) -> list[OneStopPage]:
    return [page async for page in file.pages(received_from=first, received_to=last)]


async def test_a_row_is_told_in_our_words(opened: Open) -> None:
    file = opened(
        row(
            1,
            **{
                "Trạng thái": "ĐÃ TRẢ kết quả",
                "Kênh": "BCCI",
                "Hình thức trả": "Bưu chính công ích",
                "Ngày kết thúc xử lý": "2019-01-14 16:00:00",
                "Ngày trả": "20190115090000",
                "Phí, lệ phí": "1.500.000 đồng",
            },
        )
    )
    (page,) = await pages(file)
    assert page.rows == [
        OneStopDossier(
            code=code(1),
            procedure_code="1.004199",
            department_code="000.00.19.H37",
            status=10,
            raw_status="ĐÃ TRẢ kết quả",
            channel=3,
            return_mode=1,
            received_at=datetime(2019, 1, 10, 1, 30, 15, tzinfo=UTC),
            promised_at=datetime(2019, 1, 15, tzinfo=LOCAL).astimezone(UTC),
            resolved_at=datetime(2019, 1, 14, 9, tzinfo=UTC),
            returned_at=datetime(2019, 1, 15, 2, tzinfo=UTC),
            fee_vnd=1_500_000,
        )
    ]
    assert file.tells_fees


async def test_days_are_those_of_vietnam_and_both_ends_count(opened: Open) -> None:
    file = opened(
        row(1, **{"Ngày tiếp nhận": "10/01/2019 00:00:00"}),
        row(2, **{"Ngày tiếp nhận": "10/01/2019 23:59:59"}),
        row(3, **{"Ngày tiếp nhận": "11/01/2019 00:00:00"}),
        row(4, **{"Ngày tiếp nhận": "14/01/2019"}),
    )
    (page,) = await pages(file, DAY, DAY)
    assert [one.code for one in page.rows] == [code(1), code(2)]
    assert (page.total, page.start) == (2, 0)
    assert file.covered == (DAY, LAST_DAY)


async def test_the_file_itself_is_the_evidence_and_is_kept_once(opened: Open) -> None:
    file, tape = opened(row(1)), Recorder()
    for _ in range(2):
        async for page in file.pages(received_from=DAY, received_to=DAY, tape=tape):
            assert list(tape.kept.values()) == [page.raw]


async def test_a_corrected_file_is_another_answer(opened: Open) -> None:
    tape = Recorder()
    for serial in (1, 2):
        async for _ in opened(row(serial)).pages(received_from=DAY, received_to=DAY, tape=tape):
            pass
    assert len(tape.kept) == 2


async def test_a_dossier_is_found_by_its_code_on_any_day(opened: Open) -> None:
    file = opened(row(1), row(2), first=NEXT_DAY, last=LAST_DAY)
    found = await file.find(f" {code(2)} ")
    assert found is not None
    assert found.code == code(2)
    assert await file.find(code(9)) is None
    assert await file.find("") is None


async def test_a_code_that_stands_twice_is_listed_twice_and_not_found(opened: Open) -> None:
    file = opened(row(1), row(1))
    (page,) = await pages(file)
    assert len(page.rows) == 2
    with pytest.raises(OneStopRefused):
        await file.find(code(1))


async def test_it_counts_but_has_no_counts_of_its_own(opened: Open) -> None:
    file = opened(row(1), row(2, Kênh="3"), row(3, **{"Ngày tiếp nhận": "14/01/2019"}))
    assert await file.count(Slice(first=DAY, last=DAY)) == 2
    assert await file.count(Slice(first=DAY, last=LAST_DAY, channel=3, status=4)) == 1
    assert await file.count(Slice(first=DAY, last=LAST_DAY, agency="000.00.19.H37")) == 3
    told = await file.statistics(first=DAY, last=LAST_DAY)
    assert told.counted == []
    assert "không có thống kê" in told.missing[0]
    assert "10/01/2019 – 14/01/2019" in told.missing[1]
    await file.check()
    await file.close()


async def test_departments_are_known_by_code_by_place_and_by_name(opened: Open) -> None:
    names = ["000.00.19.H37", "H37.XD", "SỞ XÂY DỰNG", "Quầy Xây dựng", "000.00.99.H37"]
    file = opened(*(row(serial, **{"Cơ quan": name}) for serial, name in enumerate(names)))
    (page,) = await pages(file)
    assert [one.department_code for one in page.rows] == ["000.00.19.H37"] * 4 + ["000.00.99.H37"]


async def test_columns_that_may_lack_may_lack(
    written: Callable[[Sequence[Cells]], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "ngan"
    file.write_bytes(written([HEADINGS[:9], row(1)[:9]]))
    source = FileOneStop(file, columns=COLUMNS, places=PLACES)
    assert not source.tells_fees
    found = await source.find(code(1))
    assert found is not None
    assert found.fee_vnd is None


def test_every_wrong_cell_is_named_with_its_row_and_column(opened: Open) -> None:
    with pytest.raises(TableRefused) as refused:
        opened(
            row(1),
            row(2, **{"Ngày tiếp nhận": "31/02/2019"}),
            row(3, **{"Ngày tiếp nhận": None}),
            row(4, **{"Trạng thái": "Chờ sếp"}),
            row(5, **{"Mã hồ sơ": "1.23E+15", "Kênh": None}),
            row(6, **{"Mã hồ sơ": None}),
            row(7, **{"Cơ quan": "Phòng Văn hóa", "Phí, lệ phí": "miễn"}),
        )
    lines = str(refused.value).splitlines()
    # In JSON rows are counted without the headings, which no spreadsheet shows there.
    numbers = [int(line.split(",")[0].removeprefix("  dòng ")) for line in lines[1:]]
    assert [number - numbers[0] for number in numbers] == [0, 1, 2, 3, 3, 4, 5, 5]
    assert numbers[0] in {2, 3}
    assert [line.partition("“")[2].partition("”")[0] for line in lines[1:]] == [
        *("Ngày tiếp nhận", "Ngày tiếp nhận", "Trạng thái", "Mã hồ sơ", "Kênh", "Mã hồ sơ"),
        *("Cơ quan", "Phí, lệ phí"),
    ]
    assert "xuat" in lines[0]


def test_a_file_without_dossiers_must_be_meant(opened: Open) -> None:
    with pytest.raises(Misuse, match="--from"):
        opened()
    assert opened(first=DAY, last=LAST_DAY).covered == (DAY, LAST_DAY)
    with pytest.raises(Misuse, match="--from"):
        opened(row(1), first=NEXT_DAY)


def test_a_column_of_unsettled_dates_is_refused_where_nobody_decided(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    cells = row(1, **{"Ngày hẹn trả": "11/01/2019"})
    file.write_bytes(as_csv([HEADINGS, cells]))
    strict = COLUMNS.model_copy(update={"date_order": "detect"})
    with pytest.raises(TableRefused, match="date_order"):
        FileOneStop(file, columns=strict, places=PLACES)
    assert FileOneStop(file, columns=COLUMNS, places=PLACES).covered == (DAY, DAY)


@pytest.mark.parametrize("pair", ["Lạ = 11", "Lạ = x", "Đang xử lý = 5"])
def test_a_word_that_is_mapped_to_nothing_is_a_fault_of_the_settings(
    tmp_path: Path, pair: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(as_csv([HEADINGS, row(1)]))
    wrong = COLUMNS.model_copy(update={"statuses": (*COLUMNS.statuses, pair)})
    with pytest.raises(Misuse, match="statuses"):
        FileOneStop(file, columns=wrong, places=PLACES)
