"""Snapshots in files: what stands in them, what their digests are, and what is left behind."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import example, given
from hypothesis import strategies as st

from postal_bridge.clock import local_day
from postal_bridge.errors import Misuse
from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.reconciliation.records import OurDossier
from postal_bridge.snapshots import comparing, writing
from postal_bridge.snapshots.digests import (
    COMPARED,
    EPOCH,
    NO_DAY,
    key_digest,
    local_days,
    microseconds,
    row_digests,
    signed,
)
from postal_bridge.snapshots.engines import DuckDBEngine
from postal_bridge.snapshots.marks import SnapshotDamaged
from postal_bridge.snapshots.parquet import ParquetSnapshot, ParquetSnapshots
from tests.stages.reconciliation.two_sides import AGENCIES, RECEIVED, our, their

KEY, ROW = 2652087619334032846, -6854099302379778664
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), LAST - FIRST).map(lambda after: FIRST + after)


@pytest.fixture
def duckdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """It stands open, so it is asked about the shortest lists, too."""
    engine = DuckDBEngine(tmp_path_factory.mktemp("duckdb"), threads=1, memory="200MB")
    yield engine
    engine.close()


def written(
    snapshots: ParquetSnapshots, side: Side, rows: Any, *, with_fees: bool = False
) -> ParquetSnapshot:
    writer = snapshots.begin(side, agencies=AGENCIES, with_fees=with_fees)
    writer.add(rows)
    found = writer.finish()
    assert isinstance(found, ParquetSnapshot)
    return found


def suspects(snapshots: ParquetSnapshots, ours: list[OurDossier], theirs: Any) -> Suspects:
    sides = written(snapshots, Side.OURS, ours), written(snapshots, Side.THEIRS, theirs)
    return asyncio.run(snapshots.suspects(*sides))


# --- digests --------------------------------------------------------------------------------------


def test_the_digests_are_the_written_down_ones() -> None:
    """These two numbers never change: snapshots of different releases are compared."""
    code = b"000.00.04.H37-190110-0001"
    fields = {name: np.array([7], dtype=np.int64) for name in COMPARED}
    assert signed([key_digest(code)]).tolist() == [KEY]
    assert row_digests([code], fields).tolist() == [by_hand(code, [7] * len(COMPARED))] == [ROW]


def by_hand(code: bytes, values: list[int]) -> int:
    """The row digest as its description says, number by number."""
    found = xxhash.xxh3_64_intdigest(code, seed=1)
    for value in values:
        found = (found ^ value % 2**64) * 0x9E3779B97F4A7C15 % 2**64
        found ^= found >> 32
        found = found * 0xBF58476D1CE4E5B9 % 2**64
        found ^= found >> 29
    return found - 2**64 if found >= 2**63 else found


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=8, max_size=8), code=st.binary())
def test_a_row_digest_is_as_described(values: list[int], code: bytes) -> None:
    fields = {
        name: np.array([value], dtype=np.int64)
        for name, value in zip(COMPARED, values, strict=True)
    }
    assert row_digests([code], fields).tolist() == [by_hand(code, values)]


def test_rows_that_differ_in_one_field_differ_in_their_digest() -> None:
    changes: list[dict[str, Any]] = [
        {"status": 9},
        {"department": "STP"},
        {"procedure_code": "2"},
        {"channel": 2},
        {"return_mode": 1},
        {"received_at": RECEIVED - timedelta(days=1)},
        {"promised_at": None},
    ]
    rows = [our(), *(our(**change) for change in changes)]
    rules = writing.Rules(AGENCIES, with_fees=False, digest=key_digest)
    columns = writing.columns_of(rows, Side.OURS, rules, first=0)
    assert len(set(columns[1].to_pylist())) == len(rows)
    assert len(set(columns[0].to_pylist())) == 1


@given(moments=st.lists(st.none() | MOMENTS, max_size=20))
def test_a_moment_is_kept_to_the_microsecond(moments: list[datetime | None]) -> None:
    kept = microseconds(moments).to_pylist()
    assert [None if each is None else EPOCH + timedelta(microseconds=each) for each in kept] == (
        moments
    )


@given(moments=st.lists(MOMENTS, min_size=1, max_size=20))
@example(moments=[datetime(1970, 1, 1, 16, 30, tzinfo=UTC), RECEIVED])  # it was UTC+8 then
def test_a_local_day_is_the_calendars(moments: list[datetime]) -> None:
    days = local_days(microseconds(moments)).tolist()
    assert [date(1970, 1, 1) + timedelta(days=day) for day in days] == [
        local_day(moment) for moment in moments
    ]


def test_every_midnight_since_1976_lies_where_the_arithmetic_says() -> None:
    last = [
        datetime(1976, 1, 1, 16, 59, 59, 999999, tzinfo=UTC) + timedelta(days=day)
        for day in range(0, 30_000, 7)
    ]
    first = [moment + timedelta(microseconds=1) for moment in last]
    before, after = (local_days(microseconds(moments)).tolist() for moments in (last, first))
    assert [day + 1 for day in before] == after
    assert [local_day(moment).toordinal() for moment in first] == [
        day + date(1970, 1, 1).toordinal() for day in after
    ]


def test_no_moment_has_a_day_of_its_own() -> None:
    assert local_days(microseconds([None, RECEIVED])).tolist()[0] == NO_DAY


# --- files ----------------------------------------------------------------------------------------


def test_a_file_holds_the_dossiers_as_they_were_added(tmp_path: Path) -> None:
    rows = [their(number, fee_vnd=number or None, strange="lạ" * number) for number in range(3)]
    found = written(ParquetSnapshots(tmp_path), Side.THEIRS, rows, with_fees=True)
    table = pq.read_table(found.path)
    assert table["number"].to_pylist() == [0, 1, 2]
    assert table["fee"].to_pylist() == [None, 1, 2]
    assert table["code"].to_pylist() == [row.code for row in rows]
    assert table["received_at"].to_pylist() == [1547083800000000] * 3
    assert found.content == found.path.read_bytes()


@pytest.mark.parametrize("others", [0, None])
def test_an_absurd_number_of_theirs_is_a_difference_and_no_accident(
    tmp_path: Path, others: int | None
) -> None:
    rows = [their(1, fee_vnd=10**30), their(2, fee_vnd=others), their(3, status=-(10**30))]
    snapshots = ParquetSnapshots(tmp_path)
    ours = written(snapshots, Side.OURS, [our(1), our(2), our(3)], with_fees=True)
    theirs = written(snapshots, Side.THEIRS, rows, with_fees=True)
    found = asyncio.run(snapshots.suspects(ours, theirs))
    assert [row.code for row in found.theirs] == [our(1).code, our(3).code]


def test_many_pages_and_row_groups_are_one_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duckdb: DuckDBEngine
) -> None:
    monkeypatch.setattr(writing, "BATCH", 10)
    monkeypatch.setattr(writing, "GROUP", 30)
    monkeypatch.setattr(comparing, "ROWS_A_PART", 7)
    snapshots = ParquetSnapshots(tmp_path, duckdb)
    ours = [our(number) for number in range(95)]
    theirs = [their(number) for number in reversed(range(5, 100))]
    found = suspects(snapshots, ours, theirs)
    assert (found.ours, found.theirs, found.equal) == (
        ours[:5],
        [their(number) for number in range(95, 100)],
        90,
    )
    assert pq.read_metadata(tmp_path / "ours-1.parquet").num_row_groups == 4


def test_what_was_abandoned_leaves_no_file(tmp_path: Path) -> None:
    writer = ParquetSnapshots(tmp_path).begin(Side.OURS, agencies={}, with_fees=False)
    writer.add([our(number) for number in range(20_000)])
    writer.abandon()
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_leaves_only_the_snapshots(tmp_path: Path, duckdb: DuckDBEngine) -> None:
    suspects(ParquetSnapshots(tmp_path, duckdb), [our(1), our(2)], [their(2), their(3)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ours-1.parquet",
        "theirs-2.parquet",
    ]


def test_an_engine_that_stands_open_compares_again(tmp_path: Path, duckdb: DuckDBEngine) -> None:
    """In the same folder, where what it is asked about has the same names as before."""
    snapshots = ParquetSnapshots(tmp_path, duckdb)
    for serial in range(5):
        ours = [our(each) for each in range(serial, 300 + serial)]
        found = suspects(snapshots, ours, [their(each) for each in range(300) if each != 17])
        assert [one.code for one in found.ours] == [
            our(each).code for each in (17, *range(300, 300 + serial))
        ]


def test_a_folder_may_have_any_name(tmp_path: Path, duckdb: DuckDBEngine) -> None:
    folder = tmp_path / "đối 'soát' #1"
    folder.mkdir()
    assert suspects(ParquetSnapshots(folder, duckdb), [our()], [their()]).equal == 1


def test_snapshots_that_do_not_fit_together_are_an_accident(tmp_path: Path) -> None:
    snapshots = ParquetSnapshots(tmp_path)
    ours = written(snapshots, Side.OURS, [our()])
    other = ParquetSnapshot(ours.path, Side.OURS, 5, with_fees=False)
    with pytest.raises(SnapshotDamaged):
        asyncio.run(snapshots.suspects(other, written(snapshots, Side.THEIRS, [their()])))


async def test_other_work_goes_on_while_it_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duckdb: DuckDBEngine
) -> None:
    """The engine waits until somebody else has had a turn."""
    snapshots = ParquetSnapshots(tmp_path, duckdb)
    sides = written(snapshots, Side.OURS, [our()]), written(snapshots, Side.THEIRS, [their()])
    turn = asyncio.Event()
    loop = asyncio.get_running_loop()
    real: Callable[..., pa.Table] = DuckDBEngine.answer

    def answer(*arguments: Any) -> pa.Table:
        asyncio.run_coroutine_threadsafe(turn.wait(), loop).result(30)
        return real(*arguments)

    monkeypatch.setattr(DuckDBEngine, "answer", answer)
    comparison = asyncio.create_task(snapshots.suspects(*sides))
    await asyncio.sleep(0)
    turn.set()
    assert (await comparison).equal == 1


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    snapshots = ParquetSnapshots(tmp_path, engine="excel")
    with pytest.raises(Misuse, match="excel"):
        suspects(snapshots, [our()], [their()])
