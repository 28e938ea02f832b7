"""Answers in a file: across a restart, between processes, after a crash in the middle of a line."""

from pathlib import Path

from postal_bridge.geography.kept_lines import KeptLines


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "below" / "kept.jsonl"
    KeptLines(path).put("tam thanh", {"points": [[21.8, 106.7]]})
    again = KeptLines(path)
    assert again.get("tam thanh") == {"points": [[21.8, 106.7]]}
    assert again.get("dong kinh") is None
    assert len(again) == 1


def test_the_last_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = KeptLines(path)
    kept.put("a", {"n": 1})
    kept.put("a", {"n": 2})
    assert kept.get("a") == KeptLines(path).get("a") == {"n": 2}


def test_another_process_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    one, other = KeptLines(path), KeptLines(path)
    one.put("a", {"n": 1})
    assert other.get("a") == {"n": 1}
    other.put("b", {"n": 2})
    assert one.get("b") == {"n": 2}
    assert one.get("a") == {"n": 1}


def test_half_a_line_and_other_rubbish_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    early = KeptLines(path)
    early.put("a", {"n": 1})
    with path.open("a", encoding="utf-8") as file:
        file.write("rubbish\n[1]\n" + '{"key": "b", "n":')
    kept = KeptLines(path)
    assert kept.get("a") == {"n": 1}
    assert kept.get("b") is None
    kept.put("c", {"n": 3})
    assert KeptLines(path).get("c") == early.get("c") == {"n": 3}


def test_the_oldest_are_forgotten_and_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = KeptLines(path, most=10)
    for number in range(1_200):
        kept.put(f"k{number}", {"n": number})
    assert len(kept) == 10
    assert kept.get("k0") is None
    assert len(path.read_text(encoding="utf-8").splitlines()) < 1_030
    reader = KeptLines(path, most=10)
    assert reader.get("k1199") == {"n": 1199}


def test_without_a_file_they_are_kept_in_memory() -> None:
    kept = KeptLines(None)
    kept.put("a", {"n": 1})
    assert kept.get("a") == {"n": 1}


def test_what_must_not_be_forgotten_never_is(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = KeptLines(path, most=None)
    for _ in range(1_100):
        kept.put("a", {"n": 1})
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1_100
