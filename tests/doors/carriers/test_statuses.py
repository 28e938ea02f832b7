"""Status maps: every file of ours is right, a wrong one is named, a connection may have its own."""

from pathlib import Path

import pytest

from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.connections import STATUSES
from postal_bridge.errors import Misuse
from postal_bridge.tracking.carrier_records import Milestone, Why


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_our_own_files_are_right_and_name_their_source() -> None:
    statuses = load_statuses(STATUSES)
    assert {"vnpost_ngsp", "vnpost_soap"} <= statuses.vocabularies.keys()
    for path in STATUSES.glob("*.toml"):
        assert "source" in path.read_text(encoding="utf-8")


def test_a_code_may_carry_a_reason(tmp_path: Path) -> None:
    written(tmp_path, "hang.toml", '[codes]\n"506" = "attempted not_home"\n"501" = "delivered"\n')
    statuses = load_statuses(tmp_path)
    assert statuses.meaning("hang", "506") == (Milestone.ATTEMPTED, Why.NOT_HOME)
    assert statuses.meaning("hang", "501") == (Milestone.DELIVERED, None)
    assert statuses.meaning("hang", "777") is None
    assert statuses.meaning("khac", "501") is None


def test_a_connections_own_file_is_laid_over_code_by_code(tmp_path: Path) -> None:
    (tmp_path / "chung").mkdir()
    written(tmp_path / "chung", "hang.toml", '[codes]\n"1" = "collected"\n"2" = "in_transit"\n')
    own = written(tmp_path, "rieng.toml", 'vocabulary = "hang"\n[codes]\n"2" = "delivered"\n')
    shared = load_statuses(tmp_path / "chung")
    statuses = shared.replaced(own)
    assert statuses.meaning("hang", "1") == (Milestone.COLLECTED, None)
    assert statuses.meaning("hang", "2") == (Milestone.DELIVERED, None)
    assert shared.meaning("hang", "2") == (Milestone.IN_TRANSIT, None)


@pytest.mark.parametrize(
    "content",
    ['[codes]\n"1" = "giao roi"\n', '[codes]\n"1" = "attempted vi_mua"\n', "[khac]\n", "[codes\n"],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str) -> None:
    written(tmp_path, "hang.toml", content)
    with pytest.raises(Misuse, match=r"hang\.toml"):
        load_statuses(tmp_path)


def test_two_files_of_one_vocabulary_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.toml", 'vocabulary = "hang"\n[codes]\n"1" = "delivered"\n')
    written(tmp_path, "hang.toml", '[codes]\n"1" = "lost"\n')
    with pytest.raises(Misuse, match="hang"):
        load_statuses(tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="khong-co"):
        load_statuses(tmp_path).replaced(tmp_path / "khong-co.toml")
