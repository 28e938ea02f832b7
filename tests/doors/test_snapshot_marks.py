"""Marks of buckets: what they tell apart, and when no engine is opened because of them."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.reconciliation.ports import Side, Suspects
from postal_bridge.snapshots import comparing, engines, seeking
from postal_bridge.snapshots.digests import Numbers, folded
from postal_bridge.snapshots.marks import (
    FINEST,
    NO_FEE,
    Marking,
    Marks,
    SnapshotDamaged,
    bucket_numbers,
    marks_of,
)
from postal_bridge.snapshots.matching import Files
from postal_bridge.snapshots.parquet import ParquetSnapshot, ParquetSnapshots
from postal_bridge.snapshots.seeking import FIRST_KEY, LAST_KEY, Sought
from tests.stages.reconciliation.two_sides import AGENCIES, our, their

KEYS = st.integers(FIRST_KEY, LAST_KEY)
ROWS = st.lists(st.tuples(KEYS, KEYS, st.none() | KEYS), max_size=40)


def marked(rows: list[tuple[int, int, int | None]]) -> Marks:
    marking = Marking()
    columns = [pa.array(list(column), pa.int64()) for column in zip(*rows, strict=True)]
    if columns:
        marking.add(*columns)
    return marking.finished()


def written(folder: Path, ours: list[Any], theirs: list[Any]) -> Files:
    snapshots = ParquetSnapshots(folder)
    sides: dict[Side, ParquetSnapshot] = {}
    for side, rows in ((Side.OURS, ours), (Side.THEIRS, theirs)):
        writer = snapshots.begin(side, agencies=AGENCIES, with_fees=False)
        writer.add(rows)
        finished = writer.finish()
        assert isinstance(finished, ParquetSnapshot)
        sides[side] = finished
    return Files(
        {side: one.path for side, one in sides.items()},
        {side: one.rows for side, one in sides.items()},
        with_fees=False,
    )


# --- marks ----------------------------------------------------------------------------------------


@given(rows=ROWS)
def test_a_mark_is_as_described(rows: list[tuple[int, int, int | None]]) -> None:
    marks = marked(rows)
    expected = [0] * len(marks.sums)
    for key, row, fee in rows:
        number = np.array([row]).view(np.uint64)
        for value in (NO_FEE if fee is None else fee, key):
            number = folded(number, np.array([value], dtype=np.int64))
        expected[(key + 2**63) >> (64 - marks.bits)] += int(number[0])
    assert marks.sums.tolist() == [each % 2**64 for each in expected]


@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, int, int | None]], seed: Any
) -> None:
    others = list(rows)
    seed.shuffle(others)
    assert marked(rows).metadata() == marked(others).metadata()


@given(keys=st.lists(st.integers(-3, 3).map(lambda place: place * 2**61), max_size=8))
def test_a_bucket_knows_that_it_holds_a_key_twice(keys: list[int]) -> None:
    marks = marked([(key, number, None) for number, key in enumerate(keys)])
    twice = {(key + 2**63) >> 63 for key in keys if keys.count(key) > 1}
    assert set(np.flatnonzero(marks.doubled).tolist()) == twice


@pytest.mark.parametrize(
    ("before", "after"), [(0, 1), (5000, 0), (5000, NO_FEE), (0, NO_FEE), (18000, 18001)]
)
def test_no_two_changes_of_one_kind_cancel_each_other(before: int, after: int) -> None:
    """Of rows of which all change alike, no two marks change alike or in opposite ways.

    The change of the highest bit alone, (0, NO_FEE), fails after one step of folding.
    """
    chance = np.random.default_rng(7)
    rows, keys = (chance.integers(-(2**63), 2**63, 200_000) for _ in range(2))
    one, other = (
        folded(folded(rows.view(np.uint64), np.full_like(rows, value)), keys)
        for value in (before, after)
    )
    assert len(np.unique(np.concatenate([one - other, other - one]))) == 400_000


@pytest.mark.parametrize("bits", [1, 5, FINEST])
def test_buckets_hold_the_lowest_keys_first(bits: int) -> None:
    keys = np.array([FIRST_KEY, -1, 0, LAST_KEY])
    half = 2 ** (bits - 1)
    assert bucket_numbers(keys, bits).tolist() == [0, half - 1, half, 2**bits - 1]


def test_a_file_tells_its_marks(tmp_path: Path) -> None:
    files = written(tmp_path, [our(each) for each in (*range(200), 5)], [])
    marks = marks_of(files.paths[Side.OURS])
    assert marks.bits == 5
    assert marks.doubled.tolist().count(True) == 1
    assert marks.coarser(1).sums.tolist() == [
        sum(half) % 2**64 for half in (marks.sums.tolist()[:16], marks.sums.tolist()[16:])
    ]


def test_a_file_without_marks_is_an_accident(tmp_path: Path) -> None:
    path = tmp_path / "ours.parquet"
    pq.write_table(pa.table({"key": [1]}), path)
    with pytest.raises(SnapshotDamaged, match="marks"):
        marks_of(path)


# --- what is sought -------------------------------------------------------------------------------


def test_of_long_lists_only_few_buckets_are_looked_at(tmp_path: Path) -> None:
    """One that differs, one with a double on both sides, and those of about the first 400 rows."""
    serials = [*range(20_000), 5]
    theirs = [their(each, status=9 if each == 8 else 4) for each in serials]
    files = written(tmp_path, [our(each) for each in serials], theirs)
    seen = seeking.sought(files)
    assert len(seen.buckets) == 4096
    assert np.count_nonzero(seen.unlike) == 2
    assert np.count_nonzero(seen.doubled) == 1
    first = np.flatnonzero(seen.buckets & ~seen.unlike)
    assert first.max() + 1 == -(-400 * 4096 // 20_001)
    assert bucket_numbers(np.array([seen.sample_to]), seen.bits).tolist() == [first.max()]


@given(
    chosen=st.lists(st.booleans(), min_size=16, max_size=16),
    rows=st.integers(0, 100),
    most=st.integers(1, 50),
)
def test_parts_hold_every_bucket_once(chosen: list[bool], rows: int, most: int) -> None:
    buckets = np.array(chosen)
    seen = Sought(buckets, buckets, buckets, LAST_KEY)
    parts: list[Numbers] = list(seen.parts(buckets, rows, most))
    assert [int(each) + 8 for part in parts for each in part] == np.flatnonzero(buckets).tolist()
    assert all(len(part) * rows <= (most + rows) * 16 for part in parts)


# --- who is asked ---------------------------------------------------------------------------------


class EngineOpenedError(Exception):
    """No engine should have been."""


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_arguments: Any) -> None:
        raise EngineOpenedError

    monkeypatch.setattr(engines, "opened", opened)


def found(files: Files, folder: Path) -> Suspects:
    sides = (
        ParquetSnapshot(path, side, files.rows[side], with_fees=False)
        for side, path in files.paths.items()
    )
    return asyncio.run(ParquetSnapshots(folder).suspects(*sides))


@pytest.mark.usefixtures("no_engine")
def test_short_lists_that_differ_little_need_no_engine(tmp_path: Path) -> None:
    ours = [our(each) for each in range(9000)]
    theirs = [their(each, status=9 if each % 1000 == 8 else 4) for each in range(9000)]
    suspects = found(written(tmp_path, ours, theirs), tmp_path)
    assert (len(suspects.ours), suspects.equal, len(suspects.sample)) == (9, 8991, 200)


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("limit", ["SHORT", "MOST_PICKED"])
def test_an_engine_is_opened_for_long_lists_and_for_much_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    files = written(tmp_path, [our(1), our(2)], [their(1), their(3)])
    monkeypatch.setattr(seeking, limit, 1)
    with pytest.raises(EngineOpenedError):
        found(files, tmp_path)


def test_the_engine_looks_at_the_buckets_that_were_told_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts; and as many of the equal pairs are loaded as a sample has."""
    monkeypatch.setattr(seeking, "SHORT", 0)
    monkeypatch.setattr(comparing, "ROWS_A_PART", 100)
    ours = [our(each) for each in (*range(4000), 77)]
    theirs = [their(each, status=9 if each % 1000 == 8 else 4) for each in (*range(4000), 77)]
    suspects = found(written(tmp_path, ours, theirs), tmp_path)
    assert len(suspects.ours) == 4 + 2
    assert (suspects.equal, len(suspects.sample)) == (3995, 200)
