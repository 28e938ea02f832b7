"""A demo's folder: one demo at a time, nobody else's files, and a killed one is never in the way."""

from pathlib import Path

import pytest

from postal_bridge.demo.stage import LOCK, Stage, claimed
from postal_bridge.errors import Misuse


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with claimed(folder):
        with pytest.raises(Misuse, match="another demo works there"), claimed(folder):
            pass
        assert (folder / LOCK).exists()
    with claimed(folder):
        pass


def test_a_folder_with_somebody_elses_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thu.txt").write_text("của người khác", encoding="utf-8")
    with pytest.raises(Misuse, match="not of a demo"), claimed(tmp_path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["thu.txt"]


async def test_a_demo_killed_while_it_cleared_its_folder_is_cleared_by_the_next(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    with claimed(folder):
        (folder / "vault").mkdir()
        (folder / "demo.db").touch()
    stage = Stage(folder, seed=1, days=None)
    with claimed(folder):
        assert not await stage.prepare(fresh=False)
        assert {file.name for file in folder.iterdir()} == {LOCK, "demo.json"}
    with claimed(folder):
        assert await stage.prepare(fresh=False), "the unfinished one goes on"
    stage.finish()
    with claimed(folder):
        assert not await stage.prepare(fresh=False), "a finished one starts afresh"
