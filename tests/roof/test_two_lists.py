"""The lists that the benchmark of the comparison is about, and that both its sides find the same."""

from pathlib import Path

import pytest

from scripts.bench import reconcile_side
from scripts.bench.two_lists import TwoLists, write

ROWS = 28_000


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    write(ROWS, folder)
    return folder


def test_both_sides_find_every_difference_in_its_class(lists: Path) -> None:
    ours = dict(reconcile_side.ours(lists))
    assert ours == reconcile_side.raw(lists)
    assert sum(ours.values()) == TwoLists(ROWS).differing == 28
    assert ours["missing_there"] == ours["missing_here"] == 7


def test_every_column_differs_somewhere(lists: Path) -> None:
    columns = {"state", "department", "procedure", "channel", "return_mode"}
    days = {"received_day", "promised_day"}
    assert set(reconcile_side.raw(lists)) == {"missing_there", "missing_here"} | columns | days


def test_every_row_comes_once_on_each_side() -> None:
    made = TwoLists(10_000)
    for pages in (made.ours(), made.theirs()):
        codes = [row.code for page in pages for row in page]
        assert len(set(codes)) == len(codes)
        assert 10_000 - len(codes) in {2, 3}
